"""Grades a class on this machine with several worker processes, and resumes where an earlier run stopped."""

from __future__ import annotations

import functools
import gc
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import graders
from graders.archive.classroom.timings import keep_timings
from graders.archive.finished import Finished, finish, timed, unfinished, warm_up
from graders.archive.spool import Spool, Tasks
from graders.archive.store import Store, is_whole
from graders.bounded import lasting
from graders.catalog import loader
from graders.catalog.assignment import Assignment, Data
from graders.grading import engine, verdicts
from graders.grading.checking import derive, use_one_thread
from graders.model import Outcome, QuestionReport, Report, Submission
from graders.notebooks.restore import provided_by
from graders.runners import mps
from graders.runners.cluster import Cluster
from graders.runners.pool import Factory, Lost, Pool, Work
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.limits import Limits
from graders.sandbox.selftest.abilities import refuse_less_than_promised
from graders.sandbox.selftest.gpu_trial import refuse_without_gpu, try_inside, why_not
from graders.sandbox.selftest.trials import refuse_open_walls
from graders.timing import recording, span

OnReport = Callable[[Finished, bool], None]
Grade = Callable[..., Report]  # of an assignment, a submission, an earlier report


@dataclass(frozen=True)
class SandboxNeeds:
    """What a sandbox is made with: see `Sandbox`."""

    beside: Path | None
    data: Path | None
    limits: Limits
    packages: tuple[str, ...]
    gpu: bool


@dataclass(frozen=True)
class GradingRun:
    """What stays the same for every submission of a run; a worker, which gets it pickled, loads the assignment again.

    Attributes:
        id: the assignment's.
        secret: decides, with a submission's hash, every random draw.
        unsafe: whether to grade even where the sandbox's walls do not hold.
        data: the prepared data sets, where the profile asks for any.
        parameters: the profile's, where they are others than those of `assignment.toml`.
        known_needs: what the sandbox needs, where that is known before the assignment is loaded: it takes longest.
        known_digests: those of the prepared assignment's questions, where they have been computed on this machine.
    """

    id: str
    root: Path
    profile: str
    secret: bytes = b""
    unsafe: bool = False
    data: Data | None = None
    parameters: Mapping[str, Any] | None = None
    known_needs: SandboxNeeds | None = field(default=None, compare=False)
    known_digests: Mapping[str, str] | None = field(default=None, compare=False)

    @classmethod
    def of(
        cls, assignment: Assignment, root: Path, profile: str, secret: bytes = b"", unsafe: bool = False
    ) -> GradingRun:
        """A run of an assignment that is loaded already, as its profile was prepared."""
        parameters = dict(assignment.parameters(profile))
        run = cls(assignment.id, root, profile, secret, unsafe, assignment.prepared_data, parameters)
        vars(run)["assignment"] = assignment
        return run

    def __getstate__(self) -> dict[str, Any]:
        """The fields; a worker is to know what its sandbox needs before it has loaded the assignment."""
        return {one.name: getattr(self, one.name) for one in fields(self)} | {"known_needs": self.needs}

    @functools.cached_property
    def assignment(self) -> Assignment:
        """The assignment, prepared for the profile."""
        loaded = loader.load(self.id, self.root, known=self.known_digests)
        made = loaded.prepared(self.profile, self.parameters or loaded.parameters(self.profile), self.data)
        return replace(made, digests=self.known_digests) if self.known_digests else made

    @property
    def on_gpu(self) -> bool:
        """Whether models are trained on a GPU."""
        return str(self.assignment.parameters(self.profile).get("DEVICE", "cpu")) != "cpu"

    @property
    def needs(self) -> SandboxNeeds:
        """What the sandbox needs."""
        if self.known_needs is not None:
            return self.known_needs
        made = self.assignment
        return SandboxNeeds(made.beside, made.data, made.limits, made.packages, self.on_gpu)

    def factory(self) -> Factory:
        """What makes a worker's tool, wherever it works; each finds out by itself which grader it has."""
        return partial(grading, self)

    @property
    def here(self) -> GradingRun:
        """The same for workers on this machine, who have the very grader that this process has."""
        return replace(self, known_needs=self.needs, known_digests=self.assignment.digests)


def grade_class(
    submissions: Sequence[Submission],
    course: GradingRun,
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
            todo.append((submission, None if regrade else usable(store.previous(submission, course.profile))))
    if not todo:
        return
    tasks = Tasks(todo, spool)
    with ExitStack() as stack:  # whatever happens here, the workers go
        pool = pool or stack.enter_context(workers(course, factory or course.here.factory(), jobs))
        for number, answer in stack.enter_context(closing(pool.run(tasks))):
            submission = tasks[number][0]
            if isinstance(answer, Lost):
                answer = finish(poisoned(submission, course, answer.detail), title=course.assignment.title)
            with recording(answer.spans) as record:
                with span("store", "keeping the report"):
                    store.keep(replace(answer.report, submission=submission), answer.cells)
                on_report(answer, True)
            keep_timings(store.database, answer.report, record.spans)


@contextmanager
def workers(course: GradingRun, factory: Factory, jobs: int | None) -> Iterator[Pool]:
    """Worker processes on this machine, which share its GPUs over a server of MPS where one starts."""
    if not course.on_gpu:
        yield Pool(factory, jobs or cpus())
        return
    with mps.seats(jobs) as seats:
        yield Pool(factory, jobs or min(cpus(), len(seats)), seats)


@contextmanager
def grading(course: GradingRun) -> Iterator[Work]:
    """A worker's tool: grades a submission (and what is still valid of an earlier report) with a sandbox of its own."""
    with bench(course) as grade:

        def work(task: tuple[Submission, Report | None]) -> Finished:
            submission, previous = task
            return timed(partial(grade, course.assignment, submission, previous), title=course.assignment.title)

        yield work


@contextmanager
def bench(course: GradingRun) -> Iterator[Grade]:
    """What grades a submission by an assignment, the course's or a part of it, in a sandbox that stays warm."""
    needs, walls = course.needs, "none" if course.unsafe else "auto"
    places = needs.beside, needs.data, needs.limits
    made = partial(Sandbox, *places, walls, gpu=needs.gpu, packages=needs.packages)
    with ExitStack() as stack:
        sandbox = made(alone=False)
        stack.callback(sandbox.close)
        sandbox.begin()
        assignment = course.assignment
        assignment.load_reference()  # by workers only: anyone who hands out the work need not wait for it, nor hold it
        use_one_thread()
        warm_up(assignment.release)
        provided_by(assignment.release)
        sandbox.warm()
        gc.freeze()  # a collection in a copy of this process, which reads a file or lays out a page, copied it all
        if not course.unsafe:
            refuse_open_walls(sandbox)
        if sandbox.shared and why_not(try_inside(sandbox)):
            sandbox = stack.enter_context(made(alone=True))
        if needs.gpu:
            refuse_without_gpu(try_inside(sandbox))
        refuse_less_than_promised(sandbox)
        stack.enter_context(lasting(assignment.release))

        def grade(
            part: Assignment,
            submission: Submission,
            previous: Report | None,
            *,
            seconds: float | None = None,  # of a first try
        ) -> Report:
            limits = None if seconds is None else needs.limits.brief(seconds)
            graded = partial(engine.grade, submission, part, profile=course.profile, secret=course.secret)
            graded = partial(graded, previous=previous, limits=limits)
            sandbox.doubtful = False
            report = graded(sandbox)
            if sandbox.doubtful:
                with made(alone=True) as apart:
                    report = graded(apart)
            return report

        yield grade


def poisoned(submission: Submission, course: GradingRun, detail: str) -> Report:
    """The report of a submission that took down every worker that tried it: all verdicts are `internal`."""
    assignment = course.assignment
    grader = {"version": graders.__version__, "digest": assignment.digest, "profile": course.profile}
    grader["seed"] = f"{derive(course.secret, submission.sha256):032x}"
    questions = []
    for q in assignment.questions:
        found = tuple(verdicts.poisoned(check, detail) for check in q.checks)
        questions.append(QuestionReport(q.id, q.title, found, q.points, assignment.digests[q.id]))
    return Report(assignment.id, submission, tuple(questions), grader, notices=(verdicts.POISONED,))


def cpus() -> int:
    """How many CPUs this process may use."""
    return len(os.sched_getaffinity(0))


def usable(report: Report | None) -> Report | None:
    """An earlier report without the questions in which we failed, so that those are tried again."""
    if report is None:
        return None
    whole = (q for q in report.questions if all(v.outcome is not Outcome.INTERNAL for v in q.verdicts))
    return replace(report, questions=tuple(whole))
