"""Whether gradients are those of what a cell computes: against the reference, or else by finite differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from graders import Rng, Solution, finite_numbers, is_close
from graders.practical09.rnn_cell.calls import CellGradients, CellReplies, StudentCell
from graders.practical09.rnn_cell.layers import TRIAL, Array, Weights, asked

STEPS = (
    0.05,
    0.01,
)  # of a finite difference, along a direction of length one: float32's noise is a thousandth of what it shows
FLAT = 1e-3  # a derivative below it is zero as far as a finite difference can tell
CLOSE = 0.05  # share by which the two may differ
START = "the first state"


def misfits(
    cell: StudentCell,
    reference: Solution,
    weights: Weights,
    calls: list[list[Any]],
    cotangent: Array,
    rng: Rng,
    *,
    of_state: bool = False,
) -> list[str]:
    """The parameters (or the first state) whose gradients are not the derivatives of the last call's outputs.

    A parameter that the outputs do not depend on needs no gradient; where they depend on one parameter
    at the most, or not on the first state, there is nothing whose gradient could be right.
    """
    found = _gradients(cell, weights, calls, cotangent)
    names = [START] if of_state else list(weights)
    given = {name: np.shape(value) for name, value in weights.items()} == asked(TRIAL)
    right = _gradients(StudentCell(reference), weights, calls, cotangent) if given else {}
    differing = [name for name in names if not _same(found.get(name), right.get(name))]
    wrong, flat = [], []
    for name in differing:
        way = _direction(found.get(name), right.get(name), _value(name, weights, calls), rng)
        moved = _Moved(cell, weights, calls, cotangent, name, way)
        slopes = [moved.slope(step) for step in STEPS]
        wrong += [name] if not any(_fits(found.get(name), way, slope) for slope in slopes) else []
        flat += [name] if max(map(abs, slopes)) < FLAT else []
    return wrong or (flat if len(flat) > len(names) - 2 else [])


def _gradients(cell: StudentCell, weights: Weights, calls: list[list[Any]], cotangent: Array) -> dict[str, Any]:
    found = cell.replies(CellGradients, weights, calls, cotangent)
    return {**found["gradients"], START: found["start"]}


def _same(gradient: Any, right: Any) -> bool:
    return right is not None and gradient is not None and is_close(gradient, right, rtol=1e-3, atol=1e-5)


def _value(name: str, weights: Weights, calls: list[list[Any]]) -> Array:
    return np.asarray(calls[0][1] if name == START else weights[name])


def _direction(gradient: Any, right: Any, value: Array, rng: Rng) -> Array:
    """A direction of length one: along the gradient, where there is one."""
    for one in (gradient, right, rng.normal(size=value.shape)):
        if one is not None and np.shape(one) == value.shape and np.isfinite(one).all() and np.linalg.norm(one) > FLAT:
            return np.asarray(one / np.linalg.norm(one))
    return np.full(value.shape, value.size**-0.5)


@dataclass(frozen=True)
class _Moved:
    """A parameter, or the first state, that is moved a little along a direction."""

    cell: StudentCell
    weights: Weights
    calls: list[list[Any]]
    cotangent: Array
    name: str
    direction: Array

    def slope(self, step: float) -> float:
        """How fast the outputs, times the cotangent, change along the direction."""
        return (self._outputs(step) - self._outputs(-step)) / (2 * step)

    def _outputs(self, step: float) -> float:
        moved = _value(self.name, self.weights, self.calls) + step * self.direction
        of_state = self.name == START
        calls = [[self.calls[0][0], moved], *self.calls[1:]] if of_state else self.calls
        weights = self.weights if of_state else self.weights | {self.name: moved}
        last = self.cell.replies(CellReplies, weights, calls)["results"][-1:]
        outputs = last[0][1 - self.cell.state_at] if last and isinstance(last[0], list) and len(last[0]) == 2 else last
        return float((finite_numbers(outputs, self.cotangent.shape, what="log_probs") * self.cotangent).sum())


def _fits(gradient: Any, direction: Array, slope: float) -> bool:
    """Whether a gradient says what the finite difference says along a direction."""
    if gradient is None:
        return abs(slope) < FLAT
    if np.shape(gradient) != direction.shape or not np.isfinite(gradient).all():
        return False
    return abs(float((gradient * direction).sum()) - slope) <= FLAT + CLOSE * abs(slope)
