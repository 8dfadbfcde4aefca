"""Behaviours: small hostile cells, what each may come to, and the text files' form in which most are written."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from graders.model import Outcome
from graders.plain_data import Handle

MARK = "GRADERS_CONFORMANCE"
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
