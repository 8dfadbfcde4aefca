"""What a marker has filled in for an answer, read and checked; and what stands in the form before."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from litestar.datastructures import FormMultiDict

from graders.errors import UsageError
from graders.marking.answer import Answer, Slot
from graders.marking.bank import with_chosen
from graders.marking.decision import Decision, Judgement, MarkerTurn


@dataclass(frozen=True)
class Filled:
    """The form of an answer.

    Attributes:
        seen: answer -> the number of the decision that was there when the page was made.
        members: the other answers that the same judgement serves.
        adjustment: as it was typed.
    """

    given: frozenset[str] = frozenset()
    adjustment: str = ""
    reason: str = ""
    comment: str = ""
    chosen: tuple[str, ...] = ()
    seen: Mapping[str, int] = field(default_factory=dict)
    members: frozenset[str] | None = None

    def judgement(
        self, answer: Answer, others: Mapping[str, Answer], items: Sequence[str], turn: MarkerTurn
    ) -> Judgement:
        """What the form decides about an answer and those that are marked with it.

        Raises:
            UsageError: it cannot be.
        """
        if not self.given <= set(items):
            raise UsageError("The rubric has changed since you opened this page; look at it again.")
        slots: dict[Slot, int] = {answer.slot: self.seen.get(answer.slot.id, 0)}
        for id in self.members or ():
            if id not in others:
                raise UsageError("One of these answers is not there any more: the class was graded again. Look again.")
            slots[others[id].slot] = self.seen.get(id, 0)
        comment = with_chosen(self.comment, self.chosen)
        return Judgement(slots, self.given, number(self.adjustment), self.reason, comment, turn)


def read_form(form: FormMultiDict) -> Filled:
    """The form as it was sent."""
    seen = (text.rpartition(":") for text in _all(form, "seen"))
    return Filled(
        frozenset(_all(form, "item")),
        one(form, "adjustment"),
        one(form, "reason"),
        one(form, "comment"),
        tuple(_all(form, "bank")),
        {id: int(count) for id, _, count in seen if count.isdecimal() and len(count) < 9},
        frozenset(_all(form, "member")),
    )


def filled_from(decision: Decision | None, answer: Answer) -> Filled:
    """The form as it stands: by what was decided, else by what a machine has given."""
    if decision is None:
        return Filled(frozenset(item.id for item in answer.items if item.points))
    adjustment = f"{decision.adjustment:g}" if decision.adjustment else ""
    return Filled(decision.given or frozenset(), adjustment, decision.reason, decision.comment)


def number(text: str) -> float:
    """A number as people type it, with a point or a comma; 0 for nothing.

    Raises:
        UsageError: it is none.
    """
    plain = text.strip().replace(",", ".").replace("−", "-")
    try:
        found = float(plain) if plain else 0.0
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise UsageError(f"{text.strip()[:40]!r} is no number; points look like 0.5 or -0.25.")
    return found


def one(form: FormMultiDict, name: str) -> str:
    """One field of a form, as text; empty where it is not there."""
    found = _all(form, name)
    return found[0] if found else ""


def _all(form: FormMultiDict, name: str) -> list[str]:
    values: list[Any] = form.getall(name, [])
    return [value for value in values if isinstance(value, str)]
