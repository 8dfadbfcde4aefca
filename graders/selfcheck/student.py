"""A student's own names as a Solution: called in this process, and explained as the official run explains them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from graders.authoring.asking import Outside
from graders.authoring.solution import ModuleSolution
from graders.errors import CallError, Failed, Pending, Skipped
from graders.model import Outcome
from graders.plain_data import NO_KERNEL, Handle, plain
from graders.sandbox.host.faults import Explainer, names_in, read_fault
from graders.sandbox.inside.describing import Undefined, describe
from graders.sandbox.inside.standins.absent import STATE
from graders.sandbox.limits import Limits
from graders.selfcheck.release import Release
from graders.selfcheck.timer import TimeUp
from graders.selfcheck.watch import Loss, ProcessLost, Watch

EARLIER = "An earlier call ended the process in which your code ran."
FINDINGS = (CallError, Failed, Pending, Skipped)


class OwnWork(ModuleSolution):
    """Implements `Solution` over what a notebook has defined in this process.

    Args:
        release: its parameters, limits and probes.
        names: the notebook's names, themselves and no copy, for functions look there for their globals.
        answers: question id -> source of the answer cell.
        explainer: turns what went wrong into sentences.
        limits: what a call may use.
        watch: runs calls; see `Watch`.
    """

    def __init__(
        self,
        release: Release,
        names: dict[str, Any],
        answers: Mapping[str, str],
        explainer: Explainer,
        limits: Limits,
        watch: Watch,
    ) -> None:
        super().__init__(names, release.probes, release.parameters, answers)
        self.namespace, self.alive, self.timed_out = names, True, False
        self._limits, self._explainer, self._watch = limits, explainer, watch
        self._probe_names = names_in(release.beside / "probes")
        self._running = ""

    def call(self, function: str | Handle, *args: Any, **kwargs: Any) -> Any:
        """See `Solution.call`."""
        name = function if isinstance(function, str) else function.type
        return self._explained(name, f"`{name}`", lambda: super(OwnWork, self).call(function, *args, **kwargs))

    def method(self, owner: Handle, name: str, *args: Any, **kwargs: Any) -> Any:
        """See `Solution.method`."""
        what = f"`{owner.type}.{name}`"
        return self._explained(name, what, lambda: super(OwnWork, self).method(owner, name, *args, **kwargs))

    def value(self, name: str) -> Any:
        """See `Solution.value`."""
        return self._explained(name, f"`{name}`", lambda: super(OwnWork, self).value(name))

    def run_probe(
        self, function: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], outside: Outside | None = None
    ) -> Any:
        """See `Probed.run_probe`."""
        run = super().run_probe
        named = self._probe_names | {arg for arg in args if isinstance(arg, str)}
        return self._explained(function, "Your code", lambda: run(function, args, kwargs, outside), named)

    def _lookup(self, name: str) -> Any:
        if name not in self.namespace:
            raise Undefined(name)
        return self.namespace[name]

    def _run(self, target: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        seconds = self._limits.calls.get(self._running, self._limits.call_cpu_seconds)
        args, kwargs = self._keeper.restore(list(args)), self._keeper.restore(dict(kwargs))
        with self._watch.call(seconds):
            result = target(*args, **kwargs)
        return plain(result, self._keeper)

    def _explained(
        self, name: str, what: str, work: Callable[[], Any], named: frozenset[str] | set[str] | None = None
    ) -> Any:
        """The result; whatever the student's code raises becomes what the official run says of it."""
        if not self.alive:
            raise CallError.in_our_words(Outcome.ERROR, EARLIER)
        self._running, strict, STATE.strict = name, STATE.strict, True
        try:
            return work()
        except (*FINDINGS, KeyboardInterrupt):
            raise
        except TimeUp as up:
            raise self._lost(what, Loss(Outcome.TIMEOUT, str(up))) from None
        except ProcessLost as lost:
            raise self._lost(what, lost.loss) from None
        except BaseException as error:
            raise self._error(name, what, error, named) from error
        finally:
            STATE.strict = strict

    def _lost(self, what: str, loss: Loss) -> CallError:
        self.alive, self.timed_out = False, loss.outcome is Outcome.TIMEOUT
        return CallError(loss.outcome, text := f"{what} {loss.reason}.", text)

    def _error(self, name: str, what: str, error: BaseException, named: frozenset[str] | set[str] | None) -> CallError:
        fault = read_fault(describe(error))
        if fault.kind == "undefined":
            missing = fault.text if named is not None else name
            if named is None or missing in named:
                return self._explainer.undefined(missing)
        if isinstance(error, NotImplementedError) and fault.kind == "raised" and NO_KERNEL not in fault.text:
            fault = replace(fault, kind="unwritten")  # in a notebook's own kernel cells have other names
        return self._explainer.call_error(what, fault)
