"""What was found of one check, and of all checks of a question."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """How one check ended."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"  # the student's code raised
    TIMEOUT = "timeout"
    MEMORY = "memory"
    MISSING = "missing"  # the name is not defined, or the answer was never written
    SKIPPED = "skipped"  # its predecessor did not pass, or what it needs is not there
    PENDING = "pending"  # a person must mark it
    INTERNAL = "internal"  # our fault: no points are decided, staff are notified


@dataclass(frozen=True)
class ItemMark:
    """Where one item of a written answer's rubric stands before any person has marked it.

    Attributes:
        id: the rubric item's id.
        points: what is given; None while a person has to decide.
        by_machine: whether a machine has given that; it takes nothing, and a person may overrule it.
        reading: what the machine has read, as one sentence; empty where none reads it.
    """

    id: str
    text: str
    possible: float
    points: float | None = None
    by_machine: bool = False
    reading: str = ""


@dataclass(frozen=True)
class Judged:
    """That a person has decided a verdict, and what they say of it.

    Attributes:
        by: who, for staff alone.
        at: when, ISO 8601 in UTC.
        comment: for the student.
        reason: why they decided otherwise than the machine; empty where the machine had nothing to decide.
        was: what the machine had said then; empty where it had said nothing.
    """

    by: str
    at: str
    comment: str = ""
    reason: str = ""
    was: str = ""


@dataclass(frozen=True)
class Verdict:
    """One check's outcome on one submission. `points` is None only when the outcome is `internal`.

    Attributes:
        items: where each item of a written answer's rubric stands; what they give adds up to `points`.
        judged: that a person has decided it, if one has.
        read: the heading of the notebook under which the named misconception's idea is explained, if it is not the
            question's own.
    """

    check: str
    title: str
    outcome: Outcome
    points: float | None
    possible: float
    public: bool = False
    message: str = ""
    hint: str | None = None
    misconception: str | None = None
    seconds: float = 0.0
    evidence: Mapping[str, Any] | None = None
    undecided: bool = False  # whether a skipped check was skipped for want of something of ours
    detail: str | None = None  # for staff: what a hidden check expected and got, or a fault of ours
    items: tuple[ItemMark, ...] = ()
    judged: Judged | None = None
    read: str = ""

    def __post_init__(self) -> None:
        """Refuse marks that are not marks."""
        if (self.points is None) != (self.outcome is Outcome.INTERNAL):
            raise ValueError(f"{self.check}: points are None exactly when the outcome is internal")
        if self.points is not None and not (math.isfinite(self.points) and 0 <= self.points <= self.possible):
            raise ValueError(f"{self.check}: {self.points} is not within 0 and {self.possible}")
        if self.items and self.points is not None and self.points != self._given:
            raise ValueError(f"{self.check}: {self.points} points, but its items give {self._given}")

    @property
    def pending(self) -> float:
        """Points that a person has still to decide."""
        open = self.undecided or self.outcome in (Outcome.PENDING, Outcome.INTERNAL)
        return total((self.possible, -(self.points or 0.0) if self.items else 0.0)) if open else 0.0

    @property
    def by_machine(self) -> float:
        """Points that a machine has given for a written answer."""
        return total(item.points or 0.0 for item in self.items if item.by_machine)

    @property
    def _given(self) -> float:
        return total(item.points or 0.0 for item in self.items)


@dataclass(frozen=True)
class QuestionReport:
    """All verdicts of one question; `section` is the heading of the notebook under which it is explained."""

    id: str
    title: str
    verdicts: tuple[Verdict, ...]
    possible: float
    digest: str = ""
    section: str = ""

    @property
    def points(self) -> float:
        """Points earned so far."""
        return total(v.points or 0.0 for v in self.verdicts)

    @property
    def pending(self) -> float:
        """Points that a person has still to decide."""
        return total(v.pending for v in self.verdicts)

    @property
    def by_machine(self) -> float:
        """Points that a machine has given for a written answer."""
        return total(v.by_machine for v in self.verdicts)

    @property
    def said_before(self) -> Mapping[str, str]:
        """Name of each check whose hint an earlier check has given already -> that check's title."""
        first = {verdict.hint: verdict for verdict in reversed(self.verdicts) if verdict.hint}
        shown = {v.check: first[v.hint] for v in self.verdicts if v.hint}
        return {check: other.title.rstrip(".") for check, other in shown.items() if other.check != check}


def total(points: Any) -> float:
    """Sum of marks, rounded to a millionth so that 0.1 + 0.2 is 0.3."""
    return round(math.fsum(points), 6)
