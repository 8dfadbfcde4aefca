"""The reference's answers to the public checks, recorded for a release and replayed where there is no reference."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from graders.authoring.asking import Outside
from graders.authoring.solution import WithoutData
from graders.errors import CallError
from graders.grading.recording import Recording
from graders.model import Outcome
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
        key, told = _key(call.kind, call.arguments, call.options), _packed(call.told)
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
        answer = _unpacked(self._answers[key])
        if isinstance(answer, CallError):
            raise answer
        return answer


def _key(kind: str, arguments: tuple[Any, ...], options: Mapping[str, Any]) -> str:
    text = json.dumps([kind, _packed(list(arguments)), _packed(dict(options))], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _packed(value: Any) -> Any:
    """Plain data as JSON data; floats keep every digit."""
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "dtype": value.dtype.str}
    if isinstance(value, Handle):
        return {"handle": value.id, "type": value.type}
    if isinstance(value, CallError):
        return {"outcome": str(value.outcome), "message": value.message}
    if isinstance(value, dict):
        return {"dict": {key: _packed(item) for key, item in value.items()}}
    if isinstance(value, (list, tuple)):
        return [_packed(item) for item in value]
    return value


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        return [_unpacked(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return np.array(value["array"], dtype=value["dtype"])
    if "handle" in value:
        return Handle(value["handle"], value["type"])
    if "outcome" in value:
        return CallError(Outcome(value["outcome"]), value["message"])
    return {key: _unpacked(item) for key, item in value["dict"].items()}
