"""Work on what strangers made comes back, or comes to an end: by time, memory, depth, or a crash."""

import contextlib
import ctypes
import os
import time
from pathlib import Path

import pytest

from graders.bounded import Exceeded, bounded
from graders.errors import IntakeError


def run(work: object, cpu_seconds: float = 1.0, megabytes: int = 200) -> object:
    """Some work under small limits."""
    return bounded(work, cpu_seconds=cpu_seconds, megabytes=megabytes)  # type: ignore[arg-type]


def test_results_of_any_size_come_back() -> None:
    """Small ones, none, and one larger than a pipe holds; nothing changes here."""
    seen: list[int] = []
    assert run(lambda: seen.append(1)) is None and seen == []
    assert run(lambda: {"a": (1, None)}) == {"a": (1, None)}
    assert run(lambda: b"x" * 20_000_000) == b"x" * 20_000_000


def test_exceptions_come_back() -> None:
    """An error of the work is the caller's, as if it had been made here."""

    def refuse() -> None:
        raise IntakeError("This file is empty.")

    with pytest.raises(IntakeError, match="This file is empty"):
        run(refuse)
    with pytest.raises(KeyError):
        run(lambda: {}["x"])


def forever() -> None:
    """Work that does not end."""
    while True:
        pass


def test_time_has_an_end() -> None:
    """A loop by its CPU seconds, a sleep by the clock."""
    with pytest.raises(Exceeded, match="takes too long"):
        run(forever)
    with pytest.raises(Exceeded, match="takes too long"):
        run(lambda: time.sleep(1000), cpu_seconds=0.02)


def test_memory_has_an_end() -> None:
    """In large pieces and in small ones."""
    with pytest.raises(Exceeded, match="memory"):
        run(lambda: bytearray(1 << 30))
    with pytest.raises(Exceeded, match="memory"):
        run(lambda: [[i] for i in range(10**8)], cpu_seconds=60)
    assert len(run(lambda: bytearray(1 << 25))) == 1 << 25  # type: ignore[arg-type]


def test_depth_and_crashes_have_an_end() -> None:
    """Python's recursion limit, a stack that overflows in C, and an exit."""

    def deeper(n: int) -> int:
        return deeper(n + 1)

    with pytest.raises(Exceeded, match="nested too deeply"):
        run(lambda: deeper(0))
    with pytest.raises(Exceeded, match="nested too deeply"):
        run(lambda: ctypes.string_at(0))
    with pytest.raises(Exceeded):
        run(lambda: os._exit(3))


def held() -> tuple[set[str], set[str]]:
    """The open files and the children of this process."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return set(os.listdir("/proc/self/fd")), set(children)


def test_nothing_is_left_behind() -> None:
    """No process and no open file, whatever happened."""
    before = held()
    for work in (lambda: 1, forever, lambda: os._exit(0)):
        with contextlib.suppress(Exceeded):
            run(work)
    assert held() == before
