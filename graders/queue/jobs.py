"""The queue in the database: jobs are claimed, kept alive, finished once each, and claimed again from the dead."""

from __future__ import annotations

import json
import time
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from graders.archive.database import Database
from graders.archive.record import submission_from_record
from graders.archive.store import keep_report, next_turn
from graders.archive.tables import crews, jobs, reports, submissions, uploads
from graders.model import Report, Submission
from graders.queue.order import Waiting, first_try, next_of
from graders.queue.rules import Stage
from graders.report.clean import storable

LEASE = 60.0  # seconds after which a job of which nobody has said that they are at it is anybody's again
HOUR = 3600.0
LAST = 50  # jobs, by which we know how long others take
WAITING, RUNNING, KEPT, DONE = "waiting", "running", "kept", "done"
OnMarks = Callable[[str, str], None]  # of an assignment and a student whose marks stand, or have changed


def nobody(assignment: str, student: str) -> None:
    """Notify nobody of marks."""


@dataclass(frozen=True)
class ClaimedJob:
    """A job that was claimed.

    Attributes:
        packed: the file as it was uploaded, where it holds more than the submission; else empty.
        tries: how often it has been claimed.
        slow: whether a first try was broken off since it took long.
        seconds: of processor time, after which this try is to be broken off; None where it is not.
    """

    id: int
    stage: Stage
    submission: Submission
    name: str
    packed: bytes
    tries: int
    slow: bool = False
    seconds: float | None = None


class Jobs:
    """The queue of one assignment, as one crew of workers sees it.

    Args:
        crew: the crew's name, which no other has.
        lease: seconds that a claim holds without a heartbeat.
        clock: seconds since 1970.
        on_marks: called when a report is kept, at least once, until it has returned.

    Raises:
        StoreError: from every method, when the database cannot be read or written.
    """

    def __init__(
        self,
        database: Database,
        assignment: str,
        crew: str,
        *,
        lease: float = LEASE,
        clock: Callable[[], float] = time.time,
        on_marks: OnMarks = nobody,
    ) -> None:
        self.assignment, self.crew = assignment, crew
        self._database, self._lease, self._clock, self._on_marks = database, lease, clock, on_marks

    def claim(self, stages: Collection[Stage], *, slow: bool = True) -> ClaimedJob | None:
        """The next job of these stages, now this crew's; None where there is none to be had.

        Args:
            slow: whether it may be one that is known to take long.
        """
        with self._database.read() as connection:
            if not connection.execute(self._open(stages).with_only_columns(jobs.c.id).limit(1)).first():
                return None
        now = self._clock()
        with self._database.write() as connection:
            rows = connection.execute(self._open(Stage)).all()
            live = [row for row in rows if row.state == RUNNING and now - row.beat < self._lease]
            alive = {row.id for row in live}
            waiting = [
                Waiting(row.id, row.student, row.number, Stage(row.stage), row.since, row.slow)
                for row in rows
                if row.id not in alive and (slow or not row.slow)
            ]
            running = [(row.student, Stage(row.stage)) for row in live]
            chosen = next_of(waiting, running, self._had(connection, now), stages)
            if chosen is None:
                return None
            claimed = {"state": RUNNING, "worker": self.crew, "beat": now, "started": now, "tries": jobs.c.tries + 1}
            connection.execute(jobs.update().where(jobs.c.id == chosen.job).values(claimed))
            job = _job(connection, chosen.job)
            return job if job.slow else replace(job, seconds=first_try(job.stage, self._took(connection, job.stage)))

    def beat(self, mine: Collection[int], workers: int, stages: Collection[Stage]) -> None:
        """Say that this crew is alive, and at these jobs."""
        now = self._clock()
        about = {"assignment": self.assignment, "stages": " ".join(stages), "jobs": workers, "beat": now}
        with self._database.write() as connection:
            if not connection.execute(crews.update().where(crews.c.name == self.crew).values(about)).rowcount:
                connection.execute(crews.insert().values(name=self.crew, **about))
            if mine:
                connection.execute(jobs.update().where(self._mine(mine)).values(beat=now))

    def let_go(self) -> None:
        """Give back at once all that this crew is at; it has ended, or is about to."""
        with self._database.write() as connection:
            where = (jobs.c.worker == self.crew) & (jobs.c.state == RUNNING)
            connection.execute(jobs.update().where(where).values(state=WAITING))
            connection.execute(crews.delete().where(crews.c.name == self.crew))

    def put_behind(self, job: ClaimedJob) -> bool:
        """Let a job wait again, which takes long, and what follows it; False where it is not this crew's any more."""
        with self._database.write() as connection:
            waits = {"state": WAITING, "slow": True}
            if not connection.execute(jobs.update().where(self._mine([job.id])).values(waits)).rowcount:
                return False
            upload = sa.select(jobs.c.upload).where(jobs.c.id == job.id).scalar_subquery()
            follow = (jobs.c.upload == upload) & (jobs.c.id > job.id) & (jobs.c.stage != Stage.LATER.value)
            connection.execute(jobs.update().where(follow).values(slow=True))
        return True

    def finish_public(self, job: ClaimedJob, feedback: str) -> bool:
        """Keep what the public checks say; False where the job is not this crew's any more.

        Args:
            feedback: JSON.
        """
        with self._database.write() as connection:
            return self._ended(connection, job, state=DONE, feedback=feedback)

    def finish(self, job: ClaimedJob, report: Report, cells: bytes, page: bytes) -> bool:
        """Keep a report, and notify of the marks; False where the job is not this crew's any more.

        Report and job are kept in one transaction. The report of the student's newest attempt counts, whichever was
        graded last.

        Args:
            cells: as `record.pack_cells` packed them.
            page: the report's page, compressed.
        """
        with self._database.write() as connection:
            if not self._ended(connection, job, state=KEPT, page=page):
                return False
            keep_report(connection, replace(report, submission=job.submission), cells)
            _let_newest_count(connection, job.submission.assignment, job.submission.student)
        self.notify()
        return True

    def notify(self) -> None:
        """Notify of all marks that were kept; also of those of a crew that was killed before it could."""
        columns = (jobs.c.id, uploads.c.student)
        query = sa.select(*columns).join_from(jobs, uploads, jobs.c.upload == uploads.c.id)
        with self._database.read() as connection:
            kept = connection.execute(
                query.where((jobs.c.state == KEPT) & (uploads.c.assignment == self.assignment))
            ).all()
        for id, student in kept:
            self._on_marks(self.assignment, student)
            with self._database.write() as connection:
                connection.execute(jobs.update().where((jobs.c.id == id) & (jobs.c.state == KEPT)).values(state=DONE))

    def again(self) -> int:
        """Have everything done again in which we failed; how many jobs that is."""
        found = sa.select(jobs.c.id, reports.c.record).join_from(jobs, uploads, jobs.c.upload == uploads.c.id)
        found = found.join(reports, reports.c.submission == uploads.c.submission)
        with self._database.write() as connection:
            rows = connection.execute(
                found.where((jobs.c.state == DONE) & (jobs.c.stage != Stage.PUBLIC.value) & self._ours()).order_by(
                    reports.c.turn
                )
            ).all()
            newest = dict(tuple(row) for row in rows)  # of several reports the last stays
            ids = [id for id, record in newest.items() if '"internal"' in record]
            changes = {"state": WAITING, "tries": 0, "since": self._clock()}
            for id in ids:
                connection.execute(jobs.update().where(jobs.c.id == id).values(changes))
        return len(ids)

    def _open(self, stages: Collection[Stage] | type[Stage]) -> sa.Select[tuple[object, ...]]:
        """The jobs that are not finished; of those of an attempt, the first stage alone."""
        earlier = jobs.alias()
        before = sa.exists().where(
            (earlier.c.upload == jobs.c.upload)
            & earlier.c.state.in_((WAITING, RUNNING))
            & (earlier.c.id < jobs.c.id)  # an attempt's jobs are made in the order of their stages
        )
        columns = (
            jobs.c.id,
            jobs.c.stage,
            jobs.c.state,
            jobs.c.beat,
            jobs.c.since,
            jobs.c.slow,
            uploads.c.student,
            uploads.c.number,
        )
        query = sa.select(*columns).join_from(jobs, uploads, jobs.c.upload == uploads.c.id)
        names = [stage.value for stage in stages]
        return query.where(jobs.c.state.in_((WAITING, RUNNING)) & jobs.c.stage.in_(names) & self._ours() & ~before)

    def _ours(self) -> sa.ColumnElement[bool]:
        return uploads.c.assignment == self.assignment

    def _mine(self, ids: Collection[int]) -> sa.ColumnElement[bool]:
        return jobs.c.id.in_(ids) & (jobs.c.worker == self.crew) & (jobs.c.state == RUNNING)

    def _had(self, connection: sa.Connection, now: float) -> Counter[str]:
        query = sa.select(uploads.c.student, sa.func.count()).join_from(jobs, uploads, jobs.c.upload == uploads.c.id)
        rows = connection.execute(
            query.where((jobs.c.ended > now - HOUR) & self._ours()).group_by(uploads.c.student)
        ).all()
        return Counter({student: int(count) for student, count in rows})

    def _took(self, connection: sa.Connection, stage: Stage) -> list[float]:
        """How many seconds the last jobs of a stage took."""
        took = sa.select(jobs.c.ended - jobs.c.started).join_from(jobs, uploads, jobs.c.upload == uploads.c.id)
        done = took.where((jobs.c.ended > 0) & (jobs.c.stage == stage.value) & self._ours())
        return list(connection.execute(done.order_by(jobs.c.ended.desc()).limit(LAST)).scalars())

    def _ended(self, connection: sa.Connection, job: ClaimedJob, **values: object) -> bool:
        changed = connection.execute(jobs.update().where(self._mine([job.id])).values(ended=self._clock(), **values))
        return bool(changed.rowcount)


def _job(connection: sa.Connection, id: int) -> ClaimedJob:
    columns = (jobs.c.stage, jobs.c.tries, jobs.c.slow, uploads.c.name, uploads.c.content, submissions.c.record)
    query = sa.select(*columns, submissions.c.content.label("read"), uploads.c.number, uploads.c.received)
    query = query.join_from(jobs, uploads, jobs.c.upload == uploads.c.id).join(
        submissions, uploads.c.submission == submissions.c.id
    )
    row = connection.execute(query.where(jobs.c.id == id)).one()
    read = submission_from_record(json.loads(row.record))
    whole = replace(read, content=zlib.decompress(row.read), attempt=row.number, received=row.received)
    packed = zlib.decompress(row.content) if row.content else b""
    return ClaimedJob(id, Stage(row.stage), whole, row.name, packed, row.tries, row.slow)


def _let_newest_count(connection: sa.Connection, assignment: str, student: str) -> None:
    """Let the report of the student's newest graded attempt count, by the turn of the one that was kept last."""
    query = (
        sa.select(reports.c.id).join_from(reports, submissions).join(uploads, uploads.c.submission == submissions.c.id)
    )
    mine = (uploads.c.assignment == assignment) & (uploads.c.student == storable(student))
    order: Sequence[sa.UnaryExpression[object]] = (uploads.c.number.desc(), reports.c.turn.desc())
    newest = connection.execute(query.where(mine).order_by(*order).limit(1)).scalar_one()
    connection.execute(reports.update().where(reports.c.id == newest).values(turn=next_turn(connection)))
