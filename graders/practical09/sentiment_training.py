"""What `train_classifier` should do with the grader's own model: losses, gradients and steps, worked out here.

The model is the mean of a review's word vectors and a linear layer (`probes.sentiment_rnn.Bag`), small enough for its
loss and gradients to be written down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graders import Failed, Solution, finite_numbers
from graders.practical09.sentiment import Array, defined, reviews

Weights = Mapping[str, NDArray[np.floating[Any]]]  # embedding (V, D), weight (1, D), bias (1,)
NAMES = ("embedding", "weight", "bias")
MARKS = range(30, 40)  # words by which batches are known; those of the reviews are below


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


@dataclass(frozen=True)
class Pass:
    """A forward pass in training: which batch, in which mode, with which weights, and what backward left on them."""

    batch: int
    training: bool
    weights: Weights
    gradients: Weights | None


@dataclass(frozen=True)
class Trained:
    """What train_classifier did: its result, its passes in their order, and the weights at the end."""

    losses: Any
    attached: bool
    passes: tuple[Pass, ...]
    after: Weights


def labelled(rng: np.random.Generator, sizes: Sequence[int]) -> list[Labelled]:
    """Batches of so many short reviews, with both labels in each."""
    batches = []
    for mark, size in zip(MARKS, sizes, strict=False):
        tokens, lengths = reviews(rng, rng.permutation([2 + i % 4 for i in range(size)]).tolist())
        tokens[int(rng.integers(size)), 0] = mark
        labels = rng.permutation(np.arange(size) % 2).astype(np.float32)
        batches.append(Labelled(tokens, lengths, labels, mark))
    return batches


def new_weights(rng: np.random.Generator) -> Weights:
    """Weights of the grader's model: clear opinions (logits of some units), none beyond ten."""
    embedding, weight = rng.uniform(-1, 1, (40, 6)), rng.choice([-1.0, 1.0], (1, 6)) * rng.uniform(1.5, 2.5, (1, 6))
    return {
        "embedding": embedding.astype(np.float32),
        "weight": weight.astype(np.float32),
        "bias": rng.uniform(-0.5, 0.5, 1).astype(np.float32),
    }


def trained(
    student: Solution, weights: Weights, batches: Sequence[Labelled], n_epochs: int | None, lr: float | None
) -> Trained:
    """Call train_classifier on the grader's model."""
    defined(student, "train_classifier")
    found = student.probe("trained", dict(weights), [batch.parts for batch in batches], n_epochs, lr)
    found = found if isinstance(found, dict) else {}
    passes = [_pass(seen) for seen in found.get("passes") or [] if isinstance(seen, dict)]
    used = [seen for seen in passes if seen.gradients is not None] or passes
    after = _weights(found.get("after"))
    if not passes or after is None:
        text = "`train_classifier` never asks the model that it is given for logits that could be learnt from."
        raise Failed(text, summary=text, hint="model(tokens, lengths) for each batch, outside torch.no_grad().")
    if not {seen.batch for seen in used} <= {batch.mark for batch in batches}:
        text = "The model is trained on other reviews than those of the batches."
        raise Failed(text, summary=text)
    return Trained(found.get("losses"), found.get("attached") is True, tuple(used), after)


def _pass(seen: dict[str, Any]) -> Pass:
    weights = _weights(seen.get("weights"))
    if weights is None:
        raise Failed("The passes of the model cannot be read.", summary="The passes of the model cannot be read.")
    return Pass(int(seen.get("batch", 0)), seen.get("training") is True, weights, _weights(seen.get("gradients")))


def _weights(found: Any) -> dict[str, Array] | None:
    if not isinstance(found, dict) or not all(isinstance(found.get(name), np.ndarray) for name in NAMES):
        return None
    return {name: finite_numbers(found[name], what="the weights of the model") for name in NAMES}


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
    slope = (1 / (1 + np.exp(-z)) - batch.labels) / len(z)
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


def epoch_losses(found: Trained, batches: Sequence[Labelled], n_epochs: int) -> list[Array]:
    """The losses of each epoch in every way that counts: during it or after it, means and sums, of batches or reviews.

    Each is (n_epochs,). An epoch is as many passes as there are to each, whatever batches they are of.
    """
    known, number = {batch.mark: batch for batch in batches}, max(1, len(found.passes) // n_epochs)
    epochs = [found.passes[i : i + number] for i in range(0, len(found.passes), number)]
    during = [[review_losses(seen.weights, known[seen.batch]) for seen in epoch] for epoch in epochs]
    ends = [epoch[0].weights for epoch in epochs[1:]] + [found.after]
    after = [
        [review_losses(weights, known[seen.batch]) for seen in epoch]
        for weights, epoch in zip(ends, epochs, strict=True)
    ]
    ways: list[Array] = []
    for values in (during, after):
        ways += [
            np.array([np.mean([batch.mean() for batch in epoch]) for epoch in values]),
            np.array([np.concatenate(epoch).mean() for epoch in values]),
            np.array([np.sum([batch.mean() for batch in epoch]) for epoch in values]),
            np.array([np.concatenate(epoch).sum() for epoch in values]),
        ]
    return ways
