"""What is different where a GPU is used: tried on any machine as far as it goes, and on a GPU where there is one."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from graders.catalog.assignment import Assignment
from graders.grading.engine import grade
from graders.intake.submissions import find_submissions
from graders.model import Outcome
from graders.notebooks.notebook import ExecCell
from graders.runners.pool import Pool
from graders.sandbox.host.gpu import cards as gpu
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.selftest import trials

ROOT = Path(__file__).parents[4]
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
    with Sandbox(practical09.beside, practical09.data, limits, request.param, gpu=True) as made:
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
    """All of them; memory is watched from outside."""
    found = trials.try_walls(with_gpu)
    assert all(found[trial.name] for trial in trials.TRIALS if trial.minimum), found


def test_real_work_gets_the_same_marks(practical09: Assignment, with_gpu: Sandbox, sandbox: Sandbox) -> None:
    """A notebook is graded alike, forked or executed again for each question."""
    (half,) = find_submissions(ROOT / "submissions" / "practical09" / "half_empty", practical09.id)
    reports = [grade(half, practical09, one, secret=b"gpu") for one in (with_gpu, sandbox)]
    marks = [[(v.check, v.outcome, v.points) for q in made.questions for v in q.verdicts] for made in reports]
    assert marks[0] == marks[1]


ONE = "0, GPU-aaaa, NVIDIA H200, 143771, 143000, 12\n"
TWO = ONE + "1, GPU-bbbb, NVIDIA T4, 15360, 4000, 0\n"
BROKEN = "Unable to determine the device handle for GPU0: Unknown Error\n"


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets a stand-in of NVIDIA's tool say something."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv(gpu.VISIBLE, raising=False)

    def say(text: str) -> None:
        (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\ncat <<'END'\n{text}END\n")
        (tmp_path / "nvidia-smi").chmod(0o755)

    return say


@pytest.mark.parametrize(
    ("told", "sliced", "served"),
    [
        (ONE, ["GPU-aaaa"] * 3, ["GPU-aaaa"] * 8),
        (TWO, ["GPU-aaaa", "GPU-bbbb"] * 2 + ["GPU-aaaa"], ["GPU-aaaa", "GPU-bbbb"] * 2 + ["GPU-aaaa"] * 6),
        ("0, GPU-cccc, Old, 1000, 900, [N/A]\n", ["GPU-cccc"], ["GPU-cccc"]),
        ("0, GPU-dddd, Odd, [N/A], [N/A], [N/A]\n", ["GPU-dddd"], ["GPU-dddd"]),
        (BROKEN, [None], [None]),
        ("", [None], [None]),
    ],
)
def test_jobs_have_room_on_every_gpu(
    told: str, sliced: list[str | None], served: list[str | None], tool: Callable[[str], None]
) -> None:
    """As many as fit into its memory and as still help; one on each first; one job where no tool tells."""
    tool(told)
    assert [place.get(gpu.VISIBLE) for place in gpu.places()] == sliced
    assert [place.get(gpu.VISIBLE) for place in gpu.places(served=True)] == served


@pytest.mark.parametrize(("visible", "found"), [("1", 1), ("GPU-bbbb", 1), ("GPU-b,0", 2), ("", 0), ("7", 0)])
def test_only_our_gpus_count(
    visible: str, found: int, tool: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that CUDA_VISIBLE_DEVICES names, by number or by the beginning of their name."""
    tool(TWO)
    monkeypatch.setenv(gpu.VISIBLE, visible)
    assert len(gpu.gpus()) == found


def test_without_the_tool_there_are_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And one job at a time."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpu.gpus() == () and gpu.places() == [{}]


@contextmanager
def seated() -> Iterator[Callable[[str], tuple[str | None, int]]]:
    """A worker that says which GPU is its own; the first task of each worker that is asked to die ends it."""

    def work(task: str) -> tuple[str | None, int]:
        if task and not Path(task).exists():
            Path(task).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return os.environ.get(gpu.VISIBLE), os.getpid()

    yield work


def test_each_worker_keeps_to_its_gpu(tmp_path: Path) -> None:
    """Also the one that takes the place of a worker that has died."""
    seats = [{gpu.VISIBLE: "GPU-aaaa"}, {gpu.VISIBLE: "GPU-bbbb"}]
    tasks = ["", str(tmp_path / "first"), "", str(tmp_path / "second"), "", ""]
    answers = [answer for _, answer in Pool(seated, 2, seats).run(tasks)]
    assert len(answers) == len(tasks) and {name for name, _ in answers} <= {"GPU-aaaa", "GPU-bbbb"}
    assert len({number for _, number in answers}) == len(set(answers))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
def test_a_real_gpu_is_used(with_gpu: Sandbox) -> None:
    """The tensors of a student lie on it."""
    with with_gpu.attempt([ExecCell(0, None, TRAINING)], 0) as attempt, attempt.session() as session:
        assert session.value("device") == "cuda" and session.call("slope")[0] == [3, 3]
