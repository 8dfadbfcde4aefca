"""A crew with worker processes: what was graded before is found again, a dead worker costs nothing."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from queue_workers import killer
from real_ray import cluster
from small_course import course
from uploading import QUICK, Clock, InThisProcess, answer, receive, work_all

from graders.archive.store import Store
from graders.archive.tables import jobs
from graders.catalog.assignment import Assignment
from graders.intake.submissions import find_submissions
from graders.model import Outcome
from graders.notebooks.notebook import Notebook
from graders.queue.crew import Crew
from graders.queue.examine import HandedOut
from graders.queue.jobs import Jobs
from graders.queue.rules import Stage
from graders.queue.stages import BrokenOff, Task, public_part, staged
from graders.runners.cluster import Cluster
from graders.runners.local import GradingRun
from graders.runners.pool import Factory, Pool

ROOT = Path(__file__).parents[2]


def crew(store: Store, heard: list[str], **more: Any) -> Crew:
    """A crew that ends when nothing waits."""
    queue = Jobs(store.database, "course", "one", clock=Clock())
    release = HandedOut("course", Notebook(()), 1)
    return Crew(queue, store, course(), release, once=True, on_done=lambda job, how, _: heard.append(how), **more)


@contextmanager
def hands(where: str, factory: Factory) -> Iterator[Pool | Cluster]:
    """Two workers on this machine, or two actors of a cluster."""
    if where == "local":
        yield Pool(factory, 2)
        return
    with cluster(2) as address:
        yield Cluster(factory, None, address)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("where", ["local", "ray"])
def test_workers_that_die_cost_nothing_and_poison_is_our_fault(where: str, tmp_path: Path) -> None:
    """Two of three workers die on one upload, every one on another: that is left undecided, and done again if asked."""
    heard: list[str] = []
    with Store(tmp_path / "graders.db") as store:
        for student in ("well", "unlucky", "poison"):
            receive(store.database, student)
        with hands(where, partial(killer, tmp_path)) as pool:
            assert crew(store, heard).run(pool) is None
        reports = {report.submission.student: report for report in store.latest("course")}
        outcomes = {v.outcome for q in reports["poison"].questions for v in q.verdicts}
        with store.database.read() as connection:
            feedback = list(connection.execute(sa.select(jobs.c.feedback).where(jobs.c.stage == "public")).scalars())
        queue = Jobs(store.database, "course", "two", clock=Clock())
        assert queue.again() == 1
        assert [student for _, student, _ in work_all(queue, QUICK)] == ["poison"] and queue.again() == 0
    assert sorted(heard) == ["done"] * 4 + ["lost"] * 2 and set(reports) == {"well", "unlucky", "poison"}
    assert outcomes == {Outcome.INTERNAL} and [json.loads(text) for text in feedback].count({"fault": True}) == 1


def test_what_was_graded_already_is_not_graded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The very file of an earlier attempt, after another one."""
    asked: list[Stage] = []
    heard: list[str] = []

    def noted(task: Task) -> Any:
        asked.append(task.stage)
        return answer(task)

    monkeypatch.setattr("uploading.answer", noted)
    with Store(tmp_path / "graders.db") as store:
        for text in ("a", "b", "a"):
            receive(store.database, "ada", text)
            crew(store, heard).run(InThisProcess())  # type: ignore[arg-type]
        assert [report.submission.attempt for report in store.latest("course")] == [3]
    assert heard == ["done"] * 6


def test_what_takes_long_is_broken_off_once_and_leaves_a_worker_to_the_others(tmp_path: Path) -> None:
    """Of three workers two may be held by what is known to take long; what is quick goes before it."""
    heard: list[str] = []

    def long_for_ada(task: Task) -> Any:
        slow = task.submission.student.startswith("ada") and task.stage is Stage.PUBLIC and task.seconds is not None
        return BrokenOff() if slow else answer(task)

    with Store(tmp_path / "graders.db") as store:
        for student in ("ada", "ada 2", "ada 3", "bob"):
            receive(store.database, student)
        crew(store, heard).run(InThisProcess(long_for_ada))  # type: ignore[arg-type]
        assert heard == ["slow"] * 3 + ["done"] * 8 and len(store.latest("course")) == 4
        for student in ("ada", "ada 2", "ada 3"):
            receive(store.database, student, "again")
        queue = Jobs(store.database, "course", "one", clock=Clock())
        for job in [queue.claim(QUICK) for _ in range(3)]:
            assert job is not None and queue.put_behind(job)
        held = crew(store, heard)
        held.tick(3)
        assert [held.take() is not None for _ in range(3)] == [True, True, False]
        receive(store.database, "cyd")
        given = held.take()
        assert given is not None and given[1].submission.student == "cyd"


def test_a_notebook_that_loops_is_broken_off_and_then_done_to_its_end(practical09: Assignment) -> None:
    """In a cell or in a function; the same notebook, given all its time, gets the feedback that it would have got."""
    run = GradingRun.of(practical09, ROOT, "quick")
    looping = [
        handed_in
        for name in ("cell_loops_forever", "loops_forever")
        for handed_in in find_submissions(ROOT / "submissions/practical09" / name, "practical09")
    ]
    (right,) = find_submissions(ROOT / "submissions/practical09/correct", "practical09")
    with staged(run) as work:
        for handed_in in looping:
            assert isinstance(work(Task(Stage.PUBLIC, handed_in, seconds=1.0)), BrokenOff)
            assert isinstance(work(Task(Stage.WHOLE, handed_in, seconds=1.0)), BrokenOff)
        assert work(Task(Stage.PUBLIC, right, seconds=30.0)) == work(Task(Stage.PUBLIC, right))


def test_public_checks_come_alone_from_the_same_sandbox(practical09: Assignment) -> None:
    """Those of the real assignment, on a notebook with one mistake; nothing hidden is run or said."""
    part = public_part(practical09)
    assert all(check.public and not check.written for question in part.questions for check in question.checks)
    run = GradingRun.of(practical09, ROOT, "quick")
    (handed_in,) = find_submissions(ROOT / "submissions/practical09/transposed_weights", "practical09")
    with staged(run) as work:
        said = json.loads(work(Task(Stage.PUBLIC, handed_in)))
    lines = [verdict for question in said["questions"] for verdict in question["verdicts"]]
    assert len(lines) == sum(len(question.checks) for question in part.questions)
    assert [line["outcome"] for line in lines].count("passed") == len(lines) - 1
    assert all(set(line) == {"title", "outcome", "word", "message", "hint"} for line in lines)
