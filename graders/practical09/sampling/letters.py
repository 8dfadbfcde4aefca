"""How often letters come in the names that `generate` writes, with a model that says the same at every step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graders import CallError, Failed, Outcome, Rng, Solution
from graders.authoring.sequential import SequentialResult, decided
from graders.practical09.sampling.draws import (
    ALPHA,
    ALWAYS,
    VOCAB,
    Array,
    Sampler,
    V,
    largest,
    shown,
    steep,
    temperatures,
    tempered,
)
from graders.practical09.sampling.names import OMITTED, Dictator, leaves_drawing_to_sample_next
from graders.practical09.sampling.rules import letters_only

SEEN = 6  # letters of the name in which it is seen what `generate` leaves to `sample_next`
SIGNATURE = "Where nobody says k, it is None: keep the signature that the answer cell came with."


def draws_letters(student: Solution, rng: Rng, hidden: int) -> None:
    """Check that letters come as often as the model says, unless `sample_next` itself is to blame.

    Where each letter is what `sample_next` gives for the very log_probs of the model, nothing finer has to be found
    than letters that come from elsewhere after all. The names are written without k, which is then None.
    """
    row = letters_only(steep(rng))
    path = [*(int(symbol) for symbol in rng.integers(1, V, SEEN)), 0]
    model = Dictator(rng, path, hidden, lambda symbol, rng: row)
    fine = not leaves_drawing_to_sample_next(student, model)
    own = model.number()
    others = (largest(row, own or V - 7), *temperatures(row)) if fine else ()
    try:
        found, texts = _letters(student, hidden, row, OMITTED, others)
    except CallError as error:
        if error.outcome is not Outcome.ERROR:
            raise
        _letters(student, hidden, row, None, others)
        raise Failed(f"Where k is left out: {error.message}", hint=SIGNATURE, keep=0.5) from None
    same = len(texts) > 2 and len(set(texts)) == 1
    if (
        not (found.refuted or same)
        or Sampler(student, rng).decide(row, None, row, tempered(row, 0.9), tempered(row, 1.1)).refuted
    ):
        return
    if own and found.toward == 0 and not same:
        text = f"In names written without k, `generate` gives {own} to `sample_next`: other letters never come."
        raise Failed(text, hint=SIGNATURE, keep=0.5, misconception="name_with_a_k_of_its_own")
    if not (same or _letters(student, hidden, row, None, others)[0].refuted):
        text = "In names written without k, letters do not come as often as the model says; with k=None they do."
        raise Failed(text, hint=SIGNATURE, keep=0.5)
    numbers, words = shown(found, row)
    if same:
        text = f"{len(texts)} names with one model are all the same."
        hint = "Is a seed set in every call of `generate`?" if len(set(texts[0])) > 1 else ALWAYS
        raise Failed(text, hint=hint, keep=0.5)
    raise Failed(f"In names: {words}", values=f"In names: {numbers}", keep=0.5)


def _letters(
    student: Solution, hidden: int, row: Array, k: str | None, others: Sequence[Array]
) -> tuple[SequentialResult, list[str]]:
    """What the letters of names say, each name of 20 letters at the most; and the names."""
    texts: list[str] = []

    def draw(number: int) -> Sequence[int]:
        new = student.probe("sampling.written", hidden, np.log(row), k, number // 20, returns=list[str])
        texts.extend(new)
        return [VOCAB.index(letter) for letter in "".join(text.strip(".") for text in new) if letter in VOCAB]

    found = decided(draw, row, others, ALPHA)
    if found.draws == 0:
        raise Failed("No letters came.")
    return found, texts
