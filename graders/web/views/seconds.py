"""Second opinions: a share of the answers, read blind by somebody else, and the list of where the two differ."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, get, post
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_400_BAD_REQUEST, HTTP_409_CONFLICT

from graders.errors import ConflictError, UsageError
from graders.marking.answer import Answer
from graders.marking.bank import comments
from graders.marking.decision import MarkerTurn
from graders.marking.second import differences, to_read
from graders.web.desk import MarkingDesk
from graders.web.given import InPath, TheDesk, TheForm, ThePerson
from graders.web.identity import SignedIn
from graders.web.pages import page, see
from graders.web.safety import instructors_only
from graders.web.views.answer_form import Filled, read_form
from graders.web.views.answers import known_answer, lines_of


class SecondPages(Controller):
    """The pages of the second marker, and of anyone who settles what differs."""

    @get("/second", sync_to_thread=True)
    def next(self, desk: TheDesk, person: ThePerson) -> Redirect:
        """Go to the next answer that this person may read as the second."""
        following = _next(desk, person)
        return see("/?done=second" if following is None else f"/second/{following.slot.id}")

    @get("/second/{id:str}", sync_to_thread=True)
    def show(
        self, request: Request[Any, Any, Any], id: InPath, desk: TheDesk, person: ThePerson
    ) -> Template | Redirect:
        """An answer without anything of what the first marker has said."""
        answer = known_answer(desk, id)
        if answer not in to_read([answer], desk.ledger(), person.name, desk.course.share):
            return see("/second")
        desk.claim((answer,), person.name)
        return _page(request, desk, answer, Filled())

    @post("/second/{id:str}", sync_to_thread=True)
    def decide(
        self, request: Request[Any, Any, Any], id: InPath, form: TheForm, desk: TheDesk, person: ThePerson
    ) -> Redirect | Template:
        """Keep a second opinion, and go to the next."""
        answer, filled = known_answer(desk, id), read_form(form)
        if answer not in to_read([answer], desk.ledger(), person.name, desk.course.share):
            raise ConflictError("Somebody else has read this answer as the second by now; nothing was changed.")
        rubric = desk.rubric(answer, desk.ledger())
        try:
            judgement = filled.judgement(answer, {}, [item.id for item in rubric.items], MarkerTurn.SECOND)
            desk.marks.decide(judgement.decisions(), person.name)
        except UsageError as error:
            return _page(request, desk, answer, filled, str(error), HTTP_400_BAD_REQUEST)
        except ConflictError as error:
            return _page(request, desk, answer, filled, str(error), HTTP_409_CONFLICT)
        following = _next(desk, person)
        return see("/?done=second" if following is None else f"/second/{following.slot.id}")

    @get("/differences", guards=[instructors_only], sync_to_thread=True)
    def differ(self, request: Request[Any, Any, Any], desk: TheDesk) -> Template:
        """Where two markers differ, the largest difference first."""
        ledger = desk.ledger()
        answers = list(desk.shelf().answers.values())
        found = differences(answers, ledger)
        titles = {
            (one.answer.slot.id, item.id): item.text for one in found for item in desk.rubric(one.answer, ledger).items
        }
        read = sum(decision.decided for decision in ledger.second.values())
        return page("differences", request, desk, found=found, titles=titles, read=read)


def _next(desk: MarkingDesk, person: SignedIn) -> Answer | None:
    answers = list(desk.shelf().answers.values())
    return desk.first_free(lambda ledger: to_read(answers, ledger, person.name, desk.course.share), person.name)


def _page(
    request: Request[Any, Any, Any],
    desk: MarkingDesk,
    answer: Answer,
    filled: Filled,
    note: str = "",
    status: int = 200,
) -> Template:
    ledger, person = desk.ledger(), request.user
    left = to_read(list(desk.shelf().answers.values()), ledger, person.name, desk.course.share)
    shown, results = desk.renderer.answer(answer.text, desk.cells(answer), answer.slot.question)
    return page(
        "second",
        request,
        desk,
        status=status,
        answer=answer,
        filled=filled,
        note=note,
        shown=shown,
        results=results,
        lines=lines_of(answer, desk.rubric(answer, ledger), filled.given),
        number=ledger.number(answer.slot, MarkerTurn.SECOND),
        bank=comments([*ledger.first.values()], answer.slot.question),
        left=len(left),
    )
