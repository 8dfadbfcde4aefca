"""Judges a reading: recurrence, output, loss, initial state and dimensions, each on its own."""

from __future__ import annotations

from numpy.random import Generator

from graders.equations.finding import Finding, Part, Status
from graders.equations.initial import judge_initial
from graders.equations.layers import judge_output, judge_recurrence
from graders.equations.loss import judge_loss
from graders.equations.reading import Reading
from graders.equations.roles import find_parts

__all__ = ["Finding", "Part", "Status", "judge"]


def judge(reading: Reading, rng: Generator) -> tuple[Finding, ...]:
    """One finding each for the recurrence, the output, the loss and the initial state; total.

    Args:
        rng: draws the sizes, the weights and the inputs on which equations are compared.
    """
    parts = find_parts(reading)
    recurrence = judge_recurrence(reading, parts, rng)
    output, name = judge_output(reading, parts, rng)
    return recurrence, output, judge_loss(reading, parts, name, rng), judge_initial(reading, parts)
