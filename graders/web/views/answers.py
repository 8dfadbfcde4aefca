"""Marking: the next answer, its page, and what a marker decides on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Controller, Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_400_BAD_REQUEST, HTTP_409_CONFLICT
from markupsafe import Markup

from graders.errors import ConflictError, UsageError
from graders.marking.answer import Answer
from graders.marking.bank import comments
from graders.marking.decision import Decision, MarkerTurn
from graders.marking.groups import TextPiece, differences
from graders.marking.ledger import Ledger
from graders.marking.rubric import Rubric
from graders.web.desk import MarkingDesk, Part, is_open, part_of
from graders.web.given import InPath, TheDesk, TheForm, ThePerson
from graders.web.identity import SignedIn
from graders.web.pages import page, progress, see
from graders.web.views.answer_form import Filled, filled_from, one, read_form

MOST_SHOWN = 40  # nearly equal answers that one judgement serves at most: somebody has to look at each


@dataclass(frozen=True)
class RubricLine:
    """One item of the rubric in the form; `key` toggles it."""

    key: str
    id: str
    points: float
    text: str
    checked: bool
    by_machine: bool
    reading: str


@dataclass(frozen=True)
class Other:
    """Another answer of the group.

    Attributes:
        pieces: how it differs from the one that is shown; none where it is equal.
        same: whether it is marked as the one that is shown is.
    """

    answer: Answer
    number: int
    pieces: tuple[TextPiece, ...]
    checked: bool
    decided: bool


@dataclass(frozen=True)
class Sheet:
    """All that the page of one answer shows."""

    answer: Answer
    filled: Filled
    lines: tuple[RubricLine, ...]
    shown: Markup
    results: Markup
    number: int
    decision: Decision | None
    others: tuple[Other, ...]
    equal: int
    bank: tuple[str, ...]
    history: tuple[Decision, ...]
    present: str | None
    rubric: Rubric
    rubric_is_old: bool


class AnswerPages(Controller):
    """The pages on which answers are marked."""

    @get("/mark/{question:str}/{part:str}", sync_to_thread=True)
    def next(self, question: InPath, part: InPath, desk: TheDesk, person: ThePerson) -> Redirect:
        """Go to the answer to mark next."""
        known_part(desk, (question, part))
        following = desk.next_open((question, part), person.name)
        return see(f"/?done={question}" if following is None else f"/answer/{following.slot.id}")

    @get("/answer/{id:str}", sync_to_thread=True)
    def show(self, request: Request[Any, Any, Any], id: InPath, desk: TheDesk, person: ThePerson) -> Template:
        """The page of one answer."""
        answer = known_answer(desk, id)
        ledger = desk.ledger()
        desk.claim((answer, *(o for o in desk.group_of(answer) if is_open(o, ledger))), person.name)
        return answer_page(request, desk, answer, flash=request.query_params.get("did"))

    @post("/answer/{id:str}", sync_to_thread=True)
    def decide(
        self, request: Request[Any, Any, Any], id: InPath, form: TheForm, desk: TheDesk, person: ThePerson
    ) -> Redirect | Template:
        """Keep what a marker decides, and go to the next answer."""
        answer, filled = known_answer(desk, id), read_form(form)
        rubric = desk.rubric(answer, desk.ledger())
        others = {o.slot.id: o for o in desk.shelf().parts[part_of(answer)]}
        try:
            judgement = filled.judgement(answer, others, [item.id for item in rubric.items], MarkerTurn.FIRST)
            act = desk.marks.decide(judgement.decisions(), person.name, rubric)
        except UsageError as error:
            return answer_page(request, desk, answer, filled, note=str(error), status=HTTP_400_BAD_REQUEST)
        except ConflictError as error:
            return answer_page(request, desk, answer, filled, note=str(error), status=HTTP_409_CONFLICT)
        desk.claim((), person.name)  # what is decided need not be kept from anybody
        following = desk.next_open(part_of(answer), person.name)
        return see(
            f"/?did={act}&done={answer.slot.question}"
            if following is None
            else f"/answer/{following.slot.id}?did={act}"
        )

    @post("/undo", sync_to_thread=True)
    def undo(self, form: TheForm, desk: TheDesk, person: ThePerson) -> Redirect:
        """Take back the newest act of this marker, and show the answer that it was about."""
        act = one(form, "act") or desk.marks.last_act(desk.course.assignment, person.name)
        if act is None:
            raise ConflictError("There is nothing to undo.")
        slots = desk.marks.take_back(act, person.name)
        known = [slot.id for slot in slots if slot.id in desk.shelf().answers]
        return see(f"/answer/{known[0]}?undone={len(slots)}" if known else "/?undone=1")


def answer_page(
    request: Request[Any, Any, Any],
    desk: MarkingDesk,
    answer: Answer,
    filled: Filled | None = None,
    *,
    note: str = "",
    flash: str | None = None,
    status: int = 200,
) -> Template:
    """The page of an answer, with the form as it stands or as it was filled in."""
    person: SignedIn = request.user
    ledger = desk.ledger()
    sheet = _sheet(desk, ledger, answer, filled, person)
    how_far = progress(desk, ledger, part_of(answer))
    context = {
        "sheet": sheet,
        "progress": how_far,
        "note": note,
        "flash": flash,
        "conflict": status == HTTP_409_CONFLICT,
    }
    undone = request.query_params.get("undone", "")
    return page("answer", request, desk, status=status, undone=undone if undone.isdecimal() else "", **context)


def lines_of(answer: Answer, rubric: Rubric, given: frozenset[str]) -> tuple[RubricLine, ...]:
    """The rubric as it stands in the form."""
    own = {item.id: item for item in answer.items}
    return tuple(
        RubricLine(
            str(place) if place < 10 else "",
            item.id,
            item.points,
            item.text,
            item.id in given,
            item.id in own and own[item.id].by_machine,
            own[item.id].reading if item.id in own else "",
        )
        for place, item in enumerate(rubric.items, start=1)
    )


def known_answer(desk: MarkingDesk, id: str) -> Answer:
    """The answer of that name in addresses."""
    found = desk.shelf().answers.get(id)
    if found is None:
        raise NotFoundException("There is no such answer any more: it was handed in again, or graded again.")
    return found


def known_part(desk: MarkingDesk, part: Part) -> Part:
    """A part that the class has."""
    if part not in desk.shelf().parts:
        raise NotFoundException("There is no such question.")
    return part


def _sheet(desk: MarkingDesk, ledger: Ledger, answer: Answer, filled: Filled | None, person: SignedIn) -> Sheet:
    decision = ledger.decision(answer.slot)
    rubric = desk.rubric(answer, ledger)
    standing = filled or filled_from(decision, answer)
    shown, results = desk.renderer.answer(answer.text, desk.cells(answer), answer.slot.question)
    others = _others(desk, ledger, answer, filled)
    own = tuple((item.id, item.possible, item.text) for item in answer.items)
    base = tuple((item.id, item.points, item.text) for item in rubric.base)
    return Sheet(
        answer=answer,
        filled=standing,
        lines=lines_of(answer, rubric, standing.given),
        shown=shown,
        results=results,
        number=ledger.number(answer.slot),
        decision=decision,
        others=others,
        equal=sum(not other.pieces for other in others),
        bank=tuple(comments([*ledger.first.values()], answer.slot.question)),
        history=tuple(desk.marks.history(answer.slot)),
        present=desk.others_at(answer, person.name),
        rubric=rubric,
        rubric_is_old=own != base,
    )


def _others(desk: MarkingDesk, ledger: Ledger, answer: Answer, filled: Filled | None) -> tuple[Other, ...]:
    """The other answers of the group: while one is open, those that are open too; else those marked alike."""
    decision, waiting = ledger.decision(answer.slot), is_open(answer, ledger)
    group: Sequence[Answer] = [o for o in desk.group_of(answer)[1:] if is_open(o, ledger) == waiting]
    if not waiting:
        group = [o for o in group if (d := ledger.decision(o.slot)) is not None and d.says_the_same(decision)]
    found = [_other(answer, other, ledger, waiting, filled) for other in group]
    near = [other for other in found if other.pieces]
    return (*(other for other in found if not other.pieces), *near[:MOST_SHOWN])


def _other(answer: Answer, other: Answer, ledger: Ledger, waiting: bool, filled: Filled | None) -> Other:
    equal = answer.slot.answer == other.slot.answer
    pieces = () if equal else tuple(differences(answer.text, other.text))
    checked = waiting if filled is None or filled.members is None else other.slot.id in filled.members
    return Other(other, ledger.number(other.slot), pieces, checked, not waiting)
