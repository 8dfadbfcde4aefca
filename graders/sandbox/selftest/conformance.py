"""What every configuration of the sandbox must withstand: small hostile notebooks, and what must hold after each.

Each behaviour is a cell between two honest ones. Whatever it does, it must not get through to anything outside, the
honest cells must run, and an honest function must give its answer. Where the hostile cell defines `attack`, that is
called as a check would call it, and must give plain data or a finding about the student's code.
"""

from __future__ import annotations

import ast
import contextlib
import os
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from graders.errors import CallError, SandboxError
from graders.model import CellRun, Outcome
from graders.notebooks.notebook import ExecCell
from graders.plain_data import Handle
from graders.sandbox.host import procfs
from graders.sandbox.host.attempt import Attempt
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.limits import Limits

OPEN = "OPEN"
MARK = "GRADERS_CONFORMANCE"
TIGHT = Limits(
    0.5, 0.5, wall_factor=2, memory_mb=256, processes=16, output_kb=64, file_mb=4, frame_mb=4, sleep_seconds=1
)
PRELUDE = """
import ctypes, errno, os, signal, socket, struct, sys, threading, time
import msgpack, numpy as np, torch
pid, ticks = PID, TICKS
def tried(what):
    try:
        found = what()
    except BaseException as error:
        print('refused', type(error).__name__)
    else:
        print('OPEN' if found is not False else 'nothing there')
def call(x86, arm, *words):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(x86 if os.uname().machine == 'x86_64' else arm, *words) < 0:
        raise OSError(ctypes.get_errno(), 'refused')
def grader():
    try:
        started = open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()[19]
    except OSError:
        return pid
    if int(started) != ticks:
        raise LookupError('another process has its number here')
    return pid
def processes():
    return [int(name) for name in os.listdir('/proc') if name.isdigit() and int(name) != os.getpid()]
def reaches(number):
    try:
        os.kill(number, 0)
    except OSError:
        return False
    return number != os.getpid()
def forge(value):
    payload = msgpack.packb(value)
    for number in range(3, 64):
        try:
            if os.fstat(number).st_mode & 0o170000 == 0o140000:
                os.write(number, struct.pack('>I', len(payload)) + payload)
        except OSError:
            pass
"""
HONEST = "def honest(x):\n    return [len(str(x)), float(np.tanh(0.0)), torch.ones(2) + x]\n"
ANSWER = [1, 0.0, [8.0, 8.0]]
FINDINGS = (Outcome.ERROR, Outcome.TIMEOUT, Outcome.MEMORY, Outcome.MISSING)


@dataclass(frozen=True)
class Outside:
    """Real things outside the sandbox, which nothing inside may reach.

    Attributes:
        folder: everybody may write to it; it holds `readable`, a file for everybody, and `socket`, on which we listen.
        port: a port of 127.0.0.1 on which we listen (TCP), and which receives datagrams (UDP).
        abstract: the name of an abstract socket on which we listen.
        pid: our process.
        started: when it started, in clock ticks since boot.
        source: a file of ours that knows what checks expect.
    """

    folder: Path
    port: int
    abstract: str
    pid: int
    started: int
    source: Path

    def prelude(self) -> str:
        """The cell before the hostile one: what hostile cells share."""
        return PRELUDE.replace("PID", str(self.pid)).replace("TICKS", str(self.started))


@dataclass(frozen=True)
class Behaviour:
    """One thing that student code may try.

    Attributes:
        name: what it does, as a verb phrase.
        source: the cell, or what makes it from what is outside.
        cell: the outcomes that its cell may have; None for any.
        answer: what `attack()` must give, `Handle` for any handle; None for any plain data or finding.
        spoils: whether it is at liberty to spoil its own notebook's other answers, which it cannot forge into marks.
        harmless: whether it can also be tried with no walls at all, where it must get through.
    """

    name: str
    source: str | Callable[[Outside], str]
    cell: tuple[Outcome, ...] | None = None
    answer: Any = None
    spoils: bool = False
    harmless: bool = False

    @property
    def gentle(self) -> bool:
        """Whether other behaviours can be tried in the same notebook."""
        return self.cell == (Outcome.PASSED,) and not self.spoils

    @property
    def attacks(self) -> bool:
        """Whether it defines `attack`."""
        return isinstance(self.source, str) and "def attack()" in self.source

    def written(self, outside: Outside) -> str:
        """The cell's source."""
        return self.source if isinstance(self.source, str) else self.source(outside)

    def content(self, found: Any) -> bool:
        """Whether `attack()` gave what it must."""
        if self.answer is Handle:
            return type(found) is Handle
        return is_plain(found) and (self.answer is None or bool(listed(found) == self.answer))


STOPPED = (Outcome.ERROR, Outcome.MEMORY, Outcome.TIMEOUT)


def behaviours(text: str) -> tuple[Behaviour, ...]:
    """Read behaviours: a line `#: name; what is expected; ...` before each cell.

    What is expected: an outcome of the cell or `stopped`; `spoils`; `answers` and a value of Python, or `Handle`.
    """
    found = []
    for block in text.split("#: ")[1:]:
        head, _, source = block.partition("\n")
        name, *words = head.split("; ")
        cell, answer = None, None
        for word in words:
            if word == "answers Handle":
                answer = Handle
            elif word.startswith("answers "):
                answer = ast.literal_eval(word.removeprefix("answers "))
            elif word != "spoils":
                cell = STOPPED if word == "stopped" else (Outcome(word),)
        found.append(Behaviour(name, source, cell, answer, "spoils" in words))
    return tuple(found)


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
    """Let behaviours loose in one notebook; what went wrong, or None."""
    sources = [outside.prelude()]
    for number, behaviour in enumerate(behaviours):
        source = behaviour.written(outside).replace("Odd", f"Odd_{number}")
        sources.append(source + (f"\nattack_{number} = attack" if behaviour.attacks else ""))
    cells = [ExecCell(number, None, source) for number, source in enumerate([*sources, HONEST])]
    warm = sandbox.warm().pid
    try:
        with sandbox.attempt(cells, 1, TIGHT) as attempt:
            fault = _judge(attempt, behaviours)
        fault = fault or _left(sandbox, warm)
        if not fault and (behaviours[0].spoils or len(behaviours) > 1) and snapshot(sandbox) != before:
            fault = "the next notebook finds other surroundings"
    except SandboxError as error:
        return f"the sandbox failed: {error}"
    return fault


def _judge(attempt: Attempt, behaviours: Sequence[Behaviour]) -> str | None:
    first, *hostile, honest = attempt.cells
    for behaviour, run in zip(behaviours, hostile, strict=True):
        if any(line.startswith(OPEN) for line in printed(run).splitlines()):
            return "it got through"
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


def listed(value: Any) -> Any:
    """Plain data with lists for arrays."""
    if isinstance(value, list):
        return [listed(item) for item in value]
    return value.tolist() if isinstance(value, np.ndarray) else value


def is_plain(value: Any) -> bool:
    """Whether it is of exactly the kinds of data that may come out of a sandbox."""
    if type(value) is list:
        return all(map(is_plain, value))
    if type(value) is dict:
        return all(type(key) is str and is_plain(item) for key, item in value.items())
    return value is None or type(value) in (bool, int, float, str, bytes, np.ndarray, Handle)
