"""Tries the walls of a sandbox by walking into them: what a cell in it can read, reach and use."""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from graders.errors import WallsMissing
from graders.model import CellRun, Outcome
from graders.notebooks.notebook import ExecCell
from graders.sandbox.host.sandbox import Sandbox

OPEN = "OPEN"
COMMON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TZ",
    "USER",
    "LOGNAME",
    "SHELL",
    "MPLBACKEND",
)  # alike everywhere
REMEDY = (
    "Install bubblewrap (apt-get install bubblewrap) where user namespaces are allowed, or use a kernel with Landlock "
    "(Linux 5.13 or later); or accept the risk with --unsafe-no-sandbox."
)


@dataclass(frozen=True)
class Surroundings:
    """Real things outside, that code inside must not get at.

    Attributes:
        file: a file that everybody on this machine may read.
        folder: a folder that everybody may write to.
        port: a port on which this process listens.
    """

    file: Path
    folder: Path
    port: int


@dataclass(frozen=True)
class Trial:
    """One wall.

    Attributes:
        name: the wall, in a few words.
        minimum: whether grading is refused without it.
        source: makes a cell that prints OPEN when it gets through.
        cut: the outcomes of that cell that show that the wall holds; by default it holds unless OPEN is printed.
    """

    name: str
    minimum: bool
    source: Callable[[Surroundings], str]
    cut: tuple[Outcome, ...] = ()

    def holds(self, run: CellRun) -> bool:
        """Whether the wall held when its cell ran."""
        if self.cut:
            return run.outcome in self.cut
        printed = "".join(str(output.get("text", "")) for output in run.outputs)
        return OPEN not in printed and run.outcome is Outcome.PASSED


def _reading(around: Surroundings) -> str:
    return _attempt(f"open({str(around.file)!r}).read()")


def _graders(around: Surroundings) -> str:
    return _attempt(f"open({__file__!r}).read()")


def _writing(around: Surroundings) -> str:
    return _attempt(f"open({str(around.folder / 'written')!r}, 'w').close()")


def _connecting(around: Surroundings) -> str:
    return _attempt(f"__import__('socket').create_connection(('127.0.0.1', {around.port}), 2)")


def _looking_at_processes(around: Surroundings) -> str:
    return _attempt(
        f"assert open('/proc/{os.getpid()}/cmdline', 'rb').read() == {Path('/proc/self/cmdline').read_bytes()!r}"
    )


def _inheriting(around: Surroundings) -> str:
    ours = sorted(
        hash_of(f"{name}={value}") for name, value in os.environ.items() if name not in COMMON and len(value) > 8
    )
    hashes = (
        "{__import__('hashlib').sha256(f'{n}={v}'.encode()).hexdigest() for n, v in __import__('os').environ.items()}"
    )
    return _attempt(f"assert {hashes} & set({ours!r})")


def _becoming_root(around: Surroundings) -> str:
    words = "import ctypes; c = ctypes.CDLL(None); h, d = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()"
    return f"{words}\n" + _attempt("assert c.capget(h, d) or any(d) or c.prctl(39, 0, 0, 0, 0) == 0")


def _attempt(statement: str) -> str:
    return (
        f"try:\n    {statement}\n    print({OPEN!r})\nexcept BaseException as error:\n    print(type(error).__name__)\n"
    )


def hash_of(text: str) -> str:
    """SHA-256 of a text, so that a trial tells no secret to what it tries."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


FLOOD = """
import os, time
for _ in range(200):
    if os.fork() == 0:
        time.sleep(3)
        os._exit(0)
"""
STOPPED = (Outcome.ERROR, Outcome.MEMORY, Outcome.TIMEOUT)

TRIALS = (
    Trial("files of this machine are out of sight", True, _reading),
    Trial("the graders and the reference are out of sight", True, _graders),
    Trial("there is no network, not even to this machine", True, _connecting),
    Trial("nothing outside can be written to", True, _writing),
    Trial("our environment is not inherited", False, _inheriting),
    Trial("our processes are out of sight", False, _looking_at_processes),
    Trial("there are no privileges, and none to be had", False, _becoming_root),
    Trial("CPU time is limited", True, lambda around: "while True: pass", (Outcome.TIMEOUT,)),
    Trial("memory is limited", True, lambda around: "x = bytearray(3 << 30)", (Outcome.MEMORY,)),
    Trial("processes are limited", False, lambda around: FLOOD, STOPPED),
)
QUICK = TRIALS[:4]


def try_walls(sandbox: Sandbox, trials: Sequence[Trial] = TRIALS) -> dict[str, bool]:
    """Walk into each wall; the trial's name -> whether the wall held."""
    limits = replace(sandbox.limits, cell_cpu_seconds=1, memory_mb=256, processes=32)
    with _surroundings() as around:
        cells = [ExecCell(number, None, trial.source(around)) for number, trial in enumerate(trials)]
        with sandbox.attempt(cells, 0, limits) as attempt:
            runs = {run.index: run for run in attempt.cells}
        found = {trial.name: number in runs and trial.holds(runs[number]) for number, trial in enumerate(trials)}
        return found | ({QUICK[3].name: False} if (around.folder / "written").exists() else {})


def refuse_open_walls(sandbox: Sandbox) -> None:
    """Refuse to grade in a sandbox that lets student code see files or the network.

    Raises:
        WallsMissing: names what is open, and what to do.
    """
    found = try_walls(sandbox, QUICK)
    missing = [trial.name for trial in QUICK if not found[trial.name]]
    if missing:
        raise WallsMissing(f"The sandbox does not hold here: it is not so that {'; nor that '.join(missing)}. {REMEDY}")


@contextmanager
def _surroundings() -> Iterator[Surroundings]:
    with tempfile.TemporaryDirectory() as name, socket.create_server(("127.0.0.1", 0)) as server:
        folder = Path(name)
        folder.chmod(0o777)
        (folder / "readable").write_text("outside", "utf-8")
        yield Surroundings(folder / "readable", folder, server.getsockname()[1])
