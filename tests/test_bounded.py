"""Work on what strangers made comes back, or comes to an end: by time, memory, depth, or a crash."""

import contextlib
import ctypes
import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from graders.bounded import GROWTH, Exceeded, bounded, lasting
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


KNOWN = Path("what both sides have")


def where(one: object) -> tuple[int, int]:
    """Which process does the work, and which object it was given."""
    return os.getpid(), id(one)


def grow(size: int) -> int:
    """Work that leaves its process larger than it was."""
    HELD.append(bytearray(size))
    return os.getpid()


HELD: list[bytearray] = []


def test_one_copy_does_all_the_work() -> None:
    """It is given what it knows already by name alone; other work has a copy of its own, as after the block."""
    with lasting(KNOWN):
        first, second = run(partial(where, KNOWN)), run(partial(where, KNOWN))
        other = run(lambda: os.getpid())
    assert first == second == (first[0], id(KNOWN)) != (os.getpid(), id(KNOWN))  # type: ignore[index]
    assert len({first[0], other, run(os.getpid), os.getpid()}) == 4  # type: ignore[index]


def test_a_lasting_copy_keeps_each_piece_of_work_within_its_limits() -> None:
    """Time, memory and depth as without it, and the next piece goes well; what it raises is raised here."""
    with lasting():
        for _ in range(2):
            with pytest.raises(Exceeded, match="takes too long"):
                run(forever)
            with pytest.raises(Exceeded, match="takes too long"):
                run(partial(time.sleep, 1000), cpu_seconds=0.02)
            with pytest.raises(Exceeded, match="memory"):
                run(partial(bytearray, 1 << 30))
            with pytest.raises(Exceeded, match="nested too deeply"):
                run(partial(ctypes.string_at, 0))
            with pytest.raises(KeyError):
                run(partial({}.__getitem__, "x"))
            assert run(partial(bytes, 20_000_000)) == bytes(20_000_000)
        for _ in range(4):  # together they take longer than one may
            run(partial(busy, 0.4))


def busy(seconds: float) -> None:
    """Work that takes so many CPU seconds."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_a_copy_that_somebody_ends_blames_no_work() -> None:
    """The kernel, say, for lack of memory: the next piece is done by a copy of its own, then there is a new one."""
    with lasting():
        first = run(os.getpid)
        os.kill(int(str(first)), signal.SIGKILL)
        assert run(partial(bytes, 3)) == bytes(3)
        again = run(os.getpid)
        assert again != first and again == run(os.getpid)


def test_a_copy_that_has_grown_makes_room_for_another() -> None:
    """What a student's work has left in it does not pile up."""
    with lasting():
        first = run(partial(grow, GROWTH + 1), megabytes=1000)
        assert first != run(os.getpid) == run(os.getpid)


def test_a_lasting_copy_holds_no_line_open() -> None:
    """Who hangs up is heard at the other end; and after the block there is no process and no file of it."""
    before = held()
    reading, writing = os.pipe()
    with lasting():
        run(os.getpid)
        os.close(writing)
        assert os.read(reading, 1) == b""
    os.close(reading)
    assert held() == before
