"""Rubrics: what each item is worth, changed only after showing whose marks that changes, and by how much."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from litestar import Controller, Request, get, post
from litestar.datastructures import FormMultiDict
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_400_BAD_REQUEST

from graders.errors import UsageError
from graders.marking.ledger import Ledger
from graders.marking.rubric import Item, Rubric, changed
from graders.marking.settling import Touched, touched
from graders.web.desk import MarkingDesk, Part
from graders.web.given import InPath, TheDesk, TheForm, ThePerson
from graders.web.pages import page, see
from graders.web.safety import instructors_only
from graders.web.views.answer_form import number, one
from graders.web.views.answers import known_part

MOST_ITEMS = 30


class RubricPages(Controller):
    """The page of a rubric, the preview of a change, and the change."""

    guards = (instructors_only,)

    @get("/rubric/{question:str}/{part:str}", sync_to_thread=True)
    def show(self, request: Request[Any, Any, Any], question: InPath, part: InPath, desk: TheDesk) -> Template:
        """The rubric in force, to be changed."""
        rubric = _in_force(desk, desk.ledger(), known_part(desk, (question, part)))
        return _page(request, desk, (question, part), rubric)

    @post("/rubric/{question:str}/{part:str}", sync_to_thread=True)
    def change(
        self,
        request: Request[Any, Any, Any],
        question: InPath,
        part: InPath,
        form: TheForm,
        desk: TheDesk,
        person: ThePerson,
    ) -> Redirect | Template:
        """Show what a change would do; or make it, where that was shown."""
        key, ledger = known_part(desk, (question, part)), desk.ledger()
        before = _in_force(desk, ledger, key)
        items = tuple(_items(form))
        try:
            if desk.shares_rubrics:
                raise UsageError("Other courses have this rubric, too: only somebody with an account can change it.")
            if one(form, "number") != str(before.number):
                raise UsageError("Somebody else has changed this rubric since you opened it; here it is as it is now.")
            after = changed(before, [_with_number(item) for item in items], _own(desk, key))
        except UsageError as error:
            return _page(request, desk, key, before, note=str(error), status=HTTP_400_BAD_REQUEST)
        if one(form, "step") == "apply":
            desk.marks.keep_rubric(desk.course.assignment, question, part, after, person.name)
            return see(f"/rubric/{question}/{part}?changed=1")
        found = _touched(desk, ledger, key, after)
        return page(
            "rubric_preview",
            request,
            desk,
            part=key,
            before=before,
            after=after,
            touched=found,
            title=_title(desk, key),
        )


def _page(
    request: Request[Any, Any, Any], desk: MarkingDesk, part: Part, rubric: Rubric, *, note: str = "", status: int = 200
) -> Template:
    own = _own(desk, part)
    possible = next((a.possible for a in desk.shelf().parts[part]), 0.0)
    return page(
        "rubric",
        request,
        desk,
        status=status,
        part=part,
        title=_title(desk, part),
        rubric=rubric,
        own=own if own and own != rubric.base else (),
        possible=possible,
        sum=sum(item.points for item in rubric.items),
        note=note,
        changed=request.query_params.get("changed") == "1",
        blank=MOST_ITEMS - len(rubric.items) > 0,
    )


def _title(desk: MarkingDesk, part: Part) -> str:
    return next((answer.title for answer in desk.shelf().parts[part]), part[0])


def _own(desk: MarkingDesk, part: Part) -> tuple[Item, ...]:
    """The assignment's own items, as the class was graded last."""
    newest = next(reversed(desk.shelf().parts[part]), None)
    return () if newest is None else tuple(Item(i.id, i.possible, i.text) for i in newest.items)


def _in_force(desk: MarkingDesk, ledger: Ledger, part: Part) -> Rubric:
    own = _own(desk, part)
    return ledger.rubrics.get(part) or Rubric(own, base=own)


def _touched(desk: MarkingDesk, ledger: Ledger, part: Part, after: Rubric) -> list[Touched]:
    now = desk.shelf().reports.settled(ledger)
    then = desk.shelf().reports.settled(replace(ledger, rubrics={**ledger.rubrics, part: after}))
    return touched(now, then)


def _items(form: FormMultiDict) -> list[tuple[str, str, str]]:
    """Id, points and text of each item of the form, as typed; a new one without text is none."""
    fields = [[str(value) for value in form.getall(name, [])][:MOST_ITEMS] for name in ("id", "points", "text")]
    rows = list(zip(*fields, strict=False))
    taken = {id for id, _, _ in rows if id}
    found = []
    for id, points, text in rows:
        if not id and not text.strip():
            continue
        new = next(f"added_{n}" for n in range(1, 1000) if f"added_{n}" not in taken)
        taken.add(id or new)
        found.append((id or new, points, " ".join(text.split())))
    return found


def _with_number(item: tuple[str, str, str]) -> Item:
    id, points, text = item
    return Item(id[:100], number(points), text[:2000])
