"""What `train_classifier` should do with a given model: losses, gradients and steps, worked out here.

The model is the mean of a review's word vectors and a linear layer (`probes.sentiment_rnn.Bag`), small enough for its
loss and gradients to be written down. Its weights, before each step, are what is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from graders import CallError, Failed, Rng, Solution, finite_numbers, read
from graders.practical09.sentiment import models_asked
from graders.practical09.sentiment.models import answers, reviews, small
from graders.practical09.sentiment.recurrent import Array, sigmoid

Weights = Mapping[str, NDArray[np.floating[Any]]]  # embedding (V, D), weight (1, D), bias (1,)
NAMES = ("embedding", "weight", "bias")
SHAPES = {"embedding": (40, 6), "weight": (1, 6), "bias": (1,)}
MARKS = range(30, 40)  # words by which batches are known; those of the reviews are below
CLEAR = 0.01  # a gradient is clear where it has at least this share of the largest one's size
AGAINST = 0.95  # of the weights whose gradients have been clear and of one sign, the share that must move against them


@dataclass(frozen=True)
class Style:
    """How a student's own model answers, where that is not by logits (B,): as a column (B, 1), by probabilities."""

    column: bool = False
    squeezed: bool = False

    @property
    def parts(self) -> list[bool]:
        """As probes get it."""
        return [self.column, self.squeezed]


@dataclass(frozen=True)
class Labelled:
    """A batch of reviews with labels (B,), known by its mark, a word that no other batch has."""

    tokens: NDArray[np.int64]
    lengths: NDArray[np.int64]
    labels: NDArray[np.float32]
    mark: int

    @property
    def parts(self) -> list[Any]:
        """As train_classifier gets it."""
        return [self.tokens, self.lengths, self.labels]


class Predicted(TypedDict):
    """What `predict` gave, asked twice."""

    first: Any
    second: Any


class Places(TypedDict):
    """Where reviews and weights were when the model was called, and whether the device was the one asked for."""

    seen: list[list[str]]
    runs: bool


class PassReply(TypedDict):
    """A forward pass in training, as it comes back."""

    tokens: np.ndarray
    training: bool
    weights: dict[str, Any]
    gradients: dict[str, Any]


class TrainedReply(TypedDict):
    """What train_classifier did, as it comes back."""

    losses: Any
    attached: list[bool]
    passes: list[PassReply]
    after: dict[str, Any]


@dataclass(frozen=True)
class Pass:
    """A forward pass in training: which batch, in which mode, with which weights, and what backward left on them."""

    mark: int
    training: bool
    weights: Weights
    gradients: Weights | None


@dataclass(frozen=True)
class Trained:
    """What train_classifier did: its result, its passes in their order, and the weights at the end.

    Attributes:
        batches: by their marks.
    """

    losses: Any
    attached: bool
    batches: Mapping[int, Labelled]
    passes: tuple[Pass, ...]
    after: Weights

    @property
    def steps(self) -> list[tuple[Pass, Weights]]:
        """Each pass, and the weights that the step behind it left."""
        ends = [*(seen.weights for seen in self.passes[1:]), self.after]
        return list(zip(self.passes, ends, strict=True))


@dataclass(frozen=True)
class Trainer:
    """A student's train_classifier, and what it is tried on."""

    student: Solution
    weights: Weights
    batches: Sequence[Labelled]
    style: Style = Style()

    def train(self, n_epochs: int | None, lr: float | None, most: int | None = None) -> Trained:
        """Call it on a model of these weights.

        Args:
            most: how many of the batches it gets; all where None.
        """
        self.student.require("train_classifier")
        batches = self.batches[:most]
        asked = dict(self.weights), [batch.parts for batch in batches], n_epochs, lr, self.style.parts
        found = self.student.probe("sentiment_rnn.trained", *asked, returns=TrainedReply)
        passes = [_pass(seen) for seen in found["passes"]]
        used = [seen for seen in passes if seen.gradients is not None] or passes
        after, known = _weights(found["after"]), {batch.mark: batch for batch in batches}
        if not passes or after is None:
            text = "`train_classifier` never asks the model that it is given for logits that could be learnt from."
            raise Failed(text, hint="model(tokens, lengths) for each batch, outside torch.no_grad().")
        if any(seen.mark not in known for seen in used):
            raise Failed("The model is trained on other reviews than those of the batches.")
        if not np.array_equal(flat(passes[0].weights), flat(self.weights)):
            raise Failed("The weights of the model are changed before it has seen a single review.")
        return Trained(found["losses"], any(found["attached"]), known, tuple(used), after)


def labelled(rng: Rng, sizes: Sequence[int]) -> list[Labelled]:
    """Batches of so many short reviews, with both labels in each."""
    batches = []
    for mark, size in zip(MARKS, sizes, strict=False):
        tokens, lengths = reviews(rng, rng.permutation([2 + i % 4 for i in range(size)]).tolist())
        tokens[int(rng.integers(size)), 0] = mark
        labels = rng.permutation(np.arange(size) % 2).astype(np.float32)
        batches.append(Labelled(tokens, lengths, labels, mark))
    return batches


def new_weights(rng: Rng) -> Weights:
    """Weights of the grader's model: clear opinions (logits of some units), none beyond ten."""
    embedding = rng.uniform(-1, 1, SHAPES["embedding"])
    weight = rng.choice([-1.0, 1.0], (1, 6)) * rng.uniform(1.5, 2.5, (1, 6))
    return {
        "embedding": embedding.astype(np.float32),
        "weight": weight.astype(np.float32),
        "bias": rng.uniform(-0.5, 0.5, 1).astype(np.float32),
    }


def tried(student: Solution, rng: Rng, sizes: Sequence[int], judge: Callable[[Trainer], None]) -> None:
    """Judge a student's train_classifier by batches of so many reviews; see `in_either_style`."""
    trainer = Trainer(student, new_weights(rng), labelled(rng, sizes))
    in_either_style(student, rng, lambda style: judge(replace(trainer, style=style)))


def in_either_style(student: Solution, rng: Rng, attempt: Callable[[Style], None]) -> None:
    """Try with a model that answers by logits (B,), and where that fails with one that answers as the student's does.

    Who gives probabilities, and trains and predicts accordingly, has made one mistake, which is another check's. Where
    only the second gets to the end, what it finds is reported.
    """
    try:
        attempt(Style())
    except (Failed, CallError) as first:
        own = own_style(student, rng)
        if own == Style():
            raise
        try:
            attempt(own)
        except CallError:
            raise first from None
        except Failed as second:
            raise (second if isinstance(first, CallError) else first) from None


def own_style(student: Solution, rng: Rng) -> Style:
    """How the student's own SentimentRNN answers."""
    try:
        model = small(student, "SentimentRNN")
        batch = reviews(rng, (5, 3, 2))
        answer = answers(student, model, model.draw(rng), [batch])[0]
        column = isinstance(answer, np.ndarray) and answer.shape == (3, 1)
        return Style(column, models_asked.squeezed(student, model, rng))
    except (Failed, CallError):
        return Style()


def _pass(found: PassReply) -> Pass:
    weights = _weights(found["weights"])
    if weights is None:
        raise Failed("The passes of the model cannot be read.")
    return Pass(int(found["tokens"].max(initial=0)), found["training"], weights, _weights(found["gradients"]))


def _weights(found: Mapping[str, Any]) -> dict[str, Array] | None:
    """The weights or gradients of the model; None where some are missing."""
    if any(found.get(name) is None for name in NAMES):
        return None
    numbers, what = {name: read(found[name], np.ndarray) for name in NAMES}, "the weights of the model"
    return {name: finite_numbers(value, SHAPES[name], what=what) for name, value in numbers.items()}


def logits(weights: Weights, tokens: NDArray[np.int64], lengths: NDArray[np.int64]) -> Array:
    """The logits (B,) of the grader's model."""
    return np.asarray(_means(weights, tokens, lengths) @ weights["weight"][0] + float(weights["bias"][0]))


def _means(weights: Weights, tokens: NDArray[np.int64], lengths: NDArray[np.int64]) -> Array:
    rows = zip(tokens, lengths, strict=True)
    return np.array([weights["embedding"][row[:length]].astype(float).mean(axis=0) for row, length in rows])


def review_losses(weights: Weights, batch: Labelled) -> Array:
    """Binary cross-entropy of each review: log(1 + exp(z)) - y z for its logit z and label y."""
    z = logits(weights, batch.tokens, batch.lengths)
    return np.asarray(np.logaddexp(0, z) - batch.labels * z)


def gradients(weights: Weights, batch: Labelled) -> Weights:
    """The gradient of the mean of `review_losses`: (sigmoid(z) - y) / B, times what each weight is multiplied with."""
    means = _means(weights, batch.tokens, batch.lengths)
    z = logits(weights, batch.tokens, batch.lengths)
    slope = (sigmoid(z) - batch.labels) / len(z)
    embedding = np.zeros(weights["embedding"].shape)
    for row, length, s in zip(batch.tokens, batch.lengths, slope, strict=True):
        np.add.at(embedding, row[:length], s * weights["weight"][0].astype(float) / length)
    return {"embedding": embedding, "weight": (slope @ means)[None, :], "bias": np.array([slope.sum()])}


def flat(weights: Weights) -> Array:
    """All the numbers in one row."""
    return np.concatenate([np.ravel(weights[name]).astype(float) for name in NAMES])


def likeness(one: Weights, other: Weights) -> float:
    """The cosine of the angle between two gradients; 0 where one of them is zero."""
    a, b = flat(one), flat(other)
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size > 0 else 0.0


def against(found: Trained) -> bool:
    """Whether every step moves the weights against the gradients, as they are worked out here.

    Whatever the optimiser remembers, a weight whose gradient has been clear and of one sign so far moves the other way.
    """
    always: Array | None = None
    for seen, end in found.steps:
        slopes = flat(gradients(seen.weights, found.batches[seen.mark]))
        signs = np.sign(slopes) * (np.abs(slopes) > CLEAR * np.abs(slopes).max())
        always = signs if always is None else np.where(always == signs, signs, 0.0)
        sure = always != 0
        if sure.any() and np.mean(np.sign(flat(end) - flat(seen.weights))[sure] == -always[sure]) < AGAINST:
            return False
    return True


def epoch_losses(found: Trained, number: int) -> list[Array]:
    """The losses of each epoch in every way that counts: during it or after it, means and sums, of batches or reviews.

    Each is (epochs,). An epoch has as many passes as there are to each of the losses that were returned.

    Args:
        number: how many losses that are.
    """
    size = max(1, len(found.passes) // max(1, number))
    epochs = [found.steps[i : i + size] for i in range(0, len(found.passes), size)]
    during = [[(seen.weights, seen.mark) for seen, _ in epoch] for epoch in epochs]
    behind = [[(epoch[-1][1], seen.mark) for seen, _ in epoch] for epoch in epochs]
    ways: list[Array] = []
    for asked in (during, behind):
        losses = [[review_losses(weights, found.batches[mark]) for weights, mark in epoch] for epoch in asked]
        for values in ([[batch.mean() for batch in epoch] for epoch in losses], list(map(np.concatenate, losses))):
            ways += [np.array([np.mean(epoch) for epoch in values]), np.array([np.sum(epoch) for epoch in values])]
    return ways
