"""The processes behind the walls as the trusted side holds them: the warm one, and a running attempt."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from graders.errors import SandboxError
from graders.model import Outcome
from graders.sandbox import walls, watch
from graders.sandbox.limits import MEGABYTE, Limits
from graders.sandbox.line import Line, LineLost
from graders.sandbox.wire import WireError

PARTING = 5.0
PATIENCE = 120.0  # seconds for the warm process to start or to obey; it runs nothing of a student's


class Cut(Exception):
    """A limit was reached: the outcome, and how a sentence about what was cut goes on."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason


class WarmLost(Exception):
    """The warm process is gone: no fault of the student's."""


class Warm:
    """The warm process: starts attempts, and collects them when they end.

    Args:
        wall: the walls to start it behind.
        probes: the folder of the assignment's package `probes`, or None.
        data: the assignment's public data, or None.
        frame_bytes: the largest frame to and from it.
    """

    def __init__(self, wall: walls.Walls, probes: Path | None, data: Path | None, frame_bytes: int) -> None:
        self._stack = contextlib.ExitStack()
        try:
            self._start(wall, probes, data, frame_bytes)
        except BaseException:
            self._stack.close()
            raise

    def _start(self, wall: walls.Walls, probes: Path | None, data: Path | None, frame_bytes: int) -> None:
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="graders-")))
        walls.prepare(folder, probes)
        complaints: IO[bytes] = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        ours, theirs = socket.socketpair()
        self._line = Line(ours, frame_bytes)
        self._stack.callback(self._line.close)
        options: dict[str, Any] = {"descriptor": theirs.fileno(), "frame_bytes": frame_bytes}
        options |= {"probes": probes is not None, "user": wall.user, "nested": wall.nested}
        options |= {"mount_proc": wall.bubblewrap is not None and wall.user is not None}
        with theirs:
            self._process = subprocess.Popen(
                walls.command(wall, folder, data, json.dumps(options)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                pass_fds=(theirs.fileno(),),
                env=walls.environment(),
                cwd="/",
            )
        self._stack.callback(self._stop)
        try:
            greeting = self._ask(None)
        except WarmLost:
            complaints.seek(0)
            text = complaints.read().decode("utf-8", "replace").strip()[-2000:]
            raise SandboxError(f"The sandbox did not start: {text or 'no reason was given'}") from None
        self.environment: dict[str, Any] = greeting["environment"]
        self.holds: dict[str, Any] = greeting["walls"]
        self._find(greeting["pid"])

    def _find(self, inner: int) -> None:
        for process in watch.descendants(self._process.pid):
            numbers = watch.numbers(process.pid)
            if numbers and numbers[-1] == inner:
                self.pid, self._level, self.memory = process.pid, len(numbers) - 1, process.memory
                return
        raise SandboxError("The warm process of the sandbox cannot be seen in /proc, so that nothing could be limited.")

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def start(self, limits: Limits) -> Running:
        """Start an attempt."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                told = self._ask({"op": "attempt", "limits": limits.inside()}, theirs)["pid"]
            except BaseException:
                ours.close()
                raise
        return Running(self, told, self._host_pid(told), ours, limits)

    def _host_pid(self, told: int) -> int | None:
        for pid in watch.children(self.pid):
            if watch.numbers(pid)[self._level : self._level + 1] == [told]:
                return pid
        return None

    def end(self, told: int) -> int:
        """Kill an attempt if it still runs, with everything in it; its exit status (128 and the signal's number)."""
        return int(self._ask({"op": "end", "pid": told})["status"])

    def close(self) -> None:
        """End it and everything below it."""
        self._stack.close()

    def _ask(self, request: Any, passing: socket.socket | None = None) -> Any:
        deadline = time.monotonic() + PATIENCE

        def look() -> None:
            if time.monotonic() > deadline:
                raise WarmLost

        try:
            return self._line.ask(request, look, passing=passing)
        except (LineLost, WireError) as error:
            raise WarmLost from error

    def _stop(self) -> None:
        self._line.close()
        self._process.kill()  # what bubblewrap started dies with it
        self._process.wait()


@dataclass
class Budget:
    """Raises `Cut` once what a request has used is more than it may."""

    tree: watch.Tree
    limits: Limits
    cpu_seconds: float
    shared_memory: int

    def __post_init__(self) -> None:
        """Start counting now."""
        self._cpu_before = self.tree.usage().cpu
        self._deadline = time.monotonic() + self.limits.wall_seconds(self.cpu_seconds)

    def look(self) -> None:
        """Measure, and judge."""
        usage, allowed = self.tree.usage(), self.limits.memory_mb * MEGABYTE
        if usage.cpu - self._cpu_before > self.cpu_seconds:
            raise Cut(Outcome.TIMEOUT, f"did not finish in {_seconds(self.cpu_seconds)} of processor time")
        if usage.memory > allowed and watch.exact_memory(self.tree.root) > allowed + self.shared_memory:
            raise Cut(Outcome.MEMORY, f"used more memory than the {self.limits.memory_mb} MB that it may use")
        if usage.processes > self.limits.processes:
            raise Cut(Outcome.ERROR, f"started more than {self.limits.processes} processes and threads")
        if time.monotonic() > self._deadline:
            raise Cut(Outcome.TIMEOUT, "waited for something and did not go on")


def _seconds(number: float) -> str:
    return f"{number:g} second" + ("" if number == 1 else "s")


class Running:
    """One attempt's processes.

    Args:
        warm: where it came from.
        told: the number of its first process, as the warm process knows it.
        root: the same as this process knows it; None when it has ended already.
        end: our end of its line.
        limits: what it may use.
    """

    def __init__(self, warm: Warm, told: int, root: int | None, end: socket.socket, limits: Limits) -> None:
        self._warm, self._told, self._limits = warm, told, limits
        self._line = Line(end, limits.frame_mb * MEGABYTE)
        self._tree = watch.Tree(root or 0, warm.memory)
        self._handle = os.pidfd_open(root) if root else None
        self.status: int | None = None
        self.ended = False

    def ask(self, request: Any, cpu_seconds: float, limit: int | None = None) -> Any:
        """Ask the attempt's main process; `Cut`, `LineLost` and `WireError` leave it fit only to be ended."""
        return self.converse(self._line, request, cpu_seconds, limit=limit)

    def converse(
        self,
        line: Line,
        request: Any,
        cpu_seconds: float,
        *,
        passing: socket.socket | None = None,
        limit: int | None = None,
        limits: Limits | None = None,
    ) -> Any:
        """Ask over any line into this attempt, under the limits of the whole tree, or others."""
        if self.ended or self._handle is None:
            raise LineLost
        budget = Budget(self._tree, limits or self._limits, cpu_seconds, self._warm.memory)
        return line.ask(request, budget.look, passing=passing, ended=self._handle, limit=limit)

    def open_line(self, cpu_seconds: float) -> tuple[Line, Callable[[], None]]:
        """Fork the attempt's main process; the line to the copy, and what ends the copy."""
        before = {(p.pid, p.started) for p in watch.descendants(self._tree.root)}
        ours, theirs = socket.socketpair()
        line = Line(ours, self._limits.frame_mb * MEGABYTE)
        try:
            with theirs:
                self.converse(self._line, {"op": "fork"}, cpu_seconds, passing=theirs)
            self.converse(line, {"op": "defines", "name": ""}, cpu_seconds)
        except BaseException:
            line.close()
            raise

        def end_copy() -> None:
            line.close()
            self._sweep(before)

        return line, end_copy

    def _sweep(self, spared: set[tuple[int, int]]) -> None:
        """Kill what was started since."""
        for process in list(watch.descendants(self._tree.root)):
            if (process.pid, process.started) not in spared:
                _kill(process)

    @property
    def line(self) -> Line:
        """The line to the main process, for a session that is not a copy."""
        return self._line

    @property
    def threads(self) -> int:
        """How many threads the main process has."""
        return max((p.threads for p in map(watch.read_process, watch.children(self._tree.root)) if p), default=0)

    def end(self, lost: bool = False) -> None:
        """Kill everything in it, if anything is left; raises `WarmLost` when the warm process is gone too.

        Args:
            lost: whether its main process has ended already, so that the rest is about to.
        """
        if self.ended:
            return
        self.ended = True
        self._line.close()
        if self._handle is not None:
            if lost:
                _wait_for(self._handle)  # so that its own exit status is the one we get
            os.close(self._handle)
        self.status = self._warm.end(self._told)


def _wait_for(handle: int) -> None:
    """Wait until a process has ended, for a while."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    poll.poll(PARTING * 1000)


def _kill(process: watch.Process) -> None:
    """Kill exactly this process, not one that has taken its number since."""
    try:
        handle = os.pidfd_open(process.pid)
    except OSError:
        return
    try:
        now = watch.read_process(process.pid)
        if now is not None and now.started == process.started:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except OSError:
        return
    finally:
        os.close(handle)
