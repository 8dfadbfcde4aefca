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
from graders.queue.stages import Task, public_part, staged
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
