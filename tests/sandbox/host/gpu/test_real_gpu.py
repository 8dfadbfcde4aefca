"""Faults on a real GPU, in the driver's own words: skipped where there is none."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from graders.errors import CallError, GpuFault
from graders.model import Outcome
from graders.notebooks.notebook import ExecCell
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.limits import Limits

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")

LIMITS = Limits(cell_cpu_seconds=60, call_cpu_seconds=60, gpu_memory_mb=2000)
OUT_OF_RANGE = """
import torch
kept = 1
torch.nn.Embedding(4, 2).cuda()(torch.tensor([9], device="cuda")).sum().item()
"""
AFTERWARDS = """
import torch
print("kept" in globals(), torch.nn.Embedding(4, 2).cuda()(torch.tensor([3], device="cuda")).shape[1])
"""
ASKING = """
import torch
def ask(megabytes):
    return torch.ones(megabytes << 20, dtype=torch.uint8, device="cuda").shape[0] >> 20
"""
MINE = """
import torch
layer = torch.nn.Linear(2, 1).cuda()
def train():
    layer(torch.ones(3, 2).cuda()).sum().backward()
    return layer.weight.grad.flatten().tolist()
"""


@pytest.fixture(scope="module", params=["auto", "none"])
def with_gpu(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox with the GPU let in, behind all walls and without bubblewrap."""
    with Sandbox(None, None, LIMITS, request.param, gpu=True) as made:
        yield made


def test_an_index_out_of_range(with_gpu: Sandbox) -> None:
    """It breaks its process, so the cells after it run in another, without it; and it is the student's mistake."""
    cells = [ExecCell(0, None, OUT_OF_RANGE), ExecCell(1, None, AFTERWARDS)]
    with with_gpu.attempt(cells, 0) as attempt:
        first, second = attempt.cells
    assert first.outcome is Outcome.ERROR and "device-side assert" in (first.message or ""), first.message
    assert second.outcome is Outcome.PASSED and second.outputs[0]["text"] == "False 2\n", second.message


def test_more_than_a_student_may_take(with_gpu: Sandbox) -> None:
    """Less is given; for more it is the student who has asked, though the GPU has plenty."""
    with with_gpu.attempt([ExecCell(0, None, ASKING)], 0) as attempt, attempt.session() as session:
        assert session.call("ask", 500) == 500
        with pytest.raises(CallError, match="more memory of the GPU than") as caught:
            session.call("ask", 4000)
    assert caught.value.outcome is Outcome.MEMORY


def test_memory_that_others_hold(with_gpu: Sandbox) -> None:
    """Who asks for no more than is allowed, and does not get it, has done nothing wrong."""
    large = replace(LIMITS, gpu_memory_mb=100_000)
    with with_gpu.attempt([ExecCell(0, None, ASKING)], 0, large) as attempt, attempt.session() as session:
        assert session.call("ask", 10) == 10
        free, _ = torch.cuda.mem_get_info()
        held = torch.empty(free - (400 << 20), dtype=torch.uint8, device="cuda")
        try:
            with pytest.raises(GpuFault, match="had no memory left"):
                session.call("ask", 1000)
        finally:
            del held
            torch.cuda.empty_cache()


def test_what_a_student_moves_by_hand(with_gpu: Sandbox) -> None:
    """`.cuda()` in an answer does as well as `.to(DEVICE)`, in cells and in calls."""
    with with_gpu.attempt([ExecCell(0, None, MINE)], 0) as attempt, attempt.session() as session:
        assert session.call("train") == [3, 3]
