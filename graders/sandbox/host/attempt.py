"""One submission's cells, executed once behind the walls, and sessions forked from their states."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from graders.errors import CallError, GpuFault, OutOfMemory, SandboxError, SandboxLost
from graders.model import CellRun, Outcome
from graders.notebooks.notebook import ExecCell
from graders.sandbox.host.account import CELLS_SHARE, LimitExceeded, Spent, SubmissionBudget
from graders.sandbox.host.attempt_process import AttemptProcess, SessionClaims
from graders.sandbox.host.connection import Connection, LineLost
from graders.sandbox.host.faults import Explainer, death, error_output, nothing_left, read_fault, read_outputs, stopped
from graders.sandbox.host.session import Session
from graders.sandbox.host.zygote import Host
from graders.sandbox.inside.wire import WireError
from graders.sandbox.limits import Limits
from graders.timing import span

MAX_RESTARTS = 12
MAX_LOSSES = 3
GIVEN_UP = 2
GPU_FAILED = "The GPU of the machine that graded this failed while this cell was executed."
STARVED = "The machine that graded this ran out of memory while this cell was executed."
OPENING_CPU_SECONDS = 2.0  # for a session to open, which is our work: a large process takes longer to copy
MUTE = "After your cells were executed, the process in which they ran did not answer any more."


class Attempt:
    """One submission's cells, executed once, and the sessions forked from that state.

    Attributes:
        cells: how each cell went.
        environment: versions of Python and torch, and the device.
        starved: for the positions of cells how often the machine ran out of memory, or its GPU failed, in them; the
            second time they are given up.
        gpu_failed: whether it was the GPU.
        replaced: the functions of libraries that cells had replaced, as sessions tell it.
        moved: the switches of the whole process that all cells together leave changed, as the last session tells it.
        account: what it has used in all.
    """

    def __init__(
        self, sandbox: Host, cells: Sequence[ExecCell], seed: int, limits: Limits, stops: Collection[int] = ()
    ) -> None:
        self._sandbox, self._limits, self._seed = sandbox, limits, seed
        self._todo = tuple(cells)
        self._stops = frozenset(stops) - {len(self._todo)}
        self._lost: dict[int, CellRun] = {}  # cells that cost the process, by position: skipped from then on
        self._running: AttemptProcess | None = None
        self._lone = set[int]()  # after so many cells no copy can be made
        self._mute = 0  # how often in a row no session could be opened
        self._sources = {cell.index: cell.source for cell in self._todo}
        self.cells: tuple[CellRun, ...] = ()
        self.environment: Mapping[str, Any] = {}
        self.starved = Counter[int]()
        self.gpu_failed = False
        self.replaced: set[str] = set()
        self.moved: tuple[str, ...] = ()
        self.account = SubmissionBudget(limits)
        self._reached = 0  # how many cells have been executed at least once
        self._exhausted: Spent | None = None  # once there is nothing left to execute any cell with

    def execute(self, upto: int | None = None) -> AttemptProcess:
        """Execute the cells in fresh processes, as often as it takes to find those that end their process.

        Args:
            upto: how many of them, where not all; no state before is kept then.

        Raises:
            Spent: the submission has used up what it may use in all; `cells` says so.
        """
        if self._exhausted is not None:
            raise self._exhausted
        losses = 0
        while True:
            self.close()
            running = self._running = self._sandbox.start(self._limits, self.account)
            self.environment, starved = self._sandbox.warm().environment, self.starved.total()
            try:
                runs = self._pass_through(running, upto)
            except Spent as spent:
                self._end_for_good(spent)
                raise
            except SandboxLost as lost:
                losses += self.starved.total() == starved  # what happens in a cell is counted there
                if losses == MAX_LOSSES:
                    raise SandboxError(f"This happens whenever cells are executed: {lost}") from None
                continue
            if runs is not None:
                self.cells = self.cells or runs
                return running

    def _end_for_good(self, spent: Spent) -> None:
        """Execute nothing any more, for there is nothing left to do it with."""
        self.close()
        self._exhausted = spent
        self._leave_out(0, spent.reason)
        self.cells = self.cells or tuple(self._lost[position] for position in range(len(self._todo)))

    def _leave_out(self, position: int, reason: str) -> None:
        """Mark the cells from a position on as not executed, those apart of which more is known."""
        for later in range(position, len(self._todo)):
            self._lost.setdefault(later, stopped(self._todo[later], Outcome.TIMEOUT, f"This cell {reason}."))

    @property
    def slow(self) -> Collection[str]:
        """The functions and probes that may take longer than others."""
        return self._limits.calls.keys()

    @property
    def incomplete(self) -> bool:
        """Whether the machine had not enough memory to execute all cells, or its GPU failed."""
        return max(self.starved.values(), default=0) >= GIVEN_UP

    def _pass_through(self, running: AttemptProcess, upto: int | None) -> tuple[CellRun, ...] | None:
        """Execute each cell that is not known to end its process; None when one more of them turned up."""
        self._plain_ask(running, {"op": "seed", "seed": self._seed})
        self.account.begin_pass()
        runs: list[CellRun] = []
        for position, cell in enumerate(self._todo[:upto]):
            if upto is None and position in self._stops and not self._kept(running):
                return None
            if position >= self._reached and (reason := self.account.used_up(CELLS_SHARE)):
                self._leave_out(position, reason)
            self._reached = max(self._reached, position)
            run = self._lost.get(position)
            if run is None:
                run, survived = self._run(running, cell, runs)
                if not survived:
                    self._lost[position] = run
                    if len(self._lost) >= MAX_RESTARTS:
                        self._give_up(position)
                    return None
            runs.append(run)
            running.executed = position + 1
        return tuple(runs)

    def _kept(self, running: AttemptProcess) -> bool:
        """Keep the state where a section ends, if it can be; whether the processes are fit to go on."""
        if self._sandbox.gpu or running.threads > 1 or running.executed in self._lone:
            return True  # what cannot be forked is executed again when it is needed
        try:
            with span("fork", "copy of this state"):
                running.snapshot(self._limits.hurried())
        except Spent:
            raise
        except (LimitExceeded, LineLost, WireError):
            self._lone.add(running.executed)
            return False
        return True

    def _plain_ask(self, running: AttemptProcess, request: Any) -> None:
        try:
            running.ask(request, self._limits.cell_cpu_seconds)
        except Spent:
            raise
        except (LineLost, WireError, LimitExceeded):
            running.end()
            raise SandboxError("An attempt ended before it had executed anything.") from None

    def _run(self, running: AttemptProcess, cell: ExecCell, before: Sequence[CellRun]) -> tuple[CellRun, bool]:
        """Execute one cell: how it went, and whether the process survived it."""
        output_bytes = self.account.output_bytes
        request = {"op": "cell", "index": cell.index, "source": cell.source, "output_bytes": output_bytes}
        try:
            limit = 16 * output_bytes + (1 << 20)
            with span("cells", f"cell {cell.index + 1} {cell.question or ''}"):
                reply = running.ask(request, self._limits.cell_cpu_seconds, limit=limit, look=True)
            return self._read(cell, reply, before)
        except Spent:
            running.end()
            raise
        except LimitExceeded as cut:
            running.end()
            return stopped(cell, cut.outcome, f"This cell {cut.reason}."), False
        except (OutOfMemory, GpuFault) as fault:
            self.starved[len(before)] += 1
            self.gpu_failed = isinstance(fault, GpuFault)
            if self.starved[len(before)] < GIVEN_UP:
                raise
            given_up = (Outcome.ERROR, GPU_FAILED) if self.gpu_failed else (Outcome.MEMORY, STARVED)
            return stopped(cell, *given_up), False
        except LineLost:
            running.end(lost=True)
            outcome, how = death(running.status)
            return stopped(cell, outcome, f"This cell {how}."), False
        except WireError as error:
            running.end()
            return stopped(cell, Outcome.ERROR, f"This cell showed something that cannot be read: {error}."), False

    def _read(self, cell: ExecCell, reply: Any, before: Sequence[CellRun]) -> tuple[CellRun, bool]:
        fields = reply if isinstance(reply, dict) else {}
        outputs, seconds = self.account.kept(read_outputs(fields.get("outputs"))), fields.get("seconds")
        seconds = seconds if type(seconds) is float and 0 <= seconds < 1e6 else 0.0
        if fields.get("error", 0) is None:
            return CellRun(cell.index, cell.question, cell.source, outputs, seconds=seconds), True
        runs = {run.index: run for run in before}
        fault, explainer = read_fault(fields.get("error")), Explainer(self._sources, runs, self._sandbox.things)
        survived = self._sandbox.hear(fault)
        outputs = (*outputs, error_output(fault, explainer))
        return explainer.cell_run(cell, fault, outputs, seconds), survived

    def _give_up(self, position: int) -> None:
        reason = "This cell was not executed, because too many cells before it ended the process."
        for later in range(position + 1, len(self._todo)):
            self._lost.setdefault(later, stopped(self._todo[later], Outcome.ERROR, reason))

    @contextlib.contextmanager
    def session(
        self,
        parameters: Mapping[str, Any] | None = None,
        answers: Mapping[str, str] | None = None,
        *,
        hurried: bool = False,
        executed: int | None = None,
        as_left: bool = False,
    ) -> Iterator[Session]:
        """A fork of an executed state that answers calls; where it cannot be forked, the cells executed again.

        Args:
            executed: the state after how many cells, one of `stops`; after all of them where it is None.
            as_left: whether to leave the switches of the process (see `switches`) as the cells have left them, rather
                than to put them back before each check.
            parameters: the profile's parameters.
            answers: question id -> source of the answer cell.
            hurried: whether calls get a tenth of their time, because an earlier session ran out of it.
        """
        runs = {run.index: run for run in (*self.cells, *self._lost.values())}
        explainer = Explainer(self._sources, runs, self._sandbox.things)
        with contextlib.ExitStack() as stack:
            executed = len(self._todo) if executed is None else executed
            yield Session(
                partial(self._open, stack, executed, as_left),
                self._limits.hurried() if hurried else self._limits,
                explainer,
                parameters=parameters or {},
                answers=answers or {},
                probe_names=self._sandbox.probe_names,
                hear=self._sandbox.hear,
            )

    def _open(self, stack: contextlib.ExitStack, executed: int, as_left: bool) -> tuple[AttemptProcess, Connection]:
        """The processes and the line of a session; once that has failed several times, it is not tried again."""
        limits = self._limits.hurried()
        limits = replace(limits, call_cpu_seconds=max(limits.call_cpu_seconds, OPENING_CPU_SECONDS))
        while self._mute < MAX_LOSSES:
            try:
                running = self._at(executed)
                if executed == running.executed and (running.threads > 1 or self._sandbox.gpu):
                    line, told = running.stay(limits, as_left=as_left)
                    end = self.close
                    stack.callback(line.close)
                else:
                    line, told, end = running.fork(executed, limits, as_left=as_left)
            except SandboxLost:
                self.close()
                raise
            except Spent as spent:
                raise nothing_left(spent) from None
            except (LimitExceeded, LineLost, WireError):
                self._mute += 1
                # its snapshot had to go, for the sake of memory
                if self._running and not self._running.keeps(executed):
                    self._lone.add(executed)
                self.close()
                continue
            self._mute = 0
            self._note(told, executed)
            stack.callback(end)
            return running, line
        raise CallError.in_our_words(Outcome.ERROR, MUTE)

    def _at(self, executed: int) -> AttemptProcess:
        """Processes that keep the state after so many cells."""
        running = self._running
        if running is None or running.ended:
            running = self.execute(executed if self._sandbox.gpu or executed in self._lone else None)
        return running if running.keeps(executed) else self.execute(executed)

    def _note(self, told: SessionClaims, executed: int) -> None:
        self.replaced.update(told.replaced)
        if executed == len(self._todo):
            self.moved = told.moved

    def close(self) -> None:
        """End the attempt's processes."""
        if self._running is not None:
            with contextlib.suppress(SandboxLost):
                self._running.end()
            self._running = None
