"""A course on a small platform, with one student and a sender whose clock the test moves; for tests of scores."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from lti_platform import AGS, FakePlatform, Net
from written_answers import graded, programme

from graders.archive.store import Store
from graders.lti.courses import Activity, Courses
from graders.lti.platforms import Platforms
from graders.lti.scores import outbox
from graders.lti.scores.outbox import enqueue
from graders.lti.scores.sender import Sender
from graders.lti.services import with_ends
from graders.model import Report

START = datetime(2026, 11, 27, 12, tzinfo=UTC).timestamp()


class Post:
    """A course with one student, and a clock that the test moves."""

    def __init__(self, store: Store, lms: FakePlatform) -> None:
        self.store, self.lms, self.now = store, lms, START
        self.database, self.courses = store.database, Courses(store.database)
        platforms = Platforms(store.database)
        known = platforms.register(lms.platform())
        deployment = platforms.deployment(known, lms.deployment)
        assert deployment is not None
        self.course = self.courses.arrive(deployment, "c1", "Deep learning")
        self.activity = self.open(True)
        self.ana = self.courses.enrol(self.course, "ana", "Ana Silva", "student")
        self.sender = self.another()

    def open(self, released: bool, link: str = "link-1") -> Activity:
        """An activity of the course."""
        endpoint = {"scope": [AGS + "scope/score"], "lineitem": f"{self.lms.host}/lines/1"}
        return self.courses.open(self.course, link, "course", endpoint, released=released)

    def another(self) -> Sender:
        """One more process that sends."""
        return Sender(self.store, lambda _: None, net=Net(self.lms).on(with_ends), clock=lambda: self.now)

    def grade(self, points: float) -> None:
        """Grade the student again."""
        self.store.keep(marked(self.ana, points))
        enqueue(self.database, "course", self.ana)

    def standing(self) -> Any:
        """How it stands with the one score."""
        (found,) = outbox.standing(self.database)
        return found


def marked(student: str, points: float) -> Report:
    """A report of a programme alone, in which nothing is open."""
    return replace(graded(student, f"{points}"), questions=(programme(points),))


def given(post: Post) -> list[float]:
    """The scores that have arrived."""
    return [score["scoreGiven"] for score in post.lms.scores]
