"""Ends what runs for too long in the main thread of this process, on any system: a watching thread and an interrupt."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from graders.sandbox.host.account import STUCK, unfinished

PERIOD = 0.1  # seconds between two looks
AWAKE = 0.02  # what uses less than this share of a processor sleeps; looking takes a little
WALL_FACTOR = 10  # for what sleeps off and on: so many times its processor time may go by on the clock


class TimeUp(BaseException):
    """Something has used more time than it may; the text goes on after its name. No `except Exception` catches it."""


class Timer:
    """Limits processor time, of all threads of this process, and sleep at a stretch.

    Args:
        sleep_seconds: how long something may go on without using a processor.
        give_up: ends the process of what ignores interrupts; called, in the watching thread, with how the
            sentence about it goes on. None where the process is not ours to end, as in a notebook.
        tick: called, in the watching thread, at every look.
    """

    def __init__(
        self, sleep_seconds: float, give_up: Callable[[str], None] | None = None, tick: Callable[[], None] | None = None
    ) -> None:
        self._sleep_seconds, self._give_up, self._tick = sleep_seconds, give_up, tick
        self._running, self._reason = False, ""

    @contextmanager
    def limit(self, cpu_seconds: float, patience: int) -> Iterator[None]:
        """Raise `TimeUp` in the block once it has used so much; nothing is limited outside the main thread.

        Args:
            cpu_seconds: the processor time that it may use.
            patience: after how many interrupts the process is given up; at once where it is 0.
        """
        if self._running or threading.current_thread() is not threading.main_thread():
            yield
            return
        ended = threading.Event()
        before = signal.signal(signal.SIGINT, self._interrupted)
        self._running, self._reason = True, ""
        watch = threading.Thread(target=self._watch, args=(cpu_seconds, patience, ended), daemon=True)
        watch.start()
        try:
            yield
        finally:
            with suppress(TimeUp):  # an interrupt that comes just here is late
                self._running = False
            self._running = False
            ended.set()
            watch.join()
            signal.signal(signal.SIGINT, signal.default_int_handler if before is None else before)

    def _interrupted(self, *_: Any) -> None:
        if self._reason and self._running:
            raise TimeUp(self._reason)
        if not self._reason:  # the person at the keyboard
            raise KeyboardInterrupt

    def _watch(self, cpu_seconds: float, patience: int, ended: threading.Event) -> None:
        start = seen = time.process_time()
        begun = awake = time.monotonic()
        rung = 0
        while not ended.wait(PERIOD):
            if self._tick is not None:
                self._tick()
            used, now = time.process_time(), time.monotonic()
            if used - seen > AWAKE * (now - awake):
                seen, awake = used, now
            if used - start > cpu_seconds:
                self._reason = unfinished(cpu_seconds)
            elif now - awake > self._sleep_seconds or now - begun > WALL_FACTOR * cpu_seconds + self._sleep_seconds:
                self._reason = STUCK
            if not self._reason:
                continue
            if rung >= patience and self._give_up is not None:
                self._give_up(self._reason)
            rung += 1
            _interrupt()


def _interrupt() -> None:
    """Interrupt the main thread, also where it sleeps."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(int(threading.main_thread().ident or 0), signal.SIGINT)
    else:  # on Windows, where a signal that this thread raises wakes the main one
        signal.raise_signal(signal.SIGINT)
