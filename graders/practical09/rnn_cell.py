"""One step of a recurrent network, from three linear layers in PyTorch (programming 2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graders import Failed, Question, Solution, close, finite_numbers

question = Question("rnn_cell", title="The recurrent cell in PyTorch", points=2)

Array = NDArray[np.float64]
Weights = dict[str, Array]

RTOL, ATOL = 1e-4, 1e-5  # of float32, in which torch computes
STATE = "The new state is tanh of two sums: what the inputs bring and what the old state brings."
OUTPUT = "The scores come from the new state; log-softmax over the classes of each row makes log-probabilities of them."
GRADIENT = "Use torch's operations from beginning to end: detach, item, .data, NumPy and no_grad cut the gradient off."


@question.check(points=0.4, public=True)
def gives_the_small_example(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`RNN.forward` gives the log-probabilities and the new state of a small example."""
    weights = {
        "i2h.weight": np.array([[0.5, -0.3, 0.1], [0.2, 0.4, -0.6]]),
        "i2h.bias": np.array([0.1, -0.2]),
        "h2h.weight": np.array([[0.1, 0.6], [-0.5, 0.3]]),
        "h2h.bias": np.array([0.0, 0.3]),
        "h2o.weight": np.array([[1.0, -1.0], [0.5, 0.5], [-0.4, 0.8]]),
        "h2o.bias": np.array([0.0, 0.1, -0.1]),
    }
    _agrees(student, reference, weights, np.array([[[0.0, 1.0, 0.0]]]), np.array([[0.5, -0.5]]))


@question.check(points=0.4)
def agrees_on_random_weights(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """Outputs and new state agree with the reference for random weights and sizes."""
    for _ in range(3):
        inputs, hidden, classes = 3 + rng.permutation(8)[:3]
        _agrees(student, reference, *random_case(rng, 1, 1, inputs, hidden, classes))
    _agrees(student, reference, *random_case(rng, 1, 1, 27, 16, 27))


@question.check(points=0.3)
def takes_a_batch(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """Each row of a batch is treated as it would be alone."""
    for rows in (2, 5):
        _agrees(student, reference, *random_case(rng, 1, rows, 5, 4, 5))


@question.check(points=0.2)
def outputs_are_log_probabilities(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """The outputs of each row are logarithms of probabilities that add up to 1."""
    (log_probs, _), *_ = _steps(student, *random_case(rng, 1, 3, 6, 4, 5))
    values = finite_numbers(log_probs, (3, 5), what="log_probs", hint=OUTPUT)
    if np.ptp(values, axis=0).max() < 1e-3:
        text = "The outputs are the same for every input and every state."
        raise Failed(text, summary=text, hint=OUTPUT)
    with np.errstate(over="ignore"):
        sums = np.exp(values).sum(axis=1)
    close(sums, np.ones(3), rtol=RTOL, what="the sums of exp(log_probs)", hint=OUTPUT)


@question.check(points=0.3)
def carries_the_state(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """Three steps in a row, each from the state that the step before returned, agree with the reference."""
    _agrees(student, reference, *random_case(rng, 3, 1, 6, 5, 6))
    _agrees(student, reference, *random_case(rng, 3, 4, 6, 5, 6))


@question.check(points=0.2)
def gradients_reach_all_parameters(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """The loss has a gradient with respect to the weights and the biases of all three layers."""
    gradients = _gradients(student, rng, steps=1)
    stuck = [name for name in gradients if name != "h" and not _flows(gradients[name])]
    if stuck:
        text = f"No gradient reaches {', '.join(stuck)}."
        raise Failed(text, summary=text, hint=GRADIENT)


@question.check(points=0.2)
def gradients_flow_through_the_state(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """The loss of the second step still has a gradient with respect to the state before the first."""
    if not _flows(_gradients(student, rng, steps=2)["h"]):
        text = "No gradient flows back through the state."
        raise Failed(text, summary=text, hint=GRADIENT)


def random_case(
    rng: np.random.Generator, steps: int, rows: int, inputs: int, hidden: int, classes: int
) -> tuple[Weights, Array, Array]:
    """Random weights, one-hot inputs (steps, rows, inputs) and a first state (rows, hidden); no score is beyond 20."""

    def layer(name: str, outputs: int, inputs: int, size: float) -> Weights:
        return {
            f"{name}.weight": rng.uniform(-size, size, (outputs, inputs)),
            f"{name}.bias": rng.uniform(0.2, 0.5, outputs) * rng.choice([-1.0, 1.0], outputs),
        }

    weights = layer("i2h", hidden, inputs, 0.8) | layer("h2h", hidden, hidden, 0.8) | layer("h2o", classes, hidden, 1.0)
    xs = np.eye(inputs)[rng.integers(inputs, size=(steps, rows))]
    return weights, xs, rng.uniform(-0.9, 0.9, (rows, hidden))


def _agrees(student: Solution, reference: Solution, weights: Weights, xs: Array, h: Array) -> None:
    """Both results of every step are right; where one of the two is, it earns half."""
    answers, expected = _steps(student, weights, xs, h), _steps(reference, weights, xs, h)
    (log_probs, states), (right_log_probs, right_states) = zip(*answers, strict=True), zip(*expected, strict=True)
    wrong = [
        *_differences(states, right_states, "the new state h", STATE),
        *_differences(log_probs, right_log_probs, "log_probs", OUTPUT),
    ]
    if wrong:
        wrong[0].fraction = 0.5 if len(wrong) == 1 else 0.0
        raise wrong[0]


def _differences(got: Sequence[Any], expected: Sequence[Any], what: str, hint: str) -> list[Failed]:
    """The first difference, if there is any."""
    try:
        for one, right in zip(got, expected, strict=True):
            close(one, right, rtol=RTOL, atol=ATOL, what=what, hint=hint)
    except Failed as failed:
        return [failed]
    return []


def _steps(solution: Solution, weights: Weights, xs: Array, h: Array) -> list[list[Any]]:
    """A pair (log_probs, h) for each step."""
    _defined(solution)
    pairs = solution.probe("rnn_steps", weights, xs, h)
    if not isinstance(pairs, list) or [len(pair) if isinstance(pair, list) else 0 for pair in pairs] != [2] * len(xs):
        text = "`RNN.forward` must return two things: log_probs and h."
        raise Failed(text, summary=text)
    return pairs


def _gradients(solution: Solution, rng: np.random.Generator, steps: int) -> dict[str, Any]:
    _defined(solution)
    weights, xs, h = random_case(rng, steps, 2, 6, 5, 6)
    found = solution.probe("rnn_gradients", weights, xs, h, [1, 4])
    return {name: found.get(name) if isinstance(found, dict) else None for name in (*weights, "h")}


def _flows(gradient: Any) -> bool:
    """Whether there is a gradient, finite and, but for the noise of float32, not zero everywhere."""
    return isinstance(gradient, np.ndarray) and bool(np.isfinite(gradient).all() and (np.abs(gradient) > 1e-6).any())


def _defined(solution: Solution) -> None:
    if not solution.defines("RNN"):
        solution.value("RNN")  # raises, and says why it is not there
