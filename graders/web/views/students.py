"""Students by name, for instructors: what stands in each report, and overruling a machine's verdict with a reason."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from litestar import Controller, Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response, Template
from litestar.status_codes import HTTP_400_BAD_REQUEST, HTTP_409_CONFLICT

from graders.errors import ConflictError, UsageError
from graders.marking.answer import Slot, slot_of
from graders.marking.decision import override
from graders.marking.settling import settle
from graders.model import Report, Verdict
from graders.report.words import word
from graders.web.desk import MarkingDesk, student_id
from graders.web.given import InPath, TheDesk, TheForm, ThePerson
from graders.web.pages import page, see
from graders.web.safety import instructors_only, policy_of
from graders.web.views.answer_form import number, one

PAGES = (
    "graders.archive.giving_out",
    "graders.report.classroom.page",
)  # loaded when they are asked for: they take a while
TIMINGS = ("graders.archive.classroom.timings", "graders.report.timings", "graders.report.html")  # and so are these


@dataclass(frozen=True)
class Row:
    """One verdict of a student, as it stands, and where a decision about it is kept."""

    slot: Slot
    verdict: Verdict
    word: str
    number: int
    link: str


class StudentPages(Controller):
    """The class by name, and each student."""

    guards = (instructors_only,)

    @get("/students", sync_to_thread=True)
    def all(self, request: Request[Any, Any, Any], desk: TheDesk) -> Template:
        """Every student with the marks as they stand."""
        reports = desk.shelf().reports.settled(desk.ledger())
        rows = [(student_id(report.submission.student), report) for report in reports]
        return page("students", request, desk, rows=rows)

    @get("/class", sync_to_thread=True)
    def at_a_glance(self, desk: TheDesk) -> Response[str]:
        """The page of the class, the same that is written as a file, with marks as they stand."""
        given, pages = (importlib.import_module(name) for name in PAGES)
        links = pages.PageLinks(
            _address, "/final/grades.csv", ("/", "Marking"), lambda student: f"{_address(student)}/timings"
        )
        course = desk.course
        text = given.class_page(desk.store, course.assignment, course.late, course.title, links, desk.students)
        policy = policy_of(pages.style_sheet(), pages.class_script())
        return Response(text, media_type="text/html", headers={"Content-Security-Policy": policy})

    @get("/students/{id:str}/timings", sync_to_thread=True)
    def timings(self, id: InPath, desk: TheDesk) -> Response[str]:
        """Where the time of a student's grading went."""
        kept, pages, html = (importlib.import_module(name) for name in TIMINGS)
        found = _known(desk, id)
        spans, profile = kept.timings_of(desk.store.database, found), str(found.grader.get("profile", ""))
        back, name = (f"/students/{id}", "The student"), found.submission.student
        text = pages.render_timings(name, spans, title=desk.course.title, back=back, profile=profile)
        policy = policy_of(html.style_sheet(), "")
        return Response(text, media_type="text/html", headers={"Content-Security-Policy": policy})

    @get("/students/{id:str}", sync_to_thread=True)
    def show(self, request: Request[Any, Any, Any], id: InPath, desk: TheDesk) -> Template:
        """One student's verdicts."""
        return _page(request, desk, id)

    @post("/students/{id:str}", sync_to_thread=True)
    def overrule(
        self, request: Request[Any, Any, Any], id: InPath, form: TheForm, desk: TheDesk, person: ThePerson
    ) -> Redirect | Template:
        """Decide a verdict otherwise than the machine, or give it back to the machine; both take a reason."""
        found = _known(desk, id)
        wanted = one(form, "slot")
        row = next((row for rows in _rows(desk, found).values() for row in rows if row.slot.id == wanted), None)
        if row is None:
            raise NotFoundException("There is no such check any more: the class was graded again.")
        seen = one(form, "seen")
        try:
            points = None if one(form, "step") == "restore" else _points(one(form, "points"))
            made = override(
                row.slot, int(seen) if seen.isdecimal() else 0, points, one(form, "reason"), row.verdict.possible
            )
            desk.marks.decide([made], person.name)
        except UsageError as error:
            return _page(request, desk, id, note=str(error), status=HTTP_400_BAD_REQUEST)
        except ConflictError as error:
            return _page(request, desk, id, note=str(error), status=HTTP_409_CONFLICT)
        return see(f"/students/{id}?saved=1#c-{row.slot.id}")


def _address(student: str) -> str:
    return f"/students/{student_id(student)}"


def _points(text: str) -> float:
    if not text.strip():
        raise UsageError("Say how many points the check is worth in your eyes.")
    return number(text)


def _known(desk: MarkingDesk, id: str) -> Report:
    found = desk.shelf().report(id)
    if found is None:
        raise NotFoundException("There is no such student here.")
    return found


def _rows(desk: MarkingDesk, report: Report) -> dict[str, list[Row]]:
    """Question -> its verdicts as they stand."""
    ledger, shelf = desk.ledger(), desk.shelf()
    pictures = shelf.reports.pictures.get(report.submission.student)
    settled = settle(report, ledger, pictures)
    found: dict[str, list[Row]] = {}
    for question, now in zip(report.questions, settled.questions, strict=True):
        for verdict, standing in zip(question.verdicts, now.verdicts, strict=True):
            slot = slot_of(report, question, verdict, pictures)
            link = f"/answer/{slot.id}" if slot.id in shelf.answers else ""
            found.setdefault(question.id, []).append(Row(slot, standing, word(standing), ledger.number(slot), link))
    return found


def _page(
    request: Request[Any, Any, Any], desk: MarkingDesk, id: str, *, note: str = "", status: int = 200
) -> Template:
    report = _known(desk, id)
    settled = settle(report, desk.ledger(), desk.shelf().reports.pictures.get(report.submission.student))
    saved = request.query_params.get("saved") == "1"
    return page(
        "student", request, desk, status=status, report=settled, rows=_rows(desk, report), note=note, saved=saved
    )
