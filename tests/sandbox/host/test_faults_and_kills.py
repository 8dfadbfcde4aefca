"""Faults of ours cost no student a mark: killed processes, power cuts, full disks, clocks that jump."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from graders.catalog.assignment import Assignment
from graders.errors import OutOfMemory, SandboxError
from graders.grading.engine import grade
from graders.intake.submissions import find_submissions
from graders.model import Outcome, Report, Submission
from graders.notebooks.notebook import ExecCell
from graders.sandbox.host import zygote
from graders.sandbox.host.attempt_process import AttemptProcess
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.inside import scratch

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def half(practical09: Assignment) -> Submission:
    """A real notebook in which not everything is right, and which trains nothing."""
    (found,) = find_submissions(ROOT / "submissions" / "practical09" / "half_empty", practical09.id)
    return found


def marks(report: Report) -> list[tuple[str, str, float | None, str]]:
    """What a student would see."""
    return [(v.check, v.outcome.value, v.points, v.message) for q in report.questions for v in q.verdicts]


def kill(pid: int) -> None:
    """Kill a process, if it has not ended already: the last one may have been killed when all was graded."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def test_a_killed_warm_process_costs_nothing(half: Submission, practical09: Assignment, sandbox: Sandbox) -> None:
    """Whenever the warm process is killed, the marks are those of an undisturbed run."""
    sandbox.warm()
    started = time.monotonic()
    honest = grade(half, practical09, sandbox, secret=b"faults")
    seconds, chance = time.monotonic() - started, random.Random(9)
    for _ in range(6):
        killer = threading.Timer(chance.uniform(0, seconds), kill, (sandbox.warm().pid,))
        killer.start()
        disturbed = grade(half, practical09, sandbox, secret=b"faults")
        killer.join()
        assert marks(disturbed) == marks(honest)


def test_a_warm_process_that_does_not_obey(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is replaced; an answer that it gives too late is never taken for the answer to something else."""
    cells = [ExecCell(0, None, "answer = 42")]
    with monkeypatch.context() as hurry, sandbox.attempt(cells, 0):
        before = sandbox.warm()
        hurry.setattr(zygote, "PATIENCE", 0.2)
        os.kill(before.pid, signal.SIGSTOP)
    for _ in range(2):
        with sandbox.attempt(cells, 0) as attempt, attempt.session() as session:
            assert session.value("answer") == 42
    assert sandbox.warm() is not before and not before.alive


def test_a_machine_without_memory_is_given_up(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where memory runs out before any cell is executed, grading ends with a sentence, not never."""
    starved = iter([OutOfMemory("There is none.")] * 10)

    def ask(*_: object, **__: object) -> None:
        raise next(starved)

    monkeypatch.setattr(AttemptProcess, "ask", ask)
    ended = pytest.raises(SandboxError, match=r"whenever cells are executed: There is none\.")
    with ended, sandbox.attempt([ExecCell(0, None, "answer = 42")], 0):
        pass


def test_a_hundred_power_cuts(tmp_path: Path) -> None:
    """Killed with all its workers at 100 random moments, grading ends with one whole report of every submission."""
    paths = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, sys.path)])
    run = subprocess.run(
        [sys.executable, (Path(__file__).parents[2] / "power.py"), tmp_path, "100"],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["killed"] >= 100 and found["classes"] >= 1 and found["wrong"] == []


@pytest.mark.parametrize("years", [-30, 30])
def test_a_clock_that_jumps(years: int, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits are not measured by the clock on the wall, and no folder that is in use is taken for an old one."""
    now = time.time
    cells = [ExecCell(0, None, "import time\ntime.sleep(0.3)\nanswer = 42")]
    with scratch.own_folder() as ours, sandbox.attempt(cells, 0) as attempt:
        monkeypatch.setattr(time, "time", lambda: now() + years * 3e7)
        with attempt.session() as session:
            assert session.value("answer") == 42
        with Sandbox(None, None) as other, other.attempt(cells, 0) as later:
            assert later.cells[0].outcome is Outcome.PASSED
        assert ours.is_dir() and attempt.cells[0].outcome is Outcome.PASSED
