"""Works through the queue with warm workers, on this machine or on a cluster, for as long as it is let."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graders.archive.classroom.timings import keep_timings
from graders.archive.finished import Finished, finish
from graders.archive.store import Store, is_whole
from graders.errors import IntakeError
from graders.model import Report
from graders.queue.examine import HandedOut, read_upload
from graders.queue.jobs import ClaimedJob, Jobs
from graders.queue.rules import Stage
from graders.queue.stages import BrokenOff, Task
from graders.runners.cluster import Cluster
from graders.runners.local import GradingRun, poisoned, usable
from graders.runners.pool import Lost, Pool, Stopped
from graders.timing import recording, span

PAUSE = 0.2  # seconds between two looks at an empty queue
BEAT = 5.0  # seconds between two heartbeats
SWEEP = 60.0  # seconds between two looks for marks of which nobody was notified
MOST_TRIES = 20  # claims of a job that ended with the machine, after which it is not tried again
GIVEN_UP = "Whatever graded this ended {count} times before it was done."
OnDone = Callable[[ClaimedJob, str, float], None]  # how a job ended, and the seconds it took


@dataclass
class Crew:
    """Where a pool's tasks come from, and where its answers go.

    Args:
        stages: those that are done here.
        once: whether to end as soon as nothing waits.
        on_done: called after each job.
    """

    jobs: Jobs
    store: Store
    course: GradingRun
    release: HandedOut
    stages: Sequence[Stage] = (Stage.PUBLIC, Stage.WHOLE)
    once: bool = False
    on_done: OnDone = lambda job, how, seconds: None
    pause: float = PAUSE
    _since: dict[int, float] = field(default_factory=dict)
    _mine: dict[int, ClaimedJob] = field(default_factory=dict)
    _beat: float = 0.0
    _swept: float = 0.0
    _empty: bool = False
    _workers: int = 1

    def run(self, pool: Pool | Cluster) -> Stopped | None:
        """Work until a signal comes, which is given back, or, where `once`, until nothing waits.

        Raises:
            GradersError: no worker can start here, or the database fails.
        """
        try:
            for id, answer in pool.serve(self):
                self._keep(self._mine.pop(id), answer)
        except Stopped as stopped:
            return stopped
        finally:
            self.jobs.let_go()
        return None

    @property
    def left(self) -> int | None:
        """Nothing, once an emptied queue is the end; else there is no end."""
        return 0 if self.once and self._empty else None

    def tick(self, workers: int) -> None:
        """Say that this crew is alive, and how many work for it."""
        self._workers, now = workers, time.monotonic()
        if now - self._beat >= BEAT or not self._beat:
            self.jobs.beat(list(self._mine), workers, self.stages)
            self._beat = now
        if now - self._swept >= SWEEP or not self._swept:
            self.jobs.notify()
            self._swept = now

    def take(self) -> tuple[Any, Any] | None:
        """Claim jobs until there is one that a worker has to do."""
        while (job := self.jobs.claim(self.stages, slow=self._may_be_slow)) is not None:
            self._empty = False
            self._mine[job.id], self._since[job.id] = job, time.monotonic()
            found = self._known(job)
            if isinstance(found, Task):
                return job.id, found
            self._keep(self._mine.pop(job.id), found)
        self._empty = not self._mine
        return None

    @property
    def _may_be_slow(self) -> bool:
        """Whether a worker may be held by what takes long: the last one is for what does not."""
        return sum(job.slow for job in self._mine.values()) < max(1, self._workers - 1)

    def _known(self, job: ClaimedJob) -> Task | Finished | Lost:
        """What is known of a job without a worker; else a worker's task."""
        if job.tries > MOST_TRIES:
            return Lost(GIVEN_UP.format(count=MOST_TRIES))
        submission = job.submission
        if job.packed:
            try:
                beside = read_upload(job.name, job.packed, self.release, submission.student).beside
            except IntakeError as error:
                return Lost(str(error))
            submission = replace(submission, beside=beside)
        if job.stage is Stage.PUBLIC:
            return Task(job.stage, submission, seconds=job.seconds)
        found = self.store.find(submission, self.course.profile, self.course.assignment.digest)
        if found is not None and is_whole(found):
            return finish(found, title=self.course.assignment.title)
        previous: Report | None = usable(self.store.previous(submission, self.course.profile))
        return Task(job.stage, submission, previous, job.seconds)

    def _keep(self, job: ClaimedJob, answer: Any) -> None:
        seconds = time.monotonic() - self._since.pop(job.id)
        if isinstance(answer, BrokenOff):
            self.on_done(job, "slow" if self.jobs.put_behind(job) else "taken", seconds)
            return
        if job.stage is Stage.PUBLIC:
            lost = isinstance(answer, Lost)
            kept = self.jobs.finish_public(job, json.dumps({"fault": True}) if lost else answer)
        else:
            if lost := isinstance(answer, Lost):
                report = poisoned(job.submission, self.course, answer.detail)
                answer = finish(report, title=self.course.assignment.title)
            with recording(answer.spans) as record, span("store", "keeping the report"):
                kept = self.jobs.finish(job, answer.report, answer.cells, answer.page or b"")
            if kept and answer.spans:
                keep_timings(self.store.database, answer.report, record.spans)
        self.on_done(job, "lost" if lost else "done" if kept else "taken", seconds)
