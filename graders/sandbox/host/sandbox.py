"""Sandbox: owns the warm process behind its walls, and starts attempts from it."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from graders.errors import SandboxError, SandboxLost
from graders.notebooks.notebook import ExecCell
from graders.sandbox.host import walls
from graders.sandbox.host.account import Spent, SubmissionBudget
from graders.sandbox.host.attempt import Attempt
from graders.sandbox.host.attempt_process import AttemptProcess
from graders.sandbox.host.faults import THINGS, Fault, names_in, things_in
from graders.sandbox.host.gpu.gpu_faults import blame_machine, contagious, ends_its_process
from graders.sandbox.host.walls import Walls
from graders.sandbox.host.zygote import ZygoteProcess
from graders.sandbox.inside.scratch import own_folder
from graders.sandbox.limits import Limits
from graders.sandbox.offer import PACKAGES
from graders.timing import span


class Sandbox:
    """Owns a warm process behind walls, which it restarts when it dies; a context manager.

    Args:
        beside: the folder that holds the assignment's packages `probes` and `shims`, which run inside; None for none.
        data: the assignment's public data, visible inside at `data_path`, read-only.
        limits: what each attempt may use, unless stated otherwise.
        walls: the walls to build; `"auto"` for the strongest that start here, `"none"` to go without bubblewrap.
        gpu: whether attempts may use the GPU. Its state does not survive a fork, so the cells are then executed again
            for each session.
        alone: whether its attempts use the GPU by themselves, rather than over a server of MPS that others use too.
        packages: those that an answer may import, with all that they need; as pip writes them.

    `doubtful` says whether, since it was last set to False, an error came up that may be another process's.
    """

    def __init__(
        self,
        beside: Path | None,
        data: Path | None,
        limits: Limits | None = None,
        walls: str | walls.Walls = "auto",
        *,
        gpu: bool = False,
        alone: bool = True,
        packages: tuple[str, ...] = PACKAGES,
    ) -> None:
        self.limits = limits or Limits()
        self._beside, self._data, self.packages = beside, data, packages
        self._candidates = [wall.with_gpu(alone) if gpu else wall for wall in _chosen(walls)]
        self.gpu, self.doubtful = gpu, False
        self._warm: ZygoteProcess | None = None
        self._starting: ZygoteProcess | None = None
        self._copy: Path | None = None
        self._stack = contextlib.ExitStack()
        self.probe_names = names_in(beside / "probes") if beside else frozenset()
        self.things = THINGS | (things_in(beside / "shims") if beside else frozenset())

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
    def shared(self) -> str:
        """Where the server of MPS listens that its attempts share with others; empty where they share none."""
        return self.walls.driver.pipes if self.walls.driver else ""

    @property
    def data_path(self) -> str:
        """The data folder as code inside sees it."""
        return walls.DATA if self.walls.bubblewrap else str(self._copy)

    def begin(self) -> None:
        """Start warming up, and do not wait for it; `close` ends that, too."""
        if self._warm is None and self._starting is None:
            self._starting = self._begun(self._candidates[0])

    def warm(self) -> ZygoteProcess:
        """The warm process, started now if there is none that lives."""
        if self._warm is None or not self._warm.alive:
            self._end_warm()
            self._warm = self._started()
        return self._warm

    def _started(self) -> ZygoteProcess:
        """The first of the candidates that starts, which is the only one from then on."""
        reasons: list[SandboxError] = []
        for wall in self._candidates:
            try:
                warm, self._starting = self._starting or self._begun(wall), None
                warm.greet()
            except SandboxError as error:
                reasons.append(error)
                continue
            self._candidates = [wall]
            return warm
        raise reasons[0]

    def _begun(self, wall: Walls) -> ZygoteProcess:
        """A warm process that is warming up behind walls."""
        data = self._data if wall.bubblewrap else self._copied()
        return ZygoteProcess(wall, self._beside, data, self.limits.inside()["frame_bytes"], self.packages)

    def _copied(self) -> Path:
        """The data where everybody may read them."""
        if self._copy is None:
            folder = self._stack.enter_context(own_folder())
            if self._data is not None:
                shutil.copytree(self._data, folder, dirs_exist_ok=True)
            walls.open_to_all(folder)
            self._copy = folder
        return self._copy

    def start(self, limits: Limits, account: SubmissionBudget | None = None) -> AttemptProcess:
        """Start an attempt's processes; a warm process that has died is replaced once."""
        try:
            with span("fork", "attempt"):
                return self.warm().start(limits, account)
        except SandboxLost:
            self._end_warm()
        try:
            with span("fork", "attempt"):
                return self.warm().start(limits, account)
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
            with contextlib.suppress(Spent), span("cells", "the notebook"):  # its cells say so, and so does any session
                attempt.execute()
            yield attempt
        finally:
            attempt.close()

    def hear(self, fault: Fault) -> bool:
        """Hear of an exception inside; whether the process in which it happened is fit for more.

        Raises:
            GpuFault: it is the fault of this machine's GPU, or of others that use it.
        """
        if not self.gpu:
            return True
        self.doubtful = self.doubtful or (contagious(fault) and bool(self.shared))
        blame_machine(fault, self.limits)
        return not ends_its_process(fault)

    def close(self) -> None:
        """End the warm process and all that it started."""
        if self._starting is not None:
            self._starting.close()
            self._starting = None
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
