"""What those who come from a course in an LMS work on: the desk as it is for everybody, of their own students alone."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

from graders.archive.settled import Class
from graders.lti.courses import Courses
from graders.marking.ledger import Ledger
from graders.report.clean import storable
from graders.web.desk import MarkingDesk, Shelf, shelved
from graders.web.identity import SignedIn


class CourseDesk(MarkingDesk):
    """A desk that shares everything with another one but the students that can be seen.

    Args:
        members: the names under which the work of the course's people is kept.
    """

    def __init__(self, whole: MarkingDesk, members: Callable[[], frozenset[str]]) -> None:
        vars(self).update(copy.copy(vars(whole)))
        self._whole, self._members = whole, members
        self._shelf, self._ledger, self._groups = None, None, {}
        self._of: tuple[Shelf, frozenset[str]] | None = None
        self._ours: tuple[Ledger, frozenset[str], Ledger] | None = None

    def close(self) -> None:
        """Nothing: what runs alongside belongs to the other desk."""

    def shelf(self) -> Shelf:
        """The course's part of the class."""
        whole, members = self._whole.shelf(), self._members()
        with self._lock:
            if self._shelf is None or self._of is None or self._of[0] is not whole or self._of[1] != members:
                ours = tuple(r for r in whole.reports.reports if storable(r.submission.student) in members)
                self._shelf = shelved(whole.turn, Class(ours, whole.reports.pictures))
                self._of = whole, members
                self._groups.clear()
            return self._shelf

    def ledger(self) -> Ledger:
        """What has been decided about the course's own students."""
        whole, members = self._whole.ledger(), self._members()
        with self._lock:
            if self._ours is None or self._ours[0] is not whole or self._ours[1] != members:
                mine = [{s: d for s, d in kept.items() if storable(s.student) in members}
                        for kept in (whole.first, whole.second)]  # fmt: skip
                self._ours = whole, members, replace(whole, first=mine[0], second=mine[1])
            return self._ours[2]

    @property
    def students(self) -> frozenset[str] | None:
        """Those that can be seen."""
        return self._members()

    @property
    def shares_rubrics(self) -> bool:
        """Whether a rubric is about others' students, too."""
        return len(self._whole.shelf().reports.reports) > len(self.shelf().reports.reports)


class Desks:
    """The desk of each course; safe for threads."""

    def __init__(self, whole: MarkingDesk, courses: Courses | None) -> None:
        self.whole, self._courses = whole, courses
        self._made: dict[str, CourseDesk] = {}

    def of(self, person: SignedIn | None) -> MarkingDesk:
        """What somebody may work on: account holders on everything, others on their own course."""
        if person is None or not person.course:
            return self.whole
        assert self._courses is not None
        members = self._courses.members
        number = int(person.course)
        made = CourseDesk(self.whole, lambda: members(number, "student"))
        return self._made.setdefault(person.course, made)
