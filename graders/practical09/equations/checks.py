"""The equations of forward propagation and of the error (pen and paper 1.1): a machine gives, a person takes."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np
from numpy.random import Generator

from graders import Failed, Passed, Pending, Question, RubricItem, Solution
from graders.practical09.equations.reader import Finding, ModelPart, PartStatus, judge, read_equations

question = Question("equations", title="Model equations of a recurrent network", points=2)

BY_PERSON = "A machine's reading takes no marks: a person reads this part and decides."


@question.check(points=0, public=True)
def recurrence_is_right(student: Solution, reference: Solution, rng: Generator) -> Passed:
    """The new hidden state is the tanh of the input, the previous state and a bias (read by machine)."""
    return _told(student, ModelPart.RECURRENCE, "the equation of the hidden state", rng)


@question.check(points=0, public=True, draws=recurrence_is_right)
def output_is_right(student: Solution, reference: Solution, rng: Generator) -> Passed:
    """The output is the softmax of the new hidden state's scores (read by machine)."""
    return _told(student, ModelPart.OUTPUT, "the equation of the output", rng)


@question.check(points=0, public=True, draws=recurrence_is_right)
def loss_is_right(student: Solution, reference: Solution, rng: Generator) -> Passed:
    """The error is the cross-entropy of output and target, added over the sequence (read by machine)."""
    return _told(student, ModelPart.LOSS, "the equation of the error", rng)


@question.check(points=0, public=True, draws=recurrence_is_right)
def initial_state_is_right(student: Solution, reference: Solution, rng: Generator) -> Passed:
    """The state before the first step is zero (read by machine)."""
    return _told(student, ModelPart.INITIAL, "the initial state", rng)


@question.check(points=0, public=True, draws=recurrence_is_right)
def dimensions_fit(student: Solution, reference: Solution, rng: Generator) -> Passed:
    """One choice of shapes fits all equations and all shapes that are stated (read by machine)."""
    return _told(student, ModelPart.DIMENSIONS, "the model as a whole", rng)


question.written(
    "model_equations",
    "The equations describe the network of the exercise completely and consistently",
    RubricItem(
        "recurrence",
        0.6,
        "The hidden state is the tanh of three terms: a matrix times the current input, another matrix times the "
        "previous hidden state, and a bias. One bias or two, rows or columns, sums or products, any letters: all fine.",
        read_by=recurrence_is_right,
    ),
    RubricItem(
        "output",
        0.5,
        "At every step the scores are an affine function of the new hidden state, and the softmax turns them into "
        "probabilities; the softmax by name is enough.",
        read_by=output_is_right,
    ),
    RubricItem(
        "loss",
        0.4,
        "The error is the cross-entropy between target and output with its minus, over the classes and over all steps "
        "of the sequence. A mean over the steps is fine when it is said.",
        read_by=loss_is_right,
    ),
    RubricItem(
        "initial_state",
        0.2,
        "It says what the state is before the first step: zero, or a given vector; in words or as an equation.",
        read_by=initial_state_is_right,
    ),
    RubricItem(
        "dimensions",
        0.3,
        "All products and sums are possible: every matrix fits what it multiplies, and the same weights serve all "
        "steps. Stated shapes are welcome but not demanded, as long as those that are stated fit.",
        read_by=dimensions_fit,
    ),
)


def _told(student: Solution, part: ModelPart, what: str, rng: Generator) -> Passed:
    """The finding about one part as a verdict: what agrees passes, and so gives its rubric item."""
    finding = _findings(student.answer(question.id), int(rng.integers(2**32)))[part]
    sentence, evidence = _sentence(finding, what), {"equation": finding.source} if finding.source else {}
    if finding.accuses:
        raise Failed(f"{sentence} {BY_PERSON}", hint=HINTS.get(finding.kind), evidence=evidence)
    if finding.status is PartStatus.UNREAD:
        raise Pending(f"{sentence} {BY_PERSON}", evidence=evidence)
    return Passed(sentence, evidence)


@functools.lru_cache(maxsize=64)
def _findings(answer: str, seed: int) -> Mapping[ModelPart, Finding]:
    """What is found about each part; an answer is read once for all checks, which share their draws."""
    return {found.part: found for found in judge(read_equations(answer), np.random.default_rng(seed))}


def _sentence(finding: Finding, what: str) -> str:
    text = finding.message
    match finding.status:
        case PartStatus.AGREES if finding.kind == "in words":
            return f"The machine found {what} in your words: “{finding.source}”."
        case PartStatus.AGREES:
            return f"As the machine reads it, {what} agrees with the model" + (f"; {text}." if text else ".")
        case PartStatus.DISAGREES:
            return f"As the machine reads it, {what} differs from the model: {text}."
        case PartStatus.DIMENSIONS:
            return f"As the machine reads it, the dimensions of {what} do not fit: {text}."
        case PartStatus.UNREAD:
            absent = finding.kind == "absent"
            return f"The machine could not read {what}" + ("." if absent or not text else f" ({text}).")


HINTS = {
    "recurrence missing": "What does the network know at step t of what it read before, and through which term?",
    "tanh missing": "Which function is the hidden activation, and what does it apply to?",
    "bias missing": "The exercise initialises weights and biases: where does each bias stand?",
    "terms outside the tanh": "All three terms of the new state stand inside the activation.",
    "softmax missing": "What turns scores into probabilities that add up to one?",
    "minus missing": "Is the logarithm of a probability positive or negative, and what should a loss be?",
    "sum over time missing": "In a many-to-many task every step has a target.",
    "sum over classes missing": "Is your error one number, or a vector?",
    "output and target swapped": "What is the logarithm of a one-hot vector's zeros?",
    "dimensions": "Write the shape under each symbol: inputs, hidden units and classes are three different numbers.",
}
