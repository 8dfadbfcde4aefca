"""Watches what runs of a student's: limits it, says what it is, and leaves out what has ended the process before."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graders.model import Outcome
from graders.sandbox.limits import MEGABYTE
from graders.selfcheck.timer import Timer

AT_ONCE, STUBBORN = 0, 50  # interrupts that a cell and a call may ignore: what a cell has half done cannot be kept

STATM = Path("/proc/self/statm")  # on Linux: its first number is this process's pages


@dataclass(frozen=True)
class Loss:
    """How a cell or a call ended the process that it ran in.

    Attributes:
        outcome: `timeout`, or `error` where it ended the process itself.
        reason: how a sentence about it goes on.
    """

    outcome: Outcome
    reason: str


Losses = Mapping[str, Loss]
"""By what ran: `cell 3` (its position), or `call QUESTION CHECK STATE NUMBER` (its number within a try of a check)."""


class ProcessLost(Exception):
    """What is about to run has ended the process before."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(loss.reason)
        self.loss = loss


class Watch:
    """Runs cells and calls.

    Args:
        sleep_seconds: how long something may go on without using a processor.
        losses: what is not to run again.
        tell: hears what runs (`{"runs": ..., "seconds": ...}`), that it still does (`{"alive": True}`), that it has
            ended (`{"runs": None}`), and why the process is about to be ended (`{"timeout": ...}`). None in a notebook,
            whose process is not ours to end.
        memory: what bounds it while something runs, see `bounded_memory`.
    """

    def __init__(
        self,
        sleep_seconds: float,
        losses: Losses | None = None,
        tell: Callable[[Mapping[str, Any]], None] | None = None,
        memory: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._losses, self._tell, self._memory = losses or {}, tell, memory
        self._timer = Timer(sleep_seconds, self._give_up if tell else None, self._alive)
        self._place, self._number = "", 0

    def begin(self, *place: object) -> None:
        """The calls that follow belong to this place."""
        self._place, self._number = " ".join(map(str, place)), 0

    @contextmanager
    def cell(self, position: int, seconds: float) -> Iterator[None]:
        """While a cell runs.

        Raises:
            ProcessLost: it has ended the process before.
        """
        with self._running(f"cell {position}", seconds, AT_ONCE):
            yield

    @contextmanager
    def call(self, seconds: float) -> Iterator[None]:
        """While a call runs.

        Raises:
            ProcessLost: it has ended the process before.
            TimeUp: it took too long.
        """
        self._number += 1
        with self._running(f"call {self._place} {self._number}", seconds, STUBBORN):
            yield

    @contextmanager
    def _running(self, what: str, seconds: float, patience: int) -> Iterator[None]:
        if what in self._losses:
            raise ProcessLost(self._losses[what])
        self._say(runs=what, seconds=seconds)
        try:
            with self._timer.limit(seconds, patience), self._memory():
                yield
        finally:
            self._say(runs=None)

    def _say(self, **message: Any) -> None:
        if self._tell is not None:
            self._tell(message)

    def _alive(self) -> None:
        self._say(alive=True)

    def _give_up(self, reason: str) -> None:
        self._say(timeout=reason)
        os._exit(1)


def bounded_memory(megabytes: int) -> Callable[[], AbstractContextManager[None]]:
    """What bounds the memory of student code in this process, on Linux; elsewhere nothing but the machine does.

    What is ours comes before and after, and may take more: it has to go on where student code has taken all.

    Args:
        megabytes: what may be taken besides what this process has now.
    """
    if importlib.util.find_spec("resource") is None or not STATM.exists():
        return nullcontext
    resource: Any = importlib.import_module("resource")
    most = int(STATM.read_text().split()[0]) * resource.getpagesize() + megabytes * MEGABYTE
    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = most if before == resource.RLIM_INFINITY else min(most, before)

    @contextmanager
    def bounded() -> Iterator[None]:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (before, hard))

    return bounded
