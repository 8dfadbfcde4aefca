"""What was decided about one thing, by whom and when; nothing is ever changed, only decided again."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from graders.errors import UsageError
from graders.marking.answer import Slot

LONGEST = 4000  # characters of a comment or a reason


class MarkerTurn(StrEnum):
    """Whose opinion a decision is."""

    FIRST = "first"  # it counts
    SECOND = "second"  # a blind second opinion, which counts only once somebody decides so


@dataclass(frozen=True)
class Decision:
    """What one person decided about one answer, or about one automatic verdict.

    Attributes:
        given: ids of the rubric items that the answer earns; None where nothing is decided.
        adjustment: points added to what the items give, or taken from it, for a reason.
        points: the points themselves, where a person decides what no rubric describes; None otherwise.
        reason: why they adjust, or why they decide otherwise than the machine.
        comment: for the student.
        number: counts up from 1 in each slot and turn: the highest counts. 0 before it is kept.
        judgement: the same for all decisions of one act.
        undoes: the act that it takes back; empty for one that decides again.
    """

    slot: Slot
    given: frozenset[str] | None = None
    adjustment: float = 0.0
    points: float | None = None
    reason: str = ""
    comment: str = ""
    turn: MarkerTurn = MarkerTurn.FIRST
    number: int = 0
    judgement: str = ""
    undoes: str = ""
    by: str = ""
    at: str = ""

    @property
    def decided(self) -> bool:
        """Whether it decides anything: one that takes back leaves the answer open."""
        return self.given is not None or self.points is not None

    def as_record(self) -> dict[str, Any]:
        """What was decided, as JSON data."""
        values = asdict(self)
        kept = {name: values[name] for name in ("adjustment", "points", "reason", "comment")}
        return {"given": None if self.given is None else sorted(self.given), **kept}

    def says_the_same(self, other: Decision | None) -> bool:
        """Whether another decision has the same content."""
        return other is not None and self.as_record() == other.as_record()


@dataclass(frozen=True)
class Judgement:
    """What a marker decides at once about one answer or several.

    Attributes:
        seen: slot -> the number of the decision that the marker saw there; 0 for none.
    """

    seen: dict[Slot, int] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    adjustment: float = 0.0
    reason: str = ""
    comment: str = ""
    turn: MarkerTurn = MarkerTurn.FIRST

    def decisions(self) -> list[Decision]:
        """The decision in each slot, each after the one that was seen.

        Raises:
            UsageError: something is missing, or cannot be.
        """
        if self.adjustment and not self.reason.strip():
            raise UsageError("Points that you add or take off need a reason, which the student reads.")
        if not -1000 <= self.adjustment <= 1000:
            raise UsageError("Points that you add or take off must be a number between -1000 and 1000.")
        if max(len(self.reason), len(self.comment)) > LONGEST:
            raise UsageError(f"A comment or a reason has at most {LONGEST:,} characters.")
        decision = Decision(
            Slot("", "", "", "", ""),
            self.given,
            round(self.adjustment, 4),
            None,
            self.reason.strip() if self.adjustment else "",
            self.comment.strip(),
            self.turn,
        )
        return [replace(decision, slot=slot, number=number + 1) for slot, number in self.seen.items()]


def override(slot: Slot, seen: int, points: float | None, reason: str, possible: float, comment: str = "") -> Decision:
    """A person's decision about an automatic verdict: its points, or None to leave it as the machine decided.

    Raises:
        UsageError: it has no reason, or its points cannot be.
    """
    if not reason.strip():
        raise UsageError("Deciding otherwise than the machine needs a reason, which the student reads.")
    if points is not None and not 0 <= points <= possible:
        raise UsageError(f"The points must be between 0 and {possible:g}.")
    if len(reason) > LONGEST:
        raise UsageError(f"A comment or a reason has at most {LONGEST:,} characters.")
    points = None if points is None else round(points, 4)
    return Decision(slot, None, 0.0, points, reason.strip(), comment.strip(), number=seen + 1)
