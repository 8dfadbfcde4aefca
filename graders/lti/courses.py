"""Courses, their people and activities, as launches and rosters tell of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from graders.archive.database import Database
from graders.archive.tables import (
    lti_activities,
    lti_courses,
    lti_deployments,
    lti_enrolments,
    lti_people,
    lti_platforms,
)
from graders.report.clean import one_line, storable

NAMELESS = "Student"  # where a platform keeps names to itself


@dataclass(frozen=True)
class Course:
    """A course on a platform.

    Attributes:
        platform: the number of its platform.
        members: the address of its roster; empty where it has none.
    """

    id: int
    platform: int
    title: str
    members: str = ""


@dataclass(frozen=True)
class Activity:
    """A link in a course that opens an assignment.

    Attributes:
        endpoint: what the platform says of its gradebook: `scope`, `lineitems`, `lineitem`.
        released: whether scores are sent.
    """

    id: int
    course: int
    assignment: str
    endpoint: Mapping[str, Any] = field(default_factory=dict)
    released: bool = True


class Courses:
    """The courses of a database.

    Raises:
        StoreError: from every method, when the database cannot be read or written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def arrive(self, deployment: int, context: str, title: str, members: str = "") -> Course:
        """The course of a context, as a launch tells of it now."""
        key = {"deployment": deployment, "context": context}
        with self._database.write() as connection:
            values = key | {"title": one_line(title, 200)}
            id = kept(connection, lti_courses, key, values, values | {"members": members})
            if members:
                connection.execute(lti_courses.update().where(lti_courses.c.id == id).values(members=members))
        return self.course(id)

    def course(self, id: int) -> Course:
        """The course of that number."""
        with self._database.read() as connection:
            return _course(connection.execute(_courses().where(lti_courses.c.id == id)).one())

    def all(self) -> list[Course]:
        """Every course, in the order in which they came."""
        with self._database.read() as connection:
            return [_course(row) for row in connection.execute(_courses().order_by(lti_courses.c.id))]

    def open(
        self, course: Course, link: str, assignment: str, endpoint: Mapping[str, Any], *, released: bool
    ) -> Activity:
        """The activity of a link, as a launch tells of it now.

        Args:
            released: whether scores are sent, where this is its first launch; afterwards staff have their say.
        """
        key = {"course": course.id, "link": link}
        values = key | {"assignment": assignment, "endpoint": json.dumps(endpoint)}
        with self._database.write() as connection:
            id = kept(connection, lti_activities, key, values, values | {"released": released})
            return _activity(connection.execute(sa.select(lti_activities).where(lti_activities.c.id == id)).one())

    def activities(self, course: int | None = None, assignment: str | None = None) -> list[Activity]:
        """The activities of a course, or for an assignment."""
        query = sa.select(lti_activities).order_by(lti_activities.c.id)
        if course is not None:
            query = query.where(lti_activities.c.course == course)
        if assignment is not None:
            query = query.where(lti_activities.c.assignment == assignment)
        with self._database.read() as connection:
            return [_activity(row) for row in connection.execute(query)]

    def release(self, activity: int, released: bool) -> None:
        """Let the scores of an activity be sent, or hold back those that come."""
        where = lti_activities.c.id == activity
        with self._database.write() as connection:
            connection.execute(lti_activities.update().where(where).values(released=released))

    def enrol(self, course: Course, subject: str, name: str, role: str) -> str:
        """Note who is in a course; the name under which their work is kept, which stays as it was at first.

        Args:
            subject: the platform's own id of them.
            name: what people call them; empty where the platform does not say.
        """
        person = {"platform": course.platform, "subject": subject}
        with self._database.write() as connection:
            own = student_name(f"{course.platform} {subject}", name)
            id = kept(connection, lti_people, person, person, person | {"student": own})
            place = {"course": course.id, "person": id}
            kept(connection, lti_enrolments, place, place | {"role": role}, place | {"role": role})
            found = sa.select(lti_people.c.student).where(lti_people.c.id == id)
            return str(connection.execute(found).scalar_one())

    def members(self, course: int, role: str | None = None) -> frozenset[str]:
        """The names under which the work of a course's people is kept."""
        query = sa.select(lti_people.c.student).join(lti_enrolments).where(lti_enrolments.c.course == course)
        if role is not None:
            query = query.where(lti_enrolments.c.role == role)
        with self._database.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def is_there(self, course: int, student: str, role: str) -> bool:
        """Whether somebody is in a course in that role, and its deployment still stands."""
        where = (lti_enrolments.c.course == course) & (lti_people.c.student == student) & ~lti_deployments.c.removed
        query = (
            sa.select(lti_enrolments.c.role)
            .join(lti_people)
            .join(lti_courses, lti_courses.c.id == lti_enrolments.c.course)
            .join(lti_deployments, lti_deployments.c.id == lti_courses.c.deployment)
        )
        with self._database.read() as connection:
            return connection.execute(query.where(where)).scalar() == role


def student_name(identity: str, name: str) -> str:
    """A name that people can read, and that nobody else on any platform has."""
    digest = hashlib.sha256(identity.encode()).hexdigest()[:10]
    return storable(f"{one_line(name, 60) or NAMELESS} {digest}")


def kept(
    connection: sa.Connection,
    table: sa.Table,
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    new: Mapping[str, Any],
) -> int:
    """The number of a row of that key, which has these values now.

    Args:
        new: its values where it is new.
    """
    where = sa.and_(*(table.c[name] == value for name, value in key.items()))
    found = connection.execute(sa.select(table.c.id).where(where)).scalar()
    if found is None:
        return int(connection.execute(table.insert().values(**new).returning(table.c.id)).scalar_one())
    connection.execute(table.update().where(where).values(**values))
    return int(found)


def _courses() -> sa.Select[Any]:
    return sa.select(lti_courses, lti_platforms.c.id.label("platform")).select_from(
        lti_courses.join(lti_deployments).join(lti_platforms)
    )


def _course(row: Any) -> Course:
    return Course(row.id, row.platform, row.title, row.members)


def _activity(row: Any) -> Activity:
    return Activity(row.id, row.course, row.assignment, json.loads(row.endpoint), row.released)


def texts(found: Any) -> Sequence[str]:
    """The texts of a list that somebody else has made."""
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
