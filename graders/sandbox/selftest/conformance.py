"""What every configuration of the sandbox must withstand: small hostile notebooks, and what must hold after each.

Each behaviour is a cell between two honest ones. Whatever it does, it must not get through to anything outside, the
honest cells must run, and an honest function must give its answer. Where the hostile cell defines `attack`, that is
called as a check would call it, and must give plain data or a finding about the student's code.
"""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from graders.errors import CallError, SandboxError
from graders.model import CellRun, Outcome
from graders.notebooks.notebook import ExecCell
from graders.sandbox.host import procfs
from graders.sandbox.host.attempt import Attempt
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.limits import Limits
from graders.sandbox.selftest.behaviours import Behaviour, Outside, is_plain, listed

OPEN = "OPEN"
TIGHT = Limits(
    0.5, 0.5, wall_factor=20, memory_mb=256, processes=16, output_kb=64, file_mb=4, frame_mb=4, sleep_seconds=1
)  # of processor time and of sleep; of the clock there is plenty, for that depends on who else uses the machine
THROUGH = "it got through"
PATIENCE = 3  # how often a behaviour is tried where the machine runs out of memory
HONEST = "def honest(x):\n    return [len(str(x)), float(np.tanh(0.0)), torch.ones(2) + x]\n"
ANSWER = [1, 0.0, [8.0, 8.0]]
FINDINGS = (Outcome.ERROR, Outcome.TIMEOUT, Outcome.MEMORY, Outcome.MISSING)


NOWHERE = Outside(Path("/nowhere"), 0, "", 0, 0, Path("/nowhere"))


@contextlib.contextmanager
def surroundings() -> Iterator[Outside]:
    """Make what is outside."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o777)
        (folder / "readable").write_text("outside", "utf-8")
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(tcp.getsockname())
        abstract = f"graders-{os.getpid()}-{os.urandom(6).hex()}"
        for address in (str(folder / "socket"), "\0" + abstract):
            local = stack.enter_context(socket.socket(socket.AF_UNIX))
            local.bind(address)
            local.listen()
        (folder / "socket").chmod(0o777)
        own = procfs.read_process(os.getpid())
        started = own.started if own else 0
        yield Outside(folder, tcp.getsockname()[1], abstract, os.getpid(), started, Path(__file__))


def try_all(sandbox: Sandbox, behaviours: Sequence[Behaviour]) -> dict[str, str | None]:
    """Let each behaviour loose; its name -> None where it was contained, else what went wrong."""
    found = dict[str, str | None]()
    with surroundings() as outside:
        before = snapshot(sandbox)
        together = [behaviour for behaviour in behaviours if behaviour.gentle]
        if together and _try(sandbox, together, outside, before) is None:
            found = {behaviour.name: None for behaviour in together}  # else each shows for itself which it was
        for behaviour in behaviours:
            if behaviour.name not in found:
                found[behaviour.name] = _try(sandbox, [behaviour], outside, before)
    return {behaviour.name: found[behaviour.name] for behaviour in behaviours}


def _try(sandbox: Sandbox, behaviours: Sequence[Behaviour], outside: Outside, before: str) -> str | None:
    """Let behaviours loose in one notebook; what went wrong, or None.

    Where the machine ran out of memory while cells were executed, they show nothing, and are executed again.
    """
    for _ in range(PATIENCE):
        fault, starved = _tried(sandbox, behaviours, outside, before)
        if not starved:
            break
    return fault


def _tried(sandbox: Sandbox, behaviours: Sequence[Behaviour], outside: Outside, before: str) -> tuple[str | None, bool]:
    """What went wrong, and whether that may be for want of memory on the machine."""
    sources = [outside.prelude()]
    for number, behaviour in enumerate(behaviours):
        source = behaviour.written(outside).replace("Odd", f"Odd_{number}")
        sources.append(source + (f"\nattack_{number} = attack" if behaviour.attacks else ""))
    cells = [ExecCell(number, None, source) for number, source in enumerate([*sources, HONEST])]
    warm = sandbox.warm().pid
    try:
        with sandbox.attempt(cells, 1, TIGHT) as attempt:
            fault = _judge(attempt, behaviours)
        starved = fault not in (None, THROUGH) and attempt.starved.total() > 0
        if (starved or not fault) and (left := _left(sandbox, warm)):
            return left, False
        if not fault and (behaviours[0].spoils or len(behaviours) > 1) and snapshot(sandbox) != before:
            fault = "the next notebook finds other surroundings"
    except SandboxError as error:
        return f"the sandbox failed: {error}", False
    return fault, starved


def _judge(attempt: Attempt, behaviours: Sequence[Behaviour]) -> str | None:
    first, *hostile, honest = attempt.cells
    for behaviour, run in zip(behaviours, hostile, strict=True):
        if any(line.startswith(OPEN) for line in printed(run).splitlines()):
            return THROUGH
        if behaviour.cell is not None and run.outcome not in behaviour.cell:
            return f"its cell came out as {run.outcome}: {run.message}"
    spoils = behaviours[0].spoils
    if not spoils and (first.outcome, honest.outcome) != (Outcome.PASSED, Outcome.PASSED):
        return f"an honest cell did not run: {first.message or honest.message}"
    return _judge_attacks(attempt, behaviours) or (None if spoils else _judge_honest(attempt))


def _judge_attacks(attempt: Attempt, behaviours: Sequence[Behaviour]) -> str | None:
    waiting = [(f"attack_{number}", behaviour) for number, behaviour in enumerate(behaviours) if behaviour.attacks]
    while waiting:
        try:
            with attempt.session() as solution:
                while waiting and solution.alive:
                    name, behaviour = waiting.pop(0)
                    found = solution.call(name)
                    if not behaviour.content(found):
                        return f"its answer was {found!r:.200}"
        except CallError as error:
            if (behaviour.answer is not None and not behaviour.spoils) or error.outcome not in FINDINGS:
                return f"its call failed: {error.message}"
    return None


def _judge_honest(attempt: Attempt) -> str | None:
    try:
        with attempt.session() as solution:
            answer = solution.call("honest", 7)
    except CallError as error:
        return f"an honest call failed: {error.message}"
    return None if is_plain(answer) and listed(answer) == ANSWER else f"an honest call gave {answer!r:.200}"


def _left(sandbox: Sandbox, warm: int) -> str | None:
    if sandbox.warm().pid != warm:
        return "the warm process was killed"
    left = [process.pid for process in procfs.descendants(warm) if process.pid != warm]
    return f"{len(left)} of its processes outlive it" if left else None


STATE = """
import builtins, locale, os, random, sys, tempfile
import numpy as np, torch
print([os.getcwd() == tempfile.gettempdir(), os.listdir('.'), os.path.exists('/tmp/left'), sys.path,
    sorted(os.environ), os.umask(0o22), torch.get_default_dtype(), torch.get_num_threads(), torch.is_grad_enabled(),
    np.geterr(), np.get_printoptions()['precision'], locale.setlocale(locale.LC_ALL), sys.getrecursionlimit(),
    torch.softmax.__name__, torch.nn.Linear.__init__.__qualname__, np.allclose([1], [2]), torch.rand(1).item(),
    random.random(), np.random.rand(), np.random.default_rng().random(), len(builtins.__dict__), 'left' in sys.modules])
"""


def snapshot(sandbox: Sandbox) -> str:
    """What a notebook finds when it begins."""
    with sandbox.attempt([ExecCell(0, None, STATE)], 1, TIGHT) as attempt:
        return f"{attempt.cells[0].outcome} {attempt.cells[0].message} {printed(attempt.cells[0])}"


def printed(run: CellRun) -> str:
    """All that a cell printed."""
    return "".join(str(output.get("text", "")) for output in run.outputs)
