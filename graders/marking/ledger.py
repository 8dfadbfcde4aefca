"""All that people have decided about one assignment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from graders.marking.answer import Slot
from graders.marking.decision import Decision, MarkerTurn
from graders.marking.late import LateRules
from graders.marking.rubric import Rubric, own_rubric
from graders.model import ItemMark


@dataclass(frozen=True)
class Ledger:
    """What counts of all that was decided.

    Attributes:
        first: what counts in each slot, taken-back decisions included.
        second: the blind second opinions.
        rubrics: (question, part) -> the rubric in force, where it was ever kept.
    """

    first: Mapping[Slot, Decision] = field(default_factory=dict)
    second: Mapping[Slot, Decision] = field(default_factory=dict)
    rubrics: Mapping[tuple[str, str], Rubric] = field(default_factory=dict)
    late: LateRules | None = None
    extensions: Mapping[str, datetime] = field(default_factory=dict)

    def decision(self, slot: Slot) -> Decision | None:
        """What counts for a slot; None where nothing is decided."""
        found = self.first.get(slot)
        return found if found is not None and found.decided else None

    def number(self, slot: Slot, turn: MarkerTurn = MarkerTurn.FIRST) -> int:
        """The number of the newest decision in a slot, which may be one that took back; 0 for none."""
        found = (self.first if turn is MarkerTurn.FIRST else self.second).get(slot)
        return 0 if found is None else found.number

    def rubric(self, question: str, part: str, items: Sequence[ItemMark]) -> Rubric:
        """The rubric in force: as it was kept, else the assignment's own."""
        return self.rubrics.get((question, part)) or own_rubric(items)


def newest(decisions: Iterable[Decision]) -> tuple[dict[Slot, Decision], dict[Slot, Decision]]:
    """The newest decision of each slot: those that count, and the second opinions."""
    found: dict[MarkerTurn, dict[Slot, Decision]] = {turn: {} for turn in MarkerTurn}
    for decision in decisions:
        before = found[decision.turn].get(decision.slot)
        if before is None or before.number < decision.number:
            found[decision.turn][decision.slot] = decision
    return found[MarkerTurn.FIRST], found[MarkerTurn.SECOND]
