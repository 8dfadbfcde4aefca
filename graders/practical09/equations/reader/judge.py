"""Judges a reading: recurrence, output, loss, initial state and dimensions, each on its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from numpy.random import Generator

from graders.practical09.equations.reader.finding import Finding, ModelPart, PartStatus
from graders.practical09.equations.reader.judging.dimensions import judge_dimensions
from graders.practical09.equations.reader.judging.initial import judge_initial
from graders.practical09.equations.reader.judging.loss import judge_loss
from graders.practical09.equations.reader.judging.output import judge_output
from graders.practical09.equations.reader.judging.recurrence import judge_recurrence
from graders.practical09.equations.reader.judging.roles import RoleParts, find_parts
from graders.practical09.equations.reader.judging.taken_back import without_doubt
from graders.practical09.equations.reader.reading import Reading
from graders.practical09.equations.reader.tree import Unreadable

Result = TypeVar("Result")


def judge(reading: Reading, rng: Generator) -> tuple[Finding, ...]:
    """One finding for each `ModelPart`, in their order; total.

    Args:
        rng: draws the sizes, the weights and the inputs on which equations are compared.
    """
    parts = _tried(lambda: find_parts(reading), RoleParts({}, None))
    recurrence = _tried(lambda: judge_recurrence(reading, parts, rng), _unread(ModelPart.RECURRENCE))
    nothing: tuple[Finding, str | None] = (_unread(ModelPart.OUTPUT), None)
    output, name = _tried(lambda: judge_output(reading, parts, rng), nothing)
    loss = _tried(lambda: judge_loss(reading, parts, name, rng), _unread(ModelPart.LOSS))
    initial = _tried(lambda: judge_initial(reading, parts), _unread(ModelPart.INITIAL))
    layers = (recurrence, output)
    dimensions = _tried(lambda: judge_dimensions(reading, parts, layers, name), _unread(ModelPart.DIMENSIONS))
    found = (recurrence, output, loss, initial, dimensions)
    return tuple(without_doubt(finding, reading, name) for finding in found)


def _tried(work: Callable[[], Result], otherwise: Result) -> Result:
    """The work's result, or the other one where a tree is too deep or strange for it."""
    try:
        return work()
    except (Unreadable, RecursionError):
        return otherwise


def _unread(part: ModelPart) -> Finding:
    return Finding(part, PartStatus.UNREAD, "", "it is too involved")
