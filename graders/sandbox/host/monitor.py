"""What one request to student code may use, watched from the trusted side."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graders.model import Outcome
from graders.sandbox.host import procfs
from graders.sandbox.host.account import STUCK, LimitExceeded, SubmissionBudget, unfinished
from graders.sandbox.host.connection import LOOK_EVERY
from graders.sandbox.limits import MEGABYTE, SPARE_BYTES, Limits

MOST_FILES, DEEPEST = 10_000, 100
PROCESSORS = os.cpu_count() or 1
WEIGH_EVERY = 1.0  # seconds between two exact measurements of snapshots
MOST_COUNTED = 1.0  # seconds between two looks that count as waiting: when the machine itself stood still, nobody pays


@dataclass
class Budget:
    """Raises `LimitExceeded` once what a request has used is more than it may.

    Args:
        tree: the processes that are watched.
        limits: what they may use.
        cpu_seconds: CPU seconds from now on.
        shared_memory: bytes that they share with the warm process.
        folder: where they write, if nothing but this bounds what they write.
        relieve: ends the snapshots of the tree, for the sake of its memory; whether there were any.
        account: what the submission may use in all; None for what belongs to none.
        slowly: whether this request may take longer than others, and is charged apart.
    """

    tree: procfs.Tree
    limits: Limits
    cpu_seconds: float
    shared_memory: int
    folder: Path | None = None
    relieve: Callable[[], bool] = bool
    account: SubmissionBudget | None = None
    slowly: bool = False

    def __post_init__(self) -> None:
        """Start counting now, or at the last look, where that was a moment ago; `Spent` where nothing is left."""
        age = time.monotonic() - self.tree.measured
        if age > LOOK_EVERY or self.slowly:
            age = 0.0
            self.tree.usage()
        self._cpu_before = self._cpu_seen = self.tree.cpu
        self._unseen = age * PROCESSORS  # what may have been used since that look, before this request
        if self.account is not None:
            self._charge(self._cpu_before)  # to what was asked before
            self.account.begin(self.slowly)
        self._looked, self._waited, self._idle, self._slept = time.monotonic(), 0.0, 0.0, False
        self._weighed = -WEIGH_EVERY

    @property
    def too_much_memory(self) -> str:
        """How a sentence goes on about what held too much memory."""
        return f"used more memory than the {self.limits.memory_mb} MB that it may use"

    def sparing(self, answer: Callable[..., Any]) -> Callable[..., Any]:
        """What answers questions of this request, its time counted as nobody's waiting."""

        @functools.wraps(answer)
        def spared(*args: Any) -> Any:
            before = time.monotonic()
            try:
                return answer(*args)
            finally:
                self._looked += time.monotonic() - before

        return spared

    def look(self) -> None:
        """Measure, and judge."""
        now, usage = time.monotonic(), self.tree.usage()
        self._charge(usage.cpu)
        if usage.cpu - self._cpu_before > self.cpu_seconds + self._unseen:
            raise LimitExceeded(Outcome.TIMEOUT, unfinished(self.cpu_seconds))
        self._look_at_memory(usage)
        if usage.processes > self.limits.processes:
            raise LimitExceeded(Outcome.ERROR, f"started more than {self.limits.processes} processes and threads")
        self.look_at_files()
        self._look_at_clock(usage, now)
        if self.account is not None:
            self.account.judge()

    def _charge(self, cpu: float) -> None:
        if self.account is not None and cpu > self.tree.charged:
            self.account.charge(cpu=cpu - self.tree.charged)
            self.tree.charged = cpu

    def _look_at_memory(self, usage: procfs.Usage) -> None:
        """Judge what is held, each page once; snapshots, which are ours, go before anything is cut.

        They share nearly all of their pages with what runs, so that they are weighed less often than looked at.
        """
        allowed, now = self.limits.memory_mb * MEGABYTE, time.monotonic()
        if usage.memory + usage.waiting <= allowed:
            return
        if usage.memory <= allowed and now - self._weighed < WEIGH_EVERY:
            return
        self._weighed = now
        most = allowed + self.shared_memory + SPARE_BYTES
        if procfs.exact_memory(self.tree.root) > most and not self.relieve():
            raise LimitExceeded(Outcome.MEMORY, self.too_much_memory)

    def _look_at_clock(self, usage: procfs.Usage, now: float) -> None:
        """Judge how long it has slept: at a stretch, with every process asleep, or on the whole.

        A stretch begins when it is first seen asleep, not before: what has just replied sleeps too, and however late
        that is seen, its reply is taken before the next look.
        """
        passed = min(max(0.0, now - self._looked), MOST_COUNTED)
        self._looked = now
        self._waited += passed
        asleep = usage.asleep and usage.cpu == self._cpu_seen
        slept = passed if asleep and self._slept else 0.0
        self._idle = self._idle + slept if asleep else 0.0
        self._cpu_seen, self._slept = usage.cpu, asleep
        if self.account is not None:
            self.account.charge(waited=passed, asleep=slept)
        if self._idle > self.limits.sleep_seconds or self._waited > self.limits.wall_seconds(self.cpu_seconds):
            raise LimitExceeded(Outcome.TIMEOUT, STUCK)

    def look_at_files(self) -> None:
        """Judge what has been written; also when a request is answered sooner than it could be looked at."""
        if self.folder is None:
            return
        found = procfs.written(self.folder, MOST_FILES, DEEPEST)
        if found.depth > DEEPEST:
            raise LimitExceeded(Outcome.ERROR, f"made folders more than {DEEPEST} deep")
        if found.count > MOST_FILES:
            raise LimitExceeded(Outcome.ERROR, f"made more than {MOST_FILES} files")
        if found.size + procfs.hidden_files(self.tree.root) > self.limits.inside()["disk_bytes"]:
            raise LimitExceeded(Outcome.ERROR, f"wrote more than {4 * self.limits.file_mb} MB of files")
