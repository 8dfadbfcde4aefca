"""Knows of submissions that nothing about them has changed since their files were written, without reading a report.

What a student's files say follows from the submission, the report that counts, what people have decided since, and our
code. A stamp of all that is kept, with the digest of the file that came of it: where both are still the same, there is
nothing to read and nothing to write.
"""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

import graders
from graders.archive.classroom.facts import due_stamps
from graders.archive.files import HEAD, student_folder
from graders.archive.finished import Finished
from graders.archive.store import Store
from graders.archive.tables import reports, submissions
from graders.marking.late import LateRules
from graders.model import Submission
from graders.report.clean import storable
from graders.report.html import stamp
from graders.report.text import MarksRow, row_of

WRITTEN = "written/{}"  # the setting under which it is kept
SAID_BY = ("report", "marking", "model")  # the rooms whose code decides what files say


class _CountingReport(NamedTuple):
    """The report that counts for a student."""

    sha256: str
    profile: str
    digest: str
    turn: int


class Unchanged:
    """What is known of a class from the run before. Make it before the decisions are read that the files are to show.

    Args:
        grader: the profile and the digest of the grader that is to be used.
        out: the folder in which the files are.
    """

    def __init__(
        self, store: Store, assignment: str, grader: tuple[str, str], late: LateRules | None, out: Path
    ) -> None:
        self._store, self._assignment, self._grader, self._out = store, assignment, grader, out
        with store.database.read() as connection:
            self._due = due_stamps(connection, assignment, late)
        self._counting = self._counting_now()
        self._kept: dict[str, list[Any]] = json.loads(store.database.setting(WRITTEN.format(assignment), "{}"))
        self._noted: dict[str, tuple[Submission, list[Any]]] = {}

    def row(self, submission: Submission) -> MarksRow | None:
        """The row of the table of marks, where this submission is graded and its files are as they should be."""
        student = storable(submission.student)
        counting, kept = self._counting.get(student), self._kept.get(student)
        if counting is None or kept is None or counting[:3] != (submission.sha256, *self._grader):
            return None
        due, data, page, row = kept
        if due != self._stamp(submission, counting.turn) or not self._are_there(submission, data, page):
            return None
        return MarksRow(submission.student, *row)

    def note(self, submission: Submission, finished: Finished) -> None:
        """Remember what was written: a report without any fault of ours, with what was decided."""
        digest = hashlib.sha256(finished.data.encode("utf-8", "replace")).hexdigest()
        written = [digest, stamp(finished.data), list(row_of(finished.report))[1:]]
        self._noted[storable(submission.student)] = (submission, written)

    def save(self) -> None:
        """Keep what was noted for the next run."""
        if not self._noted:
            return
        now = self._counting_now()
        for student, (submission, written) in self._noted.items():
            counting = now.get(student)
            if counting is not None and counting[:3] == (submission.sha256, *self._grader):
                self._kept[student] = [self._stamp(submission, counting.turn), *written]
        self._store.database.set(WRITTEN.format(self._assignment), json.dumps(self._kept))
        self._noted.clear()

    def _counting_now(self) -> dict[str, _CountingReport]:
        columns = (submissions.c.student, submissions.c.sha256, reports.c.profile, reports.c.digest, reports.c.turn)
        query = sa.select(*columns).join_from(submissions, reports).where(submissions.c.assignment == self._assignment)
        with self._store.database.read() as connection:
            rows = connection.execute(query.order_by(reports.c.turn)).all()
        return {student: _CountingReport(*others) for student, *others in rows}

    def _stamp(self, submission: Submission, turn: int) -> str:
        bare = replace(submission, content=b"", beside=tuple((name, b"") for name, _ in submission.beside))
        parts = our_code(), self._due(storable(submission.student), turn), bare
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def _are_there(self, submission: Submission, data: str, page: str) -> bool:
        """Whether the files say what they said when they were written."""
        folder = student_folder(submission, self._out)
        try:
            with (folder / "report.html").open("rb") as file:
                stamped = page.encode() in file.read(HEAD)
            return stamped and digest_of(folder / "report.json") == data
        except OSError:
            return False


@functools.cache
def our_code() -> str:
    """A digest of all code that decides what files say."""
    root = Path(graders.__file__).parent
    files = sorted(path for room in SAID_BY for path in (root / room).rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files if path.suffix != ".pyc")).hexdigest()


def class_stamp(store: Store, assignment: str, late: LateRules | None) -> str:
    """A stamp of all that the table of a class's marks follows from; read it before the reports and the decisions."""
    with store.database.read() as connection:
        due = due_stamps(connection, assignment, late)
        columns = (submissions.c.student, sa.func.max(reports.c.turn))
        query = sa.select(*columns).join_from(submissions, reports).where(submissions.c.assignment == assignment)
        rows = connection.execute(query.group_by(submissions.c.student)).all()
    parts = our_code(), sorted(due(student, turn) for student, turn in rows)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def digest_of(path: Path) -> str:
    """The digest of a file's content; empty where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
