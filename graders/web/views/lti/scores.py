"""What has arrived in gradebooks and what has not, for instructors: release, hold back, once more, the roster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Controller, Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template

from graders.lti.courses import Activity, Course
from graders.lti.launching import Door
from graders.lti.roster import fetch
from graders.lti.scores import outbox
from graders.lti.scores.outbox import ScoreStanding
from graders.web.given import TheDesk, TheForm, ThePerson
from graders.web.identity import SignedIn
from graders.web.pages import page, see
from graders.web.safety import instructors_only
from graders.web.views.answer_form import one


@dataclass(frozen=True)
class Book:
    """One activity's column of a gradebook."""

    course: Course
    activity: Activity
    members: int
    arrived: int
    waiting: tuple[ScoreStanding, ...]
    failed: tuple[ScoreStanding, ...]


class ScorePages(Controller):
    """The page of scores, and what can be done there."""

    guards = (instructors_only,)

    @get("/scores", sync_to_thread=True)
    def show(self, request: Request[Any, Any, Any], desk: TheDesk, person: ThePerson) -> Template:
        """Every activity that one may see, with what has not arrived."""
        books = _books(request.app.state.lti.door, desk, person)
        return page("lti_scores", request, desk, books=books)

    @post("/scores/release", sync_to_thread=True)
    def release(self, request: Request[Any, Any, Any], desk: TheDesk, form: TheForm, person: ThePerson) -> Redirect:
        """Let the scores of an activity be sent, or hold them back from now on."""
        book = _book(_books(request.app.state.lti.door, desk, person), one(form, "activity"))
        request.app.state.lti.door.courses.release(book.activity.id, one(form, "step") == "release")
        return see("/scores")

    @post("/scores/again", sync_to_thread=True)
    def again(self, request: Request[Any, Any, Any], desk: TheDesk, form: TheForm, person: ThePerson) -> Redirect:
        """Try what has failed once more."""
        book = _book(_books(request.app.state.lti.door, desk, person), one(form, "activity"))
        outbox.again(desk.store.database, [one_.id for one_ in (*book.failed, *book.waiting)])
        return see("/scores")

    @post("/scores/roster", sync_to_thread=True)
    def roster(self, request: Request[Any, Any, Any], desk: TheDesk, form: TheForm, person: ThePerson) -> Redirect:
        """Ask the platform who is in the course."""
        book = _book(_books(request.app.state.lti.door, desk, person), one(form, "activity"))
        fetch(request.app.state.lti.door, book.course)
        return see("/scores")


def _books(door: Door, desk: Any, person: SignedIn) -> list[Book]:
    database, assignment = desk.store.database, desk.course.assignment
    found = []
    for activity in door.courses.activities(int(person.course) if person.course else None, assignment):
        rows = [row for row in outbox.standing(database, activity.course) if row.activity == activity.id]
        found.append(
            Book(
                door.courses.course(activity.course),
                activity,
                len(door.courses.members(activity.course, "student")),
                sum(row.arrived is not None and not row.waiting for row in rows),
                tuple(row for row in rows if row.waiting and not row.failed),
                tuple(row for row in rows if row.failed),
            )
        )
    return found


def _book(books: list[Book], id: str) -> Book:
    found = next((book for book in books if str(book.activity.id) == id), None)
    if found is None:
        raise NotFoundException("There is no such activity here.")
    return found
