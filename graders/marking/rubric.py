"""What each item of a rubric is worth, and how that is changed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from graders.errors import UsageError
from graders.marking.decision import Decision
from graders.model import ItemMark, total


@dataclass(frozen=True)
class Item:
    """One line of a rubric as it is in force."""

    id: str
    points: float
    text: str


@dataclass(frozen=True)
class Rubric:
    """One version of a rubric.

    Attributes:
        number: counts up from 1 as it is changed; 0 for the assignment's own.
        base: the assignment's own items when this version was made.
    """

    items: tuple[Item, ...]
    number: int = 0
    base: tuple[Item, ...] = ()
    by: str = ""
    at: str = ""

    def worth(self, decision: Decision, possible: float) -> float:
        """The points of an answer: what its items give, adjusted, never below 0 nor above what is possible."""
        if decision.points is not None:
            return min(decision.points, possible)
        given = decision.given or frozenset()
        earned = total((*(item.points for item in self.items if item.id in given), decision.adjustment))
        return min(max(earned, 0.0), possible)

    def as_record(self) -> dict[str, Any]:
        """The version as JSON data."""
        return {
            "items": [[item.id, item.points, item.text] for item in self.items],
            "base": [[item.id, item.points, item.text] for item in self.base],
        }


def own_rubric(items: Sequence[ItemMark]) -> Rubric:
    """The assignment's own rubric, as a report holds it."""
    own = tuple(Item(item.id, item.possible, item.text) for item in items)
    return Rubric(own, base=own)


def rubric_from(record: dict[str, Any], **more: Any) -> Rubric:
    """The version that `as_record` was asked of."""
    items, base = (tuple(Item(*item) for item in record[name]) for name in ("items", "base"))
    return Rubric(items, base=base, **more)


def changed(rubric: Rubric, items: Iterable[Item], base: tuple[Item, ...]) -> Rubric:
    """The next version of a rubric.

    Raises:
        UsageError: its items cannot be, or nothing is new.
    """
    found = tuple(items)
    for item in found:
        if not item.id or not item.text.strip() or not math.isfinite(item.points) or abs(item.points) > 1000:
            raise UsageError("Each item needs a text, and points between -1000 and 1000.")
    if len({item.id for item in found}) != len(found):
        raise UsageError("Each item of a rubric has a name of its own.")
    if {item.id for item in rubric.items} - {item.id for item in found}:
        raise UsageError("An item that marks may rest on is never removed; make it worth 0 points instead.")
    if found == rubric.items and base == rubric.base:
        raise UsageError("Nothing in the rubric is new.")
    return Rubric(found, rubric.number + 1, base)
