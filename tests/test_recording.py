"""A recording answers as its solution does, and remembers."""

import pytest

from graders.errors import CallError
from graders.model import Outcome
from graders.recording import Recording
from graders.solution import ModuleSolution


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
