"""How often letters come in the names that `generate` writes, with a model that says the same at every step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graders import Failed, Rng, Solution
from graders.authoring.sequential import decided
from graders.practical09.sampling.draws import ALPHA, ALWAYS, VOCAB, Sampler, shown, steep, temperatures, tempered
from graders.practical09.sampling.names import Dictator, leaves_drawing_to_sample_next
from graders.practical09.sampling.rules import letters_only


def draws_letters(student: Solution, rng: Rng, hidden: int) -> None:
    """Check that letters come as often as the model says, unless `sample_next` itself is to blame.

    Where each letter is what `sample_next` gives for the very log_probs of the model, nothing finer has to be found
    than letters that come from elsewhere after all.
    """
    row = letters_only(steep(rng))
    fine = not leaves_drawing_to_sample_next(student, Dictator(rng, [], hidden, lambda symbol, rng: row))
    texts: list[str] = []

    def draw(number: int) -> Sequence[int]:
        new = student.probe("sampling.written", hidden, np.log(row), None, number // 20, returns=list[str])
        texts.extend(new)
        return [VOCAB.index(letter) for letter in "".join(text.strip(".") for text in new) if letter in VOCAB]

    found = decided(draw, row, temperatures(row) if fine else (), ALPHA)
    if found.draws == 0:
        raise Failed("No letters came.")
    same = len(texts) > 2 and len(set(texts)) == 1
    if (
        not (found.refuted or same)
        or Sampler(student, rng).decide(row, None, row, tempered(row, 0.9), tempered(row, 1.1)).refuted
    ):
        return
    numbers, words = shown(found, row)
    if same:
        text = f"{len(texts)} names with one model are all the same."
        hint = "Is a seed set in every call of `generate`?" if len(set(texts[0])) > 1 else ALWAYS
        raise Failed(text, hint=hint, keep=0.5)
    raise Failed(f"In names: {words}", values=f"In names: {numbers}", keep=0.5)
