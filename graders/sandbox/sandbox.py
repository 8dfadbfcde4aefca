"""Sandbox and Attempt: executes a notebook's cells behind walls, and opens sessions that answer calls."""

from __future__ import annotations

import contextlib
import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from graders.errors import CallError, OutOfMemory, SandboxError, SandboxLost
from graders.model import CellRun, Outcome
from graders.notebook import ExecCell
from graders.offer import PACKAGES
from graders.sandbox import walls
from graders.sandbox.budget import Cut
from graders.sandbox.explain import Explainer, death, error_output, read_fault, read_outputs
from graders.sandbox.limits import Limits
from graders.sandbox.line import Line, LineLost
from graders.sandbox.litter import own_folder
from graders.sandbox.process import Running, Told, Warm
from graders.sandbox.session import Session, names_in
from graders.sandbox.wire import WireError

MAX_RESTARTS = 12
MAX_LOSSES = 3
GIVEN_UP = 2
STARVED = "The machine that graded this ran out of memory while this cell was executed."
OUTCOMES = {"memory": Outcome.MEMORY, "absent": Outcome.SKIPPED}
MUTE = "After your cells were executed, the process in which they ran did not answer any more."


class Sandbox:
    """Owns a warm process behind walls, which it restarts when it dies; a context manager.

    Args:
        probes: the folder of the assignment's package `probes`, which runs inside; None where there is none.
        data: the assignment's public data, visible inside at `data_path`, read-only.
        limits: what each attempt may use, unless it is told otherwise.
        walls: the walls to build; `"auto"` for the strongest that start here, `"none"` to go without bubblewrap.
        gpu: whether attempts may use the GPU. Its state does not survive a fork, so the cells are then executed afresh
            for each session.
        packages: those that an answer may import, with all that they need; as pip writes them.
    """

    def __init__(
        self,
        probes: Path | None,
        data: Path | None,
        limits: Limits | None = None,
        walls: str | walls.Walls = "auto",
        *,
        gpu: bool = False,
        packages: tuple[str, ...] = PACKAGES,
    ) -> None:
        self.limits = limits or Limits()
        self._probes, self._data, self.packages = probes, data, packages
        self._candidates = [wall.with_gpu() if gpu else wall for wall in _chosen(walls)]
        self.gpu = gpu
        self._warm: Warm | None = None
        self._copy: Path | None = None
        self._stack = contextlib.ExitStack()
        self.probe_names = names_in(probes) if probes else frozenset()

    def __enter__(self) -> Sandbox:
        """Warm up."""
        self.warm()
        return self

    def __exit__(self, *_: object) -> None:
        """End everything."""
        self.close()

    @property
    def walls(self) -> walls.Walls:
        """The walls that started here; what holds is found out by trying."""
        self.warm()
        return self._candidates[0]

    @property
    def data_path(self) -> str:
        """The data folder as code inside sees it."""
        return walls.DATA if self.walls.bubblewrap else str(self._copy)

    def warm(self) -> Warm:
        """The warm process, started now if there is none that lives."""
        if self._warm is None or not self._warm.alive:
            self._end_warm()
            self._warm = self._started()
        return self._warm

    def _started(self) -> Warm:
        """The first of the candidates that starts, which is the only one from then on."""
        reasons: list[SandboxError] = []
        for wall in self._candidates:
            try:
                data = self._data if wall.bubblewrap else self._copied()
                warm = Warm(wall, self._probes, data, self.limits.inside()["frame_bytes"], self.packages)
            except SandboxError as error:
                reasons.append(error)
                continue
            self._candidates = [wall]
            return warm
        raise reasons[0]

    def _copied(self) -> Path:
        """The data where everybody may read them."""
        if self._copy is None:
            folder = self._stack.enter_context(own_folder())
            if self._data is not None:
                shutil.copytree(self._data, folder, dirs_exist_ok=True)
            walls.open_to_all(folder)
            self._copy = folder
        return self._copy

    def start(self, limits: Limits) -> Running:
        """Start an attempt's processes; a warm process that has died is replaced once."""
        try:
            return self.warm().start(limits)
        except SandboxLost:
            self._end_warm()
        try:
            return self.warm().start(limits)
        except SandboxLost:
            raise SandboxError("The sandbox's warm process ended twice in a row; nothing can be executed.") from None

    @contextlib.contextmanager
    def attempt(
        self, cells: Sequence[ExecCell], seed: int, limits: Limits | None = None, stops: Collection[int] = ()
    ) -> Iterator[Attempt]:
        """Execute the cells once; the attempt ends with the `with` block.

        Args:
            stops: after how many cells the state is to be kept for sessions, besides that after all of them.
        """
        attempt = Attempt(self, cells, seed, limits or self.limits, stops)
        try:
            attempt.execute()
            yield attempt
        finally:
            attempt.close()

    def close(self) -> None:
        """End the warm process and all that it started."""
        self._end_warm()
        self._stack.close()
        self._copy = None

    def _end_warm(self) -> None:
        if self._warm is not None:
            self._warm.close()
            self._warm = None


def _chosen(wanted: str | walls.Walls) -> list[walls.Walls]:
    """The walls to try, the strongest first."""
    if isinstance(wanted, walls.Walls):
        return [wanted]
    if wanted not in ("auto", "none"):
        raise ValueError(f"walls must be 'auto', 'none' or Walls, not {wanted!r}")
    return walls.candidates() if wanted == "auto" else [walls.bare_walls()]


class Attempt:
    """One submission's cells, executed once, and the sessions forked from that state.

    Attributes:
        cells: how each cell went.
        environment: versions of Python and torch, and the device.
        starved: for the positions of cells how often the machine ran out of memory in them; the second time they are
            given up.
        replaced: the functions of libraries that cells had replaced, as sessions tell it.
        moved: the switches of the whole process that all cells together leave changed, as the last session tells it.
    """

    def __init__(
        self, sandbox: Sandbox, cells: Sequence[ExecCell], seed: int, limits: Limits, stops: Collection[int] = ()
    ) -> None:
        self._sandbox, self._limits, self._seed = sandbox, limits, seed
        self._todo = tuple(cells)
        self._stops = frozenset(stops) - {len(self._todo)}
        self._lost: dict[int, CellRun] = {}  # cells that cost the process, by position: skipped from then on
        self._running: Running | None = None
        self._lone = set[int]()  # after so many cells no copy can be made
        self._mute = 0  # how often in a row no session could be opened
        self._sources = {cell.index: cell.source for cell in self._todo}
        self.cells: tuple[CellRun, ...] = ()
        self.environment: Mapping[str, Any] = {}
        self.starved = Counter[int]()
        self.replaced: set[str] = set()
        self.moved: tuple[str, ...] = ()

    def execute(self, upto: int | None = None) -> Running:
        """Execute the cells in fresh processes, as often as it takes to find those that end their process.

        Args:
            upto: how many of them, where not all; no state before is kept then.
        """
        losses = 0
        while True:
            self.close()
            running = self._running = self._sandbox.start(self._limits)
            self.environment = self._sandbox.warm().environment
            try:
                runs = self._pass_through(running, upto)
            except OutOfMemory:
                continue
            except SandboxLost as lost:
                losses += 1
                if losses == MAX_LOSSES:
                    raise SandboxError(f"This happens whenever cells are executed: {lost}") from None
                continue
            if runs is not None:
                self.cells = self.cells or runs
                return running

    @property
    def slow(self) -> Collection[str]:
        """The functions and probes that may take longer than others."""
        return self._limits.calls.keys()

    @property
    def incomplete(self) -> bool:
        """Whether the machine had not enough memory to execute all cells."""
        return max(self.starved.values(), default=0) >= GIVEN_UP

    def _pass_through(self, running: Running, upto: int | None) -> tuple[CellRun, ...] | None:
        """Execute each cell that is not known to end its process; None when one more of them turned up."""
        self._plain_ask(running, {"op": "seed", "seed": self._seed})
        runs: list[CellRun] = []
        for position, cell in enumerate(self._todo[:upto]):
            if upto is None and position in self._stops and not self._kept(running):
                return None
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

    def _kept(self, running: Running) -> bool:
        """Keep the state where a section ends, if it can be; whether the processes are fit to go on."""
        if self._sandbox.gpu or running.threads > 1 or running.executed in self._lone:
            return True  # what cannot be forked is executed afresh when it is needed
        try:
            running.snapshot(self._limits.hurried())
        except (Cut, LineLost, WireError):
            self._lone.add(running.executed)
            return False
        return True

    def _plain_ask(self, running: Running, request: Any) -> None:
        try:
            running.ask(request, self._limits.cell_cpu_seconds)
        except (LineLost, WireError, Cut):
            running.end()
            raise SandboxError("An attempt ended before it had executed anything.") from None

    def _run(self, running: Running, cell: ExecCell, before: Sequence[CellRun]) -> tuple[CellRun, bool]:
        """Execute one cell: how it went, and whether the process survived it."""
        output_bytes = self._limits.output_kb * 1024
        request = {"op": "cell", "index": cell.index, "source": cell.source, "output_bytes": output_bytes}
        try:
            reply = running.ask(request, self._limits.cell_cpu_seconds, limit=16 * output_bytes + (1 << 20))
            return self._read(cell, reply, before), True
        except Cut as cut:
            running.end()
            return _stopped(cell, cut.outcome, f"This cell {cut.reason}."), False
        except OutOfMemory:
            self.starved[len(before)] += 1
            if self.starved[len(before)] < GIVEN_UP:
                raise
            return _stopped(cell, Outcome.MEMORY, STARVED), False
        except LineLost:
            running.end(lost=True)
            outcome, how = death(running.status)
            return _stopped(cell, outcome, f"This cell {how}."), False
        except WireError as error:
            running.end()
            return _stopped(cell, Outcome.ERROR, f"This cell showed something that cannot be read: {error}."), False

    def _read(self, cell: ExecCell, reply: Any, before: Sequence[CellRun]) -> CellRun:
        fields = reply if isinstance(reply, dict) else {}
        outputs, seconds = read_outputs(fields.get("outputs")), fields.get("seconds")
        seconds = seconds if type(seconds) is float and 0 <= seconds < 1e6 else 0.0
        if fields.get("error", 0) is None:
            return CellRun(cell.index, cell.question, cell.source, outputs, seconds=seconds)
        fault, explainer = read_fault(fields.get("error")), Explainer(self._sources, {r.index: r for r in before})
        outputs = (*outputs, error_output(fault, explainer))
        outcome = OUTCOMES.get(fault.kind, Outcome.ERROR)
        message = explainer.cell_message(fault)
        return CellRun(cell.index, cell.question, cell.source, outputs, outcome, message, seconds)

    def _give_up(self, position: int) -> None:
        reason = "This cell was not executed, because too many cells before it ended the process."
        for later in range(position + 1, len(self._todo)):
            self._lost.setdefault(later, _stopped(self._todo[later], Outcome.ERROR, reason))

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
        """A fork of an executed state that answers calls; where it cannot be forked, the cells executed afresh.

        Args:
            executed: the state after how many cells, one of `stops`; after all of them where it is None.
            as_left: whether to leave the switches of the process (see `switches`) as the cells have left them, rather
                than to put them back before each check.
            parameters: the profile's parameters.
            answers: question id -> source of the answer cell.
            hurried: whether calls get a tenth of their time, because an earlier session ran out of it.
        """
        explainer = Explainer(self._sources, {run.index: run for run in self.cells})
        with contextlib.ExitStack() as stack:
            executed = len(self._todo) if executed is None else executed
            running, line = self._open(stack, executed, as_left)
            yield Session(
                running,
                line,
                self._limits.hurried() if hurried else self._limits,
                explainer,
                parameters=parameters or {},
                answers=answers or {},
                probe_names=self._sandbox.probe_names,
            )

    def _open(self, stack: contextlib.ExitStack, executed: int, as_left: bool) -> tuple[Running, Line]:
        """The processes and the line of a session; once that has failed several times, it is not tried again."""
        limits = self._limits.hurried()
        while self._mute < MAX_LOSSES:
            running = self._at(executed)
            try:
                if executed == running.executed and (running.threads > 1 or self._sandbox.gpu):
                    line, told = running.stay(limits, as_left=as_left)
                    end = self.close
                    stack.callback(line.close)
                else:
                    line, told, end = running.fork(executed, limits, as_left=as_left)
            except SandboxLost:
                self.close()
                raise
            except (Cut, LineLost, WireError):
                self._mute += 1
                self.close()
                continue
            self._mute = 0
            self._note(told, executed)
            stack.callback(end)
            return running, line
        raise CallError(Outcome.ERROR, MUTE, MUTE)

    def _at(self, executed: int) -> Running:
        """Processes that keep the state after so many cells."""
        running = self._running
        if running is None or running.ended:
            running = self.execute(executed if self._sandbox.gpu or executed in self._lone else None)
        return running if running.keeps(executed) else self.execute(executed)

    def _note(self, told: Told, executed: int) -> None:
        self.replaced.update(told.replaced)
        if executed == len(self._todo):
            self.moved = told.moved

    def close(self) -> None:
        """End the attempt's processes."""
        if self._running is not None:
            with contextlib.suppress(SandboxLost):
                self._running.end()
            self._running = None


def _stopped(cell: ExecCell, outcome: Outcome, message: str) -> CellRun:
    output = {"output_type": "stream", "name": "stderr", "text": f"[{message}]\n"}
    return CellRun(cell.index, cell.question, cell.source, (output,), outcome, message)
