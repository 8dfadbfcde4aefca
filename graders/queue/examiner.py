"""Looks at uploads and renders reports in processes alongside the server, which reads nothing of a student's itself."""

from __future__ import annotations

import functools
import gc
import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from graders.archive.finished import finish
from graders.errors import GradersError, IntakeError
from graders.model import Report
from graders.notebooks.restore import provided_by
from graders.queue.attempts import Upload
from graders.queue.examine import HandedOut, examine
from graders.runners.pool import die_with

PROCESSES = 2
ENDS = "The server is being stopped; nothing of this was taken. Try again in a minute."
BROKEN = "This file ends the process that looks at it; nothing of it was taken. Hand in the notebook alone."


class Examiner:
    """Processes that look at files; should one end, they are started again. Close it when the server ends.

    Raises:
        GradersError: it is closed.
    """

    def __init__(self, assignment: str, root: Path, most_mb: int) -> None:
        self._about = (assignment, root, most_mb)
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._closed = False
        self._starter = ThreadPoolExecutor(1, "examiner")  # a process dies with the thread that started it

    def close(self) -> None:
        """End the processes, whatever they look at: nothing of it was taken."""
        with self._lock:
            self._closed, pool, self._pool = True, self._pool, None
        if pool is not None:
            for process in (pool._processes or {}).values():  # it has no way to end what takes long
                process.kill()
            pool.shutdown(cancel_futures=True)
        self._starter.shutdown()

    def warm_up(self) -> None:
        """Start the processes before anything is asked of them."""
        self._running()

    def examine(self, name: str, content: bytes) -> Upload:
        """Read an uploaded file.

        Raises:
            IntakeError: it cannot be handed in; the sentence says what is wrong.
        """
        try:
            found: Upload = self._asked(_examine, name, content, *self._about)
        except BrokenProcessPool:
            raise IntakeError(BROKEN) from None
        return found

    def page(self, report: Report, title: str) -> str:
        """A report's page."""
        found: str = self._asked(_page, report, title)
        return found

    def _asked(self, work: Callable[..., Any], *given: Any) -> Any:
        """What the processes say; where one has just ended, by other work perhaps, they are asked once more."""
        pool = self._running()
        try:
            return self._starter.submit(pool.submit, work, *given).result().result()
        except BrokenProcessPool:
            self._drop(pool)
        pool = self._running()
        try:
            return self._starter.submit(pool.submit, work, *given).result().result()
        except BrokenProcessPool:
            self._drop(pool)
            raise

    def _running(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._closed:
                raise GradersError(ENDS)
            if self._pool is None:
                self._pool = self._starter.submit(_started).result()
            return self._pool

    def _drop(self, pool: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._pool is pool:
                self._pool = None
        pool.shutdown(wait=False, cancel_futures=True)


def _started() -> ProcessPoolExecutor:
    """Processes that end with this one, however it ends."""
    spawn = multiprocessing.get_context("spawn")  # copies of a server with threads could hang
    pool = ProcessPoolExecutor(PROCESSES, spawn, die_with, (os.getpid(),))
    pool.submit(_ready)  # the second one starts when there is work for it
    return pool


@functools.cache
def _handed_out(assignment: str, root: Path, most_mb: int) -> HandedOut:
    """Read once in each process, so that its copies, which read the files, find all that is known of it."""
    release = HandedOut.of(assignment, root, most_mb)
    provided_by(release.notebook)
    gc.freeze()  # a collection in a copy of this process copied it all
    return release


def _ready() -> None:
    """Nothing, once the process is there."""


def _examine(name: str, content: bytes, assignment: str, root: Path, most_mb: int) -> Upload:
    return examine(name, content, _handed_out(assignment, root, most_mb))


def _page(report: Report, title: str) -> str:
    return finish(report, title=title).html
