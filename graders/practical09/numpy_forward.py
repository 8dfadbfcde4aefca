"""The forward pass of a many-to-many recurrent network and its loss, in NumPy (programming 1.1)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graders import Failed, Question, Solution, close, finite_numbers

question = Question("numpy_forward", title="Forward pass in NumPy", points=3)

Array = NDArray[np.float64]
Case = tuple[Array, ...]  # x, h0, W_xh, W_hh, b_h, W_hy, b_y

RTOL, ATOL = 1e-4, 1e-5  # of float32, over fifty steps
STATE = "A state is tanh of everything that comes in: the inputs, the state before and the bias, each once."
LOSS = "Look up the probability of the right class at each step; the loss adds up their negative natural logarithms."
LARGE = "exp of 1,000 is too large for a float; softmax stays the same when all scores are made smaller by as much."
OUTPUT = "An output is made from the state of the same step, by softmax over its classes."


@question.check(points=0.5, public=True)
def gives_the_small_example(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`rnn_forward` gives the states and the probabilities of a small example."""
    _agrees(student, reference, small_example())


@question.check(points=0.2)
def gives_the_sequence_done_by_hand(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`rnn_forward` gives what the pen-and-paper sequence gives."""
    x = np.array([[4.0, 0, 0, 0], [0, 8, 2, 0]])
    hidden = (np.full((3, 4), 0.1), np.full((3, 3), 0.1), np.full(3, 0.1))
    _agrees(student, reference, (x, np.zeros(3), *hidden, np.full((2, 3), 0.1), np.full(2, 0.1)), half=0.0)


@question.check(points=0.7)
def agrees_on_random_weights(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """States and probabilities agree with the reference for random sizes and weights."""
    for steps in (2, 5, 8):
        inputs, hidden, classes = 2 + rng.permutation(6)[:3]
        _agrees(student, reference, random_case(rng, steps, inputs, hidden, classes, start=0.0))
    _agrees(student, reference, random_case(rng, 4, 4, 4, 4, start=0.0))


@question.check(points=0.2)
def takes_any_length(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """A sequence may have a single step, or fifty."""
    for steps in (1, 50):
        _agrees(student, reference, random_case(rng, steps, 3, 5, 2, start=0.0))


@question.check(points=0.2)
def starts_from_the_given_state(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """The first step starts from the `h0` that is given, also where it is not zero."""
    hint = "The state before the first step is `h0`, whatever it holds."
    for steps in (1, 3):
        _agrees(student, reference, random_case(rng, steps, 3, 4, 2, start=1.0), hint)


@question.check(points=0.15)
def probabilities_add_up_to_one(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """The probabilities of each step lie between 0 and 1 and add up to 1 over the classes."""
    _, y_hat = _forward(student, random_case(rng, 6, 3, 5, 4, start=0.5))
    _distributions(y_hat, 6, 4, OUTPUT)


@question.check(points=0.15, after=gives_the_small_example)
def leaves_its_inputs_alone(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """The arrays that `rnn_forward` is given are the same after the call."""
    case = random_case(rng, 3, 3, 4, 2, start=0.5)
    names = ("x", "h0", "W_xh", "W_hh", "b_h", "W_hy", "b_y")
    unchanged = student.probe("untouched", "rnn_forward", *case)
    answers = unchanged if isinstance(unchanged, list) and len(unchanged) == len(names) else [False] * len(names)
    changed = [name for name, same in zip(names, answers, strict=True) if same is not True]
    if changed:
        text = f"The call changes {', '.join(changed)}."
        raise Failed(
            text, summary=text, hint="Writing into an array or using `+=` on it changes it for the caller too."
        )


@question.check(points=0.3)
def survives_large_scores(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """Scores near 1,000 give the same probabilities as scores near 0 that differ by as much."""
    *others, b_y = random_case(rng, 6, 3, 5, 4, start=0.5)
    small = _distributions(_forward(student, (*others, b_y))[1], 6, 4, OUTPUT)
    for size in (800.0, 1000.0):
        _, y_hat = _forward(student, (*others, b_y + size))
        close(y_hat, small, rtol=5e-3, atol=ATOL, what="y_hat for large scores", hint=LARGE)


@question.check(points=0.25, public=True)
def cross_entropy_of_a_small_example(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`cross_entropy` gives the loss of a small example."""
    y_hat = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3]])
    _same_loss(student, reference, y_hat, np.eye(3)[[0, 2]])


@question.check(points=0.35)
def cross_entropy_agrees_on_random_probabilities(
    student: Solution, reference: Solution, rng: np.random.Generator
) -> None:
    """`cross_entropy` agrees with the reference for random probabilities and targets."""
    for steps, classes in ((1, 4), (3, 3), (7, 2), (20, 6)):
        y_hat = 0.99 * rng.dirichlet(np.ones(classes), steps) + 0.01 / classes
        _same_loss(student, reference, y_hat, np.eye(classes)[rng.integers(classes, size=steps)])


def small_example() -> Case:
    """Two steps, two inputs, two hidden units and three classes, with weights that are easy to follow by hand."""
    return (
        np.array([[1.0, 0.0], [0.0, 2.0]]),
        np.zeros(2),
        np.array([[0.5, -0.3], [0.2, 0.4]]),
        np.array([[0.1, 0.6], [-0.5, 0.3]]),
        np.array([0.1, -0.2]),
        np.array([[1.0, -1.0], [0.5, 0.5], [-0.4, 0.8]]),
        np.array([0.0, 0.1, -0.1]),
    )


def random_case(rng: np.random.Generator, steps: int, inputs: int, hidden: int, classes: int, *, start: float) -> Case:
    """Random arguments of `rnn_forward`: tanh neither saturates nor blows small differences up over many steps.

    Args:
        start: the size of the entries of h0.
    """
    recurrent = rng.normal(size=(hidden, hidden))
    return (
        rng.normal(size=(steps, inputs)),
        start * rng.uniform(0.5, 1.0, size=hidden) * rng.choice([-1.0, 1.0], size=hidden),
        rng.normal(size=(hidden, inputs)) / np.sqrt(inputs),
        0.9 * recurrent / np.linalg.norm(recurrent, 2),
        rng.uniform(0.2, 0.6, size=hidden) * rng.choice([-1.0, 1.0], size=hidden),
        rng.uniform(-1.5, 1.5, size=(classes, hidden)),
        rng.uniform(-1.5, 1.5, size=classes),
    )


def _agrees(student: Solution, reference: Solution, case: Case, hint: str | None = None, *, half: float = 0.5) -> None:
    """Both results are right; where one of the two is, it earns `half`."""
    wrong = []
    results, expected = _forward(student, case), _forward(reference, case)
    told = (("the states h", hint or STATE), ("the probabilities y_hat", hint or OUTPUT))
    for got, right, (what, help) in zip(results, expected, told, strict=True):
        try:
            close(got, right, rtol=RTOL, atol=ATOL, what=what, hint=help)
        except Failed as failed:
            wrong.append(failed)
    if wrong:
        wrong[0].fraction = half if len(wrong) == 1 else 0.0
        raise wrong[0]


def _distributions(y_hat: Any, steps: int, classes: int, hint: str) -> Array:
    """The probabilities, when they are distributions over the classes that differ from step to step."""
    probabilities = finite_numbers(y_hat, (steps, classes), what="y_hat", hint=hint)
    if (probabilities < -ATOL).any() or (probabilities > 1 + ATOL).any():
        text = "y_hat holds values that are not between 0 and 1."
        raise Failed(text, summary=text, hint=hint)
    close(probabilities.sum(axis=1), np.ones(steps), rtol=RTOL, what="the sums of y_hat over the classes", hint=hint)
    if np.ptp(probabilities, axis=0).max() < 1e-3:
        text = "The probabilities are the same at every step, whatever the input."
        raise Failed(text, summary=text, hint=hint)
    return probabilities


def _forward(solution: Solution, case: Case) -> tuple[Any, Any]:
    result = solution.call("rnn_forward", *case)
    if not isinstance(result, list) or len(result) != 2:
        text = "`rnn_forward` must return two things: the states h and the probabilities y_hat."
        raise Failed(text, summary=text)
    return result[0], result[1]


def _same_loss(student: Solution, reference: Solution, y_hat: Array, y: Array) -> None:
    expected = reference.call("cross_entropy", y_hat, y)
    close(student.call("cross_entropy", y_hat, y), expected, rtol=RTOL, atol=ATOL, what="the loss", hint=LOSS)
