"""What a probe asks the trusted side in the middle of a call: an argument that answers from outside.

A check hands a probe something to ask, `student.probe("sampling.write", k, outside=model.answer)`, and inside the probe
gets a function in its place, `outside(*asked)`. Whatever the student's code does with what the probe makes of it (a
model, a random source, a list of names) is asked here, in the trusted process, which sees each question in its order,
dictates each answer, and keeps to itself what it is all for. Questions and answers are plain data, like arguments and
results.

What is asked comes from code that may lie: what answers reads it (`graders.read`), and judges it after the call, or
raises `Failed` at once, which ends the call.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from graders.errors import CallError
from graders.model import Outcome

Outside = Callable[..., Any]
"""Answers a probe's questions; what it knows is copied (`copy.deepcopy`) for each replay, so it is best a method of a
small object that holds its own generator and log, and no solution."""

MOST_ASKS = 20_000
MOST_BYTES = 32 << 20
MOST_ITEMS = 2_000_000
TOO_MANY = f"Your code called what it was given more than {MOST_ASKS:,} times."
TOO_MUCH = "Your code handed more data to what it was given than can be looked at."
GARBLED = "What your code asked for cannot be read."


class Callbacks:
    """The questions of one call, bounded and answered; once it has raised, it raises the same for ever.

    Args:
        outside: gives the answers.
    """

    def __init__(self, outside: Outside) -> None:
        self._outside, self._signature = outside, inspect.signature(outside)
        self._asks = self._bytes = self._items = 0
        self.fault: BaseException | None = None

    def answer(self, asked: Any, size: int = 0, items: int = 0) -> Any:
        """The answer to one question.

        Args:
            asked: the arguments that `outside` is to be called with, whatever came.
            size: how many bytes they took.
            items: how many values they hold.

        Raises:
            CallError: too many questions, too much data, or no arguments that `outside` takes.
        """
        if self.fault is not None:
            raise self.fault
        try:
            self._weigh(size, items)
            return self._outside(*self._arguments(asked))
        except BaseException as fault:
            self.fault = fault  # student code in this process could catch it on its way
            raise

    def _weigh(self, size: int, items: int) -> None:
        self._asks, self._bytes, self._items = self._asks + 1, self._bytes + size, self._items + items
        if self._asks > MOST_ASKS:
            raise CallError.in_our_words(Outcome.ERROR, TOO_MANY)
        if self._bytes > MOST_BYTES or self._items > MOST_ITEMS:
            raise CallError.in_our_words(Outcome.ERROR, TOO_MUCH)

    def _arguments(self, asked: Any) -> list[Any]:
        try:
            if isinstance(asked, list):
                self._signature.bind(*asked)
                return asked
        except TypeError:  # as many as came are not taken
            pass
        raise CallError.in_our_words(Outcome.ERROR, GARBLED)
