"""The Solution protocol, and the solutions that live in the trusted process."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from graders.authoring.asking import Callbacks, Outside
from graders.authoring.known import meaning
from graders.errors import CallError
from graders.model import Outcome
from graders.plain_data import NO_KERNEL, Handle, HandleTable, plain


class Solution(Protocol):
    """Something that answers calls by name: a student's attempt, the reference, a misconception, a recording.

    Arguments and results are plain data: None, bool, int, float, str, bytes, lists, tuples (which come back as
    lists), dicts with string keys, NumPy arrays (tensors come back as arrays), and `Handle`s for everything else,
    such as a model, which can be passed to later calls of the same solution. Every method raises `CallError` when no
    value comes back.
    """

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The profile's values of the notebook's parameters cell."""
        ...

    def call(self, function: str | Handle, *args: Any, **kwargs: Any) -> Any:
        """Call a function or class by its name, or an object by its handle."""
        ...

    def method(self, owner: Handle, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method of an object."""
        ...

    def value(self, name: str) -> Any:
        """The value of a global variable."""
        ...

    def defines(self, name: str) -> bool:
        """Whether the name is defined."""
        ...

    def probe(self, function: str, *args: Any, outside: Outside | None = None, **kwargs: Any) -> Any:
        """Run a function of the assignment's `probes` beside the solution, with its namespace as first argument.

        With `outside`, the probe gets an argument of that name besides: a function that asks the trusted side, in the
        middle of the call, and returns its answer (`graders.authoring.asking`). Both ways it is plain data::

            class Dictated:                                     # in the grader module
                def __init__(self, rows): self.rows, self.seen = rows, []
                def answer(self, x, h):
                    self.seen.append((x, h))
                    return [self.rows[len(self.seen) - 1], h + 1]

            model = Dictated(rows)
            name = student.probe("write_a_name", k, outside=model.answer)       # then judge `model.seen`

            def write_a_name(ns, k, outside):                   # in `probes`, beside the student's code
                return ns["generate"](lambda x, h: outside(x, h), k)

        Whatever `outside` raises ends the call: `Failed` is the check's verdict at once.
        """
        ...

    def answer(self, question: str) -> str:
        """The source of the answer cell of a question."""
        ...

    def uses(self, dataset: str) -> bool:
        """Whether the profile asks for a data set."""
        ...

    def private(self, dataset: str) -> Path | None:
        """The private part of a data set that the profile asks for; None where it is not here, or for a student."""
        ...


class WithoutData:
    """A solution that knows no private data, as a student's."""

    def uses(self, dataset: str) -> bool:
        """See `Solution.uses`."""
        return False

    def private(self, dataset: str) -> Path | None:
        """See `Solution.private`."""
        return None


class ModuleSolution:
    """A solution made of trusted code in this process: the reference, a misconception, a variant.

    Args:
        namespace: the names that it defines.
        probes: the assignment's package `probes`, or None where it has none.
        parameters: the profile's parameters.
        answers: question id -> source of the answer cell.
        private: of each data set that the profile asks for its private part; None where that is not here.
    """

    def __init__(
        self,
        namespace: Mapping[str, Any],
        probes: ModuleType | None = None,
        parameters: Mapping[str, Any] | None = None,
        answers: Mapping[str, str] | None = None,
        private: Mapping[str, Path | None] | None = None,
    ) -> None:
        self._private = dict(private or {})
        self.namespace = dict(namespace)
        self.parameters: Mapping[str, Any] = dict(parameters or {})
        self._probes = probes
        self._answers = dict(answers or {})
        self._keeper = HandleTable()

    def call(self, function: str | Handle, *args: Any, **kwargs: Any) -> Any:
        """See `Solution.call`."""
        target = self._keeper.restore(function) if isinstance(function, Handle) else self._lookup(function)
        return self._run(target, args, kwargs)

    def method(self, owner: Handle, name: str, *args: Any, **kwargs: Any) -> Any:
        """See `Solution.method`."""
        return self._run(getattr(self._keeper.restore(owner), name), args, kwargs)

    def value(self, name: str) -> Any:
        """See `Solution.value`."""
        return plain(self._lookup(name), self._keeper)

    def defines(self, name: str) -> bool:
        """See `Solution.defines`."""
        return name in self.namespace

    def probe(self, function: str, *args: Any, outside: Outside | None = None, **kwargs: Any) -> Any:
        """See `Solution.probe`."""
        beside = functools.partial(getattr(self._probes, function), self.namespace)  # not an argument to be copied
        if outside is None:
            return self._run(beside, args, kwargs)
        asking = Callbacks(outside)

        def ask(*asked: Any) -> Any:
            return self._keeper.restore(plain(asking.answer(plain(asked, self._keeper)), self._keeper))

        try:
            return self._run(functools.partial(beside, outside=ask), args, kwargs)
        finally:
            if asking.fault is not None:
                raise asking.fault

    def answer(self, question: str) -> str:
        """See `Solution.answer`."""
        return self._answers.get(question, "")

    def uses(self, dataset: str) -> bool:
        """See `Solution.uses`."""
        return dataset in self._private

    def private(self, dataset: str) -> Path | None:
        """See `Solution.private`."""
        return self._private.get(dataset)

    def _lookup(self, name: str) -> Any:
        if name not in self.namespace:
            raise CallError(Outcome.MISSING, f"`{name}` is not defined.")
        return self.namespace[name]

    def _run(self, target: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        args, kwargs = self._keeper.restore(list(args)), self._keeper.restore(dict(kwargs))
        try:
            return plain(target(*args, **kwargs), self._keeper)
        except Exception as error:  # a misconception may raise, as a student's code may
            if isinstance(error, NotImplementedError) and NO_KERNEL not in str(error):
                raise CallError(Outcome.MISSING, "This answer has not been written yet.") from None
            name, text = type(error).__name__, str(error)
            raise CallError(
                Outcome.ERROR, f"Your code raised {name}: {text}", f"Your code raised {name}.", meaning(name, text)
            ) from error


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


def alternative(question: str, *, replaces: str) -> Callable[[Callable[..., Any]], Alternative]:
    """Make the decorated function (or class) an `Alternative` answer to a question; see there for `replaces`."""

    def decorate(function: Callable[..., Any]) -> Alternative:
        text = " ".join((inspect.getdoc(function) or "").split())
        if not text:
            raise ValueError(f"{function.__name__} has no docstring")
        return Alternative(function.__name__, question, replaces, text, function)

    return decorate


def switched(
    question: str, *, replaces: str, builder: Callable[..., Callable[..., Any]]
) -> Callable[[Callable[[], Mapping[str, Any]]], Alternative]:
    """Make a misconception of the switches that the decorated function returns; `builder(**switches)` is what it does.

    Two of these that set different switches of one builder can be made in one function, and diagnosis tries that.
    """

    def decorate(function: Callable[[], Mapping[str, Any]]) -> Alternative:
        switches = function()
        made = alternative(question, replaces=replaces)(function)
        built = builder(**switches)
        built.__module__ = function.__module__
        return replace(made, function=built, builder=builder, switches=switches)

    return decorate


misconception = alternative
variant = alternative
