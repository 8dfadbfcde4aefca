"""Grades a class on this machine with several worker processes, and resumes where an earlier run stopped."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import graders
from graders import catalog, engine
from graders.catalog import Assignment
from graders.checking import derive, use_one_thread
from graders.imdb import Prepared
from graders.model import Check, Outcome, QuestionReport, Report, Submission, Verdict
from graders.report.finished import Finished, finish, unfinished
from graders.runners import gpu
from graders.runners.cluster import Cluster
from graders.runners.pool import Factory, Lost, Pool, Work
from graders.runners.trials import refuse_open_walls
from graders.sandbox import Sandbox
from graders.spool import Spool, Tasks
from graders.store import Store, is_whole

POISONED = (
    "The grader itself broke down each time it tried this notebook. This costs you nothing: "
    "staff have been told and will look at it."
)
OnReport = Callable[[Finished, bool], None]


@dataclass(frozen=True)
class Course:
    """What stays the same for every submission of a run.

    Attributes:
        secret: decides, with a submission's hash, every random draw.
        unsafe: whether to grade even where the sandbox's walls do not hold.
    """

    assignment: Assignment
    root: Path
    profile: str = "quick"
    secret: bytes = b""
    unsafe: bool = False

    def room(self) -> int:
        """How many submissions this machine has room for at a time."""
        device = str(self.assignment.parameters(self.profile).get("DEVICE", "cpu"))
        return cpus() if device == "cpu" else min(cpus(), gpu.room(self.assignment.limits.gpu_memory_mb))

    def factory(self) -> Factory:
        """What makes a worker's tool."""
        assignment = self.assignment
        prepared, parameters = assignment.reviews, dict(assignment.parameters(self.profile))
        return partial(grading, assignment.id, self.root, self.profile, self.secret, self.unsafe, prepared, parameters)


def grade_class(
    submissions: Sequence[Submission],
    course: Course,
    store: Store,
    *,
    jobs: int | None = None,
    regrade: bool = False,
    factory: Factory | None = None,
    pool: Pool | Cluster | None = None,
    spool: Spool | None = None,
    on_report: OnReport = lambda report, fresh: None,
) -> None:
    """Grade what is new or changed; every report is in the store before `on_report` hears of it.

    Args:
        jobs: worker processes; as many as there are CPUs when None, and as fit on the GPU where one is used.
        regrade: grade everything again.
        factory: makes a worker's tool; the engine in a sandbox when None.
        pool: answers the tasks; worker processes on this machine when None.
        spool: where the submissions' bytes are, if they are without.
        on_report: called with each report and whether it was graded now or found in the store.

    Raises:
        Stopped: on SIGINT or SIGTERM, with all that was graded so far in the store.
        SandboxError: no worker can start here.
        StoreError: the database cannot be read or written.
    """
    todo: list[tuple[Submission, Report | None]] = []
    for submission in submissions:
        done = store.find(submission, course.profile, course.assignment.digest, cells=False)
        if done is not None and is_whole(done) and not regrade:
            on_report(unfinished(done), False)
        else:
            todo.append((submission, None if regrade else _usable(store.previous(submission, course.profile))))
    if not todo:
        return
    pool = pool or Pool(factory or course.factory(), jobs or course.room())
    tasks = Tasks(todo, spool)
    with closing(pool.run(tasks)) as answers:  # whatever happens here, the workers go
        for number, answer in answers:
            submission = tasks[number][0]
            if isinstance(answer, Lost):
                answer = finish(poisoned(submission, course, answer.detail), title=course.assignment.title)
            store.keep(replace(answer.report, submission=submission), answer.cells)
            on_report(answer, True)


@contextmanager
def grading(
    id: str,
    root: Path,
    profile: str,
    secret: bytes,
    unsafe: bool,
    reviews: Prepared | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Iterator[Work]:
    """A worker's tool: grades a submission (and what is still valid of an earlier report) with a sandbox of its own.

    Args:
        parameters: the profile's, where they are others than those of `assignment.toml`.
    """
    loaded = catalog.load(id, root)
    assignment = loaded.prepared(profile, parameters or loaded.parameters(profile), reviews)
    assignment.load_reference()  # by workers only: whoever hands out the work need not wait for it, nor hold it
    use_one_thread()
    walls = "none" if unsafe else "auto"
    on_gpu = str(assignment.parameters(profile).get("DEVICE", "cpu")) != "cpu"
    with Sandbox(assignment.probes_path, assignment.data, assignment.limits, walls, gpu=on_gpu) as sandbox:
        if not unsafe:
            refuse_open_walls(sandbox)

        def work(task: tuple[Submission, Report | None]) -> Finished:
            submission, previous = task
            report = engine.grade(submission, assignment, sandbox, profile=profile, secret=secret, previous=previous)
            return finish(report, title=assignment.title)

        yield work


def poisoned(submission: Submission, course: Course, detail: str) -> Report:
    """The report of a submission that took down every worker that tried it: all verdicts are `internal`."""

    def verdict(check: Check) -> Verdict:
        blank = Verdict(check.name, check.title, Outcome.INTERNAL, None, check.points, check.public)
        return replace(blank, message=POISONED, detail=detail)

    assignment = course.assignment
    grader = {"version": graders.__version__, "digest": assignment.digest, "profile": course.profile}
    questions = (
        QuestionReport(q.id, q.title, tuple(map(verdict, q.checks)), q.points, assignment.digests[q.id])
        for q in assignment.questions
    )
    return Report(
        assignment.id,
        submission,
        tuple(questions),
        grader | {"seed": f"{derive(course.secret, submission.sha256):032x}"},
        notices=(POISONED,),
    )


def cpus() -> int:
    """How many CPUs this process may use."""
    return len(os.sched_getaffinity(0))


def _usable(report: Report | None) -> Report | None:
    """An earlier report without the questions in which we failed, so that those are tried again."""
    if report is None:
        return None
    whole = (q for q in report.questions if all(v.outcome is not Outcome.INTERNAL for v in q.verdicts))
    return replace(report, questions=tuple(whole))
