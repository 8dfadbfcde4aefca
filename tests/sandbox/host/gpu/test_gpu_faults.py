"""Whose fault an error of CUDA is: said by cells in the words of PyTorch and of the driver, without a GPU."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from graders.catalog.assignment import Assignment
from graders.errors import CallError, GpuFault
from graders.grading.engine import grade
from graders.intake.submissions import find_submissions
from graders.model import Outcome
from graders.notebooks.notebook import ExecCell
from graders.sandbox.host.faults import Fault
from graders.sandbox.host.gpu.gpu_faults import MACHINE, asked_and_held, blame_machine, contagious, ends_its_process
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.limits import Limits

FULL = (
    "CUDA out of memory. Tried to allocate {tried}. GPU 0 has a total capacity of 139.80 GiB of which {free} is free. "
    "Including non-PyTorch memory, this process has 630.00 MiB memory in use. 7.81 GiB allowed; Of the allocated "
    "memory {held} is allocated by PyTorch, and {spare} is reserved by PyTorch but unallocated. If reserved but "
    "unallocated memory is large try setting PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True to avoid fragmentation."
)
OTHERS = FULL.format(tried="20.00 MiB", free="3.00 MiB", held="1.02 GiB", spare="51.00 MiB")
OWN = FULL.format(tried="900.00 GiB", free="139.18 GiB", held="3.00 KiB", spare="2.00 MiB")
GROWN = FULL.format(tried="2.00 GiB", free="90.00 GiB", held="6.00 GiB", spare="512.00 MiB")
DRIVER = "CUDA error: uncorrectable ECC error encountered"
ASSERT = "CUDA error: device-side assert triggered\nSearch for `cudaErrorAssert' in the manual for more information."
LIMITS = Limits(cell_cpu_seconds=20, call_cpu_seconds=20)
MACHINES = [
    "No CUDA GPUs are available: Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU",
    "Unexpected error from cudaGetDeviceCount(). Error 304: OS call failed or operation not supported on this OS",
    "CUDA error: CUDA-capable device(s) is/are busy or unavailable",
    "CUDA error: no kernel image is available for execution on the device",
    "CUDA error: unknown error",
    "CUDA error: out of memory",
    "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED",
    "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
    "CUDA error: the MPS client has been terminated",
    "CUDA out of memory",
    DRIVER,
    OTHERS,
]
STUDENTS = [
    ASSERT,
    OWN,
    GROWN,
    "CUDA error: an illegal memory access was encountered",
    "CUDA error: invalid device ordinal",
    "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!",
    "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)",
]


@pytest.fixture(scope="module", params=["auto", "none"])
def with_gpu(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox that would let in a GPU."""
    with Sandbox(None, None, LIMITS, request.param, gpu=True) as made:
        yield made


def raising(text: str, kind: str = "RuntimeError") -> str:
    """A cell that defines a function that raises."""
    return f"import torch\ndef train():\n    raise {kind}({text!r})"


@pytest.mark.parametrize("text", MACHINES)
def test_what_is_the_machine_s(text: str) -> None:
    """The driver, the card, the build of PyTorch, and memory that others hold."""
    with pytest.raises(GpuFault):
        blame_machine(Fault("raised", "RuntimeError", text, ()), Limits())


@pytest.mark.parametrize("text", STUDENTS)
def test_what_is_the_student_s(text: str) -> None:
    """An index out of range, more memory than anybody may take, a device that is not there, and all that is no CUDA."""
    blame_machine(Fault("raised", "RuntimeError", text, ()), Limits())


def test_memory_is_added_up() -> None:
    """What was asked for, what PyTorch holds, and what it keeps; in megabytes."""
    assert asked_and_held(OTHERS) == pytest.approx(20 + 1.02 * 1024 + 51)
    assert asked_and_held(OWN) == pytest.approx(900 * 1024 + 3 / 1024 + 2)
    assert asked_and_held("CUDA out of memory") is None


def test_phrases_are_found_whatever_their_case() -> None:
    """Each is written as it is looked for."""
    assert all(phrase == phrase.lower() for phrase in MACHINE)


def test_what_spreads_under_mps() -> None:
    """A process that writes where it may not ends the work of all; one that trips over an assertion its own alone."""
    illegal, tripped = (Fault("raised", "AcceleratorError", text, ()) for text in (STUDENTS[3], ASSERT))
    assert contagious(illegal) and not contagious(tripped)
    assert ends_its_process(illegal) and ends_its_process(tripped)


def test_a_driver_that_fails_in_a_call(with_gpu: Sandbox) -> None:
    """Nobody's answer is wrong for that: the call is to be made again, in another process."""
    cells = [ExecCell(0, None, raising(DRIVER)), ExecCell(1, None, raising(OTHERS, "torch.cuda.OutOfMemoryError"))]
    for cell in cells:
        with with_gpu.attempt([cell], 0) as attempt, attempt.session() as session:
            with pytest.raises(GpuFault, match="GPU"):
                session.call("train")
            assert not session.alive


def test_a_student_s_own_excess(with_gpu: Sandbox) -> None:
    """It is theirs, and says of which memory."""
    with with_gpu.attempt([ExecCell(0, None, raising(OWN, "torch.cuda.OutOfMemoryError"))], 0) as attempt:
        with attempt.session() as session, pytest.raises(CallError, match="more memory of the GPU than") as caught:
            session.call("train")
        assert caught.value.outcome is Outcome.MEMORY


def test_a_context_that_is_broken_is_left(with_gpu: Sandbox) -> None:
    """After an assertion on the GPU nothing more works there, so the other cells run without that one."""
    first = f"raise RuntimeError({ASSERT!r})"
    with with_gpu.attempt(
        [ExecCell(0, None, "x = 1\n" + first), ExecCell(1, None, "print('x' in globals())")], 0
    ) as ran:
        assert [run.outcome for run in ran.cells] == [Outcome.ERROR, Outcome.PASSED]
        assert ran.cells[1].outputs[0]["text"] == "False\n" and "device-side assert" in (ran.cells[0].message or "")
        assert not ran.incomplete


def test_a_driver_that_fails_each_time(with_gpu: Sandbox) -> None:
    """The cell is given up as nobody's fault, and the others run."""
    cells = [ExecCell(0, None, f"raise RuntimeError({DRIVER!r})"), ExecCell(1, None, "y = 2")]
    with with_gpu.attempt(cells, 0) as attempt:
        assert attempt.incomplete and attempt.gpu_failed
        assert [run.outcome for run in attempt.cells] == [Outcome.ERROR, Outcome.PASSED]
        assert "GPU of the machine" in (attempt.cells[0].message or "")


def test_on_the_processor_such_words_are_the_student_s_own(sandbox: Sandbox) -> None:
    """Where no GPU is used, no driver can fail."""
    with sandbox.attempt([ExecCell(0, None, f"raise RuntimeError({DRIVER!r})")], 0) as attempt:
        assert attempt.cells[0].outcome is Outcome.ERROR and not attempt.incomplete


def test_nobody_pays_for_the_driver(practical09: Assignment, with_gpu: Sandbox) -> None:
    """What did not pass is left open, with a sentence for staff; what passed counts."""
    (half,) = find_submissions(practical09.folder.parents[1] / "submissions/practical09/half_empty", practical09.id)
    content = half.content.replace(
        b"def rnn_forward", b"raise RuntimeError('%s')\\ndef rnn_forward" % DRIVER.encode(), 1
    )
    assert content != half.content
    with Sandbox(practical09.beside, practical09.data, practical09.limits, with_gpu.walls, gpu=True) as sandbox:
        report = grade(replace(half, content=content), practical09, sandbox, secret=b"gpu")
    verdicts = [verdict for question in report.questions for verdict in question.verdicts]
    assert Outcome.INTERNAL in {verdict.outcome for verdict in verdicts} and "GPU" in " ".join(report.notices)
    assert not {Outcome.ERROR, Outcome.FAILED} & {verdict.outcome for verdict in verdicts}
