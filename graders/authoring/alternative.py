"""Known other ways to answer a question: misconceptions, and correct variants."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Alternative:
    """A known other way to answer a question: a misconception, or a correct variant.

    Attributes:
        name: the function's name.
        question: the question's id.
        replaces: what it takes the place of: a global name (`"rnn_forward"`) or a class's method (`"RNN.forward"`).
        explanation: its docstring; for a misconception, what the student reads.
        function: the replacement. For a name that is a variable (`by_hand`), it is called for the value.
        builder: what makes such a replacement from switches, where mistakes in one function are to be combined.
        switches: what the builder was given.
        read: the heading of the notebook under which the idea is explained; empty where it is the question's own.
        breaks: for a wrong written answer, the item of the rubric that no machine may give it.
    """

    name: str
    question: str
    replaces: str
    explanation: str
    function: Callable[..., Any]
    builder: Callable[..., Callable[..., Any]] | None = None
    switches: Mapping[str, Any] = field(default_factory=dict)
    breaks: str = ""
    read: str = ""

    def joined(self, other: Alternative) -> Alternative | None:
        """Both in one function; None where they are not made of switches, or want the same switch."""
        if self.builder is None or self.builder is not other.builder or self.switches.keys() & other.switches.keys():
            return None
        switches = {**self.switches, **other.switches}
        name, text = f"{self.name} {other.name}", f"{self.explanation} {other.explanation}"
        return replace(self, name=name, explanation=text, function=self.builder(**switches), switches=switches)

    def applied_to(self, namespace: Mapping[str, Any]) -> dict[str, Any]:
        """The namespace of a reference solution with this alternative put in."""
        changed = dict(namespace)
        owner, _, method = self.replaces.partition(".")
        if method:
            changed[owner] = type(owner, (namespace[owner],), {method: self.function})
        elif inspect.isroutine(namespace.get(owner)) or inspect.isclass(namespace.get(owner)):
            changed[owner] = self.function
        else:
            changed[owner] = self.function()
        return changed


def alternative(question: str, *, replaces: str, read: str = "") -> Callable[[Callable[..., Any]], Alternative]:
    """Make the decorated function (or class) an `Alternative` answer to a question; see there for the arguments."""

    def decorate(function: Callable[..., Any]) -> Alternative:
        text = " ".join((inspect.getdoc(function) or "").split())
        if not text:
            raise ValueError(f"{function.__name__} has no docstring")
        return Alternative(function.__name__, question, replaces, text, function, read=read)

    return decorate


def switched(
    question: str, *, replaces: str, builder: Callable[..., Callable[..., Any]], read: str = ""
) -> Callable[[Callable[[], Mapping[str, Any]]], Alternative]:
    """Make a misconception of the switches that the decorated function returns; `builder(**switches)` is what it does.

    Two of these that set different switches of one builder can be made in one function, and diagnosis tries that.
    """

    def decorate(function: Callable[[], Mapping[str, Any]]) -> Alternative:
        switches = function()
        made = alternative(question, replaces=replaces, read=read)(function)
        built = builder(**switches)
        built.__module__ = function.__module__
        return replace(made, function=built, builder=builder, switches=switches)

    return decorate


misconception = alternative
variant = alternative
