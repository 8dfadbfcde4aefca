"""A solution that passes every call on to another one and keeps a record, for diagnosis and for releases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graders.errors import CallError
from graders.plain import Handle
from graders.solution import Solution


@dataclass(frozen=True)
class Called:
    """One call that a solution answered.

    Attributes:
        kind: `call`, `method`, `value`, `defines`, `probe` or `answer`.
        arguments: positional arguments, the name first.
        result: plain data, or the `CallError` that was raised.
    """

    kind: str
    arguments: tuple[Any, ...]
    options: Mapping[str, Any]
    result: Any

    @property
    def name(self) -> str:
        """What was called, for humans and for telling calls apart."""
        return str(self.arguments[0]) if not isinstance(self.arguments[0], Handle) else self.arguments[0].type

    def replay(self, solution: Solution, arguments: tuple[Any, ...]) -> Any:
        """Make the same call on another solution; a `CallError` is returned, not raised."""
        try:
            return getattr(solution, self.kind)(*arguments, **self.options)
        except CallError as error:
            return error


class Recording:
    """Implements `Solution`; `calls` is the record so far."""

    def __init__(self, solution: Solution) -> None:
        self._solution = solution
        self.calls: list[Called] = []

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

    def probe(self, function: str, *args: Any, **kwargs: Any) -> Any:
        """See `Solution.probe`."""
        return self._record("probe", self._solution.probe, (function, *args), kwargs)

    def answer(self, question: str) -> str:
        """See `Solution.answer`."""
        return str(self._record("answer", self._solution.answer, (question,), {}))

    def _record(
        self, kind: str, target: Callable[..., Any], arguments: tuple[Any, ...], options: Mapping[str, Any]
    ) -> Any:
        try:
            result = target(*arguments, **options)
        except CallError as error:
            self.calls.append(Called(kind, arguments, options, error))
            raise
        self.calls.append(Called(kind, arguments, options, result))
        return result
