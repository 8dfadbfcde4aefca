"""Where everybody's attempts stand, and for how long they will wait: one look at the database for all who ask."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from graders.archive.database import Database
from graders.archive.tables import crews, jobs, uploads
from graders.queue.jobs import DONE, HOUR, KEPT, LEASE, RUNNING
from graders.queue.order import Waiting, in_order, lane
from graders.queue.rules import Stage

FRESH = 1.0  # seconds for which a look is good
GUESS = {Stage.PUBLIC: 2.0, Stage.WHOLE: 6.0, Stage.LATER: 600.0}  # seconds of a job, before any has been done
SLOW_GUESS = 120.0  # the same of one that takes long
Kind = tuple[Stage, bool]  # a stage, and whether a job takes long


@dataclass(frozen=True)
class AttemptStatus:
    """Where one attempt stands.

    Attributes:
        done: the stages that are done.
        stage: what is done now or next; None where all is done.
        running: whether it is being done.
        place: how many are to be done first, and itself; 0 where it is running or done.
        seconds: until the stage is done, as far as anybody can tell; None where nobody works at it.
        slow: whether it takes long, so that others come first.
    """

    done: frozenset[Stage] = frozenset()
    stage: Stage | None = None
    running: bool = False
    place: int = 0
    seconds: float | None = None
    slow: bool = False


@dataclass(frozen=True)
class Look:
    """The queue at one moment.

    Attributes:
        standings: id of each attempt of the assignment of which something was still to be done -> where it stands.
        waiting, running: how many jobs there are of each stage.
        workers: how many processes there are for each stage.
        oldest: seconds for which the oldest job has waited.
    """

    standings: Mapping[int, AttemptStatus]
    waiting: Mapping[Stage, int]
    running: Mapping[Stage, int]
    workers: Mapping[Stage, int]
    oldest: float = 0.0


class Board:
    """Looks at the queue of an assignment; safe for threads, however many ask.

    Raises:
        StoreError: from every method, when the database cannot be read.
    """

    def __init__(self, database: Database, assignment: str, clock: Callable[[], float] = time.time) -> None:
        self._database, self._assignment, self._clock = database, assignment, clock
        self._lock = threading.Lock()
        self._last: tuple[float, Look] | None = None

    def look(self) -> Look:
        """The queue as it was a moment ago."""
        with self._lock:
            now = self._clock()
            if self._last is None or not 0 <= now - self._last[0] < FRESH:
                self._last = now, self._made(now)
            return self._last[1]

    def fresh(self) -> Look | None:
        """The last look where it is still good, for those who cannot wait."""
        last = self._last
        return last[1] if last is not None and 0 <= self._clock() - last[0] < FRESH else None

    def status(self, upload: int) -> AttemptStatus:
        """Where an attempt stands."""
        return self.look().standings.get(upload) or self._finished(upload)

    def feedback(self, upload: int) -> str:
        """What the public checks say of an attempt, as JSON; empty until they have been run."""
        query = sa.select(jobs.c.feedback).where((jobs.c.upload == upload) & (jobs.c.stage == Stage.PUBLIC.value))
        with self._database.read() as connection:
            return str(connection.execute(query).scalar() or "")

    def latencies(self) -> dict[Stage, list[float]]:
        """From the upload until each stage was done, in seconds, within the last hour."""
        query = sa.select(jobs.c.stage, jobs.c.ended - jobs.c.since).join_from(jobs, uploads)
        ours = (uploads.c.assignment == self._assignment) & (jobs.c.ended > self._clock() - HOUR)
        found: dict[Stage, list[float]] = {stage: [] for stage in Stage}
        with self._database.read() as connection:
            for stage, seconds in connection.execute(query.where(ours)):
                found[Stage(stage)].append(seconds)
        return found

    def _finished(self, upload: int) -> AttemptStatus:
        ended = sa.select(jobs.c.stage).where((jobs.c.upload == upload) & jobs.c.state.in_((DONE, KEPT)))
        with self._database.read() as connection:
            return AttemptStatus(frozenset(map(Stage, connection.execute(ended).scalars())))

    def _made(self, now: float) -> Look:
        open = sa.select(jobs.c.upload).where(jobs.c.state.not_in((DONE, KEPT)))
        columns = (jobs.c.id, jobs.c.upload, jobs.c.stage, jobs.c.state, jobs.c.beat, jobs.c.since, jobs.c.slow)
        query = sa.select(*columns, uploads.c.student, uploads.c.number).join_from(
            jobs, uploads, jobs.c.upload == uploads.c.id
        )
        recent = sa.select(jobs.c.stage, jobs.c.slow, uploads.c.student, jobs.c.ended - jobs.c.started)
        recent = recent.join_from(jobs, uploads, jobs.c.upload == uploads.c.id).where(jobs.c.ended > now - HOUR)
        alive = sa.select(crews.c.stages, crews.c.jobs).where(crews.c.beat > now - LEASE)
        ours = uploads.c.assignment == self._assignment
        with self._database.read() as connection:
            rows = connection.execute(query.where(ours & jobs.c.upload.in_(open)).order_by(jobs.c.id)).all()
            ended = [_DoneJob(*row) for row in connection.execute(recent.where(ours))]
            crew = connection.execute(alive.where(crews.c.assignment == self._assignment)).all()
        workers = {stage: sum(row.jobs for row in crew if stage in row.stages.split()) for stage in Stage}
        return _look([_Row(*row) for row in rows], ended, workers, now)


@dataclass(frozen=True)
class _Row:
    """A job of an attempt of which something is still to be done."""

    id: int
    upload: int
    stage: str
    state: str
    beat: float
    since: float
    slow: bool
    student: str
    number: int

    @property
    def kind(self) -> Kind:
        """What it takes about as long as."""
        return Stage(self.stage), self.slow

    def alive(self, now: float) -> bool:
        """Whether somebody is at it."""
        return self.state == RUNNING and now - self.beat < LEASE

    @property
    def over(self) -> bool:
        """Whether it is done."""
        return self.state in (DONE, KEPT)


@dataclass(frozen=True)
class _DoneJob:
    """A job that is done, and the seconds it took."""

    stage: str
    slow: bool
    student: str
    seconds: float


def _look(rows: Sequence[_Row], ended: Sequence[_DoneJob], workers: Mapping[Stage, int], now: float) -> Look:
    running = [row for row in rows if row.alive(now)]
    left = [row for row in rows if not row.over and not row.alive(now)]
    waiting = [Waiting(row.id, row.student, row.number, Stage(row.stage), row.since, row.slow) for row in left]
    had = Counter(one.student for one in ended)
    order = in_order(waiting, [(row.student, Stage(row.stage)) for row in running], had)
    each = {(stage, slow): _mean(ended, stage, slow) for stage in Stage for slow in (False, True)}
    ahead = _ahead(order, each, workers)
    own: dict[int, list[_Row]] = {}
    for row in rows:
        own.setdefault(row.upload, []).append(row)
    return Look(
        {upload: _standing(mine, ahead, each, now) for upload, mine in own.items()},
        Counter(one.stage for one in waiting),
        Counter(Stage(row.stage) for row in running),
        workers,
        max((now - one.since for one in waiting), default=0.0),
    )


def _mean(ended: Sequence[_DoneJob], stage: Stage, slow: bool) -> float:
    found = [one.seconds for one in ended if one.stage == stage.value and one.slow == slow]
    return sum(found) / len(found) if found else SLOW_GUESS if slow else GUESS[stage]


def _ahead(
    order: Sequence[Waiting], each: Mapping[Kind, float], workers: Mapping[Stage, int]
) -> dict[int, tuple[int, float | None]]:
    """A job -> its place in its own lane, and the seconds until it is done."""
    found: dict[int, tuple[int, float | None]] = {}
    places, seconds = Counter[str](), dict.fromkeys(map(lane, Stage), 0.0)
    for one in order:
        name, hands = lane(one.stage), workers[one.stage]
        places[name] += 1
        took = each[one.stage, one.slow]
        seconds[name] += took
        found[one.job] = places[name], max(took, seconds[name] / hands) if hands else None
    return found


def _standing(
    own: Sequence[_Row], ahead: Mapping[int, tuple[int, float | None]], each: Mapping[Kind, float], now: float
) -> AttemptStatus:
    done = frozenset(Stage(row.stage) for row in own if row.over)
    first = next(row for row in own if not row.over)  # jobs of an attempt are made in the order of their stages
    if first.alive(now):
        return AttemptStatus(done, Stage(first.stage), True, 0, each[first.kind], first.slow)
    place, seconds = ahead[first.id]
    return AttemptStatus(done, Stage(first.stage), False, place, seconds, first.slow)
