"""Uploads as they were received: each is kept with its receipt, and waits for all that is to be done with it."""

from __future__ import annotations

import json
import math
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from graders.archive.database import Database
from graders.archive.store import keep_submission
from graders.archive.tables import jobs, submissions, uploads
from graders.errors import UsageError
from graders.model import Submission
from graders.queue.rules import UploadRules
from graders.report.clean import one_line, storable

HOUR = 3600.0
LIMIT = (
    "You have handed in {count} times within an hour, which is as often as you may; the next can be received in "
    "{minutes} minutes. What you have handed in before stands."
)


@dataclass(frozen=True)
class Author:
    """Whose an upload is.

    Attributes:
        student: as in reports.
        context: the course, as a learning platform names it.
    """

    student: str
    context: str
    assignment: str


@dataclass(frozen=True)
class Upload:
    """A file as it came, and what was read in it.

    Attributes:
        notices: what was said of it at once.
    """

    name: str
    content: bytes
    sha256: str
    submission: Submission
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Receipt:
    """An upload that was received: its receipt.

    Attributes:
        id: in the database.
        number: counts the student's attempts at the assignment from 1.
        received: ISO 8601, UTC.
        sha256: of the file, as `sha256sum` gives it.
        size: bytes of the file.
    """

    id: int
    number: int
    name: str
    received: str
    sha256: str
    size: int
    notices: tuple[str, ...] = ()


class Attempts:
    """The uploads of a database.

    Args:
        clock: seconds since 1970.

    Raises:
        StoreError: from every method, when the database cannot be read or written.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock

    def receive(self, author: Author, upload: Upload, rules: UploadRules) -> Receipt:
        """Keep an upload with all that is to be done with it; when this returns, nothing can lose it.

        The very file that the student's last attempt has is that attempt, however often it is sent.

        Raises:
            UsageError: the student has handed in too often of late.
        """
        now = self._clock()
        with self._database.write() as connection:
            rows = connection.execute(_of(author.assignment, author.student)).all()
            last = rows[0] if rows else None
            if last is not None and last.sha256 == upload.sha256:
                return _attempt(last)
            _refuse_too_many([row.received for row in rows], rules.an_hour, now)
            values = _values(author, upload, 1 if last is None else last.number + 1, now)
            received = replace(
                upload.submission,
                student=author.student,
                attempt=values["number"],
                received=values["received"],
                dated=True,
            )
            values["submission"] = keep_submission(connection, received)
            made = connection.execute(uploads.insert().values(values).returning(uploads.c.id)).scalar_one()
            connection.execute(jobs.insert(), [_job(made, stage.value, now) for stage in rules.stages])
            return _attempt(connection.execute(sa.select(*LIGHT).where(uploads.c.id == made)).one())

    def of(self, author: Author) -> list[Receipt]:
        """A student's attempts in a course, the newest first."""
        query = _of(author.assignment, author.student).where(uploads.c.context == author.context)
        with self._database.read() as connection:
            return [_attempt(row) for row in connection.execute(query)]

    def content(self, author: Author, number: int) -> tuple[Receipt, bytes] | None:
        """One attempt of a student's with the file as it was received; None where there is none."""
        mine = (uploads.c.assignment == author.assignment) & (uploads.c.student == storable(author.student))
        query = sa.select(uploads, submissions.c.content.label("read")).join_from(uploads, submissions)
        with self._database.read() as connection:
            row = connection.execute(
                query.where(mine & (uploads.c.context == author.context) & (uploads.c.number == number))
            ).first()
        return None if row is None else (_attempt(row), zlib.decompress(row.content or row.read))


LIGHT = tuple(column for column in uploads.c if column.name != "content")


def _of(assignment: str, student: str) -> sa.Select[Any]:
    mine = (uploads.c.assignment == assignment) & (uploads.c.student == storable(student))
    return sa.select(*LIGHT).where(mine).order_by(uploads.c.number.desc())


def _values(author: Author, upload: Upload, number: int, now: float) -> dict[str, Any]:
    same = upload.content == upload.submission.content and not upload.submission.beside
    return {
        "assignment": author.assignment,
        "context": author.context,
        "student": storable(author.student),
        "number": number,
        "name": one_line(upload.name, 200),
        "received": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds"),
        "sha256": upload.sha256,
        "size": len(upload.content),
        "content": b"" if same else zlib.compress(upload.content),
        "notices": json.dumps(upload.notices),
    }


def _job(upload: int, stage: str, now: float) -> dict[str, Any]:
    fixed = {"state": "waiting", "worker": "", "beat": 0.0, "tries": 0, "started": 0.0, "ended": 0.0}
    return {"upload": upload, "stage": stage, "since": now, "feedback": "", "page": b"", **fixed}


def _refuse_too_many(received: list[str], most: int, now: float) -> None:
    """Refuse one more where the student has had as many as an hour allows."""
    recent = sorted(datetime.fromisoformat(one).timestamp() for one in received)
    recent = [at for at in recent if now - at < HOUR]
    if len(recent) >= most:
        free = recent[len(recent) - most] + HOUR - now
        raise UsageError(LIMIT.format(count=len(recent), minutes=max(1, math.ceil(free / 60))))


def _attempt(row: sa.Row[Any]) -> Receipt:
    return Receipt(row.id, row.number, row.name, row.received, row.sha256, row.size, tuple(json.loads(row.notices)))
