"""An argument that answers from outside: the same for every solution, bounded, and never believed."""

from __future__ import annotations

import copy
import json
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_values import VALUES, same

from graders.authoring.asking import MOST_ASKS, MOST_BYTES, MOST_ITEMS, Callbacks
from graders.authoring.solution import ModuleSolution
from graders.errors import CallError, Failed
from graders.grading.recorded import Recorded, recorded
from graders.grading.recording import Recording
from graders.model import Outcome


class Counting:
    """Answers with running totals, and remembers what it was asked."""

    def __init__(self, start: float = 0.0) -> None:
        self.total, self.seen = start, list[Any]()

    def answer(self, number: Any, label: Any = None) -> Any:
        """The total so far, as an array, and the label."""
        self.seen.append((number, label))
        if isinstance(number, str):
            raise Failed("Nobody asks that.") if number == "wrong" else KeyError("a fault of ours")
        self.total += float(np.sum(number))
        return [np.full(2, self.total), label]


def add_up(ns: dict[str, Any], numbers: list[Any], outside: Any) -> Any:
    """A probe that lets the student's code ask."""
    return ns["add_up"](numbers, outside)


PROBES = ModuleType("probes")
PROBES.add_up = add_up  # type: ignore[attr-defined]


def asks_each(numbers: list[Any], outside: Any) -> Any:
    """A student's function."""
    return [outside(number)[0] for number in numbers]


def asks_backwards(numbers: list[Any], outside: Any) -> Any:
    """Another one, which gives the same result for a single number."""
    return [outside(number)[0] for number in reversed(numbers)]


def solution(function: Any = asks_each) -> ModuleSolution:
    """A solution in this process."""
    return ModuleSolution({"add_up": function}, PROBES)


def test_questions_and_answers_are_plain_data() -> None:
    """What is asked arrives as data, and what is answered arrives as a copy that may be written into."""
    outside, told = Counting(), []

    def spoils(numbers: list[Any], ask: Any) -> Any:
        array, label = ask(torch.ones(3, requires_grad=True), ("a", 1))
        array[0] = 99
        told.append(label)
        return ask(1)[0]

    assert solution(spoils).probe("add_up", [], outside=outside.answer).tolist() == [4.0, 4.0]
    assert isinstance(outside.seen[0][0], np.ndarray)
    assert told == [["a", 1]]


def test_without_outside_a_probe_gets_none() -> None:
    """The argument is there only where the check gives it."""
    with pytest.raises(CallError, match="outside"):
        solution().probe("add_up", [])


def swallows(numbers: list[Any], outside: Any) -> Any:
    """Catches whatever comes."""
    for number in numbers:
        try:
            outside(number)
        except BaseException:  # noqa: BLE001
            continue
    return "fine"


@pytest.mark.parametrize(("asked", "error"), [("wrong", Failed), ("broken", KeyError)])
def test_what_outside_raises_ends_the_call(asked: str, error: type[Exception]) -> None:
    """A finding of the answering side is the verdict, and a fault of ours stays one; no code can swallow either."""
    for function in (asks_each, swallows):
        with pytest.raises(error):
            solution(function).probe("add_up", [1, asked, 2], outside=Counting().answer)


def test_questions_are_counted_and_weighed() -> None:
    """Too many, too large or too full ones are the student's error, in a sentence."""
    with pytest.raises(CallError, match=f"more than {MOST_ASKS:,} times") as caught:
        solution().probe("add_up", [0] * (MOST_ASKS + 1), outside=Counting().answer)
    assert caught.value.outcome is Outcome.ERROR
    for weight in ((MOST_BYTES // 2, 0), (0, MOST_ITEMS // 2)):
        asking = Callbacks(Counting().answer)
        asking.answer([1], *weight)
        asking.answer([1], *weight)
        with pytest.raises(CallError, match="more data"):
            asking.answer([1], 1, 1)
        with pytest.raises(CallError, match="more data"):
            asking.answer([1])


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_whatever_is_asked_is_answered_or_an_error(asked: Any) -> None:
    """Arguments that the answering side does not take cannot be read; those that it takes arrive as they are."""
    seen = list[Any]()

    def two(one: Any, other: Any) -> None:
        seen.append([one, other])

    try:
        Callbacks(two).answer(asked)
    except CallError as error:
        assert not isinstance(asked, list) or len(asked) != 2
        assert error.summary
    else:
        assert same(seen, [asked])


def test_a_recording_notes_what_was_asked() -> None:
    """It is part of what the solution reported, and what answered is kept as it was before."""
    recording, outside = Recording(solution()), Counting(5)
    recording.probe("add_up", [1, 2], outside=outside.answer)
    (called,) = recording.calls
    assert called.asked == ([1], [2])
    assert called.told["asked"] == [[1], [2]]
    assert outside.total == 8
    again = called.replay(solution(), called.arguments)
    assert same(again, called.told)
    assert same(called.replay(solution(), called.arguments), again), "each replay has a copy of its own"
    other = called.replay(solution(asks_backwards), called.arguments)
    assert other["asked"] == [[2], [1]]


def test_a_replay_returns_what_ended_it() -> None:
    """A finding of the answering side, or an error, is its result."""
    recording = Recording(solution())
    with pytest.raises(Failed):
        recording.probe("add_up", ["wrong"], outside=Counting().answer)
    with pytest.raises(CallError):
        recording.probe("add_up", None, outside=Counting().answer)
    found, error = (called.replay(solution(), called.arguments) for called in recording.calls)
    assert found == {"result": {"failed": "Nobody asks that."}, "asked": [["wrong"]]}
    assert error["result"].outcome is Outcome.ERROR


def test_recorded_answers_ask_as_the_reference_did() -> None:
    """Where no reference is, the answering side sees the same questions and the check the same result."""
    recording, outside = Recording(solution()), Counting()
    result = recording.probe("add_up", [1, 2], outside=outside.answer)
    answers = Recorded(json.loads(json.dumps(recorded(recording))), {})
    fresh = Counting()
    assert same(answers.probe("add_up", [1, 2], outside=fresh.answer), result)
    assert fresh.seen == outside.seen
    with pytest.raises(LookupError):
        answers.probe("add_up", [3], outside=fresh.answer)


def test_what_a_release_cannot_tell_apart_is_refused() -> None:
    """Two answering sides for one and the same call would be one entry of a release."""
    one, other = Recording(solution()), Recording(solution())
    one.probe("add_up", [1], outside=Counting(0).answer)
    other.probe("add_up", [1], outside=Counting(9).answer)
    assert recorded(one, copy.copy(one)) == recorded(one)
    with pytest.raises(ValueError, match="tell them apart"):
        recorded(one, other)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-9, 9), max_size=5))
def test_replays_of_the_same_code_tell_the_same(numbers: list[int]) -> None:
    """Whatever was asked."""
    recording = Recording(solution())
    recording.probe("add_up", numbers, outside=Counting().answer)
    assert same(recording.calls[0].replay(solution(), ("add_up", numbers)), recording.calls[0].told)
