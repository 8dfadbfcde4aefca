"""The Solution protocol, and the solutions that live in the trusted process."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, TypeVar, overload

import numpy as np

from graders.authoring.asking import Callbacks, Outside
from graders.authoring.known import meaning
from graders.authoring.replies import read
from graders.errors import CallError
from graders.model import Outcome
from graders.plain_data import NO_KERNEL, Handle, HandleTable, plain

Rng = np.random.Generator
"""What a check draws its cases with, seeded for the submission."""

T = TypeVar("T")


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

    def require(self, name: str) -> None:
        """Raise what says why a name is not defined, where it is not."""
        ...

    @overload
    def probe(
        self, function: str, *args: Any, outside: Outside | None = None, returns: type[T], **kwargs: Any
    ) -> T: ...

    @overload
    def probe(
        self, function: str, *args: Any, outside: Outside | None = None, returns: Any = Any, **kwargs: Any
    ) -> Any: ...

    def probe(
        self, function: str, *args: Any, outside: Outside | None = None, returns: Any = Any, **kwargs: Any
    ) -> Any:
        """Run a function of the assignment's `probes` alongside the solution, with its namespace as first argument.

        What comes back is of the type that `returns` says, as in annotations (see `graders.read` for which): a reply of
        another form, which a cell that replaces functions can make, is the student's `error`.

        With `outside`, the probe gets an argument of that name besides: a function that asks the trusted side, in the
        middle of the call, and returns its answer (`graders.authoring.asking`). Both ways it is plain data::

            class Dictated:                                     # in the grader module
                def __init__(self, rows): self.rows, self.seen = rows, []
                def answer(self, x, h):
                    self.seen.append((x, h))
                    return [self.rows[len(self.seen) - 1], h + 1]

            model = Dictated(rows)
            name = student.probe("sampling.write", k, outside=model.answer)       # then judge `model.seen`

            def write_a_name(ns, k, outside):                   # in `probes`, alongside the student's code
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


class Probed(ABC):
    """What all solutions do alike: they insist on names, and read what a probe replies."""

    def require(self, name: str) -> None:
        """See `Solution.require`."""
        if not self.defines(name):
            self.value(name)

    @overload
    def probe(
        self, function: str, *args: Any, outside: Outside | None = None, returns: type[T], **kwargs: Any
    ) -> T: ...

    @overload
    def probe(
        self, function: str, *args: Any, outside: Outside | None = None, returns: Any = Any, **kwargs: Any
    ) -> Any: ...

    def probe(
        self, function: str, *args: Any, outside: Outside | None = None, returns: Any = Any, **kwargs: Any
    ) -> Any:
        """See `Solution.probe`."""
        return read(self.run_probe(function, args, kwargs, outside), returns)

    @abstractmethod
    def defines(self, name: str) -> bool:
        """See `Solution.defines`."""

    @abstractmethod
    def value(self, name: str) -> Any:
        """See `Solution.value`."""

    @abstractmethod
    def run_probe(
        self, function: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], outside: Outside | None = None
    ) -> Any:
        """What a probe replies, whatever it is."""


class WithoutData(Probed):
    """A solution that knows no private data, as a student's."""

    def uses(self, dataset: str) -> bool:
        """See `Solution.uses`."""
        return False

    def private(self, dataset: str) -> Path | None:
        """See `Solution.private`."""
        return None


class ModuleSolution(Probed):
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

    def run_probe(
        self, function: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], outside: Outside | None = None
    ) -> Any:
        """See `Probed.run_probe`."""
        beside = functools.partial(attrgetter(function)(self._probes), self.namespace)  # not an argument to be copied
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
