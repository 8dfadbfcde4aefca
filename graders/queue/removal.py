"""Deletes all that a database holds of a student, or of work that came before a day."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from graders.archive.classroom.likeness import PAIRS, PASSAGES
from graders.archive.classroom.unchanged import WRITTEN
from graders.archive.database import Database
from graders.archive.giving_out import LINES
from graders.archive.record import submission_from_record
from graders.archive.tables import (
    decisions,
    extensions,
    facts,
    jobs,
    lti_enrolments,
    lti_people,
    lti_scores,
    reports,
    settings,
    submissions,
    timings,
    uploads,
)
from graders.marking.late import moment
from graders.report.clean import storable

ABOUT_STUDENTS = LINES, PASSAGES, PAIRS, WRITTEN  # settings, which the next grading makes again


@dataclass(frozen=True)
class Removed:
    """What was deleted.

    Attributes:
        folders: assignment and student of each folder of reports that may be there, too.
    """

    uploads: int
    submissions: int
    reports: int
    decisions: int
    folders: tuple[tuple[str, str], ...]


def students_before(database: Database, day: datetime) -> list[str]:
    """The students whose last submission came before a moment; not those of whom nothing tells when it came."""
    last: dict[str, datetime] = {}
    unknown: set[str] = set()
    with database.read() as connection:
        for student, record in connection.execute(sa.select(submissions.c.student, submissions.c.record)):
            at = moment(submission_from_record(json.loads(record)).received)
            if at is None:
                unknown.add(student)
            else:
                last[student] = max(at, last.get(student, at))
    return sorted(student for student, at in last.items() if at < day and student not in unknown)


def remove(database: Database, students: Collection[str]) -> Removed:
    """Delete all that is kept of some students, in one transaction."""
    names = [storable(student) for student in students]
    with database.write() as connection:
        mine = sa.select(submissions.c.id).where(submissions.c.student.in_(names))
        theirs = sa.select(uploads.c.id).where(uploads.c.student.in_(names))
        graded = sa.select(reports.c.id).where(reports.c.submission.in_(mine))
        folders = connection.execute(
            sa.select(submissions.c.assignment, submissions.c.student)
            .where(submissions.c.student.in_(names))
            .distinct()
        ).all()
        connection.execute(jobs.delete().where(jobs.c.upload.in_(theirs)))
        counts = {
            "uploads": connection.execute(uploads.delete().where(uploads.c.student.in_(names))).rowcount,
            "timings": connection.execute(timings.delete().where(timings.c.report.in_(graded))).rowcount,
            "facts": connection.execute(facts.delete().where(facts.c.report.in_(graded))).rowcount,
            "reports": connection.execute(reports.delete().where(reports.c.submission.in_(mine))).rowcount,
            "submissions": connection.execute(submissions.delete().where(submissions.c.student.in_(names))).rowcount,
            "decisions": connection.execute(decisions.delete().where(decisions.c.student.in_(names))).rowcount,
        }
        connection.execute(extensions.delete().where(extensions.c.student.in_(names)))
        _forget_launches(connection, names)
        connection.execute(
            settings.delete().where(sa.or_(*(settings.c.name.startswith(name.format("")) for name in ABOUT_STUDENTS)))
        )
    del counts["facts"], counts["timings"]
    return Removed(**counts, folders=tuple((row.assignment, row.student) for row in folders))


def _forget_launches(connection: sa.Connection, names: Collection[str]) -> None:
    """Delete what was kept of people whom learning platforms have sent, and of scores for them."""
    people = sa.select(lti_people.c.id).where(lti_people.c.student.in_(names))
    for table in (lti_scores, lti_enrolments):
        connection.execute(table.delete().where(table.c.person.in_(people)))
    connection.execute(lti_people.delete().where(lti_people.c.student.in_(names)))
