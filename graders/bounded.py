"""Runs our own code on what strangers made, in a process of its own whose time and memory have an end.

Reading, comparing and rendering a submission is ours to do, and a submission can make it slow, large, or too deep for
Python's stack. In a copy of this process the worst that can happen is that the copy is ended. What it gives back is
pickled by our own code: nothing of a student's runs in it.

A copy of a large process costs more than most of this work. So within `lasting()` one copy does it all, each piece
within limits of its own, until one ends it or makes it grow.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import pickle
import resource
import select
import signal
import struct
import time
from collections.abc import Callable, Iterator
from contextvars import Context, ContextVar
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from graders.errors import GradersError

T = TypeVar("T")
CHUNK = 1 << 20
SLOWER = 20  # a busy machine may take so many times the CPU seconds on the wall
GROWTH = 256 << 20  # bytes of addresses by which a lasting copy may grow before it is another's turn
SIZE = struct.Struct("!Q")
GOES_ON, ENDS = b"\0", b"\1"


class Exceeded(GradersError):
    """The work needed more time, memory or depth than it may; the text says which."""


class _Gone(Exception):
    """A lasting copy has ended, for a reason that may not lie in the work."""


def bounded(work: Callable[[], T], *, cpu_seconds: float, megabytes: int) -> T:
    """The result of some work, which must be possible to pickle; made in a copy of this process.

    Args:
        work: a function of ours without arguments; it changes nothing here.
        cpu_seconds: CPU seconds that it may take; on the wall it may take `SLOWER` times as long.
        megabytes: what it may allocate, beyond what the process that does it holds already.

    Raises:
        Exceeded: it did not come to an end within these limits.
        Exception: whatever the work raised.
    """
    lasting_copy = _LASTING.get()
    if lasting_copy is not None:
        with contextlib.suppress(_Gone):  # then a copy of its own decides whether that was the work's fault
            return _given(lasting_copy.do(work, cpu_seconds, megabytes))  # type: ignore[no-any-return]
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work(work, writing, cpu_seconds, megabytes)
    os.close(writing)
    try:
        answer = b"".join(_parts(reading, time.monotonic() + SLOWER * cpu_seconds))
    finally:
        os.close(reading)
        code = _ended(child)
    try:
        return _given(answer)  # type: ignore[no-any-return]
    except (EOFError, pickle.UnpicklingError):
        raise Exceeded(_how_it_ended(code)) from None


@contextlib.contextmanager
def lasting(*known: object) -> Iterator[None]:
    """Let one copy of this process, made when it is first needed, do all bounded work of this thread in the block.

    Work that cannot be pickled is done by a copy of its own, as it is without this.

    Args:
        known: what work may be about again and again; the copy has these very objects.
    """
    with contextlib.closing(_LastingCopy(known)) as copy:
        token = _LASTING.set(copy)
        try:
            yield
        finally:
            _LASTING.reset(token)


class _LastingCopy:
    """A copy of this process that works until it hears no more.

    A piece of work goes to it as a frame, its size and then the pickled work with its limits. The answer comes in a
    frame, too, after a byte that says whether the copy has grown too large, and ends.
    """

    def __init__(self, known: tuple[object, ...]) -> None:
        self._known = known
        self._child = 0
        self._requests = self._answers = -1

    def do(self, work: Callable[[], Any], cpu_seconds: float, megabytes: int) -> bytes:
        """The pickled answer.

        Raises:
            Exceeded: it took too long.
            _Gone: the copy has ended otherwise, or the work cannot be sent to it.
        """
        try:
            packed = _packed((work, cpu_seconds, megabytes), self._known)
        except Exception as error:  # whatever in it cannot be pickled: a copy of its own needs no pickle of it
            raise _Gone from error
        if not self._child:
            self._start()
        deadline = time.monotonic() + SLOWER * cpu_seconds
        with contextlib.suppress(BrokenPipeError):
            _write(self._requests, SIZE.pack(len(packed)) + packed)
        answer = _frame(_parts(self._answers, deadline))
        if answer is None:
            late = time.monotonic() >= deadline
            code = self.close()
            if late or code == -signal.SIGXCPU:
                raise Exceeded(_how_it_ended(code))
            raise _Gone
        if answer[:1] == ENDS:
            self.close()
        return answer[1:]

    def close(self) -> int:
        """End the copy; how it ended."""
        if not self._child:
            return 0
        os.close(self._requests)
        os.close(self._answers)
        child, self._child = self._child, 0
        return _ended(child)

    def _start(self) -> None:
        hearing, self._requests = os.pipe()
        self._answers, answering = os.pipe()
        self._child = os.fork()
        if self._child == 0:
            _be_lasting(hearing, answering, self._known)
        os.close(hearing)
        os.close(answering)


_LASTING: ContextVar[_LastingCopy | None] = ContextVar("lasting", default=None)
_KNOWN: ContextVar[tuple[object, ...]] = ContextVar("known", default=())


def _packed(message: object, known: tuple[object, ...]) -> bytes:
    """A message pickled, with what the copy has already only named."""
    places = {id(one): place for place, one in enumerate(known)}

    def reduced(one: object) -> Any:
        return (_recalled, (places[id(one)],)) if id(one) in places else one.__reduce_ex__(pickle.HIGHEST_PROTOCOL)

    file = io.BytesIO()
    pickler = pickle.Pickler(file, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = {type(one): reduced for one in known}
    pickler.dump(message)
    return file.getvalue()


def _recalled(place: int) -> object:
    return _KNOWN.get()[place]


def _be_lasting(hearing: int, answering: int, known: tuple[object, ...]) -> NoReturn:
    """What a lasting copy does, for as long as somebody is there to hear it."""
    try:
        _as_a_copy()
        _let_go_of_all_but(hearing, answering)
        born, ends = _address_space(), False
        while not ends and (request := _frame(_parts(hearing, math.inf))) is not None:
            answer = Context().run(_done, request, known)
            ends = _address_space() > born + GROWTH
            _write(answering, SIZE.pack(len(answer) + 1) + (ENDS if ends else GOES_ON) + answer)
    finally:
        os._exit(0)


def _let_go_of_all_but(*kept: int) -> None:
    """Close what is open here as a copy: others may wait for the end of a line that is open here, too."""
    for descriptor in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
        if descriptor > 2 and descriptor not in kept:
            with contextlib.suppress(OSError):
                os.close(descriptor)


def _done(request: bytes, known: tuple[object, ...]) -> bytes:
    _KNOWN.set(known)
    work, cpu_seconds, megabytes = pickle.loads(request)
    _limit(cpu_seconds, megabytes)
    return _answer(work)


def _work(work: Callable[[], Any], writing: int, cpu_seconds: float, megabytes: int) -> NoReturn:
    """What a copy for one piece of work does; it never returns into the code that this process was running."""
    try:
        _as_a_copy()
        _limit(cpu_seconds, megabytes)
        _write(writing, _answer(work))
    finally:
        os._exit(0)


def _as_a_copy() -> None:
    """Leave to the process that this is a copy of what is its own."""
    _LASTING.set(None)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _answer(work: Callable[[], Any]) -> bytes:
    try:
        return pickle.dumps((True, work()))
    except MemoryError:
        return pickle.dumps((False, Exceeded("it needs more memory than it may")))
    except RecursionError:
        return pickle.dumps((False, Exceeded("it is nested too deeply")))
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to the code that asked for the work
        return pickle.dumps((False, error))


def _given(answer: bytes) -> Any:
    """What the work gave; an exception that it raised is raised here."""
    succeeded, value = pickle.loads(answer)
    if succeeded:
        return value
    raise value


def _limit(cpu_seconds: float, megabytes: int) -> None:
    """Let this process use so much from now on."""
    for which, value in (
        (resource.RLIMIT_CPU, math.ceil(time.process_time() + cpu_seconds)),
        (resource.RLIMIT_AS, _address_space() + (megabytes << 20)),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(which)[1]
        resource.setrlimit(which, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _address_space() -> int:
    """Bytes of addresses that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _write(pipe: int, content: bytes) -> None:
    with open(pipe, "wb", closefd=False) as file:
        file.write(content)


def _parts(pipe: int, deadline: float) -> Iterator[bytes]:
    """What comes out of a pipe, until it is closed or it is too late."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    while (left := deadline - time.monotonic()) > 0:
        if poll.poll(None if left == math.inf else 1000 * left):
            part = os.read(pipe, CHUNK)
            if not part:
                return
            yield part


def _frame(parts: Iterator[bytes]) -> bytes | None:
    """What a frame holds; None where it never comes to its end."""
    found = bytearray()
    for part in parts:
        found += part
        if len(found) >= SIZE.size and len(found) >= SIZE.size + SIZE.unpack_from(found)[0]:
            return bytes(found[SIZE.size :])
    return None


def _ended(child: int) -> int:
    """End a child of ours; how it ended."""
    os.kill(child, signal.SIGKILL)  # not yet waited for, so the number is still its own
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _how_it_ended(code: int) -> str:
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return "it takes too long"
    if code == -signal.SIGSEGV:  # its stack could not grow: it is too deep, or there is no memory left
        return "it is nested too deeply, or needs more memory than it may"
    return "it needs more memory than it may"
