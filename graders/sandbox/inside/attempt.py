"""One attempt inside the walls: it executes cells, forks sessions, and answers calls; nothing here is secret."""

from __future__ import annotations

import contextlib
import os
import resource
import threading
import time
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from graders.plain_data import HandleTable, plain
from graders.sandbox.inside.connection import Channel
from graders.sandbox.inside.describing import Undefined, describe
from graders.sandbox.inside.originals import Originals
from graders.sandbox.inside.randomness import Randomness
from graders.sandbox.inside.shell import Shell
from graders.sandbox.inside.standins.absent import STATE
from graders.sandbox.inside.switches import Switches
from graders.sandbox.inside.wire import WireError

MOST_NAMES = 40
UNKNOWN = "something that cannot be put back"


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
        if request.get("seed") is not None:
            self._at_start()
            self._randomness.seed(request["seed"])
        args = self._keeper.restore(request.get("args", []))
        kwargs = self._keeper.restore(request.get("kwargs", {}))
        if op == "begin":
            self._as_left = request["as_left"]
            self._at_start()
            return self._told
        if op == "defines":
            return name in self._names
        if op == "value":
            return plain(self._look_up(name), self._keeper)
        if op == "method":
            return plain(getattr(self._keeper.restore(request["owner"]), name)(*args, **kwargs), self._keeper)
        if op == "probe":
            given = kwargs | {"outside": self._outside} if request.get("outside") else kwargs
            return plain(attrgetter(name)(self._probes)(self._names, *args, **given), self._keeper)
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
