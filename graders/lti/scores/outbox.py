"""Scores on their way to gradebooks, in the database: what is wanted, what has arrived, what has failed for good.

A row says that a student's marks may have changed, never what they are: the sender reads them when it sends. So
whatever order changes come in, what arrives last is what stands last; and a score that has arrived is not sent again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from graders.archive.database import Database
from graders.archive.tables import lti_activities, lti_courses, lti_deployments, lti_enrolments, lti_people, lti_scores
from graders.report.clean import storable

LEASE = 180.0  # seconds for which a sender has a score to itself; more than its requests can take
NEW: Mapping[str, Any] = {
    "sent": 0, "arrived": "", "stamp": 0.0, "tries": 0, "due": 0.0, "busy": 0.0, "failed": False, "said": "",
}  # fmt: skip


@dataclass(frozen=True)
class Score:
    """What a gradebook gets.

    Attributes:
        given: never more than `possible`, never less than nothing.
        whole: whether nothing of it is open any more.
    """

    given: float
    possible: float
    whole: bool

    def as_text(self) -> str:
        """The same as it is kept."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Outgoing:
    """A score that a sender has to itself for a while.

    Attributes:
        wanted: the count that has arrived when this one has.
        endpoint: what the platform says of its gradebook.
        subject: the platform's own id of the student.
        arrived: the score that has arrived last, as text; empty for none.
        stamp: the time that was given with it.
    """

    id: int
    wanted: int
    assignment: str
    student: str
    platform: int
    endpoint: Mapping[str, Any]
    subject: str
    arrived: str
    stamp: float
    tries: int
    busy: float


@dataclass(frozen=True)
class ScoreStanding:
    """How it stands with the score of one student in one activity.

    Attributes:
        waiting: whether something has not arrived.
        arrived: the score that has arrived last; None for none.
        said: why it has not arrived.
    """

    id: int
    activity: int
    student: str
    waiting: bool
    failed: bool
    arrived: Score | None
    tries: int
    said: str


def enqueue(database: Database, assignment: str, student: str) -> None:
    """Note that a student's marks may have changed; no network, and nothing for those whom no platform has sent.

    Raises:
        StoreError: the database cannot be written.
    """
    enqueue_all(database, assignment, [student])


def enqueue_all(database: Database, assignment: str, students: Collection[str]) -> None:
    """The same for several students at once."""
    names = [storable(student) for student in students]
    places = (
        sa.select(lti_activities.c.id.label("activity"), lti_people.c.id.label("person"), lti_people.c.student)
        .join(lti_enrolments, lti_enrolments.c.course == lti_activities.c.course)
        .join(lti_people, lti_people.c.id == lti_enrolments.c.person)
        .where((lti_activities.c.assignment == assignment) & (lti_enrolments.c.role == "student"))
    )
    with database.write() as connection:
        for row in connection.execute(places).all():
            if row.student in names:
                _want(connection, row.activity, row.person)


def claim(database: Database, now: float) -> Outgoing | None:
    """The score that waits longest, for its sender alone; None where none is due."""
    open_ = (lti_scores.c.wanted > lti_scores.c.sent) & (lti_scores.c.due <= now) & (lti_scores.c.busy <= now)
    may = lti_activities.c.released & ~lti_deployments.c.removed
    query = _rows().where(open_ & may & ~lti_scores.c.failed)
    with database.write() as connection:
        row = connection.execute(query.order_by(lti_scores.c.due, lti_scores.c.id).limit(1)).first()
        if row is None:
            return None
        _set(connection, row.id, busy=now + LEASE)
    names = ("id", "wanted", "assignment", "student", "platform", "subject", "arrived", "stamp", "tries")
    values = {name: getattr(row, name) for name in names}
    return Outgoing(**values, endpoint=json.loads(row.endpoint), busy=now + LEASE)


def arrive(database: Database, one: Outgoing, arrived: str, stamp: float) -> None:
    """Note what has arrived; what was wanted meanwhile goes on waiting."""
    _end(database, one, sent=one.wanted, arrived=arrived, stamp=stamp, tries=0, due=0.0, said="")


def postpone(database: Database, one: Outgoing, said: str, due: float) -> None:
    """Note why it has not arrived, and when it is tried next."""
    _end(database, one, tries=one.tries + 1, due=due, said=said)


def give_up(database: Database, one: Outgoing, said: str) -> None:
    """Note that it cannot arrive unless a person sees to it."""
    _end(database, one, tries=one.tries + 1, failed=True, said=said)


def again(database: Database, ids: Collection[int]) -> None:
    """Try scores again, which have failed or wait for their next turn."""
    where = lti_scores.c.id.in_(list(ids))
    with database.write() as connection:
        connection.execute(lti_scores.update().where(where).values(failed=False, tries=0, due=0.0))


def standing(database: Database, course: int | None = None) -> list[ScoreStanding]:
    """How it stands with every score, or with those of one course; by name."""
    query = _rows().order_by(lti_people.c.student, lti_scores.c.id)
    if course is not None:
        query = query.where(lti_activities.c.course == course)
    with database.read() as connection:
        return [_standing(row) for row in connection.execute(query)]


def arrived(database: Database, assignment: str) -> dict[str, list[str]]:
    """Student -> the scores that have arrived, as text, one an activity; of everybody whose score may be sent."""
    query = (
        sa.select(lti_people.c.student, lti_scores.c.arrived, lti_scores.c.wanted, lti_scores.c.sent)
        .select_from(lti_activities)
        .join(lti_enrolments, lti_enrolments.c.course == lti_activities.c.course)
        .join(lti_people, lti_people.c.id == lti_enrolments.c.person)
        .join(
            lti_scores,
            (lti_scores.c.activity == lti_activities.c.id) & (lti_scores.c.person == lti_people.c.id),
            isouter=True,
        )
        .where((lti_activities.c.assignment == assignment) & (lti_enrolments.c.role == "student"))
    )
    found: dict[str, list[str]] = {}
    with database.read() as connection:
        for row in connection.execute(query):
            waits = row.wanted is not None and row.wanted > row.sent
            found.setdefault(row.student, []).extend([] if waits else [row.arrived or ""])
    return found


def _rows() -> sa.Select[Any]:
    columns = (
        lti_scores,
        lti_activities.c.assignment,
        lti_activities.c.endpoint,
        lti_people.c.student,
        lti_people.c.subject,
        lti_deployments.c.platform,
    )
    return (
        sa.select(*columns)
        .join(lti_activities, lti_activities.c.id == lti_scores.c.activity)
        .join(lti_people, lti_people.c.id == lti_scores.c.person)
        .join(lti_courses, lti_courses.c.id == lti_activities.c.course)
        .join(lti_deployments, lti_deployments.c.id == lti_courses.c.deployment)
    )


def _want(connection: sa.Connection, activity: int, person: int) -> None:
    where = (lti_scores.c.activity == activity) & (lti_scores.c.person == person)
    change = {"wanted": lti_scores.c.wanted + 1, "failed": False, "tries": 0, "due": 0.0}
    if not connection.execute(lti_scores.update().where(where).values(change)).rowcount:
        connection.execute(lti_scores.insert().values(activity=activity, person=person, wanted=1, **NEW))


def _end(database: Database, one: Outgoing, **values: Any) -> None:
    """End a sender's turn, unless it took so long that another one has it now."""
    where = (lti_scores.c.id == one.id) & (lti_scores.c.busy == one.busy)
    with database.write() as connection:
        newer = connection.execute(sa.select(lti_scores.c.wanted).where(where)).scalar()
        if newer is not None and newer > one.wanted:  # marks have changed meanwhile: that is due at once
            values = {name: value for name, value in values.items() if name in ("sent", "arrived", "stamp")}
        connection.execute(lti_scores.update().where(where).values(busy=0.0, **values))


def _set(connection: sa.Connection, id: int, **values: Any) -> None:
    connection.execute(lti_scores.update().where(lti_scores.c.id == id).values(**values))


def _standing(row: Any) -> ScoreStanding:
    score = Score(**json.loads(row.arrived)) if row.arrived else None
    waiting = row.wanted > row.sent
    return ScoreStanding(row.id, row.activity, row.student, waiting, row.failed, score, row.tries, row.said)
