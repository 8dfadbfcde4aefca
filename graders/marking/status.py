"""What is still open before marks are final, and with whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from graders.marking.late import LateRules
from graders.model import Outcome, Report, total


@dataclass(frozen=True)
class Open:
    """One part that nobody has decided.

    Attributes:
        written: whether a person marks it against a rubric; else it is a check that no machine could decide.
    """

    student: str
    question: str
    part: str
    title: str
    points: float
    written: bool
    message: str = ""


@dataclass(frozen=True)
class Status:
    """A class on its way to final marks."""

    students: int
    final: int
    open: tuple[Open, ...]
    undated: tuple[str, ...] = ()  # students whose lateness nothing tells

    @property
    def points(self) -> float:
        """All points that are open."""
        return total(one.points for one in self.open)

    def by_part(self) -> Mapping[tuple[str, str], Sequence[Open]]:
        """(question, part) -> what is open there."""
        found: dict[tuple[str, str], list[Open]] = {}
        for one in self.open:
            found.setdefault((one.question, one.part), []).append(one)
        return found


def status(settled: Iterable[Report], *, late: LateRules | None = None) -> Status:
    """What is open in reports that hold all decisions.

    Args:
        late: the rules for late work, which need to know when it was received.
    """
    reports = list(settled)
    found = [
        Open(r.submission.student, q.id, v.check, v.title, v.pending, bool(v.items), _why(v.outcome, v.message))
        for r in reports
        for q in r.questions
        for v in q.verdicts
        if v.pending
    ]
    undated = [r.submission.student for r in reports if late and late.received(r) is None]
    waiting = {one.student for one in found}
    return Status(len(reports), len(reports) - len(waiting), tuple(found), tuple(undated))


def _why(outcome: Outcome, message: str) -> str:
    return "" if outcome is Outcome.PENDING else message
