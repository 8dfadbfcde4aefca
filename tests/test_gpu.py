"""What is different where a GPU is used: tried on any machine as far as it goes, and on a GPU where there is one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from graders.catalog import Assignment
from graders.engine import grade
from graders.intake import find_submissions
from graders.model import Outcome
from graders.notebook import ExecCell
from graders.runners import gpu, trials
from graders.sandbox import Sandbox

ROOT = Path(__file__).parents[1]
TRAINING = """
import torch, os
device = "cuda" if torch.cuda.is_available() else "cpu"
weights = torch.ones(3, device=device, requires_grad=True)
(weights * weights).sum().backward()
def slope():
    again = torch.ones(2, device=device, requires_grad=True)
    (3 * again).sum().backward()
    return again.grad.cpu().tolist(), os.getpid()
"""


@pytest.fixture(scope="module", params=["auto", "none"])
def with_gpu(request: pytest.FixtureRequest, practical09: Assignment) -> Iterator[Sandbox]:
    """A sandbox that lets in a GPU, if there is one, behind all walls and without bubblewrap."""
    limits = replace(practical09.limits, cell_cpu_seconds=30, memory_mb=1024)
    with Sandbox(practical09.probes_path, practical09.data, limits, request.param, gpu=True) as made:
        yield made


def test_gradients_work_in_cells_and_in_every_session(with_gpu: Sandbox) -> None:
    """No session is a fork of a process that has computed gradients: each has executed the cells itself."""
    numbers = set()
    with with_gpu.attempt([ExecCell(0, None, TRAINING)], 0) as attempt:
        assert attempt.cells[0].outcome is Outcome.PASSED, attempt.cells[0].message
        for _ in range(2):
            with attempt.session() as session:
                slope, number = session.call("slope")
                assert slope == [3, 3] and session.call("slope")[1] == number
                numbers.add(number)
    assert with_gpu.gpu


def test_the_walls_hold_with_a_gpu(with_gpu: Sandbox) -> None:
    """All of them: only device nodes of the driver are let in, and memory is watched from outside."""
    found = trials.try_walls(with_gpu)
    assert all(found[trial.name] for trial in trials.TRIALS if trial.minimum), found


def test_real_work_gets_the_same_marks(practical09: Assignment, with_gpu: Sandbox, sandbox: Sandbox) -> None:
    """A notebook is graded alike, forked or executed anew for each question."""
    (half,) = find_submissions(ROOT / "submissions" / "practical09" / "half_empty", practical09.id)
    reports = [grade(half, practical09, one, secret=b"gpu") for one in (with_gpu, sandbox)]
    marks = [[(v.check, v.outcome, v.points) for q in made.questions for v in q.verdicts] for made in reports]
    assert marks[0] == marks[1]


@pytest.mark.parametrize(("told", "free", "fit"), [("81000\n81000\n", 81000, 10), ("", 0, 1), ("[N/A]\n", 0, 1)])
def test_as_many_submissions_as_the_gpu_has_memory_for(
    told: str, free: int, fit: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NVIDIA's tool is asked; where it is missing or says nothing, one at a time."""
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\nprintf '{told}'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert gpu.free_memory() == free and gpu.room(8000) == fit
    tool.unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpu.room(8000) == 1


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
def test_a_real_gpu_is_used(with_gpu: Sandbox) -> None:
    """The tensors of a student lie on it."""
    with with_gpu.attempt([ExecCell(0, None, TRAINING)], 0) as attempt, attempt.session() as session:
        assert session.value("device") == "cuda" and session.call("slope")[0] == [3, 3]
