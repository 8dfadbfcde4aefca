"""Runs our own code on what strangers made, in a process of its own whose time and memory have an end.

Reading, comparing and rendering a submission is ours to do, and a submission can make it slow, large, or too deep for
Python's stack. In a copy of this process the worst that can happen is that the copy is ended. What it gives back is
pickled by our own code: nothing of a student's runs in it.
"""

from __future__ import annotations

import math
import os
import pickle
import resource
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from graders.errors import GradersError

T = TypeVar("T")
CHUNK = 1 << 20
SLOWER = 20  # a busy machine may take so many times the CPU seconds on the wall


class Exceeded(GradersError):
    """The work needed more time, memory or depth than it may; the text says which."""


def bounded(work: Callable[[], T], *, cpu_seconds: float, megabytes: int) -> T:
    """The result of some work, which must be possible to pickle; made in a copy of this process.

    Args:
        work: a function of ours without arguments; it changes nothing here.
        cpu_seconds: CPU seconds that it may take; on the wall it may take `SLOWER` times as long.
        megabytes: what it may allocate, beyond what this process holds already.

    Raises:
        Exceeded: it did not come to an end within these limits.
        Exception: whatever the work raised.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work(work, writing, cpu_seconds, megabytes)
    os.close(writing)
    try:
        answer = _read(reading, time.monotonic() + SLOWER * cpu_seconds)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)  # not yet waited for, so the number is still its own
        _, status = os.waitpid(child, 0)
    try:
        succeeded, value = pickle.loads(answer)
    except (EOFError, pickle.UnpicklingError):
        raise Exceeded(_how_it_ended(os.waitstatus_to_exitcode(status))) from None
    if succeeded:
        found: T = value
        return found
    raise value


def _work(work: Callable[[], Any], writing: int, cpu_seconds: float, megabytes: int) -> NoReturn:
    """What the copy does; it never returns into the code that this process was running."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _limit(resource.RLIMIT_CPU, math.ceil(cpu_seconds))
        _limit(resource.RLIMIT_AS, _address_space() + (megabytes << 20))
        _limit(resource.RLIMIT_CORE, 0)
        answer = _answer(work)
        with open(writing, "wb") as pipe:
            pipe.write(answer)
    finally:
        os._exit(0)


def _answer(work: Callable[[], Any]) -> bytes:
    try:
        return pickle.dumps((True, work()))
    except MemoryError:
        return pickle.dumps((False, Exceeded("it needs more memory than it may")))
    except RecursionError:
        return pickle.dumps((False, Exceeded("it is nested too deeply")))
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to the code that asked for the work
        return pickle.dumps((False, error))


def _limit(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


def _address_space() -> int:
    """Bytes of addresses that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _read(pipe: int, deadline: float) -> bytes:
    """All that comes out of a pipe until it is closed; what came until then when it is too late."""
    poll, parts = select.poll(), list[bytes]()
    poll.register(pipe, select.POLLIN)
    while (left := deadline - time.monotonic()) > 0:
        if poll.poll(1000 * left):
            part = os.read(pipe, CHUNK)
            if not part:
                break
            parts.append(part)
    return b"".join(parts)


def _how_it_ended(code: int) -> str:
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return "it takes too long"
    return "it is nested too deeply" if code == -signal.SIGSEGV else "it needs more memory than it may"
