"""What both sentiment questions ask of a model: its layers, padding, company, what it reads, and that it can learn.

The weights of every model that is tried, but for those that it begins to learn with, are drawn here and sent in; what
the model does with them is worked out here where it follows a plain formula (`formula`), and its layers are
looked at one by one where it does not (`watched`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from graders import Failed, Rng, Solution, close, same_shape
from graders.practical09.sentiment import learning as learning
from graders.practical09.sentiment.formula import formula_of
from graders.practical09.sentiment.models import (
    WORDS,
    Batch,
    StudentModel,
    Weights,
    a_row_each,
    answers,
    asked_once,
    outputs,
    reviews,
    small,
)
from graders.practical09.sentiment.recurrent import Array
from graders.practical09.sentiment.watched import is_a_network

PLACES = 6  # words of the reviews in which one word after the other is changed
FEELS = 1e-6  # a logit depends on a word when another word in its place moves it by more
STEPS, RATE, TRIES = 60, 0.03, 3
DRAWS = 6  # before it is said that something has no say: in one model of a thousand a small head of ReLUs is dead

PADDING = (
    "Padding is no part of a review. A packed sequence ends where `lengths` says; and of the layer's outputs, use only "
    "those of real words."
)
COMPANY = "Each row of a batch is a review of its own: look at what happens to the order of the rows and of the axes."
ALONE = (
    "A logit changes with the reviews that share the batch: look at what goes over all rows, such as a mean over the "
    "batch, or the last column after unpacking, which only the longest review reaches."
)
SQUEEZE = "squeeze(1) takes away the axis of the single output; squeeze() also takes away a batch of one."
LOGITS = "A logit may be any number, what the linear layer gives: the sigmoid belongs to the loss and to `predict`."
STUCK = "Look at what reaches the last layer, at where gradients stop, and at which layers __init__ makes."
AGAIN = "The same model gives the same reviews other logits when it is asked a second time."
KEPT = (
    "What a call leaves behind, such as a state in `self`, must not reach the next one: each call starts from scratch."
)
CHANCE = "The logits depend on random numbers, though the model is in evaluation mode."
DRAWN = (
    "The initial state is zero (leave it out), not torch.randn; and dropout is a layer, nn.Dropout, which model.eval() "
    "switches off, or F.dropout(x, training=self.training). Layers are made in __init__: one that forward makes has "
    "other weights in every call, and no optimiser knows of it."
)


def gives_one_logit_a_review(student: Solution, name: str, rng: Rng) -> None:
    """Shape (B,), also for a batch of one and reviews of one word; and numbers that no function squeezes."""
    model = small(student, name)
    batches = [reviews(rng, lengths) for lengths in ((4,), (1,), (5, 3, 2), (6, 6))]
    weights = model.draw(rng)
    for answer, batch in zip(answers(student, model, weights, batches), batches, strict=True):
        same_shape(answer, (len(batch[1]),), what="the logits", hint=SQUEEZE)
        row = a_row_each(answer, len(batch[1]))
        if len(row) == 3:
            is_a_network(student, model, weights, batch, row)
    seen = _where_weights_are_large(student, model, rng)
    if _is_squeezed(seen):
        text = "However large the weights are, the outputs do not leave a certain range, so they are no logits."
        raise Failed(text, hint=LOGITS)
    if not np.any(seen < 0) and np.mean(seen == 0) > 1 / 4:
        text = "No output is ever negative, and many are exactly 0, so no review can be judged negative."
        raise Failed(text, hint=LOGITS)


def squeezed(student: Solution, model: StudentModel, rng: Rng) -> bool:
    """Whether the outputs keep within -1 and 1, many pressed against those or 0, where the weights are large."""
    return _is_squeezed(_where_weights_are_large(student, model, rng))


def _is_squeezed(seen: Array) -> bool:
    return bool(np.abs(seen).max() <= 1.0 and np.mean(np.abs(np.abs(seen) - 0.5) > 0.45) > 1 / 3)


def _where_weights_are_large(student: Solution, model: StudentModel, rng: Rng) -> Array:
    """The outputs of several models whose weights are large, until there are some above 1 and some below -1."""
    many, seen = reviews(rng, [5] * 20 + [1] * 20), np.zeros(0)
    for _ in range(DRAWS):
        seen = np.append(seen, outputs(student, model, model.draw(rng, scale=30.0), [many])[0])
        if seen.max() > 1.0 and seen.min() < -1.0:
            break
    return seen


def padding_changes_nothing(student: Solution, name: str, rng: Rng) -> None:
    """The logits with 0, 1 and 9 more columns of padding; with another number for the padding, too."""
    for pad_idx in (0, 3):
        model = small(student, name, pad_idx)
        weights, (tokens, lengths) = model.draw(rng), reviews(rng, (5, 4, 2, 1), pad_idx)
        wider = [np.pad(tokens, ((0, 0), (0, more)), constant_values=pad_idx) for more in (0, 1, 9)]
        bare, *padded = outputs(student, model, weights, [[wide, lengths] for wide in wider])
        for values in padded:
            if not _near(values, bare):
                with seen_to_read(model, weights, [wider[1], lengths], padded[0]):
                    _same(values, bare, "the logits after more padding", PADDING)
        is_a_network(student, model, weights, [tokens, lengths], bare)


@contextmanager
def seen_to_read(model: StudentModel, weights: Weights, batch: Batch, answered: Array) -> Iterator[None]:
    """Tell with a refusal what was seen to go into the logit, where that is known and wrong."""
    try:
        yield
    except Failed as failed:
        formula = formula_of(model, weights, batch, answered)
        if formula is not None and not formula.right:
            failed.hint, failed.misconception = f"What goes into the logit is {formula.pool}.", formula.mistake
        raise


def company_changes_nothing(student: Solution, name: str, rng: Rng) -> None:
    """The logits of reviews asked again, together, in another order, and alone (padded as before)."""
    model = small(student, name)
    weights, (tokens, lengths) = model.draw(rng), reviews(rng, (3, 6, 1, 4, 6))
    _answers_the_same_again(student, model, weights, [tokens, lengths], reviews(rng, (2, 6, 3, 5, 4)))
    order = np.array([1, 4, 0, 3, 2])
    alone = [[tokens[i : i + 1], lengths[i : i + 1]] for i in range(5)]
    batches = [[tokens, lengths], [tokens[order], lengths[order]], *alone]
    together, mixed, *single = outputs(student, model, weights, batches)
    with seen_to_read(model, weights, batches[0], together):
        _same(mixed, together[order], "the logits in another order", COMPANY)
        _same(np.concatenate(single), together, "the logits of reviews on their own", ALONE)
    is_a_network(student, model, weights, batches[0], together)


def refuse_reading(student: Solution, name: str, rng: Rng, failed: Failed) -> NoReturn:
    """Raise a refusal together with what is seen to go into the logit of a small model."""
    model = small(student, name)
    with seen_to_read(model, *asked_once(student, model, rng)):
        raise failed


def _answers_the_same_again(
    student: Solution, model: StudentModel, weights: Weights, batch: Batch, other: Batch
) -> None:
    """Asked twice, the first time from the same random state, then after others and from another one."""
    asked = [batch, batch, other, batch]
    sizes, seeds = list(model.sizes), [0, 0, 1, 1]
    reply = student.probe("sentiment.review_logits_again", model.name, sizes, weights, asked, seeds, returns=list[Any])
    rows = [a_row_each(answer, len(batch[0])) for answer in reply]
    if len(rows) != len(asked) or not _near(rows[0], rows[1]):
        raise Failed(AGAIN, hint=KEPT)
    if not _near(rows[0], rows[3]):
        raise Failed(CHANCE, hint=DRAWN)


def _near(one: Array, other: Array) -> bool:
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-3, atol=1e-5))


def _same(got: Array, expected: Array, what: str, hint: str) -> None:
    if expected.shape[1] == 1:
        got, expected = got[:, 0], expected[:, 0]
    close(got, expected, rtol=1e-3, atol=1e-5, what=what, hint=hint)


def words_that_count(student: Solution, name: str, rng: Rng, mute: str = "") -> list[bool]:
    """For each place of a review, whether the word there has a say in the logit of any of twenty reviews.

    Where outputs are pooled by their maximum, a word goes unnoticed in a review once in ten times. What goes unnoticed
    in one model is looked for in others.

    Args:
        mute: `forward` or `backward`: the direction whose weights are zero.
    """
    model, counts = small(student, name), [False] * PLACES
    is_a_network(student, model, *asked_once(student, model, rng))
    for _ in range(DRAWS):
        tokens, lengths = reviews(rng, [PLACES] * 20)
        batches = [[tokens, lengths]]
        for place in range(PLACES):
            changed = tokens.copy()
            changed[:, place] = 1 + (changed[:, place] + rng.integers(0, WORDS - 2, 20)) % (WORDS - 1)
            batches.append([changed, lengths])
        bare, *others = outputs(student, model, _muted(model, model.draw(rng), mute), batches)
        counts = [old or bool(np.abs(new - bare).max() > FEELS) for old, new in zip(counts, others, strict=True)]
        if all(counts):
            break
    return counts


def _muted(model: StudentModel, weights: Mapping[str, Mapping[str, NDArray[Any]]], direction: str) -> Weights:
    """The weights with one direction's at zero; of two LSTMs with one direction each, the first is the forward one."""
    lstms = model.of_kind("LSTM")
    both = any(layer.settings.get("bidirectional") for _, layer in lstms)
    found = {name: dict(parts) for name, parts in weights.items()}
    for place, (name, _) in enumerate(lstms if direction else []):
        for part, value in found[name].items():
            backward = part.endswith("_reverse") if both else place > 0
            if backward == (direction == "backward"):
                found[name][part] = np.zeros_like(value)
    return found


def one_batch_can_be_learnt(student: Solution, name: str, rng: Rng) -> None:
    """Eight short reviews with labels by chance, in up to three tries, each with new reviews and a new model."""
    model = small(student, name)
    formula = formula_of(model, *asked_once(student, model, rng))
    for _ in range(TRIES):
        batch = reviews(rng, (6, 5, 5, 4, 4, 3, 3, 2))
        labels = rng.permutation([0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]).astype(np.float32)
        weights = learning.own_weights(student, model, batch, int(rng.integers(2**31)))
        same = [(batch, labels)] * (STEPS + 1)
        if learning.follow(student, model, weights, same, RATE, training=False, until_apart=True):
            if formula is None:
                return
            logits = formula.logits(weights, batch)[:, 0]
            if logits[labels == 1].min() > logits[labels == 0].max():
                return
    text = f"After {STEPS} steps on one batch of eight short reviews the model still cannot tell their labels apart."
    raise Failed("The model cannot learn one small batch by heart.", values=text, hint=STUCK)
