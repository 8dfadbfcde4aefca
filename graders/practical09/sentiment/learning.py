"""Training a student's model step by step from outside: inside are only its logits and its gradients.

The labels, the loss, its slopes and Adam's steps stay here (Kingma and Ba, "Adam: a method for stochastic
optimization", 2015). The student's model gets weights and reviews, and the slope of the loss of each of its logits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graders import Solution, finite_numbers
from graders.practical09.sentiment.models import Batch, StudentModel
from graders.practical09.sentiment.recurrent import Array, sigmoid

Arrays = dict[str, dict[str, NDArray[Any]]]


class Labels:
    """Answers the logits of a batch with the slopes of their loss, the mean binary cross-entropy.

    Args:
        labels: (B,), 0 or 1.
    """

    def __init__(self, labels: NDArray[np.float32]) -> None:
        self._labels = labels
        self.logits: Array = np.zeros(len(labels))

    def answer(self, logits: Any) -> Array:
        """The slopes (B,): (sigmoid(z) - y) / B."""
        self.logits = finite_numbers(np.ravel(logits) if isinstance(logits, np.ndarray) else logits, what="the logits")
        self.logits = finite_numbers(self.logits, self._labels.shape, what="the logits")
        return np.asarray((sigmoid(self.logits) - self._labels) / len(self._labels))

    @property
    def apart(self) -> bool:
        """Whether the logits last seen tell the labels apart."""
        return bool(self.logits[self._labels == 1].min() > self.logits[self._labels == 0].max())


class Adam:
    """The optimiser, over weights that are changed in place."""

    def __init__(self, weights: Arrays, rate: float) -> None:
        self.weights, self._rate, self._steps = weights, rate, 0
        self._first, self._second = (
            {layer: {name: np.zeros(value.shape) for name, value in parts.items()} for layer, parts in weights.items()}
            for _ in range(2)
        )

    def step(self, gradients: Mapping[str, Mapping[str, NDArray[Any] | None]]) -> None:
        """One step along gradients; what has none stays as it is."""
        self._steps += 1
        for layer, parts in self.weights.items():
            for name, weight in parts.items():
                slope = gradients.get(layer, {}).get(name)
                if slope is None:
                    continue
                slope = finite_numbers(slope, weight.shape, what="the gradients")
                m, v = self._first[layer][name], self._second[layer][name]
                m += 0.1 * (slope - m)
                v += 0.001 * (slope * slope - v)
                size = np.sqrt(v / (1 - 0.999**self._steps)) + 1e-8
                new = weight - self._rate * m / (1 - 0.9**self._steps) / size
                parts[name] = np.asarray(new, dtype=np.float32)  # a number without an axis, too


def own_weights(student: Solution, model: StudentModel, batch: Batch, seed: int) -> Arrays:
    """The weights with which the student's model begins."""
    asked = (model.name, list(model.sizes), seed, batch)
    return student.probe("sentiment.review_weights", *asked, returns=dict[str, dict[str, np.ndarray]])


def follow(
    student: Solution,
    model: StudentModel,
    weights: Arrays,
    batches: Sequence[tuple[Batch, NDArray[np.float32]]],
    rate: float,
    *,
    training: bool,
    until_apart: bool = False,
) -> bool:
    """Change the weights by one step of Adam a batch; whether the last batch's labels were distinguished.

    Args:
        batches: reviews and their labels.
        training: whether dropout strikes.
        until_apart: stop as soon as a batch's labels are distinguished.
    """
    adam, told = Adam(weights, rate), False
    for batch, labels in batches:
        asked = Labels(labels)
        given = (model.name, list(model.sizes), weights, batch, training)
        kind = dict[str, dict[str, np.ndarray | None]]
        gradients = student.probe("sentiment.review_pulls", *given, outside=asked.answer, returns=kind)
        told = asked.apart
        if told and until_apart:
            return True
        adam.step(gradients)
    return told
