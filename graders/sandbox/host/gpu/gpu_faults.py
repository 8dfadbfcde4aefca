"""Whose fault an error of CUDA is, by what PyTorch and the driver say: the machine's, or the student's.

What is said comes from inside, so it may be made up. Making up a fault of the machine gains nothing: what ran is
run again, and at last left to staff.
"""

from __future__ import annotations

import re

from graders.errors import GpuFault
from graders.sandbox.host.faults import Fault
from graders.sandbox.limits import Limits

MACHINE = (  # of the driver, the card, or how PyTorch was built
    "no cuda-capable device",
    "found no nvidia driver",
    "nvidia driver on your system is too old",
    "driver version is insufficient",
    "unexpected error from cudagetdevicecount",
    "cuda unknown error",
    "cuda error: unknown error",
    "not compiled with cuda enabled",
    "no kernel image is available",
    "initialization error",
    "driver shutting down",
    "busy or unavailable",
    "uncorrectable ecc error",
    "uncorrectable nvlink error",
    "hardware stack error",
    "os call failed",
    "system not yet initialized",
    "unsupported display driver",
    "forward compatibility was attempted",
    "fallen off the bus",
    "gpu is lost",
    "launch timed out",
    "mps client",
    "mps server",
    "mps rpc",
    "cudnn_status_not_initialized",
    "cudnn_status_alloc_failed",
    "cudnn_status_internal_error",
    "cublas_status_not_initialized",
    "cublas_status_alloc_failed",
    "nvml_success ==",
    "cuda error: out of memory",  # of the driver, where PyTorch does not say who holds it
)
STICKY = (  # after these the process can do nothing more on the GPU
    "device-side assert",
    "illegal memory access",
    "misaligned address",
    "illegal instruction",
    "invalid program counter",
    "illegal address space",
    "unspecified launch failure",
)
CONTAGIOUS = STICKY[1:]  # under MPS all that share the GPU hear of them, and nobody hears who it was
UNITS = {"bytes": 2**-20, "KiB": 2**-10, "MiB": 1.0, "GiB": 2.0**10, "TiB": 2.0**20}
SIZE = r"([\d.]+) (bytes|[KMGT]iB)"
ASKED = re.compile(rf"out of memory\. Tried to allocate {SIZE}", re.IGNORECASE)
HELD = (
    re.compile(rf"{SIZE} is allocated by PyTorch"),
    re.compile(rf"{SIZE} is reserved by PyTorch but unallocated"),
)
ROUNDED = 0.99  # sizes are reported with two digits behind the point
DRIVER = "The GPU or its driver failed while this ran: {}"
FULL = (
    "The GPU had no memory left while this held less than the {} MB of it that a submission may use. Grade with fewer "
    "--jobs, or end what else uses the GPU."
)


def blame_machine(fault: Fault, limits: Limits) -> None:
    """Do nothing where an error is the student's.

    Raises:
        GpuFault: it is the machine's.
    """
    text = fault.text.lower()
    if "cuda out of memory" in text:
        wanted = asked_and_held(fault.text)
        if wanted is None or wanted < ROUNDED * limits.gpu_memory_mb:
            raise GpuFault(FULL.format(limits.gpu_memory_mb))
    elif any(phrase in text for phrase in MACHINE):
        raise GpuFault(DRIVER.format(" ".join(fault.text.split())[:200]))


def asked_and_held(text: str) -> float | None:
    """The megabytes that a process would have held, had PyTorch got what it asked for; None where it does not say."""
    found = [pattern.search(text) for pattern in (ASKED, *HELD)]
    if not all(found):
        return None
    return sum(float(match[1]) * UNITS[match[2]] for match in found if match)


def ends_its_process(fault: Fault) -> bool:
    """Whether nothing more can be done on the GPU in the process where this happened."""
    return any(phrase in fault.text.lower() for phrase in STICKY)


def contagious(fault: Fault) -> bool:
    """Whether it may be another process's fault, where several share a server of MPS."""
    return any(phrase in fault.text.lower() for phrase in CONTAGIOUS)
