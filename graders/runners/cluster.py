"""Spreads a class over the machines of a Ray cluster: one warm actor a job, each with a sandbox of its own.

Actors hold nothing that is worth keeping: a report counts once the driver has it in the database. So an actor that dies
or takes too long is replaced and its task tried again, and when the driver dies the same command goes on. Ray pickles
tasks and answers; both ends are trusted, for student code runs behind the sandbox that the actor owns.
"""

from __future__ import annotations

import importlib
import re
import socket
import time
from collections import Counter, deque
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from graders.errors import GradersError, SandboxError, UsageError
from graders.runners.pool import PATIENCE, Factory, Lost, Stopped, heard_signals
from graders.runners.supply import Listed, Supply
from graders.sandbox.host.gpu.cards import SLICED

PATIENT = 10.0  # seconds for a cluster's head to answer
HOST_PORT = re.compile(r"([\w.-]+):(\d+)")
NO_CLUSTER = (
    "There is no Ray cluster at {address} that can be joined ({what}); see `ray status` there, and where it asks for a "
    "token, set RAY_AUTH_MODE=token here."
)
MISSING = 'Ray is not installed here; pip install "graders[cluster]" on every machine of the cluster.'


@dataclass(frozen=True)
class Elsewhere:
    """A cluster that works for a command.

    Attributes:
        address: of its head; None to start Ray on this machine.
        gpus: the share of a GPU that a submission needs; 0 for as much as still helps, if any.
    """

    address: str | None = None
    gpus: float = 0.0

    def pool(self, factory: Factory, jobs: int | None, *, on_gpu: bool) -> Cluster:
        """What answers tasks there."""
        return Cluster(factory, jobs, self.address, self.gpus or (round(1 / SLICED, 2) if on_gpu else 0.0))


class Tool:
    """What runs in an actor: makes its tool when it starts, and answers tasks with it."""

    def __init__(self, factory: Factory) -> None:
        self._stack = ExitStack()
        self._work = self._stack.enter_context(factory())

    def ready(self) -> None:
        """Nothing, once the tool is made."""

    def work(self, task: Any) -> Any:
        """Answer one task."""
        return self._work(task)


@dataclass
class Job:
    """One actor and what it is doing; `given` is its task after its key, None while it is starting."""

    actor: Any
    given: tuple[Any, Any] | None
    started: float


@dataclass
class Cluster:
    """Answers tasks as `Pool` does.

    Args:
        factory: makes an actor's tool, as a context manager; must be picklable, and so must tasks and answers.
        jobs: how many actors; as many as there are CPUs in the cluster, or as fit on its GPUs, when None.
        address: of the cluster's head, as `ray start --head` prints it; None to start Ray on this machine alone.
        gpus: the share of a GPU that each actor needs.
        deadline: seconds after which a task's actor is killed.
    """

    factory: Factory
    jobs: int | None = None
    address: str | None = None
    gpus: float = 0.0
    deadline: float = 24 * 3600.0
    _jobs: dict[Any, Job] = field(default_factory=dict)
    _idle: list[Any] = field(default_factory=list)
    _still_born: int = 0

    def run(self, tasks: Sequence[Any]) -> Generator[tuple[int, Any], None, None]:
        """Yield each task's place and its answer, or `Lost`, as they come.

        Raises:
            Stopped: on SIGINT or SIGTERM.
            UsageError: Ray is not installed, or there is no cluster at that address.
            GradersError: the actors cannot start.
        """
        yield from self.serve(Listed(tasks))

    def serve(self, supply: Supply) -> Generator[tuple[Any, Any], None, None]:
        """Yield each task's key and its answer, or `Lost`, as they come, until the supply has no more.

        A task is taken for an actor that is ready: what a full cluster has no room for yet waits where others find it.

        Raises:
            Stopped: on SIGINT or SIGTERM.
            UsageError: Ray is not installed, or there is no cluster at that address.
            GradersError: the actors cannot start.
        """
        again, deaths = deque[tuple[Any, Any]](), Counter[Any]()
        with closing(_Ray(self.address)) as ray, heard_signals() as alarm:
            most = self.jobs or ray.room(self.gpus)
            try:
                while (left := self._left(supply, again)) is None or left:
                    supply.tick(most)
                    self._employ(ray, most if left is None else min(most, left))
                    while self._idle and (given := again.popleft() if again else supply.take()) is not None:
                        actor = self._idle.pop()
                        self._jobs[actor.work.remote(given[1])] = Job(actor, given, time.monotonic())
                    _raise_alarm(alarm, 0.0 if self._jobs else supply.pause)
                    yield from self._heard(ray, supply.pause, again, deaths)
                    yield from self._cut_off(ray, again, deaths)
            finally:
                for actor in [*self._idle, *(job.actor for job in self._jobs.values())]:
                    ray.kill(actor)
                self._jobs.clear()
                self._idle.clear()

    def _left(self, supply: Supply, again: deque[tuple[Any, Any]]) -> int | None:
        """How many tasks have no answer yet; None without end."""
        busy = sum(job.given is not None for job in self._jobs.values())
        return None if supply.left is None else supply.left + len(again) + busy

    def _employ(self, ray: _Ray, wanted: int) -> None:
        while len(self._jobs) + len(self._idle) < wanted:
            actor = ray.actor(self.factory, self.gpus)
            self._jobs[actor.ready.remote()] = Job(actor, None, time.monotonic())

    def _heard(
        self, ray: _Ray, pause: float, again: deque[tuple[Any, Any]], deaths: Counter[Any]
    ) -> Iterable[tuple[Any, Any]]:
        """The answers that have come; those who gave them are idle, and those who died are buried."""
        for reference in ray.ready(list(self._jobs), pause):
            job = self._jobs.pop(reference)
            answer = ray.answer(reference)
            if isinstance(answer, Lost):
                ray.kill(job.actor)
                yield from self._again(job, answer, again, deaths)
                continue
            self._idle.append(job.actor)
            if job.given is None:
                self._still_born = 0
            else:
                del deaths[job.given[0]]
                yield job.given[0], answer

    def _again(
        self, job: Job, lost: Lost, again: deque[tuple[Any, Any]], deaths: Counter[Any]
    ) -> Iterable[tuple[Any, Lost]]:
        """Have a task tried again, or say that it has cost too many actors."""
        if job.given is None:
            self._still_born += 1
            if self._still_born >= PATIENCE:
                raise SandboxError(f"Actors end before they are ready, one after the other. {lost.detail}")
            return
        deaths[job.given[0]] += 1
        if deaths[job.given[0]] < PATIENCE:
            again.appendleft(job.given)
        else:
            del deaths[job.given[0]]
            yield job.given[0], lost

    def _cut_off(self, ray: _Ray, again: deque[tuple[Any, Any]], deaths: Counter[Any]) -> Iterable[tuple[Any, Lost]]:
        for reference, job in list(self._jobs.items()):
            if job.given is not None and time.monotonic() - job.started > self.deadline:
                del self._jobs[reference]
                ray.kill(job.actor)
                late = Lost(f"It was not graded within {self.deadline:g} seconds.")
                yield from self._again(job, late, again, deaths)


def _raise_alarm(alarm: Connection, seconds: float) -> None:
    if alarm.poll(seconds):
        raise Stopped(int.from_bytes(alarm.recv_bytes(), "big"))


class _Ray:
    """The connection to a cluster."""

    def __init__(self, address: str | None) -> None:
        try:
            self._ray: Any = importlib.import_module("ray")
        except ImportError:
            raise UsageError(MISSING) from None
        self._mine = not self._ray.is_initialized()
        alone = {"address": "local", "include_dashboard": False}  # else Ray joins whatever somebody has started here
        options: dict[str, Any] = alone if address is None else {"address": address}
        try:
            if address and (found := HOST_PORT.fullmatch(address)):  # Ray itself would try for minutes
                socket.create_connection((found[1], int(found[2])), PATIENT).close()
            if self._mine:
                self._ray.init(logging_level="ERROR", log_to_driver=False, **options)
        except (OSError, ValueError, RuntimeError) as error:
            what = " ".join(str(error).split())[:200]
            raise UsageError(NO_CLUSTER.format(address=address, what=what)) from error

    def close(self) -> None:
        """Let go of the cluster."""
        if self._mine:
            self._ray.shutdown()

    def room(self, gpus: float) -> int:
        """How many actors the whole cluster has room for."""
        found = self._ray.cluster_resources()
        wanted = found.get("GPU", 0) / gpus if gpus else found.get("CPU", 1)
        if wanted < 1:
            raise UsageError("The Ray cluster has no GPU for these jobs; start its nodes with --num-gpus.")
        return int(wanted)

    def actor(self, factory: Factory, gpus: float) -> Any:
        """Start an actor."""
        return self._ray.remote(Tool).options(num_cpus=1, num_gpus=gpus, max_restarts=0).remote(factory)

    def ready(self, references: list[Any], seconds: float) -> list[Any]:
        """Those of which an answer, or the end, is known; it waits so long for the first."""
        return list(self._ray.wait(references, num_returns=1, timeout=seconds)[0]) if references else []

    def answer(self, reference: Any) -> Any:
        """What a task gave, or how it was lost.

        Raises:
            GradersError: no actor can start here.
        """
        errors = self._ray.exceptions
        try:
            return self._ray.get(reference)
        except errors.RayTaskError as error:
            return Lost(str(error))
        except errors.ActorDiedError as error:
            if isinstance(cause := _cause(error), GradersError):
                raise cause from None
            return Lost(f"The actor died: {' '.join(str(error).split())[:500]}")
        except errors.RayError as error:
            return Lost(f"{type(error).__name__}: {' '.join(str(error).split())[:500]}")

    def kill(self, actor: Any) -> None:
        """End an actor, whatever it does; its sandbox dies with it."""
        self._ray.kill(actor)


def _cause(error: BaseException) -> BaseException | None:
    """What an actor's constructor raised."""
    cause = getattr(error, "cause", None) or error.__cause__
    if cause is None and "SandboxError" in str(error):
        return SandboxError(str(error).strip().splitlines()[-1])
    return cause if isinstance(cause, BaseException) else None
