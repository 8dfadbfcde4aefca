"""The warm process behind the walls, as the trusted side holds it: it starts attempts, and collects them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Any, Protocol

from graders.errors import CatalogError, SandboxError, SandboxLost
from graders.sandbox.host import procfs, walls
from graders.sandbox.host.account import SubmissionBudget
from graders.sandbox.host.attempt_process import LOST, MOMENT, AttemptProcess, has_ended
from graders.sandbox.host.cgroup import own_group
from graders.sandbox.host.connection import Connection, LineLost
from graders.sandbox.host.faults import Fault
from graders.sandbox.inside.scratch import own_folder
from graders.sandbox.inside.wire import WireError
from graders.sandbox.limits import Limits
from graders.sandbox.offer import PACKAGES, importable

PLACE = re.compile(r'File "([^"]+)", line (\d+)')  # in a traceback
PATIENCE = 120.0  # seconds for the warm process to start or to obey; it runs nothing of a student's


class ZygoteProcess:
    """The warm process: starts attempts, and collects them when they end.

    It is started at once, and greeted before it is used, so that other work can be done while it warms up.

    Args:
        wall: the walls to start it behind.
        beside: the folder that holds the assignment's packages `probes` and `shims`, or None.
        data: the assignment's public data, or None.
        frame_bytes: the largest frame to and from it.
        packages: those that an answer may import.
    """

    def __init__(
        self,
        wall: walls.Walls,
        beside: Path | None,
        data: Path | None,
        frame_bytes: int,
        packages: tuple[str, ...] = PACKAGES,
    ) -> None:
        self._stack = contextlib.ExitStack()
        self._packages = packages
        try:
            self._start(wall, beside, data, frame_bytes)
        except BaseException:
            self._stack.close()
            raise

    def _start(self, wall: walls.Walls, beside: Path | None, data: Path | None, frame_bytes: int) -> None:
        folder = self._stack.enter_context(own_folder())
        walls.prepare(folder, beside)
        self.group = self._stack.enter_context(own_group())
        self._complaints: IO[bytes] = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        ours, theirs = socket.socketpair()
        self._line = Connection(ours, frame_bytes)
        self._stack.callback(self._line.close)
        options: dict[str, Any] = {"descriptor": theirs.fileno(), "frame_bytes": frame_bytes}
        options |= {name: (folder / name).is_dir() for name in walls.BESIDE} | walls.options(wall, folder, data)
        command = walls.command(wall, folder, data, json.dumps(options))
        with theirs:
            self._process = subprocess.Popen(
                self.group.entering(command) if self.group else command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._complaints,
                pass_fds=(theirs.fileno(),),
                env=walls.environment(str(folder / walls.HOME), wall.driver),
                cwd="/",
            )
        self._stack.callback(self._stop)
        self._bubblewrap = wall.bubblewrap

    def greet(self) -> None:
        """Wait until it is warm.

        Raises:
            SandboxError: it does not start here; it is closed.
        """
        try:
            self._greet()
        except BaseException:
            self._stack.close()
            raise

    def _greet(self) -> None:
        try:
            greeting = self._ask({"importable": importable(self._packages)})
        except SandboxLost:
            self._complaints.seek(0)
            text = self._complaints.read().decode("utf-8", "replace").strip()
            if (place := own_place(text)) is not None:
                raise CatalogError(
                    f"What the assignment puts into the sandbox cannot be loaded: {text.splitlines()[-1]} ({place}); "
                    "mend that file, or install what it imports."
                ) from None
            raise SandboxError(
                f"The sandbox did not start: {in_short(text[-2000:]) or 'no reason was given'}"
            ) from None
        self.environment: dict[str, Any] = greeting["environment"]
        self.holds: dict[str, Any] = greeting["walls"]
        self._find(greeting["pid"])
        self._handle = os.pidfd_open(self.pid)
        self._stack.callback(os.close, self._handle)
        self._root = f"/proc/{self.pid}/root" if self._bubblewrap else ""
        if self.group:
            self.group.measure_base()

    def _find(self, inner: int) -> None:
        for process in procfs.descendants(self._process.pid):
            numbers = procfs.numbers(process.pid)
            if numbers and numbers[-1] == inner:
                self.pid, self._level, self.memory = process.pid, len(numbers) - 1, process.memory
                return
        raise SandboxError("The warm process of the sandbox cannot be seen in /proc, so that nothing could be limited.")

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    @property
    def lost(self) -> bool:
        """Whether it has ended; a moment is left for it, since what runs in it may be seen to end before."""
        return has_ended(self._handle, MOMENT)

    def start(self, limits: Limits, account: SubmissionBudget | None = None) -> AttemptProcess:
        """Start an attempt, which is charged to an account."""
        if self.group:
            self.group.bound(limits, self.memory)
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                reply = self._ask({"op": "attempt", "limits": limits.inside()}, theirs)
            except BaseException:
                ours.close()
                raise
        told, folder = reply["pid"], reply["folder"]
        inside = Path(f"{self._root}{folder}") if folder else None
        return AttemptProcess(self, told, self._host_pid(told), ours, limits, inside, account)

    def _host_pid(self, told: int) -> int | None:
        for pid in procfs.children(self.pid):
            if procfs.numbers(pid)[self._level : self._level + 1] == [told]:
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
                raise SandboxLost(LOST)

        try:
            return self._line.ask(request, look, passing=passing)
        except (LineLost, WireError) as error:
            raise SandboxLost(LOST) from error
        except SandboxLost:
            self._stop()  # its answer may still come, and would be taken for the next one
            raise

    def _stop(self) -> None:
        self._line.close()
        self._process.kill()  # what bubblewrap started dies with it
        self._process.wait()


class Host(Protocol):
    """The sandbox, as far as an attempt needs it."""

    gpu: bool
    probe_names: frozenset[str]
    things: frozenset[str]

    def warm(self) -> ZygoteProcess:
        """The warm process."""
        ...

    def start(self, limits: Limits, account: SubmissionBudget | None = None) -> AttemptProcess:
        """Start an attempt's processes."""
        ...

    def hear(self, fault: Fault) -> bool:
        """Hear of an exception inside; whether the process in which it happened is fit for more."""
        ...


def own_place(text: str) -> str | None:
    """Where in the assignment's shims or probes a traceback has passed last; None where it has not."""
    passed = [(path.split("/"), line) for path, line in PLACE.findall(text) if "site-packages" not in path]
    own = [f"{'/'.join(parts[-2:])}, line {line}" for parts, line in passed if {*parts[:-1]} & {*walls.BESIDE}]
    return own[-1] if own and text.startswith("Traceback") else None


def in_short(text: str) -> str:
    """What a process said before it ended: of a traceback the exception, and the last line of code that it names."""
    places = PLACE.findall(text)
    if not text.startswith("Traceback") or not places:
        return text
    path, line = places[-1]
    return f"{text.splitlines()[-1]} ({'/'.join(path.split('/')[-2:])}, line {line})"
