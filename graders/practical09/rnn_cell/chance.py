"""Cells whose results are random, and why: layers that are made in every call, or dropout and noise.

It is looked at only where a check has failed. What is random costs where numbers are compared with those that are due;
everywhere else the cell is judged once more, by calls that all draw the same.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from typing import Any

import numpy as np

from graders import CallError, Failed, Passed, Rng, Solution, finite_numbers, is_close
from graders.practical09.rnn_cell.calls import StudentCell, look_at
from graders.practical09.rnn_cell.layers import TRIAL, Array, Weights, asked

Judge = Callable[[StudentCell, Solution, Rng], Passed | None]
Check = Callable[[Solution, Solution, Rng], Passed | None]

SEED = 1
ROWS = 8  # of one call, so that hardly any two draws are the same
LAYERS = ("i2h", "h2h", "h2o")
CALLS = "The same call, with the same weights, gives other numbers each time"
NEW = "Look for layers that `forward` makes, or for weights that it draws: those of `__init__` are to compute."
RANDOM = (
    "With the same weights, input and state a cell always gives the same. Look for dropout, or noise, in `forward`."
)


def minds_chance(*, seeded: bool) -> Callable[[Judge], Check]:
    """A check of the student's cell, whose finding says so where the cell's results are random.

    Args:
        seeded: whether a random cell is judged again by calls that draw the same.
    """

    def made(judge: Judge) -> Check:
        @wraps(judge)
        def check(student: Solution, reference: Solution, rng: Rng) -> Passed | None:
            cell = look_at(student)
            try:
                return judge(cell, reference, rng)
            except Failed as finding:
                chance = found_in(cell)
                if chance is None:
                    raise
                if seeded:
                    with suppress(Failed, CallError):
                        return judge(replace(cell, seed=SEED), reference, rng)
                chance.keep = finding.keep
                raise chance from None

        return check

    return made


def found_in(cell: StudentCell) -> Failed | None:
    """What proves that the results of a cell are random; None where nothing does.

    Two calls of new cells differ, but not where both draw the same. Layers whose weights may then be any others without
    a difference are not what computes.
    """
    if not cell.layers.as_asked:
        return None
    weights = {name: _spread(shape) for name, shape in asked(TRIAL).items()}
    repeated = replace(cell, seed=SEED)
    try:
        if _alike(cell, weights, cell, weights) or not _alike(repeated, weights, repeated, weights):
            return None
        changed = {layer: _changed(weights, layer) for layer in LAYERS}
        idle = [layer for layer, others in changed.items() if _alike(repeated, weights, repeated, others)]
    except (Failed, CallError):
        return None
    if not idle:
        return Failed(f"{CALLS}.", hint=RANDOM, misconception="cell_is_random")
    text = f"{CALLS}, whatever the weights of {', '.join(idle)} are."
    return Failed(text, hint=NEW, misconception="cell_with_new_layers_in_every_call")


def _spread(shape: tuple[int, ...]) -> Array:
    """Different numbers between -1 and 1."""
    return np.asarray(np.sin(1 + np.arange(np.prod(shape), dtype=float)).reshape(shape))


def _changed(weights: Weights, layer: str) -> Weights:
    return {name: value / 2 if name.startswith(layer) else value for name, value in weights.items()}


def _alike(one: StudentCell, weights: Weights, other: StudentCell, others: Weights) -> bool:
    """Whether the first call of two new cells gives the same log-probabilities and the same state."""
    call: list[Any] = [np.eye(TRIAL[0])[np.arange(ROWS) % TRIAL[0]], _spread((ROWS, TRIAL[1]))]
    pairs = [cell.pairs(values, [call])[0] for cell, values in ((one, weights), (other, others))]
    shapes = ((ROWS, TRIAL[2]), (ROWS, TRIAL[1]))
    compared = [
        [finite_numbers(got, shape) for got, shape in zip(pair, shapes, strict=True) if got is not None]
        for pair in pairs
    ]
    return all(is_close(got, due, rtol=1e-5, atol=1e-6) for got, due in zip(*compared, strict=True))
