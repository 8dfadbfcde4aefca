"""One step of a recurrent network, from three linear layers in PyTorch (programming 2.1).

The module's layers are read first, as data. Other layers than the given ones are charged once, by the small example;
where they compute the same, everything else is judged through them. Outputs are right when they follow from the
student's own new state; batches, the state and large scores are judged by what the student's own cell gives elsewhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graders import CallError, Failed, Outcome, Parts, Passed, Question, Rng, Solution, close, finite_numbers, is_close
from graders.practical09.rnn_cell.calls import TWO, Call, StudentCell
from graders.practical09.rnn_cell.chance import minds_chance
from graders.practical09.rnn_cell.gradients import misfits
from graders.practical09.rnn_cell.layers import TRIAL, Array, Sizes, Weights

SMALL: Sizes = (3, 2, 3)
question = Question("rnn_cell", title="The recurrent cell in PyTorch", points=2)

RTOL, ATOL = 1e-4, 1e-5  # of float32, in which torch computes
STATE = "The new state is made of what the inputs bring and what the old state brings, added; tanh acts on the sum."
OUTPUT = "The scores come from the new state; log-softmax over the classes of each row makes log-probabilities of them."
GRADIENT = (
    "Look for what cuts gradients off: detach, item, .data, NumPy and no_grad do. With torch's operations from "
    "beginning to end they reach everything that the outputs depend on."
)
OUTSIDE = (
    "Two new cells with the same weights give different results for the same input and state. Look for what is kept "
    "outside of the cell, in a global variable or in a default argument."
)
BEGINNING = "Your RNN has no method `init_hidden` any more. It is given, and later cells call it: put it back."
AGAIN = "It is given, and later cells call it: put it back as it was."
LARGE = "Log-softmax does not change when all scores of a row grow by as much; cutting scores off at a limit does."
KEPT = (
    "Your cell gives other results when it is called again with the same input and state: it goes on from a state that "
    "it keeps in itself. The state comes in as an argument, and several sequences may be read in turn."
)
ROWS = "The rows of a batch are different sequences: none may hear of another one."


@question.check(points=0.3, public=True)
@minds_chance(seeded=False)
def gives_the_small_example(cell: StudentCell, reference: Solution, rng: Rng) -> Passed | None:
    """`RNN.forward` gives the log-probabilities and the new state of a small example."""
    if not cell.layers.as_asked:
        hint, misconception = cell.layers.cause()
        raise Failed(cell.layers.told(), hint=hint, misconception=misconception)
    if not cell.state_at:
        text = "`RNN.forward` returns the state first and the log-probabilities second."
        raise Failed(text, hint=f"{TWO} In this order.", misconception="cell_results_exchanged")
    weights = {
        "i2h.weight": np.array([[0.5, -0.3, 0.1], [0.2, 0.4, -0.6]]),
        "i2h.bias": np.array([0.1, -0.2]),
        "h2h.weight": np.array([[0.1, 0.6], [-0.5, 0.3]]),
        "h2h.bias": np.array([0.0, 0.3]),
        "h2o.weight": np.array([[1.0, -1.0], [0.5, 0.5], [-0.4, 0.8]]),
        "h2o.bias": np.array([0.0, 0.1, -0.1]),
    }
    calls = [[np.array([[0.0, 1.0, 0.0]]), np.array([[0.5, -0.5]])]]
    got, right = cell.pairs(weights, calls, SMALL)[0], StudentCell(reference).pairs(weights, calls, SMALL)[0]
    parts = Parts()
    with parts.part():
        _same(got[1], right[1], "the new state h", STATE)
    with parts.part():
        _same(got[0], right[0], "log_probs", OUTPUT)
    parts.settle()
    return None if cell.layers.begins else Passed(BEGINNING)


@question.check(points=0.6)
@minds_chance(seeded=False)
def agrees_on_random_weights(cell: StudentCell, reference: Solution, rng: Rng) -> None:
    """New states agree with the reference for random weights and sizes, and outputs are what follows from them."""
    for _ in range(3):
        inputs, hidden, classes = 3 + rng.permutation(8)[:3]
        _agrees(cell, reference, *random_case(rng, 1, 1, inputs, hidden, classes))
    _agrees(cell, reference, *random_case(rng, 1, 1, 27, 16, 27))
    _agrees(cell, reference, *random_case(rng, 2, 3, 6, 5, 6))


@question.check(points=0.25)
@minds_chance(seeded=True)
def takes_a_batch(cell: StudentCell, reference: Solution, rng: Rng) -> None:
    """Each row of a batch begins with zeros, and is treated as it would be alone."""
    for rows in (2, 5):
        weights, xs, h = _own_case(rng, cell, 1, rows)
        together = cell.pairs(weights, [[xs[0], h]])[0]
        _alive(together[1], (rows, TRIAL[1]))
        for row in range(rows):
            alone = cell.pairs(weights, [[xs[0, row : row + 1], h[row : row + 1]]])[0]
            for one, all_rows, size, what in zip(
                alone, together, TRIAL[:0:-1], ("log_probs", "the new state h"), strict=True
            ):
                table = finite_numbers(all_rows, (rows, size), what=what)
                close(one, table[row : row + 1], rtol=RTOL, atol=ATOL, what=f"{what} of a row alone", hint=ROWS)
    _begins(cell.solution)


@question.check(points=0.25)
@minds_chance(seeded=True)
def outputs_are_log_probabilities(cell: StudentCell, reference: Solution, rng: Rng) -> None:
    """The outputs of each row are logarithms of probabilities that add up to 1, also where scores are large."""
    weights, xs, h = _own_case(rng, cell, 1, 3)
    values = finite_numbers(cell.pairs(weights, [[xs[0], h]])[0][0], (3, TRIAL[2]), what="log_probs", hint=OUTPUT)
    if np.ptp(values, axis=0).max() < 1e-3:
        raise Failed("The outputs are the same for every input and every state.", hint=OUTPUT)
    with np.errstate(over="ignore"):
        sums = np.exp(values).sum(axis=1)
    close(sums, np.ones(3), rtol=RTOL, what="the sums of exp(log_probs)", hint=OUTPUT)
    if cell.layers.as_asked:
        _keeps_shifted(cell, weights, [xs[0], h], values)


@question.check(points=0.2)
@minds_chance(seeded=True)
def carries_the_state(cell: StudentCell, reference: Solution, rng: Rng) -> None:
    """The new state depends on the given state and on the input, and on nothing that happened between two calls."""
    weights, xs, h = _own_case(rng, cell, 3, 1)
    other = np.roll(xs[0], 1, axis=1)
    calls: list[Call] = [[xs[0], h], [xs[2], -h], [xs[1], 0], [xs[0], 1], [xs[0], h], [xs[0], -h], [other, h]]
    found = cell.pairs(weights, calls)
    first, _, second, _, again, elsewhere, otherwise = [_alive(pair[1], (1, TRIAL[1])) for pair in found]
    alone = cell.pairs(weights, [calls[0], [xs[1], 0]])
    same = np.allclose(again, first, rtol=RTOL, atol=ATOL)
    if not same and not _is_same(cell.pairs(weights, calls[:1])[0][1], first):
        raise Failed("The same call gives another state in another cell of the same weights.", hint=OUTSIDE)
    if not same or not _is_same(second, finite_numbers(alone[1][1], (1, TRIAL[1]))):
        text = "The same call gives another state after other calls."
        raise Failed(text, hint=KEPT, misconception="cell_keeps_its_state")
    for changed, what in ((elsewhere, "the state that it is given"), (otherwise, "the input")):
        if np.abs(changed - first).max() < 1e-3:
            raise Failed(f"The state that comes back does not depend on {what}.", hint=STATE)


@question.check(points=0.2)
@minds_chance(seeded=True)
def gradients_reach_all_parameters(cell: StudentCell, reference: Solution, rng: Rng) -> None:
    """Every weight and bias that the outputs depend on has the gradient that this dependence makes."""
    weights, xs, h = _own_case(rng, cell, 1, 2)
    cotangent = rng.uniform(0.5, 1.5, (2, TRIAL[2])) * rng.choice([-1.0, 1.0], (2, TRIAL[2]))
    stuck = misfits(cell, reference, weights, [[xs[0], h]], cotangent, rng)
    if stuck:
        raise Failed(f"No right gradient reaches {', '.join(stuck)}.", hint=GRADIENT)


@question.check(points=0.2)
@minds_chance(seeded=True)
def gradients_flow_through_the_state(cell: StudentCell, reference: Solution, rng: Rng) -> None:
    """The output of the second step still has a gradient with respect to the state before the first."""
    weights, xs, h = _own_case(rng, cell, 2, 2)
    cotangent = rng.uniform(0.5, 1.5, (2, TRIAL[2])) * rng.choice([-1.0, 1.0], (2, TRIAL[2]))
    calls = [[xs[0], h], [xs[1], 0]]
    if misfits(cell, reference, weights, calls, cotangent, rng, of_state=True):
        raise Failed("No right gradient flows back through the state.", hint=GRADIENT)


def random_case(
    rng: Rng, steps: int, rows: int, inputs: int, hidden: int, classes: int
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


def _agrees(cell: StudentCell, reference: Solution, weights: Weights, xs: Array, h: Array) -> None:
    """States are right and outputs follow from them, step by step; where only one of the two holds, it earns half."""
    own = cell.layers.filled(weights)
    if own is None:
        raise Failed(cell.layers.told(), hint=cell.layers.cause()[0])
    sizes = _sizes(weights)
    calls: list[Call] = [[x, h if not t else t - 1] for t, x in enumerate(xs)]
    parts = Parts()
    pairs = zip(cell.pairs(own, calls, sizes), StudentCell(reference).pairs(weights, calls, sizes), strict=True)
    for (log_probs, state), (right_log_probs, right_state) in pairs:
        with parts.part("states"):
            _same(state, right_state, "the new state h", STATE)
        with parts.part("outputs"):
            try:
                _same(log_probs, right_log_probs, "log_probs", OUTPUT)
            except Failed:
                following = _following(state, right_state, weights, reference)
                if not parts.wrong("states") or not _is_same(log_probs, following):
                    raise
    parts.settle()


def _following(state: Any, right: Any, weights: Weights, reference: Solution) -> Any:
    """The log-probabilities that follow from the student's own state."""
    try:
        own = finite_numbers(state, np.shape(right))
    except Failed:
        own = np.zeros(np.shape(right))
    scores = own @ weights["h2o.weight"].T + weights["h2o.bias"]
    return np.log([np.asarray(reference.call("softmax", row)) + 1e-300 for row in scores])


def _keeps_shifted(cell: StudentCell, weights: Weights, call: Call, small: Array) -> None:
    """Scores that are all larger by as much give the same outputs, whether bias or weights make them so.

    Beyond 80, where exp of a float32 overflows, what is no number is let pass, but no wrong number.
    """
    along = np.sign(finite_numbers(cell.pairs(weights, [call])[0][1], (3, TRIAL[1]))[0])
    for size in (70.0, -70.0, 1000.0, -1000.0):
        by_bias = {"h2o.bias": weights["h2o.bias"] + size}
        by_weights = {"h2o.weight": weights["h2o.weight"] + size / TRIAL[1] * along}
        for changes in (by_bias, by_weights):
            got = cell.pairs(weights | changes, [call])[0][0]
            if abs(size) > 80 and isinstance(got, np.ndarray) and not np.isfinite(got).all():
                continue
            close(got, small, rtol=1e-2, atol=2e-2, what="log_probs for large scores", hint=LARGE)


def _own_case(rng: Rng, cell: StudentCell, steps: int, rows: int) -> tuple[Weights, Array, Array]:
    """A random case at the sizes `TRIAL`, with the module's own parameters."""
    weights, xs, h = random_case(rng, steps, rows, *TRIAL)
    return cell.layers.filled(weights) or cell.layers.drawn(rng), xs, h


def _begins(student: Solution) -> None:
    """The given `init_hidden` still gives zeros, one row of them or as many as are asked for; it counts a fifth."""
    try:
        found = student.probe("rnn_cell.beginnings", list(TRIAL), 3)
    except CallError as error:
        if error.outcome is not Outcome.ERROR:
            raise
        found = None
    shapes, states = [(1, TRIAL[1]), (3, TRIAL[1])], found if isinstance(found, list) else []
    if [np.shape(s) if isinstance(s, np.ndarray) else () for s in states] != shapes or any(map(np.any, states)):
        raise Failed("`init_hidden` does not give zeros, one row of them or `batch_size` rows.", hint=AGAIN, keep=0.8)


def _same(got: Any, expected: Any, what: str, hint: str) -> None:
    if got is None:
        raise Failed(TWO)
    close(got, expected, rtol=RTOL, atol=ATOL, what=what, hint=hint)


def _is_same(got: Any, expected: Any) -> bool:
    return got is not None and is_close(got, expected, rtol=RTOL, atol=ATOL)


def _alive(state: Any, shape: tuple[int, int]) -> Array:
    """A state of finite numbers that are not all the same."""
    if state is None:
        raise Failed(TWO)
    values = finite_numbers(state, shape, what="the new state h", hint=STATE)
    if np.ptp(values) < 1e-3:
        raise Failed("All units of the new state are the same, whatever the weights.", hint=STATE)
    return values


def _sizes(weights: Weights) -> Sizes:
    (hidden, inputs), classes = weights["i2h.weight"].shape, len(weights["h2o.bias"])
    return inputs, hidden, classes
