"""A solution that passes every call on to another one and keeps a record, for diagnosis and for releases."""

from __future__ import annotations

import contextlib
import copy
import functools
import hashlib
import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graders.authoring.asking import Outside
from graders.authoring.solution import Probed, Solution
from graders.errors import CallError, Failed
from graders.plain_data import Handle


@dataclass(frozen=True)
class Called:
    """One call that a solution answered.

    Attributes:
        kind: `call`, `method`, `value`, `defines`, `probe` or `answer`.
        arguments: positional arguments, the name first.
        result: plain data, the `CallError` that was raised, or what `outside` found wrong.
        outside: what answered the questions of the call, as it was before the first one.
        asked: those questions, in their order.
    """

    kind: str
    arguments: tuple[Any, ...]
    options: Mapping[str, Any]
    result: Any
    outside: Outside | None = None
    asked: tuple[Any, ...] = ()

    @property
    def told(self) -> Any:
        """All that the solution reported: its result, and where there was something to ask, what it asked."""
        return self.result if self.outside is None else {"result": self.result, "asked": list(self.asked)}

    @property
    def name(self) -> str:
        """What was called, for humans and for telling calls apart."""
        return str(self.arguments[0]) if not isinstance(self.arguments[0], Handle) else self.arguments[0].type

    def replay(self, solution: Solution, arguments: tuple[Any, ...]) -> Any:
        """All that another solution tells to the same call; a `CallError` is returned, not raised.

        What answers from outside is copied again, and may end the call with a finding of its own (`Failed`).
        """
        recording = Recording(solution)
        outside = {} if self.outside is None else {"outside": copy.deepcopy(self.outside)}
        with contextlib.suppress(CallError, Failed):
            getattr(recording, self.kind)(*arguments, **self.options, **outside)
        return recording.calls[0].told


Memory = dict[bytes, tuple[Called, CallError | Failed | None]]
"""Probes that were run for checks that share their draws, by their arguments; with what was raised, if anything was."""


class Recording(Probed):
    """Implements `Solution`; `calls` is the record so far.

    Args:
        solution: answers the calls.
        memory: answers probes that it has seen already, and learns from the others.
    """

    def __init__(self, solution: Solution, memory: Memory | None = None) -> None:
        self._solution, self._memory = solution, memory
        self.calls: list[Called] = []

    def blank(self) -> Recording:
        """A recording of the same solution, with nothing on it."""
        return Recording(self._solution)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """See `Solution.parameters`."""
        return self._solution.parameters

    def call(self, function: str | Handle, *args: Any, **kwargs: Any) -> Any:
        """See `Solution.call`."""
        return self._record("call", self._solution.call, (function, *args), kwargs)

    def method(self, owner: Handle, name: str, *args: Any, **kwargs: Any) -> Any:
        """See `Solution.method`."""
        return self._record("method", self._solution.method, (owner, name, *args), kwargs)

    def value(self, name: str) -> Any:
        """See `Solution.value`."""
        return self._record("value", self._solution.value, (name,), {})

    def defines(self, name: str) -> bool:
        """See `Solution.defines`."""
        return bool(self._record("defines", self._solution.defines, (name,), {}))

    def run_probe(
        self, function: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], outside: Outside | None = None
    ) -> Any:
        """See `Probed.run_probe`."""
        if self._memory is None:
            return self._probe(function, args, kwargs, outside)
        key = hashlib.sha256(pickle.dumps((function, args, kwargs, outside is None))).digest()
        if key in self._memory:
            self.calls.append(self._memory[key][0])
        else:
            raised: CallError | Failed | None = None
            try:
                self._probe(function, args, kwargs, outside)
            except (CallError, Failed) as finding:
                raised = finding
            self._memory[key] = self.calls[-1], raised
        called, raised = self._memory[key]
        if raised is not None:
            raise raised
        return called.result

    def answer(self, question: str) -> str:
        """See `Solution.answer`."""
        return str(self._record("answer", self._solution.answer, (question,), {}))

    def uses(self, dataset: str) -> bool:
        """See `Solution.uses`."""
        return self._solution.uses(dataset)

    def private(self, dataset: str) -> Path | None:
        """See `Solution.private`."""
        return self._solution.private(dataset)

    def _probe(
        self, function: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], outside: Outside | None = None
    ) -> Any:
        if outside is None:
            return self._record("probe", self._solution.probe, (function, *args), kwargs)
        before, asked = copy.deepcopy(outside), list[Any]()

        @functools.wraps(outside)
        def noting(*question: Any) -> Any:
            asked.append(list(question))
            return outside(*question)

        probe = functools.partial(self._solution.probe, outside=noting)
        return self._record("probe", probe, (function, *args), kwargs, before, asked)

    def _record(
        self,
        kind: str,
        target: Callable[..., Any],
        arguments: tuple[Any, ...],
        options: Mapping[str, Any],
        outside: Outside | None = None,
        asked: Sequence[Any] = (),
    ) -> Any:
        try:
            result = target(*arguments, **options)
        except (CallError, Failed) as finding:
            told = finding if isinstance(finding, CallError) else {"failed": finding.in_full}
            self.calls.append(Called(kind, arguments, options, told, outside, tuple(asked)))
            raise
        self.calls.append(Called(kind, arguments, options, result, outside, tuple(asked)))
        return result
