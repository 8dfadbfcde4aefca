"""What is asked: a question's checks, and the rubric of what a person marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RubricItem:
    """One line of a rubric: what is looked for in a written answer, and what it is worth.

    Attributes:
        id: unique within its rubric.
        read_by: the advisory check of the same question that reads this by machine; where it passes the item is given.
    """

    id: str
    points: float
    text: str
    read_by: Check | None = None


@dataclass(frozen=True)
class Passed:
    """What a check may return when it passes and has something to show."""

    message: str | None = None
    evidence: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Check:
    """One fact about one question.

    Attributes:
        name: the check's name, unique within its question.
        title: the line that the student reads (the first paragraph of the function's docstring).
        points: what it is worth; 0 for an advisory check.
        public: whether students may run it themselves and see what was expected.
        after: the name of the check that must pass first, or None.
        run: `run(student, reference, rng)`; returns None or `Passed`, raises `Failed`; None when a person marks it.
        rubric: what that person looks for.
        draws: the name of an earlier check whose random draws it shares, or None.
        machine_marks: whether a rubric item is given where the check that reads it passes; else that is advice alone.
    """

    name: str
    title: str
    points: float
    public: bool = False
    after: str | None = None
    run: Callable[..., Passed | None] | None = None
    rubric: tuple[RubricItem, ...] = ()
    draws: str | None = None
    machine_marks: bool = True

    @property
    def written(self) -> bool:
        """Whether a person marks it."""
        return self.run is None
