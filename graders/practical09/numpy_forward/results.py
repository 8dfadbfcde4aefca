"""What a student's `rnn_forward` returned, put into the documented form where it is plain what is what.

Results in another order or layout are right numbers in the wrong place: one check says so and charges it, and all the
others judge the numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graders import Failed, Solution

Array = NDArray[np.float64]
Case = tuple[Array, ...]  # x, h0, W_xh, W_hh, b_h, W_hy, b_y

TWO = "`rnn_forward` must return two things: the states h and the probabilities y_hat."
DOCUMENTED = (
    "h has a row for each step and a column for each hidden unit, y_hat a row for each step and a column a class."
)


@dataclass(frozen=True)
class Results:
    """What came back.

    Attributes:
        h: the states, as documented where that could be worked out.
        y_hat: the probabilities, likewise.
        misplaced: what was not as documented and had to be put right; "" where nothing was.
        misconception: the name of that mistake, where it has one.
    """

    h: Any
    y_hat: Any
    misplaced: str = ""
    misconception: str | None = None


def forward(solution: Solution, case: Case) -> Results:
    """Call a solution's `rnn_forward`; results that are not as documented are put right where that is possible.

    Where the last step alone comes back, the others are those of the sequences that end there. Where the loop leaves an
    input out at one of the ends, there is a longer sequence of which it reads the whole of this one.
    """
    found = arranged(solution.call("rnn_forward", *case), case)
    if whole := _with_the_step_left_out(solution, found, case):
        return whole
    x, *others = case
    short = [_is_one_row(one, shape) for one, shape in zip((found.h, found.y_hat), _shapes(case), strict=True)]
    if not any(short):
        return found
    begun = [arranged(solution.call("rnn_forward", x[:steps], *others), (x[:steps], *others)) for steps in _upto(x)]
    h = _last_rows([one.h for one in begun]) if short[0] else found.h
    y_hat = _last_rows([one.y_hat for one in begun]) if short[1] else found.y_hat
    what = "step" if all(short) else "state" if short[0] else "output"
    if (_shape(h), _shape(y_hat)) != _shapes(case):
        return found
    told = "; ".join(part for part in (found.misplaced, f"only the last {what} came back") if part)
    return Results(h, y_hat, told, f"last_{what}_only")


def _with_the_step_left_out(solution: Solution, found: Results, case: Case) -> Results | None:
    """All steps of a loop that ends one step early, or begins one late: of an input that nothing depends on."""
    x, *others = case
    steps = len(x) - 1
    if [_rows_of(one) for one in (found.h, found.y_hat)] != [steps, steps]:
        return None
    ways = {"last": (-1, np.vstack([x, x[-1:]])), "first": (0, np.vstack([x[:1], x]))}
    for which, (place, longer) in ways.items():
        changed = x.copy()
        changed[place] += 1.0
        elsewhere = arranged(solution.call("rnn_forward", changed, *others), case)
        if not (np.array_equal(elsewhere.h, found.h) and np.array_equal(elsewhere.y_hat, found.y_hat)):
            continue
        whole = arranged(solution.call("rnn_forward", longer, *others), (longer, *others))
        if (_shape(whole.h), _shape(whole.y_hat)) == _shapes(case):
            return Results(whole.h, whole.y_hat, f"the {which} input is not read", f"{which}_input_left_out")
    return None


def _rows_of(value: Any) -> int | None:
    array = as_array(value)
    return None if array is None or array.ndim == 0 or (array.ndim == 1 and array.size) else len(array)


def _upto(x: Array) -> range:
    return range(1, len(x) + 1)


def _is_one_row(value: Any, shape: tuple[int, int]) -> bool:
    """Whether a result is the row of a single step, where there should be several."""
    return _shape(value) == (shape[1],) or (_shape(value) == (1, shape[1]) and shape[0] > 1)


def _last_rows(values: list[Any]) -> Any:
    """The last rows of several results, as a table."""
    rows = [np.atleast_2d(array)[-1] for array in map(as_array, values) if array is not None and array.size]
    return np.array(rows) if len({row.shape for row in rows}) == 1 else None


def arranged(result: Any, case: Case) -> Results:
    """The results of a call in the documented form, as far as that goes.

    Raises:
        Failed: there are not two results.
    """
    two = _two(result, case)
    wanted = _shapes(case)
    for found, text, name in _ways(two, wanted, case):
        if (_shape(found.h), _shape(found.y_hat)) == wanted:
            told = "; ".join(part for part in (two.misplaced, text) if part)
            return Results(found.h, found.y_hat, told, name)
    return two


def _two(result: Any, case: Case) -> Results:
    """The two results, or the states alone where plainly nothing else came back."""
    if isinstance(result, dict) and len(result) == 2:
        h, y_hat = result.values()
        return Results(h, y_hat, "they came in a dict")
    if isinstance(result, np.ndarray) and result.shape == _shapes(case)[0]:
        return Results(result, None, "only the states came back", "states_alone")
    shape = _shape(result)  # None where the two results are of different shapes, or no real numbers
    some = isinstance(result, list) or (isinstance(result, np.ndarray) and result.ndim > 0)
    if some and (shape is None or len(shape) > 1) and len(result) == 2:
        return Results(result[0], result[1])
    if isinstance(result, list) and len(result) > 2 and not any(isinstance(one, (int, float)) for one in result):
        return Results(result[0], result[1], f"{len(result)} things came back")
    raise Failed(TWO)


def _ways(
    two: Results, wanted: tuple[tuple[int, int], tuple[int, int]], case: Case
) -> Iterator[tuple[Results, str, str | None]]:
    """Ways in which the results may have been meant, the documented one first unless it cannot be."""
    h, y_hat = as_array(two.h), as_array(two.y_hat)
    exchanged = Results(two.y_hat, two.h), "the probabilities come first and the states second", "results_exchanged"
    if _shape(h) == _shape(y_hat) and _is_distribution(h) and not _is_distribution(y_hat):
        yield exchanged
    yield two, "", None
    yield exchanged
    if h is None or y_hat is None:
        return
    yield Results(h.T, y_hat.T), "the steps are in columns", "steps_in_columns"
    flat = [
        one.reshape(shape) if one.ndim > 2 and one.size == np.prod(shape) else one
        for one, shape in zip((h, y_hat), wanted, strict=True)
    ]
    yield Results(flat[0], flat[1]), "there are dimensions of size 1 too many", None
    if h.ndim == 2 and len(h) == wanted[0][0] + 1 and np.allclose(h[0], case[1], atol=1e-6):
        yield Results(h[1:], y_hat), "the states begin with the initial one", "initial_state_included"


def _shapes(case: Case) -> tuple[tuple[int, int], tuple[int, int]]:
    x, h0, *_, b_y = case
    return (len(x), len(h0)), (len(x), len(b_y))


def _shape(value: Any) -> tuple[int, ...] | None:
    array = as_array(value)
    return None if array is None else array.shape


def as_array(value: Any) -> Array | None:
    """The value as an array of floats, or None where it is none."""
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, OverflowError):  # rows of different lengths, or of no numbers
        return None
    return array.astype(np.float64) if array.dtype.kind in "biuf" else None


def unfolded(found: Results, right: Results, rtol: float, atol: float) -> dict[str, Any] | None:
    """For each step whether its state and its outputs are right, for a picture; None where these are no such arrays."""
    flags = {}
    for name, got, due in (("states", found.h, right.h), ("outputs", found.y_hat, right.y_hat)):
        one, other = as_array(got), as_array(due)
        if one is None or other is None or one.shape != other.shape or one.ndim != 2:
            return None
        rows: list[bool] = np.all(np.isclose(one, other, rtol=rtol, atol=atol), axis=1).tolist()
        flags[name] = rows
    return flags


def _is_distribution(values: Array | None) -> bool:
    if values is None or values.ndim != 2 or not np.isfinite(values).all():
        return False
    return bool((values >= 0).all() and np.allclose(values.sum(axis=1), 1, atol=1e-3))
