"""Keeps submissions, reports and the course's secret in a database, through SQLAlchemy: SQLite by default.

Each report is written in one transaction, so that a process killed at any moment leaves whole reports only, and the
next run finds what is already done.
"""

from __future__ import annotations

import json
import os
import secrets
import zlib
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from graders.archive.database import Database, for_its_owner
from graders.archive.record import (
    from_text,
    pack_cells,
    submission_from_record,
    submission_to_record,
    to_record,
    unpack_cells,
)
from graders.archive.tables import reports, submissions
from graders.errors import StoreError
from graders.model import CellRun, Outcome, Report, Submission
from graders.report.clean import storable

MOST_NAMED = 500  # students in one query; SQLite takes no end of parameters
_LIGHT = tuple(column for column in reports.c if column.name != "cells")


class Store:
    """A database of reports. Use it as a context manager, from one process at a time or from several.

    Args:
        url: an SQLAlchemy URL, or the path of an SQLite file, which is made where it does not exist.

    Raises:
        StoreError: from every method, when the database cannot be read or written.
    """

    def __init__(self, url: str | Path) -> None:
        self.database = Database(url)
        self._read, self._write = self.database.read, self.database.write

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    def secret(self) -> bytes:
        """The course's secret: GRADERS_SECRET where it is set, else 32 random bytes made once for each database."""
        if os.environ.get("GRADERS_SECRET"):
            return os.environ["GRADERS_SECRET"].encode()
        return bytes.fromhex(self.database.setting("secret", secrets.token_hex(32)))

    def find(self, submission: Submission, profile: str, digest: str, *, cells: bool = True) -> Report | None:
        """The report of this very submission by this very grader; it becomes the one that counts for the student.

        Args:
            cells: whether what its cells showed is wanted, which weighs much.
        """
        columns = tuple(reports.c) if cells else _LIGHT
        where = _is(submission) & (reports.c.profile == profile) & (reports.c.digest == digest)
        with self._write() as connection:
            row = connection.execute(sa.select(*columns).join(submissions).where(where)).first()
            if row is None:
                return None
            if row.turn < _turn(connection, submission):
                turn = next_turn(connection)
                connection.execute(reports.update().where(reports.c.id == row.id).values(turn=turn))
        return _report(row, submission)

    def cells(self, report: Report) -> tuple[CellRun, ...]:
        """What the cells of a report that is kept here showed."""
        packed = self.packed_cells(report)
        return unpack_cells(packed) if packed else ()

    def packed_cells(self, report: Report) -> bytes:
        """The same as it is kept; empty where it is not."""
        query = sa.select(reports.c.cells).join(submissions).where(key_of(report))
        with self._read() as connection:
            packed = connection.execute(query).scalar()
        return packed or b""

    def newest_turn(self) -> int:
        """A number that is another one as soon as any report is kept, or counts again."""
        with self._read() as connection:
            return int(connection.execute(sa.select(sa.func.max(reports.c.turn))).scalar() or 0)

    def previous(self, submission: Submission, profile: str) -> Report | None:
        """The last report of this submission under a profile, by whatever version of the grader; without its cells."""
        query = sa.select(*_LIGHT).join(submissions).where(_is(submission) & (reports.c.profile == profile))
        with self._read() as connection:
            row = connection.execute(query.order_by(reports.c.turn.desc()).limit(1)).first()
        return None if row is None else _report(row, submission)

    def keep(self, report: Report, cells: bytes | None = None) -> None:
        """Write a report and its submission, in one transaction; it replaces what the same grader said before.

        Args:
            cells: what `record.pack_cells` gave, where the report is without its cells.
        """
        with self._write() as connection:
            keep_report(connection, report, cells)

    def latest(self, assignment: str, students: Collection[str] | None = None) -> list[Report]:
        """The report that counts for each student, by name; without the submissions' content and the cells' outputs.

        Args:
            students: those that are wanted, as the database names them; all when None.
        """
        columns = [*_LIGHT, submissions.c.record.label("handed_in")]
        best = (
            sa.select(submissions.c.student, sa.func.max(reports.c.turn).label("turn"))
            .join(reports)
            .where(submissions.c.assignment == assignment)
            .group_by(submissions.c.student)
            .subquery()
        )
        query = sa.select(*columns).join(submissions).join(best, best.c.turn == reports.c.turn)
        where = submissions.c.assignment == assignment
        if students is not None and len(students) < MOST_NAMED:
            where &= submissions.c.student.in_(students)
        with self._read() as connection:
            rows = connection.execute(query.where(where)).all()
        found = [_report(row, submission_from_record(json.loads(row.handed_in))) for row in rows]
        return sorted(found, key=lambda report: (report.submission.student.casefold(), report.submission.student))

    def assignments(self) -> list[str]:
        """The assignments that have reports."""
        query = sa.select(submissions.c.assignment).join(reports).distinct().order_by(submissions.c.assignment)
        with self._read() as connection:
            return list(connection.execute(query).scalars())

    def submission(self, assignment: str, student: str, sha256: str) -> Submission | None:
        """A submission as it was handed in, with its content."""
        query = sa.select(submissions).where(_key(assignment, student, sha256))
        with self._read() as connection:
            row = connection.execute(query).first()
        return (
            None
            if row is None
            else replace(submission_from_record(json.loads(row.record)), content=zlib.decompress(row.content))
        )


def open_store(out: Path, url: str | None = None) -> Store:
    """The store of an output folder, or the one at a URL.

    The folder is made where it does not exist, for its owner alone: anyone who reads the database has the class's marks
    and the secret from which all cases are drawn.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.mkdir(mode=0o700, exist_ok=True)
        if url is None:
            for_its_owner(out / "graders.db")
    except OSError as error:
        raise StoreError(f"The output folder {out} cannot be made or written to: {error.strerror}.") from error
    return Store(url or out / "graders.db")


def keep_report(connection: sa.Connection, report: Report, cells: bytes | None = None) -> None:
    """What `Store.keep` does, in a transaction of the caller's."""
    packed = pack_cells(report.cells) if cells is None else cells
    record = to_record(replace(report, cells=(), submission=replace(report.submission, content=b"", beside=())))
    del record["submission"], record["cells"]
    values: dict[str, Any] = {
        "submission": keep_submission(connection, report.submission),
        "profile": str(report.grader.get("profile", "")),
        "digest": str(report.grader.get("digest", "")),
        "turn": next_turn(connection),
        "record": json.dumps(record),
        "cells": packed,
    }
    _upsert(connection, reports, {name: values[name] for name in ("submission", "profile", "digest")}, values)


def keep_submission(connection: sa.Connection, submission: Submission) -> int:
    """Write a submission in a transaction of the caller's; its number in the database."""
    key = {"assignment": submission.assignment, "student": storable(submission.student), "sha256": submission.sha256}
    record = json.dumps(submission_to_record(submission, content=False))
    content = zlib.compress(submission.content, 1)
    return _upsert(connection, submissions, key, key | {"record": record, "content": content})


def next_turn(connection: sa.Connection) -> int:
    """The turn of a report that is to count from now on."""
    return int(connection.execute(sa.select(sa.func.max(reports.c.turn))).scalar() or 0) + 1


def is_whole(report: Report) -> bool:
    """Whether no verdict of a report is our own fault, so that it need not be tried again."""
    return all(v.outcome is not Outcome.INTERNAL for q in report.questions for v in q.verdicts)


def key_of(report: Report) -> sa.ColumnElement[bool]:
    """What is true of the row of a report, next to that of its submission."""
    grader = {name: str(report.grader.get(name, "")) for name in ("profile", "digest")}
    return _is(report.submission) & (reports.c.profile == grader["profile"]) & (reports.c.digest == grader["digest"])


def _is(submission: Submission) -> sa.ColumnElement[bool]:
    return _key(submission.assignment, submission.student, submission.sha256)


def _key(assignment: str, student: str, sha256: str) -> sa.ColumnElement[bool]:
    table = submissions.c
    return (table.assignment == assignment) & (table.student == storable(student)) & (table.sha256 == sha256)


def _turn(connection: sa.Connection, submission: Submission) -> int:
    table = submissions.c
    whose = (table.assignment == submission.assignment) & (table.student == storable(submission.student))
    return int(connection.execute(sa.select(sa.func.max(reports.c.turn)).join(submissions).where(whose)).scalar() or 0)


def _upsert(connection: sa.Connection, table: sa.Table, key: dict[str, Any], values: dict[str, Any]) -> int:
    where = sa.and_(*(table.c[name] == value for name, value in key.items()))
    found = connection.execute(sa.select(table.c.id).where(where)).scalar()
    if found is None:
        return int(connection.execute(table.insert().values(values).returning(table.c.id)).scalar_one())
    connection.execute(table.update().where(where).values(values))
    return int(found)


def _report(row: Any, submission: Submission) -> Report:
    return from_text(row.record, submission, row.cells if hasattr(row, "cells") else b"")
