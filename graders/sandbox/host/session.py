"""A student's executed notebook as a Solution: calls by name into a fork of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graders.authoring.asking import Callbacks, Outside
from graders.authoring.solution import WithoutData
from graders.errors import CallError, GpuFault
from graders.model import Outcome
from graders.plain_data import Handle
from graders.sandbox.host.account import LimitExceeded
from graders.sandbox.host.attempt_process import AttemptProcess
from graders.sandbox.host.connection import Connection, LineLost
from graders.sandbox.host.faults import Explainer, Fault, read_fault, unreadable
from graders.sandbox.inside.wire import WireError
from graders.sandbox.limits import Limits
from graders.timing import span

EARLIER = "An earlier call ended the process in which your code ran."


class Session(WithoutData):
    """Implements `Solution` over a line into the sandbox; dead after the first call that did not come back.

    A check that looks at the text of an answer alone needs no process: the first call has it made.

    `alive` says whether it still answers, and `timed_out` whether it died of a time limit.

    Args:
        opening: gives the attempt's processes and the line to the one that answers; called by the first question.
        limits: what a call may use.
        explainer: turns what went wrong into sentences.
        parameters: the profile's parameters.
        answers: question id -> source of the answer cell.
        probe_names: names that the assignment's probes look for.
        hear: hears of every exception inside, says whether the process is fit for more, and raises where it was the
            machine's fault.
    """

    def __init__(
        self,
        opening: Callable[[], tuple[AttemptProcess, Connection]],
        limits: Limits,
        explainer: Explainer,
        *,
        parameters: Mapping[str, Any],
        answers: Mapping[str, str],
        probe_names: frozenset[str],
        hear: Callable[[Fault], bool] = lambda fault: True,
    ) -> None:
        self.parameters: Mapping[str, Any] = dict(parameters)
        self.alive, self.timed_out = True, False
        self._opening, self._limits, self._explainer = opening, limits, explainer
        self._open: tuple[AttemptProcess, Connection] | None = None
        self._answers, self._probe_names, self._hear = dict(answers), probe_names, hear
        self._seed: int | None = None  # to be seeded with before the next call

    def seed(self, number: int) -> None:
        """Seed `random`, NumPy (an unseeded `default_rng` too) and torch in this session, before its next call."""
        self._seed = number

    def call(self, function: str | Handle, *args: Any, **kwargs: Any) -> Any:
        """See `Solution.call`."""
        what = f"`{function if isinstance(function, str) else function.type}`"
        return self._ask(what, {"op": "call", "name": function, "args": args, "kwargs": kwargs})

    def method(self, owner: Handle, name: str, *args: Any, **kwargs: Any) -> Any:
        """See `Solution.method`."""
        request = {"op": "method", "owner": owner, "name": name, "args": args, "kwargs": kwargs}
        return self._ask(f"`{owner.type}.{name}`", request)

    def value(self, name: str) -> Any:
        """See `Solution.value`."""
        return self._ask(f"`{name}`", {"op": "value", "name": name})

    def defines(self, name: str) -> bool:
        """See `Solution.defines`."""
        return self._ask(f"`{name}`", {"op": "defines", "name": name}) is True

    def run_probe(
        self, function: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], outside: Outside | None = None
    ) -> Any:
        """See `Probed.run_probe`."""
        named = self._probe_names | {arg for arg in args if isinstance(arg, str)}
        request = {"op": "probe", "name": function, "args": args, "kwargs": kwargs}
        if outside is None:
            return self._ask("Your code", request, frozenset(named))
        return self._ask("Your code", request | {"outside": True}, frozenset(named), Callbacks(outside))

    def answer(self, question: str) -> str:
        """See `Solution.answer`."""
        return self._answers.get(question, "")

    def _ask(
        self,
        what: str,
        request: dict[str, Any],
        named: frozenset[str] | None = None,
        asking: Callbacks | None = None,
    ) -> Any:
        if not self.alive:
            raise CallError.in_our_words(Outcome.ERROR, EARLIER)
        if self._seed is not None:
            request, self._seed = request | {"seed": self._seed}, None
        try:
            if self._open is None:
                with span("fork", "session"):
                    self._open = self._opening()
            running, line = self._open
            with span("calls", str(request.get("name", request["op"]))):
                reply = self._reply(running, line, what, request, asking)
        except BaseException:  # whatever it was, it left the line in the middle of a call
            self.alive = False
            raise
        if isinstance(reply, dict) and set(reply) == {"ok"}:
            return reply["ok"]
        fault = read_fault(reply.get("error") if isinstance(reply, dict) else None)
        try:
            self.alive = self._hear(fault)
        except GpuFault:
            self.alive = False
            raise
        if fault.kind == "undefined":
            name = fault.text if named is not None else str(request["name"])
            if named is None or name in named:
                raise self._explainer.undefined(name)
        raise self._explainer.call_error(what, fault)

    def _reply(
        self,
        running: AttemptProcess,
        line: Connection,
        what: str,
        request: dict[str, Any],
        asking: Callbacks | None,
    ) -> Any:
        try:
            name = str(request.get("name"))
            seconds, slowly = self._limits.calls.get(name, self._limits.call_cpu_seconds), name in self._limits.calls
            return running.converse(line, request, seconds, limits=self._limits, asking=asking, slowly=slowly)
        except LimitExceeded as cut:
            self.timed_out = cut.outcome is Outcome.TIMEOUT
            raise CallError.in_our_words(cut.outcome, f"{what} {cut.reason}.") from None
        except LineLost:
            raise CallError.in_our_words(Outcome.ERROR, f"{what} ended the process it ran in.") from None
        except WireError as error:
            raise unreadable(what, error) from None
