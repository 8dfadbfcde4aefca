"""The limits of an attempt, as the trusted side knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

KILOBYTE, MEGABYTE = 1 << 10, 1 << 20
SPARE_BYTES = 64 * MEGABYTE  # of memory, for what is ours in a process that has taken all it may


@dataclass(frozen=True)
class Limits:
    """What an attempt may use.

    Attributes:
        cell_cpu_seconds: CPU seconds of the whole tree for one cell.
        call_cpu_seconds: the same for one call.
        wall_factor: for what sleeps off and on: a request may take this times its CPU seconds, and `sleep_seconds`.
        memory_mb: memory above what the warm process has, of each process and of the whole tree.
        processes: processes and threads at a time.
        output_kb: printed and shown output kept of each cell.
        file_mb: size of one file; the private folder holds four times as much.
        frame_mb: size of one call's arguments or result.
        calls: CPU seconds of single functions and probes that may take longer, by name.
        gpu_memory_mb: memory of a GPU that PyTorch may take.
        sleep_seconds: for what sleeps: how long all its processes may wait at a stretch, without using a processor.
        submission_cpu_seconds: CPU seconds of a submission in all: every pass through its cells, restart and session.
        submission_slow_seconds: CPU seconds, besides, for all that is listed in `calls`.
        submission_sleep_seconds: seconds that all processes of a submission may sleep, in all.
        submission_wall_seconds: seconds on the clock that it may be waited for, in all, but for what is in `calls`.
        submission_output_kb: printed and shown output kept of all cells together.
    """

    cell_cpu_seconds: float = 60
    call_cpu_seconds: float = 30
    wall_factor: float = 10
    memory_mb: int = 3072
    processes: int = 64
    output_kb: int = 1024
    file_mb: int = 64
    frame_mb: int = 64
    sleep_seconds: float = 30
    gpu_memory_mb: int = 8000
    calls: Mapping[str, float] = field(default_factory=dict)
    submission_cpu_seconds: float = 1800
    submission_slow_seconds: float = 86_400
    submission_sleep_seconds: float = 300
    submission_wall_seconds: float = 7200
    submission_output_kb: int = 8192

    def inside(self) -> dict[str, int]:
        """What the processes inside set themselves, in bytes and whole seconds."""
        return {
            "memory_bytes": self.memory_mb * MEGABYTE,
            "spare_bytes": SPARE_BYTES,
            "file_bytes": self.file_mb * MEGABYTE,
            "disk_bytes": 4 * self.file_mb * MEGABYTE,
            "frame_bytes": self.frame_mb * MEGABYTE,
            "processes": self.processes,
            "gpu_memory_bytes": self.gpu_memory_mb * MEGABYTE,
            "total_cpu_seconds": int(
                100 * max(self.cell_cpu_seconds, self.call_cpu_seconds) + max([0, *self.calls.values()])
            )
            + 60,
        }

    def hurried(self) -> Limits:
        """A tenth of the time for a call, but a second at least, for answers that have run out of time before."""
        seconds = min(self.call_cpu_seconds, max(1.0, self.call_cpu_seconds / 10))
        return replace(self, call_cpu_seconds=seconds, sleep_seconds=self.sleep_seconds / 10)

    def brief(self, seconds: float) -> Limits:
        """The same with so many seconds of processor time in all, for a first try that is broken off after them."""
        return replace(
            self,
            submission_cpu_seconds=min(seconds, self.submission_cpu_seconds),
            submission_slow_seconds=min(seconds, self.submission_slow_seconds),
            submission_sleep_seconds=min(seconds, self.submission_sleep_seconds),
            submission_wall_seconds=min(self.wall_factor * seconds, self.submission_wall_seconds),
        )

    def wall_seconds(self, cpu_seconds: float) -> float:
        """The backstop in wall-clock seconds for something that may use so many CPU seconds."""
        return self.wall_factor * cpu_seconds + self.sleep_seconds
