"""The forward pass of a many-to-many recurrent network and its loss, in NumPy (programming 1.1).

Each check looks at one thing. Outputs are right when they follow from the student's own states; lengths, the initial
state and large scores are judged by what the student's own function gives elsewhere, so that a wrong activation costs
no more than the comparison of the states.
"""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np

from graders import Failed, Parts, Question, Rng, Solution, close, finite_numbers, is_close
from graders.practical09.numpy_forward.results import DOCUMENTED, Array, Case, Results, as_array, forward, unfolded

question = Question("numpy_forward", title="Forward pass in NumPy", points=3)

RTOL, ATOL = 1e-4, 1e-5  # of float32, over fifty steps
STATE = "A state is made of everything that comes in: the inputs, the state before and the bias, each once, then tanh."
LOSS = "Look up the probability of the right class at each step; the loss adds up their negative natural logarithms."
LARGE = (
    "Softmax stays the same when all scores of a step grow by as much. exp of 1,000 is too large for a float, and "
    "scores that are cut off at a limit are other scores."
)
OUTPUT = "An output is made from the state of the same step, by softmax over its classes."
START = "The state before the first step is `h0`, whatever it holds, and each later step goes on from the one before."
LATER = "The states of the first steps are the same, however many follow: a state knows nothing of later inputs."
KEPT = (
    "Your function gives other results when it is called again with the same arguments: look for something "
    "that it keeps from earlier calls, in a global variable or in a default argument, and for random numbers. All that "
    "it needs comes in through its arguments."
)
ROUNDED = (
    "Your numbers are rounded to {} decimals. Give them as they are computed; print rounds what it shows by itself."
)
WHOLE = "Your array holds whole numbers, so that what is written into it loses its decimals: make it with dtype=float."
ARGUMENTS = ("x", "h0", "W_xh", "W_hh", "b_h", "W_hy", "b_y")


class CalledReply(TypedDict):
    """The arguments of a call, as they are after it."""

    arguments: list[np.ndarray]


@question.check(points=0.3, public=True)
def gives_the_small_example(student: Solution, reference: Solution, rng: Rng) -> None:
    """`rnn_forward` gives the states and the probabilities of a small example."""
    case = small_example()
    found, right = forward(student, case), forward(reference, case)
    if found.misplaced:
        text = f"The results are not in the documented form: {found.misplaced}."
        raise Failed(text, hint=DOCUMENTED, misconception=found.misconception)
    parts = Parts()
    with parts.part():
        _same(found.h, right.h, "the states h", STATE)
    with parts.part():
        _same(found.y_hat, right.y_hat, "the probabilities y_hat", OUTPUT)
    parts.settle(evidence=_picture(found, right))


@question.check(points=0.1)
def gives_the_sequence_done_by_hand(student: Solution, reference: Solution, rng: Rng) -> None:
    """`rnn_forward` gives what the pen-and-paper sequence gives."""
    x = np.array([[4.0, 0, 0, 0], [0, 8, 2, 0]])
    hidden = (np.full((3, 4), 0.1), np.full((3, 3), 0.1), np.full(3, 0.1))
    _agrees(student, reference, (x, np.zeros(3), *hidden, np.full((2, 3), 0.1), np.full(2, 0.1)), keep=0.0)


@question.check(points=0.9)
def agrees_on_random_weights(student: Solution, reference: Solution, rng: Rng) -> None:
    """States agree with the reference for random sizes and weights, and probabilities are what follows from them."""
    for steps in (2, 5, 8):
        inputs, hidden, classes = 2 + rng.permutation(6)[:3]
        _agrees(student, reference, random_case(rng, steps, inputs, hidden, classes, start=0.0))
    _agrees(student, reference, random_case(rng, 6, 4, 4, 4, start=0.0))


@question.check(points=0.3)
def takes_any_length(student: Solution, reference: Solution, rng: Rng) -> None:
    """A sequence may have a single step, or fifty; the first states do not depend on how many follow."""
    whole = random_case(rng, 50, 3, 5, 2, start=0.0)
    x, *others = whole
    found = forward(student, whole)
    states, parts = _states(found, 50, 5), Parts()
    for steps in (1, 20):
        begun = forward(student, (x[:steps], *others))
        if np.shape(found.y_hat) == (50, 2):
            finite_numbers(begun.y_hat, (steps, 2), what="y_hat", hint=OUTPUT)
        what = "the states of the first steps, read alone,"
        first = _states(begun, steps, 5, alive=False)
        with parts.part():
            _same(first, states[:steps], what, LATER)
    parts.settle(keep=0.5, evidence={})


@question.check(points=0.25)
def starts_from_the_given_state(student: Solution, reference: Solution, rng: Rng) -> None:
    """The first step starts from the `h0` that is given, and nothing else is remembered from call to call."""
    first, second = random_case(rng, 4, 3, 4, 2, start=1.0), random_case(rng, 3, 3, 4, 2, start=1.0)
    x, h0, *weights = first
    states = _states(forward(student, first), 4, 4)
    forward(student, second)
    again = _states(forward(student, first), 4, 4)
    if not np.allclose(again, states, rtol=RTOL, atol=ATOL):
        text = "The same call gives other states the second time."
        raise Failed(text, hint=KEPT, misconception="state_kept_between_calls")
    elsewhere = _states(forward(student, (x, -h0, *weights)), 4, 4)
    if np.abs(elsewhere[0] - states[0]).max() < 1e-3:
        raise Failed("The first state does not depend on `h0`.", hint=START)
    rest = _states(forward(student, (x[2:], states[1], *weights)), 2, 4)
    parts = Parts()
    with parts.part():
        _same(rest, states[2:], "the states of a sequence that goes on", START)
    parts.settle(keep=0.5, evidence={})


@question.check(points=0.1)
def probabilities_add_up_to_one(student: Solution, reference: Solution, rng: Rng) -> None:
    """The probabilities of each step lie between 0 and 1 and add up to 1 over the classes."""
    _distributions(forward(student, _lively_case(reference, rng)).y_hat, 6, 4, OUTPUT)


@question.check(points=0.15)
def leaves_its_inputs_alone(student: Solution, reference: Solution, rng: Rng) -> None:
    """The arrays that `rnn_forward` is given are the same after the call."""
    case = random_case(rng, 3, 3, 4, 2, start=0.5)
    found = student.probe("numpy_forward.called", "rnn_forward", *case, returns=CalledReply)
    _alive(forward(student, case))
    _unchanged(ARGUMENTS, case, found["arguments"])


@question.check(points=0.3)
def survives_large_scores(student: Solution, reference: Solution, rng: Rng) -> None:
    """Scores near 1,000, wherever they come from, give the same probabilities as small ones that differ by as much."""
    x, h0, W_xh, W_hh, b_h, W_hy, b_y = case = _lively_case(reference, rng)
    small = _distributions(forward(student, case).y_hat, 6, 4, OUTPUT)
    state = np.asarray(reference.call("rnn_forward", *case)[0])[3]
    along = 1000 * np.sign(state) / np.abs(state).sum()  # a row for each class: all scores of a step move alike
    for from_bias, from_weights in ((800, 0), (1000, 0), (-1000, 0), (0, 1), (0, -1), (900, 1), (-900, -1)):
        moved = (x, h0, W_xh, W_hh, b_h, W_hy + from_weights * along, b_y + from_bias)
        y_hat = forward(student, moved).y_hat
        close(y_hat, small, rtol=2e-2, atol=1e-4, what="y_hat for large scores", hint=LARGE)


@question.check(points=0.25, public=True)
def cross_entropy_of_a_small_example(student: Solution, reference: Solution, rng: Rng) -> None:
    """`cross_entropy` gives the loss of a small example."""
    y_hat = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3]])
    _same_loss(student, reference, y_hat, np.eye(3)[[0, 2]])


@question.check(points=0.35)
def cross_entropy_agrees_on_random_probabilities(student: Solution, reference: Solution, rng: Rng) -> None:
    """`cross_entropy` agrees with the reference for random probabilities and targets, and leaves them as they are."""
    for steps, classes in ((1, 4), (3, 3), (7, 2), (20, 6)):
        y_hat = 0.99 * rng.dirichlet(np.ones(classes), steps) + 0.01 / classes
        _same_loss(student, reference, y_hat, np.eye(classes)[rng.integers(classes, size=steps)])
    y_hat, y = 0.998 * np.eye(4)[rng.integers(4, size=12)] + 0.0005, np.eye(4)[rng.integers(4, size=12)]
    _same_loss(student, reference, y_hat, y)  # some right classes have hardly any probability
    found = student.probe("numpy_forward.called", "cross_entropy", y_hat, y, returns=CalledReply)
    _unchanged(("y_hat", "y"), (y_hat, y), found["arguments"], keep=0.7)


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


def random_case(rng: Rng, steps: int, inputs: int, hidden: int, classes: int, *, start: float) -> Case:
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


def _lively_case(reference: Solution, rng: Rng) -> Case:
    """Six steps, four classes, of which not always the same is the likeliest; so that no verdict depends on chance."""
    while True:
        case = random_case(rng, 6, 3, 5, 4, start=0.5)
        if len(set(np.argmax(reference.call("rnn_forward", *case)[1], axis=1).tolist())) > 1:
            return case


def _agrees(student: Solution, reference: Solution, case: Case, *, keep: float | None = None) -> None:
    """The states are right, and the outputs follow from them; where only one of the two holds, it earns half.

    Args:
        keep: the share that anything wrong leaves, in place of that.
    """
    found, right = forward(student, case), forward(reference, case)
    parts = Parts()
    with parts.part("states"):
        _same(found.h, right.h, "the states h", STATE)
    with parts.part("outputs"):
        try:
            _same(found.y_hat, right.y_hat, "the probabilities y_hat", OUTPUT)
        except Failed:
            following = _following(found, right, case, reference)
            if not parts.wrong("states") or not is_close(found.y_hat, following, rtol=RTOL, atol=ATOL):
                raise
    parts.settle(keep=keep, evidence=_picture(found, right))


def _following(found: Results, right: Results, case: Case, reference: Solution) -> Any:
    """The probabilities that follow from the student's own states; the right ones where those are no states."""
    try:
        states = finite_numbers(found.h, np.shape(right.h))
    except Failed:
        return right.y_hat
    *_, W_hy, b_y = case
    return [reference.call("softmax", scores) for scores in states @ W_hy.T + b_y]


def _same(got: Any, expected: Any, what: str, hint: str) -> None:
    close(got, expected, rtol=RTOL, atol=ATOL, what=what, hint=_rounding(got, expected) or hint)


def _rounding(got: Any, expected: Any) -> str | None:
    """What to say of numbers that are wrong by a rounding and by nothing else; None where that is not so."""
    array, right = as_array(got), np.asarray(expected, float)
    if array is None or array.shape != right.shape or not np.isfinite(array).all():
        return None
    if isinstance(got, np.ndarray) and got.dtype.kind in "iu":
        return WHOLE
    for decimals in (1, 2, 3, 4):
        off = np.abs(array - right).max(initial=0)
        if np.allclose(array, array.round(decimals), rtol=0, atol=1e-9) and off < 2 * 10.0**-decimals:
            return ROUNDED.format(decimals)
    return None


def _picture(found: Results, right: Results) -> dict[str, Any]:
    """What there is to show of results: at which steps they are right."""
    flags = unfolded(found, right, RTOL, ATOL)
    return {"unfolded": flags} if flags else {}


def _states(found: Results, steps: int, hidden: int, *, alive: bool = True) -> Array:
    """The states, when they are finite, of the documented shape, and change from step to step."""
    states = finite_numbers(found.h, (steps, hidden), what="the states h", hint=STATE)
    if alive:
        _alive(Results(states, None))
    return states


def _alive(found: Results) -> None:
    """Refuse results that hold no numbers, or the same at every step."""
    arrays = [one for one in map(as_array, (found.h, found.y_hat)) if one is not None and one.ndim > 1 and one.size > 1]
    if not any(np.isfinite(one).all() and np.ptp(one, axis=0).max() > 1e-3 for one in arrays):
        raise Failed("The results are the same at every step, whatever the input.", hint=STATE)


def _unchanged(names: tuple[str, ...], before: Case, after: list[Array], *, keep: float = 0.0) -> None:
    """The arguments are what they were before the call."""
    pairs = list(zip(names, before, after, strict=False))
    changed = [name for name, one, other in pairs if not np.array_equal(one, other)]
    if changed or len(after) != len(names):
        text = f"The call changes {', '.join(changed) or 'its arguments'}."
        hint = "Writing into an array or using `+=` on it changes it for the caller too."
        raise Failed(text, hint=hint, keep=keep)


def _distributions(y_hat: Any, steps: int, classes: int, hint: str) -> Array:
    """The probabilities, when they are distributions over the classes that differ from step to step."""
    probabilities = finite_numbers(y_hat, (steps, classes), what="y_hat", hint=hint)
    if (probabilities < -ATOL).any() or (probabilities > 1 + ATOL).any():
        raise Failed("y_hat holds values that are not between 0 and 1.", hint=hint)
    close(probabilities.sum(axis=1), np.ones(steps), rtol=RTOL, what="the sums of y_hat over the classes", hint=hint)
    if np.ptp(probabilities, axis=0).max() < 1e-3:
        raise Failed("The probabilities are the same at every step, whatever the input.", hint=hint)
    return probabilities


def _same_loss(student: Solution, reference: Solution, y_hat: Array, y: Array) -> None:
    expected = reference.call("cross_entropy", y_hat, y)
    close(student.call("cross_entropy", y_hat, y), expected, rtol=RTOL, atol=ATOL, what="the loss", hint=LOSS)
