"""A machine whose GPU cannot be used is reported in one sentence, before the first student."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from graders.errors import GpuMissing
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.limits import Limits
from graders.sandbox.selftest import gpu_trial
from graders.sandbox.selftest.gpu_trial import program, refuse_without_gpu, try_here, try_inside, why_not

ROOT = Path(__file__).parents[3]
TORCH = """
class _Version:
    cuda = CUDA
version, __version__ = _Version(), "2.11.0"
class _Tensor:
    shape = (2,)
    def __getattr__(self, name): return self if name == "grad" else lambda *_: self
    def __mul__(self, other): return self
    __add__ = __mul__
    def __getitem__(self, place): return self
    def __call__(self, *_): return [self]
def ones(*_, **__):
    FAILING
    return _Tensor()
class nn:
    LSTM = staticmethod(lambda *_: _Tensor())
class cuda:
    mem_get_info = staticmethod(lambda: (FREE << 20, 81559 << 20))
    get_device_name = staticmethod(lambda: "NVIDIA H100")
"""


def facts(folder: Path, cuda: str | None = "13.0", failing: str = "pass", free: int = 80000, **nodes: int) -> Any:
    """What the program finds with a stand-in of PyTorch and of device nodes."""
    source = TORCH.replace("CUDA", repr(cuda)).replace("FAILING", failing).replace("FREE", str(free))
    (folder / "torch.py").write_text(source)
    present = nodes or {"nvidiactl": 0o666, "nvidia0": 0o666}
    for name, mode in present.items():
        (folder / name).touch(mode)
    written = program([str(folder / name) for name in ("nvidiactl", "nvidia0")])
    done = subprocess.run(
        [sys.executable, "-c", written],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(folder)},
        check=True,
    )
    found = gpu_trial._facts(done.stdout, "nothing")
    found["nodes"] = [node.replace(str(folder), "/dev") for node in found["nodes"]]
    return found


def test_a_gpu_that_works(tmp_path: Path) -> None:
    """Nothing is missing."""
    found = facts(tmp_path)
    assert why_not(found) is None and found["name"] == "NVIDIA H100" and found["total"] == 81559
    refuse_without_gpu(found)


REASONS: list[tuple[Mapping[str, Any], str]] = [
    ({"cuda": None}, "PyTorch 2.11.0 is built without CUDA"),
    ({"failing": "raise RuntimeError('Found no NVIDIA driver')", "nvidia0": 0o666}, "no NVIDIA driver is loaded"),
    ({"failing": "raise RuntimeError('CUDA error: out of memory')"}, "other jobs hold all of its memory"),
    ({"free": 312}, "312 of its 81559 MB are free, and a training takes up to 1600"),
    ({"failing": "raise RuntimeError('The NVIDIA driver on your system is too old')"}, "too old for PyTorch 2.11.0"),
    ({"failing": "raise RuntimeError('CUDA error: unknown error')"}, "its driver fails (RuntimeError: CUDA error"),
]


@pytest.mark.parametrize(("given", "reason"), REASONS, ids=[reason for _, reason in REASONS])
def test_each_reason_has_its_sentence(given: dict[str, Any], reason: str, tmp_path: Path) -> None:
    """What is missing, and what to do."""
    with pytest.raises(GpuMissing) as caught:
        refuse_without_gpu(facts(tmp_path, **given))
    text = str(caught.value)
    assert reason in text and "--device cpu" in text and "\n" not in text and text.endswith(".")


def test_a_node_that_nobody_may_open() -> None:
    """Root may open everything, so what the program found is given."""
    found = {"torch": "2.11.0", "cuda": "13.0", "nodes": ["/dev/nvidiactl"], "closed": ["/dev/nvidia0"], "error": "no"}
    assert "may not open /dev/nvidia0" in (why_not(found) or "")


def test_a_program_that_says_nothing() -> None:
    """It has failed, and what is known of that is reported."""
    assert why_not(gpu_trial._facts("", "This cell ended the process it ran in")) is not None
    assert why_not(gpu_trial._facts("[1]", "it said nothing")) is not None


@pytest.mark.skipif(torch.version.cuda is not None, reason="PyTorch has CUDA here")
def test_this_machine_says_why(tmp_path: Path) -> None:
    """In the sandbox and outside it, and so does the command, which grades nobody."""
    with Sandbox(None, None, Limits(), gpu=True) as sandbox:
        inside = why_not(try_inside(sandbox))
    assert inside == why_not(try_here()) and "built without CUDA" in (inside or "")
    correct = ROOT / "submissions" / "practical09" / "correct"
    words = ["grade", str(correct), "--out", str(tmp_path / "reports"), "--device", "cuda", "--jobs", "2"]
    done = subprocess.run([sys.executable, "-m", "graders", *words], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 1 and "Student code cannot use a GPU here" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1 and not list((tmp_path / "reports").rglob("report.html"))
