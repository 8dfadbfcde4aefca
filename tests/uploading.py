"""Uploads for tests of the queue, made by hand, and work on them that takes no time."""

import hashlib
import json
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from written_answers import graded

from graders.archive.database import Database
from graders.archive.finished import Finished
from graders.archive.record import pack_cells
from graders.model import Submission
from graders.queue.attempts import Attempts, Author, Receipt, Upload
from graders.queue.jobs import ClaimedJob, Jobs
from graders.queue.rules import Stage, UploadRules
from graders.queue.stages import Task
from graders.runners.supply import Supply

START = datetime(2026, 11, 27, 12, tzinfo=UTC).timestamp()
RULES = UploadRules(an_hour=100)
QUICK = (Stage.PUBLIC, Stage.WHOLE)


class Clock:
    """A clock that moves when a test says so."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        """Seconds since 1970."""
        return self.now


def upload(student: str, text: str = "answer") -> Upload:
    """A notebook with a text in it."""
    content = f"{student}: {text}".encode()
    digest = hashlib.sha256(content).hexdigest()
    return Upload("course.ipynb", content, digest, Submission(student, "course", content, ".ipynb", digest))


def author(student: str, context: str = "dl") -> Author:
    """A student of a course."""
    return Author(student, context, "course")


def receive(
    database: Database, student: str, text: str = "answer", clock: Any = None, rules: UploadRules = RULES
) -> Receipt:
    """Upload a notebook."""
    return Attempts(database, clock or Clock()).receive(author(student), upload(student, text), rules)


def finished(submission: Submission) -> Finished:
    """What a worker makes of a submission; its points are a number in its text, if there is one."""
    made = graded(submission.student, "An essay.", submission=replace(submission, content=b"", beside=()))
    return Finished(made, pack_cells(()), zlib.compress(b"<p>page"), "{}")


def answer(task: Task) -> Finished | str:
    """What a worker says to a task, at once."""
    if task.stage is Stage.PUBLIC:
        return json.dumps({"notices": [], "questions": []})
    return finished(task.submission)


def work(jobs: Jobs, job: ClaimedJob) -> bool:
    """Do a job that was claimed."""
    said = answer(Task(job.stage, job.submission))
    if isinstance(said, str):
        return jobs.finish_public(job, said)
    return jobs.finish(job, said.report, said.cells, said.page or b"")


def work_all(jobs: Jobs, stages: tuple[Stage, ...] = tuple(Stage)) -> list[tuple[Stage, str, int]]:
    """Do all there is: stage, student and attempt of each, in the order in which they came."""
    done = []
    while (job := jobs.claim(stages)) is not None:
        assert work(jobs, job)
        done.append((job.stage, job.submission.student, job.submission.attempt))
    return done


class InThisProcess:
    """A pool without processes: answers each task where it is asked.

    Args:
        work: what a worker would say; `answer` when None.
    """

    def __init__(self, work: Callable[[Task], Finished | str] | None = None) -> None:
        self.work = work

    def serve(self, supply: Supply) -> Generator[tuple[Any, Any], None, None]:
        """Answer until nothing is left."""
        while supply.left is None or supply.left:
            supply.tick(1)
            if (given := supply.take()) is not None:
                yield given[0], (self.work or answer)(given[1])


@contextmanager
def quick_worker() -> Iterator[Any]:
    """A worker's tool that needs no sandbox."""
    yield answer
