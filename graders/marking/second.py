"""Blind second opinions: which answers are read twice, and where two markers differ."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from graders.marking.answer import Answer, Slot
from graders.marking.decision import Decision
from graders.marking.ledger import Ledger

SHARE = 0.1


@dataclass(frozen=True)
class Difference:
    """An answer that two markers saw differently.

    Attributes:
        size: how far apart they are, in points.
    """

    answer: Answer
    first: Decision
    second: Decision
    first_points: float
    second_points: float

    @property
    def size(self) -> float:
        """How far apart the two are, in points."""
        return round(abs(self.first_points - self.second_points), 6)

    @property
    def items(self) -> list[str]:
        """The ids of the items that one has given and the other has not."""
        return sorted((self.first.given or frozenset()) ^ (self.second.given or frozenset()))


def is_chosen(slot: Slot, share: float = SHARE) -> bool:
    """Whether an answer is one of those that are read twice; always the same ones, and nobody can tell which before."""
    return int(slot.id[-8:], 16) < share * 16**8 if share < 1 else True


def to_read(answers: Iterable[Answer], ledger: Ledger, marker: str, share: float = SHARE) -> list[Answer]:
    """What a marker may read as the second: marked by somebody else, and by nobody a second time."""
    found = []
    for answer in answers:
        first, again = ledger.decision(answer.slot), ledger.second.get(answer.slot)
        fresh = again is None or not again.decided
        if first is not None and first.by != marker and fresh and is_chosen(answer.slot, share):
            found.append(answer)
    return sorted(found, key=lambda one: hashlib.sha256(one.slot.id.encode()).digest())


def differences(answers: Iterable[Answer], ledger: Ledger) -> list[Difference]:
    """Where the second opinion differs from the one that counts, the largest first."""
    found = []
    for answer in answers:
        first, second = ledger.decision(answer.slot), ledger.second.get(answer.slot)
        if first is None or second is None or not second.decided or first.at > second.at:
            continue
        rubric = ledger.rubric(answer.slot.question, answer.slot.part, answer.items)
        points = [rubric.worth(decision, answer.possible) for decision in (first, second)]
        difference = Difference(answer, first, second, *points)
        if difference.size or difference.items:
            found.append(difference)
    return sorted(found, key=lambda one: (-one.size, one.answer.slot.id))
