"""What stands of a written answer before a person has read it: the machine gives, and a person takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from graders.model import Check, ItemMark, Outcome, RubricItem, Verdict, total

BY_PERSON = "A person will read and mark this answer."
BOTH = "What the machine has read and found right is given already; a person marks the rest."
BY_MACHINE = "The machine has read all of this and found it right."


def unmarked(check: Check) -> tuple[ItemMark, ...]:
    """The items of a check's rubric, of which nothing is decided."""
    return tuple(ItemMark(item.id, item.text, item.points) for item in check.rubric)


def by_machine(check: Check, verdict: Verdict, earlier: Mapping[str, Verdict]) -> Verdict:
    """The verdict on a written answer with the items that earlier checks have read and found right.

    An item is given where the check that reads it passed, and by nothing else; a machine never takes one.
    """
    items = tuple(_read(item, check, earlier) for item in check.rubric)
    given = total(item.points or 0.0 for item in items)
    if any(item.points is None for item in items):
        return replace(verdict, points=given, message=BOTH if given else BY_PERSON, items=items)
    return replace(verdict, outcome=Outcome.PASSED, points=given, message=BY_MACHINE, items=items)


def _read(item: RubricItem, check: Check, earlier: Mapping[str, Verdict]) -> ItemMark:
    mark = ItemMark(item.id, item.text, item.points)
    if item.read_by is None:
        return mark
    reading = earlier[item.read_by.name]
    if check.machine_marks and reading.outcome is Outcome.PASSED:
        return replace(mark, points=item.points, by_machine=True, reading=reading.message)
    return replace(mark, reading=reading.message)
