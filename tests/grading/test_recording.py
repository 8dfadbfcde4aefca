"""A recording answers as its solution does, and remembers."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from graders.authoring.solution import ModuleSolution
from graders.errors import CallError
from graders.grading.recording import Memory, Recording
from graders.model import Outcome


def test_calls_and_results_are_recorded_in_order() -> None:
    """Each call is kept with its arguments and its answer."""
    recording = Recording(ModuleSolution({"double": lambda x: 2 * x}))
    assert recording.call("double", 4) == 8
    assert recording.defines("triple") is False
    assert [(call.kind, call.name, call.result) for call in recording.calls] == [
        ("call", "double", 8),
        ("defines", "triple", False),
    ]


def test_a_call_that_breaks_off_is_recorded_and_raised() -> None:
    """The error is the answer."""
    recording = Recording(ModuleSolution({}))
    with pytest.raises(CallError):
        recording.value("absent")
    assert recording.calls[0].result.outcome is Outcome.MISSING


def test_a_call_can_be_replayed_on_another_solution() -> None:
    """A replay makes the same call elsewhere and returns an error in place of raising it."""
    recording = Recording(ModuleSolution({"double": lambda x: 2 * x}))
    recording.call("double", 4)
    called = recording.calls[0]
    assert called.replay(ModuleSolution({"double": lambda x: 3 * x}), called.arguments) == 12
    assert called.replay(ModuleSolution({}), called.arguments).outcome is Outcome.MISSING


def test_a_probe_is_run_once_for_all_that_share_a_memory() -> None:
    """The same probe with the same arguments is answered from memory, also with its error; others are run."""
    runs: list[Any] = []

    def count(names: Any, array: Any, outside: Any = None) -> int:
        runs.append(array)
        if array[0] > 5:
            raise ValueError("too large")
        return len(runs) + (outside(1) if outside else 0)

    probes: Any = SimpleNamespace(count=count)
    memory: Memory = {}
    for _ in range(2):
        recording = Recording(ModuleSolution({}, probes), memory)
        assert recording.probe("count", np.array([1.0])) == 1
        assert recording.probe("count", np.array([2.0])) == 2
        with pytest.raises(CallError, match="too large"):
            recording.probe("count", np.array([6.0]))
        assert recording.probe("count", np.array([1.0]), outside=lambda number: 10 * number) == 14
        assert len(recording.calls) == 4
    assert len(runs) == 4
    assert Recording(ModuleSolution({}, probes)).probe("count", np.array([1.0])) == 5
