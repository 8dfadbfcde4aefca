"""A running attempt's processes, as the trusted side holds them."""

from __future__ import annotations

import os
import re
import select
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from graders.authoring.asking import Callbacks
from graders.authoring.replies import fields
from graders.errors import CallError, OutOfMemory, SandboxLost
from graders.model import Outcome
from graders.sandbox.host import procfs
from graders.sandbox.host.account import LimitExceeded, SubmissionBudget
from graders.sandbox.host.cgroup import Group
from graders.sandbox.host.connection import Connection, LineLost
from graders.sandbox.host.monitor import Budget
from graders.sandbox.inside.wire import WireError
from graders.sandbox.limits import MEGABYTE, Limits

PARTING, MOMENT = 5.0, 0.1
LOST = "The sandbox's warm process has ended."
NO_MEMORY = (
    "This machine, or the container, ran out of memory while it held less than a submission may use. Give it more, "
    "grade with fewer --jobs, or lower memory_mb in assignment.toml."
)
MOST_TOLD = 40


@dataclass(frozen=True)
class SessionClaims:
    """What a session tells of the state of its process; it may lie, and no mark depends on it.

    Attributes:
        replaced: functions of libraries that cells had replaced, and that were put back.
        moved: switches of the whole process that cells have left changed.
    """

    replaced: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()

    @staticmethod
    def read(reply: Any) -> SessionClaims:
        """What a session replied to `begin`; `WireError` where it is no such reply."""
        try:
            found = fields(fields(reply, ok=dict)["ok"], replaced=list[str], moved=list[str])
        except CallError as error:
            raise WireError(error.message) from None
        return SessionClaims(*(tuple(map(_title, found[name][:MOST_TOLD])) for name in ("replaced", "moved")))


def _title(text: str) -> str:
    return re.sub(r"[^\w. ,]", "?", text[:100])


class Origin(Protocol):
    """The warm process, as far as an attempt needs it."""

    memory: int
    group: Group | None

    @property
    def lost(self) -> bool:
        """Whether it has ended."""
        ...

    def end(self, told: int) -> int:
        """Kill an attempt; its exit status."""
        ...


class AttemptProcess:
    """One attempt's processes.

    Args:
        warm: where it came from.
        told: the number of its first process, as the warm process knows it.
        root: the same as this process knows it; None when it has ended already.
        end: our end of its line.
        limits: what it may use.
        folder: where it writes, if the size of that is not bounded by itself.
        account: what it is charged to.
    """

    def __init__(
        self,
        warm: Origin,
        told: int,
        root: int | None,
        end: socket.socket,
        limits: Limits,
        folder: Path | None = None,
        account: SubmissionBudget | None = None,
    ) -> None:
        self._warm, self._told, self._limits, self._folder, self._account = warm, told, limits, folder, account
        self._line = Connection(end, limits.frame_mb * MEGABYTE)
        self._tree = procfs.Tree(root or 0, warm.memory)
        self._handle = os.pidfd_open(root) if root else None
        self._killed, self._outgrown = procfs.killed_for_memory(), self._times_outgrown()
        self._snapshots: dict[int, Connection] = {}
        self.executed = 0  # how many cells have been, of all that are to be
        self.status: int | None = None
        self.ended = False

    def _times_outgrown(self) -> int:
        return self._warm.group.outgrown() if self._warm.group else 0

    def ask(self, request: Any, cpu_seconds: float, limit: int | None = None, *, look: bool = False) -> Any:
        """Ask the attempt's main process; `LimitExceeded`, `LineLost` and `WireError` leave it fit only to be ended."""
        return self.converse(self._line, request, cpu_seconds, limit=limit, look=look)

    def converse(
        self,
        line: Connection,
        request: Any,
        cpu_seconds: float,
        *,
        passing: socket.socket | None = None,
        limit: int | None = None,
        limits: Limits | None = None,
        asking: Callbacks | None = None,
        slowly: bool = False,
        look: bool = False,
    ) -> Any:
        """Ask over any line into this attempt, under the limits of the whole tree, or others.

        What it asks in its turn before it replies is answered by `asking`, whose time is not the attempt's. With
        `look`, what it holds is judged once more when it has replied, however soon that was, so that the next request
        does not pay for it.

        Raises:
            SandboxLost: nobody answers because the warm process, and all that it had started, has been killed.
            OutOfMemory: nobody answers because the machine has run out of memory.
            LimitExceeded, LineLost, WireError: what was asked did not come back, and the line can be used no more;
                `Spent`, a `LimitExceeded`, where the submission as a whole has used up what it may.
        """
        if self.ended:
            raise LineLost
        bounds = limits or self._limits
        budget = Budget(
            self._tree,
            bounds,
            cpu_seconds,
            self._warm.memory,
            self._folder,
            self.drop_snapshots,
            self._account,
            slowly,
        )
        try:
            if self._handle is None:
                raise LineLost
            answer = budget.sparing(asking.answer) if asking else None
            reply = line.ask(
                request,
                budget.look,
                passing=passing,
                ended=self._handle,
                limit=limit,
                answer=answer,
                looked=self._tree.measured,
            )
        except (LineLost, WireError):
            if self._warm.lost:
                raise SandboxLost(LOST) from None
            if procfs.killed_for_memory() > self._killed:
                self._explain_lack_of_memory(budget)
            raise
        if look:
            budget.look()
        else:
            budget.look_at_files()
        return reply

    def snapshot(self, limits: Limits) -> None:
        """Keep the state after the cells that have been executed so far, in a copy of the main process that waits."""
        main = self._main()
        before = set(procfs.children(main))
        self._snapshots[self.executed] = self._fresh_line(self._line, "snapshot", limits)
        made = [process for pid in set(procfs.children(main)) - before if (process := procfs.read_process(pid))]
        if (
            len(made) == 1
        ):  # else a cell's own processes cannot be distinguished from it, and it is watched as one of them
            self._tree.snapshots.add((made[0].pid, made[0].started))

    def keeps(self, executed: int) -> bool:
        """Whether the state after so many cells can be had."""
        return executed in self._snapshots or executed == self.executed

    def drop_snapshots(self) -> bool:
        """End the copies that wait; whether there were any."""
        dropped = bool(self._snapshots)
        for line in self._snapshots.values():
            line.close()
        for process in list(procfs.descendants(self._tree.root)) if self._tree.snapshots else ():
            if (process.pid, process.started) in self._tree.snapshots:
                procfs.kill(process)
        self._snapshots.clear()
        self._tree.snapshots.clear()
        return dropped

    def fork(
        self, executed: int, limits: Limits, *, as_left: bool
    ) -> tuple[Connection, SessionClaims, Callable[[], None]]:
        """Fork the state after so many cells: the line to the copy, what it tells of it, and what ends it."""
        before = {(p.pid, p.started) for p in procfs.descendants(self._tree.root)}
        via = self._line if executed == self.executed else self._snapshots[executed]
        line = self._fresh_line(via, "fork", limits)
        told = self._begun(line, limits, as_left)

        def end_copy() -> None:
            line.close()
            self._sweep(before)

        return line, told, end_copy

    def stay(self, limits: Limits, *, as_left: bool) -> tuple[Connection, SessionClaims]:
        """Let the main process itself answer calls from now on, and execute no more cells: the line, what it tells."""
        line = self._fresh_line(self._line, "stay", limits)
        return line, self._begun(line, limits, as_left)

    def _fresh_line(self, via: Connection, op: str, limits: Limits) -> Connection:
        """A new line to the process that answers from now on: on the old one cells may have left made-up replies."""
        ours, theirs = socket.socketpair()
        line = Connection(ours, self._limits.frame_mb * MEGABYTE)
        try:
            with theirs:
                self.converse(via, {"op": op}, limits.call_cpu_seconds, passing=theirs, limits=limits)
        except BaseException:
            line.close()
            raise
        return line

    def _begun(self, line: Connection, limits: Limits, as_left: bool) -> SessionClaims:
        """Begin a session: what it tells of the state in which its cells have left the process."""
        request = {"op": "begin", "as_left": as_left}
        try:
            reply = self.converse(line, request, limits.call_cpu_seconds, limits=limits)
            return SessionClaims.read(reply)
        except BaseException:
            line.close()
            raise

    def _main(self) -> int:
        """The number of the main process; that of the first where there is none any more."""
        return next(iter(procfs.children(self._tree.root)), self._tree.root)

    def _sweep(self, spared: set[tuple[int, int]]) -> None:
        """Kill what was started since."""
        for process in list(procfs.descendants(self._tree.root)):
            if (process.pid, process.started) not in spared:
                procfs.kill(process)

    def _explain_lack_of_memory(self, budget: Budget) -> None:
        """The kernel has killed something: because this wanted too much, or because the machine has not enough."""
        if self._times_outgrown() > self._outgrown:
            raise LimitExceeded(Outcome.MEMORY, budget.too_much_memory) from None
        raise OutOfMemory(NO_MEMORY) from None

    @property
    def root(self) -> int:
        """The number of its first process, which is ours; 0 when it has ended already."""
        return self._tree.root

    @property
    def threads(self) -> int:
        """How many threads the main process has."""
        return max((p.threads for p in map(procfs.read_process, procfs.children(self._tree.root)) if p), default=0)

    def end(self, lost: bool = False) -> None:
        """Kill everything in it, if anything is left; raises `SandboxLost` when the warm process is gone too.

        Args:
            lost: whether its main process has ended already, so that the rest is about to.
        """
        if self.ended:
            return
        self.ended = True
        self.drop_snapshots()
        self._line.close()
        if self._handle is not None:
            if lost:
                has_ended(self._handle, PARTING)  # so that its own exit status is the one we get
            os.close(self._handle)
        self.status = self._warm.end(self._told)


def has_ended(handle: int, seconds: float) -> bool:
    """Whether a process has ended, or does so within a while."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
