"""Worker processes that may die at any moment: each is replaced, and its task is tried again, three times at the most.

A worker makes its own tool once (in practice: an assignment and a sandbox) and answers one task at a time over a pipe.
Tasks and answers are pickled; both ends are trusted, for student code runs behind the sandbox that the worker owns.
"""

from __future__ import annotations

import ctypes
import gc
import math
import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from graders.errors import GradersError, SandboxError
from graders.runners.supply import Listed, Supply

PATIENCE = 3  # how many workers a task may cost, and how many may die in a row before they are ready
GRACE = 5.0  # seconds that a worker gets to take down its sandbox
GONE = ("gone", None)
FEW, SOON = 3, 10.0  # tasks for which one more worker is not worth its start, and seconds until every one is
DEATH_SIGNAL = 1  # prctl's PR_SET_PDEATHSIG

Work = Callable[[Any], Any]
Factory = Callable[[], AbstractContextManager[Work]]


@dataclass(frozen=True)
class Lost:
    """In place of an answer: the task took down every worker that tried it; `detail` says how, for staff."""

    detail: str


class Stopped(Exception):
    """SIGINT or SIGTERM came; what had been answered was answered."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


@dataclass
class Worker:
    """One process and what it is doing; `given` is its task after its key, if it has one; `seat` is its own."""

    process: SpawnProcess
    connection: Connection
    seat: int = 0
    ready: bool = False
    given: tuple[Any, Any] | None = None
    last_words: str = ""


@dataclass
class Pool:
    """Answers tasks with several workers.

    Args:
        factory: makes a worker's tool, as a context manager; must be picklable, and so must tasks and answers.
        jobs: how many workers.
        seats: variables of the environment of each worker, in turn; one that replaces another sits where that sat.
    """

    factory: Factory
    jobs: int
    seats: Sequence[Mapping[str, str]] = ({},)
    _workers: list[Worker] = field(default_factory=list)
    _still_born: int = 0

    def run(self, tasks: Sequence[Any]) -> Generator[tuple[int, Any], None, None]:
        """Yield each task's place and its answer, or `Lost`, as they come.

        Raises:
            Stopped: on SIGINT or SIGTERM.
            GradersError: the workers cannot start.
        """
        yield from self.serve(Listed(tasks))

    def serve(self, supply: Supply) -> Generator[tuple[Any, Any], None, None]:
        """Yield each task's key and its answer, or `Lost`, as they come, until the supply has no more.

        Raises:
            Stopped: on SIGINT or SIGTERM.
            GradersError: the workers cannot start.
        """
        again, deaths, began = deque[tuple[Any, Any]](), Counter[Any](), time.monotonic()
        with heard_signals() as alarm:
            try:
                while (left := self._left(supply, again)) is None or left:
                    supply.tick(self.jobs)
                    self._employ(self._wanted(left, time.monotonic() - began))
                    yield from self._round(supply, again, deaths, alarm)
            finally:
                self._dismiss()

    def _left(self, supply: Supply, again: deque[tuple[Any, Any]]) -> int | None:
        """How many tasks have no answer yet; None without end."""
        busy = sum(worker.given is not None for worker in self._workers)
        return None if supply.left is None else supply.left + len(again) + busy

    def _wanted(self, left: int | None, seconds: float) -> int:
        """How many workers so many tasks are worth: each costs a start, unless the tasks turn out to take long."""
        if left is None:
            return self.jobs
        return min(self.jobs, left if seconds > SOON else math.ceil(left / FEW))

    def _employ(self, wanted: int) -> None:
        while len(self._workers) < wanted:
            taken = {worker.seat for worker in self._workers}
            seat = next(number for number in range(wanted) if number not in taken)
            ours, theirs = multiprocessing.get_context("spawn").Pipe()
            process = multiprocessing.get_context("spawn").Process(
                target=_serve,
                args=(theirs, self.factory, os.getpid(), self.seats[seat % len(self.seats)]),
                daemon=True,
            )
            with _blocked(signal.SIGINT, signal.SIGTERM):  # inherited: a worker starting up is not interrupted
                process.start()
            theirs.close()
            self._workers.append(Worker(process, ours, seat))

    def _round(
        self, supply: Supply, again: deque[tuple[Any, Any]], deaths: Counter[Any], alarm: Connection
    ) -> list[tuple[Any, Any]]:
        """Wait for something to happen once, deal with it, and give back the answers that came."""
        happened = wait([alarm, *(worker.connection for worker in self._workers)], supply.pause)
        if alarm in happened:
            raise Stopped(int.from_bytes(alarm.recv_bytes(), "big"))
        answers = []
        for worker in list(self._workers):
            if worker.connection not in happened and worker.process.is_alive():
                continue
            given = worker.given
            found = self._hear(worker)
            if given is None:
                continue
            answers += [(given[0], answer) for answer in found]
            if worker in self._workers:
                continue
            deaths[given[0]] += 1
            if deaths[given[0]] < PATIENCE:
                again.appendleft(given)
            else:
                answers.append((given[0], Lost(worker.last_words)))
        for key, _ in answers:
            del deaths[key]
        for worker in self._workers:
            if worker.ready and worker.given is None and (given := again.popleft() if again else supply.take()):
                worker.given = given
                with suppress(OSError):  # it has just died: the next round finds out, and counts it
                    worker.connection.send(given[1])
        return answers

    def _hear(self, worker: Worker) -> list[Any]:
        """What a worker has to say: at most one answer. A worker that has died is let go."""
        try:
            message: tuple[str, Any] = worker.connection.recv() if worker.connection.poll() else GONE
        except (EOFError, OSError):
            message = GONE
        kind, content = message
        if kind == "answer":
            worker.given = None
            return [content]
        if isinstance(content, GradersError):
            raise content
        if kind == "ready":
            worker.ready, self._still_born = True, 0
        elif kind == "raised":
            worker.last_words = content
        else:
            self._bury(worker)
        return []

    def _bury(self, worker: Worker) -> None:
        self._workers.remove(worker)
        worker.connection.close()
        worker.process.join(GRACE)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
        worker.last_words = worker.last_words or f"The worker ended with status {worker.process.exitcode}."
        if not worker.ready:
            self._still_born += 1
            if self._still_born >= PATIENCE:
                raise SandboxError(f"Workers end before they are ready, one after the other. {worker.last_words}")

    def _dismiss(self) -> None:
        for worker in self._workers:
            worker.process.terminate()
        deadline = time.monotonic() + GRACE
        for worker in self._workers:
            worker.process.join(max(0.0, deadline - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.connection.close()
        self._workers.clear()


def _serve(connection: Connection, factory: Factory, parent: int, seat: Mapping[str, str]) -> None:
    """What a worker does until its pipe closes: make its tool, then answer tasks."""
    die_with(parent)
    os.environ.update(seat)
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C reaches the whole group; the parent decides
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # leaves by the door, so that the sandbox is taken down
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    gc.disable()  # nothing that is loaded is garbage
    try:
        with factory() as work:
            gc.enable()
            connection.send(("ready", None))
            _answer(connection, work)
    except (EOFError, BrokenPipeError):
        return
    except GradersError as error:  # no worker could start here
        connection.send(("cannot", error))
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # nothing is left to take down, and the interpreter is leaving


def _answer(connection: Connection, work: Work) -> None:
    while True:
        task = connection.recv()
        try:
            answer = work(task)
        except Exception:  # noqa: BLE001 - a fault of ours: the parent tells staff, and tries another worker
            connection.send(("raised", traceback.format_exc()))
            return
        connection.send(("answer", answer))


def die_with(parent: int) -> None:
    """Ask the kernel to kill this process when its parent ends, however it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


@contextmanager
def _blocked(*numbers: signal.Signals) -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def heard_signals() -> Iterator[Connection]:
    """A connection on which SIGINT and SIGTERM are heard; a second SIGINT ends the process the usual way."""
    heard, tell = multiprocessing.Pipe(duplex=False)
    before: dict[signal.Signals, Any] = {}

    def on_signal(number: int, frame: object) -> None:
        tell.send_bytes(number.to_bytes(1, "big"))
        signal.signal(number, before[signal.Signals(number)])

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.getsignal(number)
        with suppress(ValueError):  # not the main thread: that one decides
            signal.signal(number, on_signal)
    try:
        yield heard
    finally:
        for number, handler in before.items():
            with suppress(ValueError):
                signal.signal(number, handler)
        heard.close()
        tell.close()
