"""Calls of a student's cell: its layers are looked at first, and which of its two results is the state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict, TypeVar

import numpy as np

from graders import Failed, Solution
from graders.practical09.rnn_cell.layers import TRIAL, Layers, Sizes, Weights, asked, read_layers

Call = list[Any]  # an input (B, V), and a state (B, H) or the number of the call that returned it
TWO = "`RNN.forward` must return two things: log_probs and h."
GIVEN = Layers(asked(TRIAL), {})
Reply = TypeVar("Reply")


class CellReplies(TypedDict):
    """What the calls of a cell gave."""

    results: list[Any]


class CellGradients(TypedDict):
    """The gradients that the last call's outputs left at the parameters, and at the first state."""

    gradients: dict[str, np.ndarray | None]
    start: np.ndarray | None


@dataclass(frozen=True)
class StudentCell:
    """A solution's cell.

    Attributes:
        layers: what it is made of.
        state_at: which of its results is the state: 1 as documented, or 0.
        seed: what every call draws its random numbers from; None for whatever comes.
    """

    solution: Solution
    layers: Layers = GIVEN
    state_at: int = 1
    seed: int | None = None

    def replies(
        self, returns: type[Reply], weights: Weights, calls: list[Call], *more: Any, sizes: Sizes = TRIAL
    ) -> Reply:
        """What the probe of calls reports."""
        seeded: dict[str, Any] = {} if self.seed is None else {"seed": self.seed}
        asked = (list(sizes), weights, calls, *more)
        found: Reply = self.solution.probe("rnn_cell.calls", *asked, state_at=self.state_at, returns=returns, **seeded)
        return found

    def pairs(self, weights: Weights, calls: list[Call], sizes: Sizes = TRIAL) -> list[list[Any]]:
        """A pair (log_probs, h) for each call; h is None where the outputs came back alone."""
        results = self.replies(CellReplies, weights, calls, sizes=sizes)["results"]
        pairs = [[one, None] if isinstance(one, np.ndarray) and len(calls) == 1 else one for one in results]
        if [len(pair) if isinstance(pair, list) else 0 for pair in pairs] != [2] * len(calls):
            raise Failed(TWO)
        return [pair if self.state_at else pair[::-1] for pair in pairs]


def look_at(student: Solution) -> StudentCell:
    """The student's cell, whose layers are read and which is called once.

    Raises:
        CallError: there is no RNN, or it cannot be made.
    """
    student.require("RNN")
    layers = read_layers(student)
    inputs, hidden, classes = TRIAL
    weights = layers.filled({name: np.full(shape, 0.1) for name, shape in asked(TRIAL).items()})
    calls = [[np.eye(1, inputs), np.zeros((1, hidden))]]
    results = student.probe("rnn_cell.calls", list(TRIAL), weights or {}, calls, returns=CellReplies)["results"]
    shapes = [np.shape(one) if isinstance(one, np.ndarray) else () for one in results[0]] if _one_pair(results) else []
    return StudentCell(student, layers, 0 if shapes == [(1, hidden), (1, classes)] else 1)


def _one_pair(results: list[Any]) -> bool:
    return len(results) == 1 and isinstance(results[0], list) and len(results[0]) == 2
