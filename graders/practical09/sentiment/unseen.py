"""What a trained model says of reviews that it has not seen, worked out from the weights that its training left.

The student's model is trained by the student's `train_classifier`, and what comes back is weights. Where the model
follows a plain formula its logits are worked out here; where it does not, it is asked for them, without their labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graders import CallError, Failed, Rng, Solution, finite_numbers
from graders.practical09.sentiment import learning as learning
from graders.practical09.sentiment import training as training
from graders.practical09.sentiment.formula import Formula, formula_of
from graders.practical09.sentiment.models import (
    Batch,
    StudentModel,
    Weights,
    asked_once,
    of_some_size,
    outputs,
    reviews,
)
from graders.practical09.sentiment.recurrent import Array, sigmoid

LEARNT = 0.75  # of the reviews that were learnt from: with fewer it is tried whether the training is to blame
SOME = 10  # of the batches that were learnt from, all of one width
TINY = 1e-7

Labelled = Sequence[NDArray[Any]]  # tokens (B, T), lengths (B,), labels (B,)


@dataclass(frozen=True)
class ReviewLesson:
    """What a model learns from, and how.

    Attributes:
        rate: the learning rate.
        trainer: the student's function that trains it; None where training is not what is judged: then the student's
            is used as long as it works, and steps that are worked out here otherwise.
    """

    batches: Sequence[Labelled]
    epochs: int
    rate: float
    trainer: str | None


def unseen_logits(
    student: Solution, name: str, sizes: Sequence[int], lesson: ReviewLesson, unseen: Batch, rng: Rng
) -> Array:
    """The logits (N,) of unseen reviews, by a new model of the student's, after training on others."""
    for needed in (name, lesson.trainer):
        if needed is not None:
            student.require(needed)
    model = of_some_size(student, name, sizes)
    formula = _formula(student, model, rng)
    weights = _trained(student, model, formula, lesson, int(rng.integers(2**31)))
    values = _logits(student, model, formula, weights, unseen)
    if formula is not None and formula.last == "sigmoid" and _believes_probabilities(student, rng):
        values = np.log(np.clip(values, TINY, 1) / np.clip(1 - values, TINY, 1))
    return values


def _believes_probabilities(student: Solution, rng: Rng) -> bool:
    """Whether the student's `predict` takes what a model answers for the probabilities, and not for logits."""
    weights, batch = training.new_weights(rng), reviews(rng, (4, 2, 3))
    try:
        asked = weights, [batch], training.Style(squeezed=True).parts
        reply = student.probe("sentiment_rnn.predicted", *asked, returns=training.Predicted)
        given = finite_numbers(reply["first"], (3,))
    except (CallError, Failed):
        return False
    return bool(np.allclose(given, sigmoid(training.logits(weights, *batch)), rtol=1e-3, atol=1e-5))


def known_formula(student: Solution, name: str, sizes: Sequence[int], rng: Rng) -> Formula | None:
    """The formula that a student's model follows; None where it is none that is known here."""
    return _formula(student, of_some_size(student, name, sizes), rng)


def _formula(student: Solution, model: StudentModel, rng: Rng) -> Formula | None:
    return formula_of(model, *asked_once(student, model, rng, (5, 4, 3, 1)))


def _trained(
    student: Solution, model: StudentModel, formula: Formula | None, lesson: ReviewLesson, seed: int
) -> Weights:
    if lesson.trainer is not None:
        return _by_student(student, model, lesson, lesson.trainer, seed)
    try:
        student.require("train_classifier")
        weights = _by_student(student, model, lesson, "train_classifier", seed)
        tokens, lengths, labels = (np.concatenate(parts) for parts in zip(*lesson.batches[-SOME:], strict=True))
        if np.mean((_logits(student, model, formula, weights, [tokens, lengths]) > 0) == (labels > 0)) >= LEARNT:
            return weights
    except (CallError, Failed):  # of the other question, which is judged there
        pass
    pairs = [([tokens, lengths], labels) for tokens, lengths, labels in lesson.batches]
    begin = learning.own_weights(student, model, pairs[0][0], seed)
    learning.follow(student, model, begin, pairs * lesson.epochs, lesson.rate, training=True)
    return begin


def _by_student(student: Solution, model: StudentModel, lesson: ReviewLesson, trainer: str, seed: int) -> Weights:
    batches = [list(batch) for batch in lesson.batches]
    asked = model.name, list(model.sizes), seed, batches, trainer, lesson.epochs, lesson.rate
    found = student.probe("sentiment.review_training", *asked, returns=dict[str, dict[str, np.ndarray]])
    for name, layer in model.layers.items():
        if {part: found.get(name, {}).get(part, np.zeros(0)).shape for part in layer.shapes} != dict(layer.shapes):
            raise Failed("The model has other layers after its training than before.")
    return found


def _logits(
    student: Solution, model: StudentModel, formula: Formula | None, weights: Weights, batch: Batch
) -> NDArray[np.float64]:
    if formula is None:
        return outputs(student, model, weights, [batch])[0][:, 0]
    return formula.logits(weights, batch)[:, 0]
