"""One attempt inside the walls: it executes cells, forks sessions, and answers calls; nothing here is secret."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import resource
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.random import bit_generator

from graders.plain_data import NO_KERNEL, HandleTable, plain
from graders.sandbox.inside.connection import Channel
from graders.sandbox.inside.originals import Originals
from graders.sandbox.inside.shell import Shell
from graders.sandbox.inside.standins.absent import STATE
from graders.sandbox.inside.standins.lacking import lacking
from graders.sandbox.inside.switches import Switches
from graders.sandbox.inside.wire import WireError

TEXT_LIMIT = 2000
MAX_FRAMES = 20
MOST_NAMES = 40
UNKNOWN = "something that cannot be put back"


class Randomness:
    """Every random generator that a notebook is likely to use, seeded together."""

    def __init__(self) -> None:
        self._entropy = random.Random(0)
        self._seeders: tuple[Callable[[int], Any], ...] = (
            random.seed,
            lambda number: np.random.seed(number % (1 << 32)),
            lambda number: torch.manual_seed(number % (1 << 63)),
            self._entropy.seed,
        )
        vars(bit_generator)["randbits"] = self._entropy.getrandbits  # where an unseeded `default_rng()` begins

    def seed(self, number: int) -> None:
        """Seed them all."""
        for seeder in self._seeders:
            seeder(number)


@contextlib.contextmanager
def spare() -> Iterator[None]:
    """Let a few more descriptors and a little more memory be taken than student code may, which may have taken all."""
    before = [(which, resource.getrlimit(which)) for which in (resource.RLIMIT_NOFILE, resource.RLIMIT_AS)]
    for which, (_, hard) in before:
        resource.setrlimit(which, (hard, hard))
    try:
        yield
    finally:
        for which, limits in before:
            resource.setrlimit(which, limits)


class CellServer:
    """Executes cells, one request each, and becomes sessions.

    Args:
        channel: the line to the trusted side.
        shell: the warm shell.
        probes: the assignment's probes module, or None.
        randomness: the generators to seed.
        originals: the functions of libraries, as they were before any cell.
    """

    def __init__(
        self, channel: Channel, shell: Shell, probes: Any, randomness: Randomness, originals: Originals
    ) -> None:
        self._channel, self._shell, self._probes, self._randomness = channel, shell, probes, randomness
        self._originals, self._switches = originals, Switches()
        self._replaced: list[str] | None = None  # what cells had replaced and was put back; None before
        self._sessions: set[int] = set()

    def serve(self) -> None:
        """Answer until the trusted side hangs up."""
        while True:
            try:
                with spare():
                    request, descriptors = self._channel.receive()
            except EOFError:
                return
            if request["op"] == "cell":
                self._channel.send(self._cell(request))
                continue
            with spare():
                self._let_go()
                self._do(request, descriptors)

    def _do(self, request: dict[str, Any], descriptors: list[int]) -> None:
        """Whatever is no cell."""
        if request["op"] == "fork":
            self._put_back()
            if not self._forked(descriptors[0]):
                self._become_session(descriptors[0])
        elif request["op"] == "snapshot":
            if not self._forked(descriptors[0]):
                self._stand_still(descriptors[0])
        elif request["op"] == "stay":
            self._put_back()
            self._channel.send({"ok": None})
            self._become_session(descriptors[0])
        else:
            self._randomness.seed(request["seed"])
            self._channel.send({"ok": None})

    def _cell(self, request: dict[str, Any]) -> dict[str, Any]:
        started = time.perf_counter()
        error = self._shell.run(request["index"], request["source"], request["output_bytes"])
        reply = {"seconds": time.perf_counter() - started, "outputs": self._shell.recorder.finished()}
        return reply | {"error": describe(error) if error is not None else None}

    def _forked(self, descriptor: int) -> bool:
        """Fork, and tell the trusted side; whether this is still the process that was asked."""
        child = os.fork()
        if child:
            os.close(descriptor)
            self._sessions.add(child)
            self._channel.send({"ok": child})
        return child != 0

    def _stand_still(self, descriptor: int) -> None:
        """Keep this state, while the process that it is a copy of executes more cells; sessions are forked from it."""
        self._channel.close()
        self._channel = Channel(descriptor, self._channel.limit)
        self._sessions.clear()

    def _put_back(self) -> None:
        """Put the functions of libraries back, once all cells are executed of which this is the state."""
        if self._replaced is None:
            try:
                self._replaced = self._originals.put_back()
            except Exception:  # noqa: BLE001 - a notebook may have put anything there; what is judged is judged outside
                self._replaced = [UNKNOWN]

    def _let_go(self) -> None:
        """Collect sessions that have ended, and no other child: those are the student's."""
        for child in list(self._sessions):
            try:
                ended = os.waitpid(child, os.WNOHANG)[0] == child
            except ChildProcessError:
                ended = True
            if ended:
                self._sessions.discard(child)

    def _become_session(self, descriptor: int) -> None:
        """Answer calls on a line that no cell has seen; never returns."""
        self._channel.close()
        channel = Channel(descriptor, self._channel.limit)
        told = {"replaced": list(self._replaced or ())[:MOST_NAMES], "moved": self._switches.moved()}
        CallServer(channel, self._shell.user_ns, self._probes, self._randomness, self._switches, told).serve()


class CallServer:
    """Answers calls into the executed notebook, in a process of its own."""

    def __init__(
        self,
        channel: Channel,
        names: dict[str, Any],
        probes: Any,
        randomness: Randomness,
        switches: Switches,
        told: dict[str, list[str]],
    ) -> None:
        self._channel, self._names, self._probes, self._randomness = channel, names, probes, randomness
        self._keeper, self._asking = HandleTable(), threading.Lock()
        self._switches, self._told, self._as_left = switches, told, False

    def serve(self) -> None:
        """Answer until the trusted side hangs up."""
        channel, exit_now = self._channel, os._exit
        STATE.strict = True
        while True:
            try:
                request, _ = channel.receive()
            except EOFError:
                exit_now(0)
            try:
                channel.send({"ok": self._answer(request)})
            except WireError as error:
                channel.send({"error": {"kind": "unsendable", "text": str(error)}})
            except BaseException as error:  # noqa: BLE001 - whatever a student's code raises is an answer
                channel.send({"error": describe(error)})

    def _answer(self, request: dict[str, Any]) -> Any:
        op: str = request["op"]
        name: Any = request.get("name")
        args = self._keeper.restore(request.get("args", []))
        kwargs = self._keeper.restore(request.get("kwargs", {}))
        if op == "begin":
            self._as_left = request["as_left"]
            self._at_start()
            return self._told
        if op == "seed":
            self._at_start()
            return self._randomness.seed(request["seed"])
        if op == "defines":
            return name in self._names
        if op == "value":
            return plain(self._look_up(name), self._keeper)
        if op == "method":
            return plain(getattr(self._keeper.restore(request["owner"]), name)(*args, **kwargs), self._keeper)
        if op == "probe":
            given = kwargs | {"outside": self._outside} if request.get("outside") else kwargs
            return plain(getattr(self._probes, name)(self._names, *args, **given), self._keeper)
        target = self._look_up(name) if isinstance(name, str) else self._keeper.restore(name)
        return plain(target(*args, **kwargs), self._keeper)

    def _outside(self, *asked: Any) -> Any:
        """What the trusted side answers to a question in the middle of a call."""
        with self._asking:  # a student's threads may ask at a time
            self._channel.send({"ask": plain(asked, self._keeper)})
            answer, _ = self._channel.receive()
        return self._keeper.restore(answer["answer"])

    def _at_start(self) -> None:
        """Put all switches back, where this session is not to see them as the notebook left them."""
        if not self._as_left:
            self._switches.put_back()

    def _look_up(self, name: str) -> Any:
        if name not in self._names:
            raise Undefined(name)
        return self._names[name]


class Undefined(Exception):
    """The notebook does not define this name."""


def describe(error: BaseException) -> dict[str, Any]:
    """An exception as plain data: its type and text, and the places in the student's cells that it passed through."""
    if isinstance(error, Undefined):
        return {"kind": "undefined", "text": error.args[0]}
    thing = lacking(error)
    frames = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    places = [[*_place(code.co_filename, line), code.co_name] for code, line in frames if _cell(code.co_filename)]
    innermost = frames[-1][0].co_filename if frames else ""
    if isinstance(error, SyntaxError) and not places:
        places = [[*_place(error.filename or "", error.lineno or 0), "<module>"]] if _cell(error.filename) else []
    return {
        "kind": "absent" if thing else _kind(error, innermost),
        "type": type(error).__name__[:100],
        "text": thing or _message(error),
        "places": places[:MAX_FRAMES] if len(places) <= MAX_FRAMES else places[:2] + places[2 - MAX_FRAMES :],
    }


def _kind(error: BaseException, innermost: str) -> str:
    if isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)) or (
        isinstance(error, OSError) and error.errno == errno.ENOMEM
    ):
        return "memory"
    if isinstance(error, RuntimeError) and "allocate memory" in _message(error):
        return "memory"
    stub = isinstance(error, NotImplementedError) and NO_KERNEL not in _message(error)
    if stub and (_cell(innermost) or _message(error).startswith("Module [")):
        return "unwritten"
    if isinstance(error, KeyError) and "/probes/" in innermost:
        return "undefined"
    return "syntax" if isinstance(error, SyntaxError) and not _cell(innermost) else "raised"


def _message(error: BaseException) -> str:
    try:
        text = error.args[0] if isinstance(error, KeyError) and error.args else error
        text = error.msg if isinstance(error, SyntaxError) else text
        return str(text)[:TEXT_LIMIT]
    except BaseException:  # noqa: BLE001 - the text is made by the student's own class
        return ""


def _cell(filename: str | None) -> bool:
    return (filename or "").startswith("<cell ")


def _place(filename: str, line: int | None) -> list[int]:
    digits = filename.removeprefix("<cell ").removesuffix(">")
    return [int(digits) if digits.isdecimal() else -1, line or 0]
