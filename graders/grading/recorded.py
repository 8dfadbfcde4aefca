"""The reference's answers to the public checks, recorded for a release and replayed where there is no reference."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from graders.authoring.asking import Outside
from graders.authoring.solution import WithoutData
from graders.errors import CallError
from graders.grading.recording import Recording
from graders.json_data import pack, unpack
from graders.plain_data import Handle

CHECKS = "checks"  # the folder next to a released notebook
GRADERS = "graders"  # in that folder: the grader package, where no wheel has it
ANSWERS = "answers.json"


def recorded(*recordings: Recording) -> dict[str, Any]:
    """What a solution answered, as data that JSON can hold: key of the call -> its answer, and what it asked.

    Raises:
        ValueError: the same probe is called with the same arguments twice, and what answers from outside makes the
            difference: an argument must tell such calls apart, for what answers is not recorded.
    """
    found: dict[str, Any] = {}
    for call in (call for recording in recordings for call in recording.calls):
        key, told = _key(call.kind, call.arguments, call.options), pack(call.told)
        if call.outside is not None and found.get(key, told) != told:
            raise ValueError(
                f"the probe {call.name} is answered from outside in two ways; tell them apart by an argument"
            )
        found[key] = told
    return found


class Recorded(WithoutData):
    """A solution that knows the answers to the recorded calls, and to no others.

    Args:
        answers: what `recorded` gave.
        parameters: the profile's parameters.
    """

    def __init__(self, answers: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
        self._answers = answers
        self.parameters = parameters

    def call(self, function: str | Handle, *args: Any, **kwargs: Any) -> Any:
        """See `Solution.call`."""
        return self._answer("call", (function, *args), kwargs)

    def method(self, owner: Handle, name: str, *args: Any, **kwargs: Any) -> Any:
        """See `Solution.method`."""
        return self._answer("method", (owner, name, *args), kwargs)

    def value(self, name: str) -> Any:
        """See `Solution.value`."""
        return self._answer("value", (name,), {})

    def defines(self, name: str) -> bool:
        """See `Solution.defines`."""
        return bool(self._answer("defines", (name,), {}))

    def run_probe(
        self, function: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], outside: Outside | None = None
    ) -> Any:
        """See `Probed.run_probe`; what was asked when this was recorded is asked again."""
        told = self._answer("probe", (function, *args), kwargs)
        if outside is None:
            return told
        for asked in told["asked"]:
            outside(*asked)
        if isinstance(told["result"], CallError):
            raise told["result"]
        return told["result"]

    def answer(self, question: str) -> str:
        """See `Solution.answer`."""
        return str(self._answer("answer", (question,), {}))

    def _answer(self, kind: str, arguments: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
        key = _key(kind, arguments, options)
        if key not in self._answers:
            raise LookupError(f"no recorded answer to {kind} {arguments[0]}: this release was made by another grader")
        answer = unpack(self._answers[key])
        if isinstance(answer, CallError):
            raise answer
        return answer


def _key(kind: str, arguments: tuple[Any, ...], options: Mapping[str, Any]) -> str:
    text = json.dumps([kind, pack(list(arguments)), pack(dict(options))], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
