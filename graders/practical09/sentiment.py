"""What both sentiment questions ask of a model: its layers, padding, company, what it reads, and that it can learn.

The models that are tried are small, and all but those that must learn have weights of the grader's choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graders import Failed, Solution, close, finite_numbers, same_shape

Array = NDArray[np.float64]
Batch = list[NDArray[np.int64]]  # tokens (B, T) and lengths (B,)

WORDS, EMBEDDING, HIDDEN = 30, 8, 12
PLACES = 6  # words of the reviews in which one word after the other is changed
FEELS = 1e-6  # a logit depends on a word when another word in its place moves it by more
STEPS, RATE, TRIES = 60, 0.03, 3
DRAWS = (
    6  # models drawn before it is said that something has no say: in one of a thousand a small head of ReLUs is dead
)
RECURRENT = ("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell")

PADDING = (
    "Padding is no part of a review. A packed sequence ends where `lengths` says; and of the layer's outputs, use only "
    "those of real words."
)
COMPANY = "Each row of a batch is a review of its own: look at what happens to the order of the rows and of the axes."
SQUEEZE = "squeeze(1) takes away the axis of the single output; squeeze() also takes away a batch of one."
LOGITS = "A logit may be any number: the sigmoid belongs to the loss and to `predict`."
STUCK = "Look at what reaches the last layer, at where gradients stop, and at which layers __init__ makes."


def reviews(rng: np.random.Generator, lengths: Sequence[int], pad_idx: int = 0) -> Batch:
    """Random reviews of these lengths, right-padded to the longest; no word has the number of the padding."""
    words = rng.permutation([word for word in range(WORDS) if word != pad_idx])
    tokens = np.full((len(lengths), max(lengths)), pad_idx, dtype=np.int64)
    for row, length in zip(tokens, lengths, strict=True):
        row[:length] = rng.choice(words, length)
    return [tokens, np.array(lengths, dtype=np.int64)]


def has_layers(
    student: Solution, model: str, rng: np.random.Generator, sizes: Sequence[int], recurrent: dict[str, Any]
) -> None:
    """An embedding and one logit of the sizes asked for, and as recurrent layers only the kind that is asked for.

    Args:
        sizes: the arguments of the model: vocab_size and what is not left to its default.
        recurrent: `kind`, `hidden` (the hidden sizes that are right) and, where it matters, `bidirectional`.
    """
    vocabulary, dimension, _, pad_idx = (*sizes, *(128, 256, 0)[len(sizes) - 1 :])
    found = _layers(student, model, sizes, rng, range(pad_idx + 1, vocabulary))
    given = f"vocab_size={vocabulary}, embedding_dim={dimension}, pad_idx={pad_idx}"
    embeddings = [layer for layer in found if layer["kind"] == "Embedding"]
    wanted = [
        layer.get("num_embeddings") in range(vocabulary, vocabulary + 3)
        and layer.get("embedding_dim") == dimension
        and layer.get("padding_idx") in (None, pad_idx)
        for layer in embeddings
    ]
    if not any(wanted):
        raise Failed(
            f"For {given} no embedding of those sizes is in use.",
            summary="No embedding of the sizes that were asked for is in use.",
            hint="nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx), with nothing to stop its gradient.",
        )
    _has_recurrent(found, recurrent)
    if not any(layer["kind"] == "Linear" and layer.get("out_features") == 1 for layer in found):
        _fail("No linear layer with a single output is in use.", "nn.Linear(..., 1) makes the logit.")
    frozen = [layer["kind"] for layer in found if layer.get("frozen")]
    if frozen:
        _fail(f"The weights of nn.{frozen[0]} are frozen, so training leaves them as they are.", STUCK)


def _has_recurrent(found: list[dict[str, Any]], wanted: dict[str, Any]) -> None:
    used = [layer for layer in found if layer["kind"] in RECURRENT]
    both = wanted.get("bidirectional")
    if {layer["kind"] for layer in used} != {wanted["kind"]} or (both and not used[0].get("bidirectional")):
        kinds = ", ".join(("a bidirectional " if x.get("bidirectional") else "") + f"nn.{x['kind']}" for x in used)
        asked = f"{'a bidirectional ' if both else ''}nn.{wanted['kind']}"
        _fail(f"The recurrent layer in use should be {asked}; there is {kinds or 'none'}.")
    if not any(layer.get("hidden_size") in wanted["hidden"] for layer in used):
        text = f"Asked for {wanted['hidden'][0]} hidden units, nn.{wanted['kind']} has {used[0].get('hidden_size')}."
        raise Failed(text, summary="The recurrent layer does not have hidden_dim hidden units.")
    if not all(part for layer in used for part in layer.get("reached", [])):
        _fail("Of the layers that are stacked, not all have a say in the logit.", "h_n holds the upper layers last.")


def _layers(
    student: Solution, model: str, sizes: Sequence[int], rng: np.random.Generator, words: range
) -> list[dict[str, Any]]:
    """The layers that have a say in the logits, of one of several models at least."""
    defined(student, model)
    known: list[dict[str, Any]] = []
    for _ in range(DRAWS):
        batch = [rng.integers(words.start, words.stop, (4, 5)), np.full(4, 5)]
        found = student.probe("layers", model, list(sizes), int(rng.integers(2**31)), batch)
        every = [x for x in found if isinstance(x, dict) and "kind" in x] if isinstance(found, list) else []
        for layer, before in zip(every, known, strict=False):
            layer["reached"] = [new or old for new, old in zip(_reached(layer), _reached(before), strict=False)]
        known = every
        if all(all(_reached(layer)) for layer in known):
            break
    return [layer for layer in known if any(_reached(layer))]


def _reached(layer: dict[str, Any]) -> list[Any]:
    parts = layer.get("reached")
    return parts if isinstance(parts, list) else []


def gives_one_logit_a_review(student: Solution, model: str, rng: np.random.Generator) -> None:
    """Shape (B,), also for a batch of one and reviews of one word; and numbers that no function squeezes."""
    batches = [reviews(rng, lengths) for lengths in ((4,), (1,), (5, 3, 2), (6, 6))]
    for answer, (_, lengths) in zip(_answers(student, model, rng, batches), batches, strict=True):
        same_shape(answer, (len(lengths),), what="the logits", hint=SQUEEZE)
        finite_numbers(answer, (len(lengths),), what="the logits")
    many = reviews(rng, [5] * 20 + [1] * 20)
    loud = np.concatenate([logits(student, model, rng, [many], scale=30.0)[0] for _ in range(6)])
    if loud.max() <= 1.0 or loud.min() >= -1.0:
        _fail("However large the weights are, the outputs do not leave a certain range, so they are no logits.", LOGITS)


def padding_changes_nothing(student: Solution, model: str, rng: np.random.Generator) -> None:
    """The logits with 0, 1 and 9 more columns of padding; with another number for the padding, too."""
    for pad_idx in (0, 3):
        tokens, lengths = reviews(rng, (5, 4, 2, 1), pad_idx)
        wider = [np.pad(tokens, ((0, 0), (0, more)), constant_values=pad_idx) for more in (0, 1, 9)]
        bare, *padded = logits(student, model, rng, [[wide, lengths] for wide in wider], pad_idx)
        for values in padded:
            _same(values, bare, "the logits after more padding", PADDING)


def company_changes_nothing(student: Solution, model: str, rng: np.random.Generator) -> None:
    """The logits of reviews together, in another order, and alone (padded as before: padding is another check's)."""
    tokens, lengths = reviews(rng, (3, 6, 1, 4, 6))
    order = np.array([1, 4, 0, 3, 2])
    alone = [[tokens[i : i + 1], lengths[i : i + 1]] for i in range(5)]
    together, mixed, *single = logits(student, model, rng, [[tokens, lengths], [tokens[order], lengths[order]], *alone])
    _same(mixed, together[order], "the logits in another order", COMPANY)
    _same(np.concatenate(single), together, "the logits of reviews on their own", COMPANY)


def _same(got: Array, expected: Array, what: str, hint: str) -> None:
    close(got, expected, rtol=1e-3, atol=1e-5, what=what, hint=hint)


def words_that_count(student: Solution, model: str, rng: np.random.Generator, mute: str = "") -> list[bool]:
    """For each place of a review, whether the word there has a say in the logit of any of twenty reviews.

    Where outputs are pooled by their maximum, a word goes unnoticed in a review once in ten times. What goes unnoticed
    in one model is looked for in others.
    """
    counts = [False] * PLACES
    for _ in range(DRAWS):
        tokens, lengths = reviews(rng, [PLACES] * 20)
        batches = [[tokens, lengths]]
        for place in range(PLACES):
            changed = tokens.copy()
            changed[:, place] = 1 + (changed[:, place] + rng.integers(0, WORDS - 2, 20)) % (WORDS - 1)
            batches.append([changed, lengths])
        bare, *others = logits(student, model, rng, batches, mute=mute)
        counts = [old or bool(np.abs(new - bare).max() > FEELS) for old, new in zip(counts, others, strict=True)]
        if all(counts):
            break
    return counts


def one_batch_can_be_learnt(student: Solution, model: str, rng: np.random.Generator) -> None:
    """Eight short reviews with labels by chance, in up to three tries, each with new reviews and a new model."""
    defined(student, model)
    for _ in range(TRIES):
        tokens, lengths = reviews(rng, (6, 5, 5, 4, 4, 3, 3, 2))
        labels = rng.permutation([0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]).astype(np.float32)
        batch, seed = [tokens, lengths, labels], int(rng.integers(2**31))
        answer = student.probe("fitted_logits", model, [WORDS, EMBEDDING, HIDDEN, 0], seed, batch, STEPS, RATE)
        values = _in_a_row(answer, 8)
        if values[labels == 1].min() > values[labels == 0].max():
            return
    text = f"After {STEPS} steps on one batch of eight short reviews the model still cannot tell their labels apart."
    raise Failed(text, summary="The model cannot learn one small batch by heart.", hint=STUCK)


def logits(
    student: Solution, model: str, rng: np.random.Generator, batches: list[Batch], pad_idx: int = 0, **options: Any
) -> list[Array]:
    """The logits (B,) of each batch, by one small model; (B, 1) will do, for the shape is a check of its own."""
    answers = _answers(student, model, rng, batches, pad_idx, **options)
    return [_in_a_row(answer, len(batch[1])) for answer, batch in zip(answers, batches, strict=True)]


def _answers(
    student: Solution, model: str, rng: np.random.Generator, batches: list[Batch], pad_idx: int = 0, **options: Any
) -> list[Any]:
    defined(student, model)
    sizes, seed = [WORDS, EMBEDDING, HIDDEN, pad_idx], int(rng.integers(2**31))
    found = student.probe("logits", model, sizes, seed, batches, **options)
    return found if isinstance(found, list) and len(found) == len(batches) else [None] * len(batches)


def _in_a_row(answer: Any, rows: int) -> Array:
    if isinstance(answer, np.ndarray) and answer.shape in ((rows, 1), (1, rows), ()) and answer.size == rows:
        answer = answer.reshape(rows)
    return finite_numbers(answer, (rows,), what="the logits")


def defined(student: Solution, name: str) -> None:
    """Raise what says why a name is not there, where it is not."""
    if not student.defines(name):
        student.value(name)


def _fail(text: str, hint: str | None = None) -> None:
    raise Failed(text, summary=text, hint=hint)
