"""What both sentiment questions ask of a model: its layers, padding, company, what it reads, and that it can learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graders import Failed, Solution, close, finite_numbers

Array = NDArray[np.float64]
Batch = list[NDArray[np.int64]]  # tokens (B, T) and lengths (B,)

VOCABULARY, EMBEDDING, HIDDEN = 30, 8, 12  # of the small models that are tried
SMALL = [VOCABULARY, EMBEDDING, HIDDEN]
STEPS, RATE = 120, 0.02  # of learning one batch by heart
FEELS = 1e-6  # a logit depends on a word when changing the word moves it by more
PADDING = (
    "Padding is not part of a review: packed sequences end where `lengths` says, and where you use the layer's "
    "outputs, take only those of real words."
)
COMPANY = "In evaluation mode a review's logit depends on that review alone; look at reshapes, means and sorting."
LOGITS = "A logit is any number; the sigmoid belongs to the loss and to `predict`."


def reviews(rng: np.random.Generator, lengths: Sequence[int], padding: int = 0) -> Batch:
    """Random reviews of these lengths, right-padded with 0, `padding` further columns of it behind the longest."""
    tokens = np.zeros((len(lengths), max(lengths) + padding), dtype=np.int64)
    for row, length in zip(tokens, lengths, strict=True):
        row[:length] = rng.integers(1, VOCABULARY, length)
    return [tokens, np.array(lengths, dtype=np.int64)]


def logits(
    student: Solution, model: str, rng: np.random.Generator, batches: list[Batch], **options: Any
) -> list[Array]:
    """The logits (B,) of each batch by one small model."""
    _defined(student, model)
    found = student.probe("logits", model, SMALL, int(rng.integers(2**31)), batches, **options)
    given = found if isinstance(found, list) else [found]
    return [_logits_of(values, len(batch[1])) for values, batch in zip(given, batches, strict=False)]


def _logits_of(values: Any, rows: int) -> Array:
    if isinstance(values, np.ndarray) and values.size == rows:
        values = values.reshape(rows)  # the shape is a check of its own
    return finite_numbers(values, (rows,), what="the logits")


def layers(student: Solution, model: str, sizes: list[int], rng: np.random.Generator) -> list[dict[str, Any]]:
    """The layers that the logits' gradient reaches."""
    _defined(student, model)
    tokens, lengths = reviews(rng, (3, 5))
    found = student.probe("layers", model, sizes, tokens, lengths)
    every = [layer for layer in found if isinstance(layer, dict)] if isinstance(found, list) else []
    return [layer for layer in every if layer.get("reached") is True]


def has_embedding_and_logit(found: list[dict[str, Any]], sizes: list[int]) -> None:
    """An embedding of the vocabulary, and a last linear layer with one output."""
    vocabulary, dimension = sizes[:2]
    embeddings = [layer for layer in found if layer["type"] in ("Embedding", "EmbeddingBag")]
    if not any((e.get("num_embeddings"), e.get("embedding_dim")) == (vocabulary, dimension) for e in embeddings):
        text = f"For vocab_size={vocabulary} and embedding_dim={dimension} there is no embedding of that size in use."
        raise Failed(text, summary="The embedding does not have the sizes that were asked for.")
    linear = [layer for layer in found if layer["type"] == "Linear"]
    if not linear or linear[-1].get("out_features") != 1:
        text = "There is no linear layer with one output that makes the logit."
        raise Failed(text, summary=text)


def one_logit_a_review(student: Solution, model: str, rng: np.random.Generator) -> None:
    """Shape (B,), for one review and several, in any order of lengths; and not squeezed between bounds."""
    _defined(student, model)
    batches = [reviews(rng, lengths) for lengths in ((4,), (1,), (2, 5, 3), (6, 6))]
    found = student.probe("logits", model, SMALL, int(rng.integers(2**31)), batches)
    for values, (_, lengths) in zip(found if isinstance(found, list) else [found], batches, strict=False):
        finite_numbers(values, (len(lengths),), what="the logits")
    many = reviews(rng, [5] * 40)
    loud = np.concatenate(logits(student, model, rng, [many], scale=30.0))
    if np.abs(loud).max() <= 1.0 or loud.min() >= 0.0:
        text = "However large the weights, the outputs stay between fixed bounds: they are not logits."
        raise Failed(text, summary=text, hint=LOGITS)


def padding_changes_nothing(student: Solution, model: str, rng: np.random.Generator) -> None:
    """The logits with 0, 1 and 9 more columns of padding."""
    tokens, lengths = reviews(rng, (5, 2, 4, 1))
    batches = [[np.pad(tokens, ((0, 0), (0, more))), lengths] for more in (0, 1, 9)]
    bare, *padded = logits(student, model, rng, batches)
    for values in padded:
        _same(values, bare, "the logits after more padding", PADDING)


def company_changes_nothing(student: Solution, model: str, rng: np.random.Generator) -> None:
    """The logits of reviews together, alone, and in another order."""
    tokens, lengths = reviews(rng, (3, 6, 1, 4, 6))
    order = rng.permutation(5)
    alone: list[Batch] = [[tokens[i : i + 1, : lengths[i]], lengths[i : i + 1]] for i in range(5)]
    together, mixed, *single = logits(student, model, rng, [[tokens, lengths], [tokens[order], lengths[order]], *alone])
    _same(mixed, together[order], "the logits in another order", COMPANY)
    _same(np.concatenate(single), together, "the logits of single reviews", f"{COMPANY} {PADDING}")


def _same(got: Array, expected: Array, what: str, hint: str) -> None:
    close(got, expected, rtol=1e-3, atol=1e-5, what=what, hint=hint)


def words_that_count(student: Solution, model: str, rng: np.random.Generator, **options: Any) -> list[bool]:
    """For each of six words of a review, whether changing it changes the logit; a shorter review stands beside it.

    Up to 24 models and reviews are tried, for where outputs are pooled by their maximum a word may go unnoticed: with
    six units a direction it does so in one of three tries, in all of them once in 1e11.
    """
    counted = np.zeros(6, dtype=bool)
    for _ in range(24):
        tokens, lengths = reviews(rng, (6, 3), padding=2)
        batches: list[Batch] = [[tokens, lengths]]
        for place in range(6):
            changed = tokens.copy()
            changed[0, place] = 1 + (changed[0, place] + rng.integers(0, VOCABULARY - 2)) % (VOCABULARY - 1)
            batches.append([changed, lengths])
        found = logits(student, model, rng, batches, scale=1.5, **options)
        counted |= np.array([abs(values[0] - found[0][0]) > FEELS for values in found[1:]])
        if counted.all():
            break
    return [bool(counts) for counts in counted]


def one_batch_can_be_learnt(student: Solution, model: str, rng: np.random.Generator, *, own: bool) -> None:
    """Eight short reviews with random labels, in up to three tries with other first weights."""
    _defined(student, model)
    tokens, lengths = reviews(rng, (3, 5, 4, 6, 2, 5, 3, 4))
    labels = rng.permutation([0, 0, 0, 0, 1, 1, 1, 1])
    right = 0
    for _ in range(3):
        seed = int(rng.integers(2**31))
        values = student.probe("fitted_logits", model, SMALL, seed, [tokens, lengths, labels], STEPS, RATE, own)
        right = max(right, int(np.sum((_logits_of(values, 8) > 0) == (labels > 0))))
        if right == 8:
            return
    text = f"After {STEPS} steps on one batch of eight short reviews, {right} of the eight are classified rightly."
    raise Failed(text, summary="The model cannot learn a single small batch by heart.", hint=STUCK)


STUCK = (
    "A model that cannot learn eight reviews by heart will learn nothing from more: look at what reaches the last "
    "layer, and at where gradients stop."
)


def _defined(student: Solution, name: str) -> None:
    if not student.defines(name):
        student.value(name)  # raises, and says why it is not there
