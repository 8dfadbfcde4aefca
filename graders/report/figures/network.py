"""A recurrent network unfolded in time, step by step, with the first wrong state or output marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST = 7  # steps that are drawn
LONGEST = 100_000
STEP, START = 78.0, 46.0


@dataclass(frozen=True)
class NetworkNode:
    """A state or an output; `state` is `right`, `first` for the first wrong one, `wrong`, or `unknown`."""

    name: str
    state: str


@dataclass(frozen=True)
class NetworkStep:
    """One step of the network: its number, counted from 1, where it is drawn, its state and its output."""

    number: int
    x: float
    hidden: NetworkNode
    output: NetworkNode


@dataclass(frozen=True)
class UnfoldedNetwork:
    """The steps that are drawn, and what to say of them.

    Attributes:
        begins: whether the first of them is the first of all.
        more: how many steps follow.
        sentence: what the picture shows, in words.
    """

    steps: tuple[NetworkStep, ...]
    begins: bool
    more: int
    sentence: str


def network(unfolded: Any) -> UnfoldedNetwork | None:
    """The picture of `{"states": [...], "outputs": [...]}`: for each step whether it is right, None where not known.

    A wrong state counts before any wrong output, which may follow from it.
    """
    if not isinstance(unfolded, Mapping):
        return None
    states, outputs = _flags(unfolded.get("states")), _flags(unfolded.get("outputs"))
    if not states or len(states) != len(outputs):
        return None
    wrong = next(
        ((t, part) for part, flags in (("h", states), ("y", outputs)) if (t := _first_wrong(flags)) is not None), None
    )
    if wrong is None:
        return None
    begin = max(0, min(wrong[0] - 2, len(states) - MOST))
    steps = tuple(
        NetworkStep(
            t + 1,
            START + STEP * (t - begin + 1),
            NetworkNode(f"h{t + 1}", _state(states[t], (t, "h") == wrong)),
            NetworkNode(f"y{t + 1}", _state(outputs[t], (t, "y") == wrong)),
        )
        for t in range(begin, min(len(states), begin + MOST))
    )
    what = "state" if wrong[1] == "h" else "output"
    sentence = f"The first {what} that is not right is {wrong[1]}{wrong[0] + 1}."
    return UnfoldedNetwork(steps, begin == 0, len(states) - begin - len(steps), sentence)


def _flags(value: Any) -> list[bool | None]:
    """What is known of each step; nothing where that is not what was reported."""
    known = isinstance(value, (list, tuple)) and len(value) <= LONGEST
    return list(value) if known and all(item is None or type(item) is bool for item in value) else []


def _first_wrong(flags: Sequence[bool | None]) -> int | None:
    return next((t for t, right in enumerate(flags) if right is False), None)


def _state(right: bool | None, first: bool) -> str:
    return "first" if first else "unknown" if right is None else "right" if right else "wrong"
