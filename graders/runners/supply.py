"""Where a pool's tasks come from: a list of them, or whatever hands out more as long as it lasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

POLL = 1.0  # seconds after which a worker is looked at even when its pipe is silent


class Supply(Protocol):
    """Where tasks come from.

    Attributes:
        pause: seconds to wait for something to happen before the next look for tasks.
    """

    pause: float

    @property
    def left(self) -> int | None:
        """How many tasks are still to be taken; None without end."""

    def take(self) -> tuple[Any, Any] | None:
        """The next task, after its key; None where there is none just now."""

    def tick(self, workers: int) -> None:
        """Called again and again, after each pause at the latest, with how many workers there are."""


class Listed:
    """Tasks that are all there; the key of each is its place."""

    pause = POLL

    def __init__(self, tasks: Sequence[Any]) -> None:
        self._tasks, self._next = tasks, 0

    @property
    def left(self) -> int:
        """How many are still to be taken."""
        return len(self._tasks) - self._next

    def take(self) -> tuple[Any, Any] | None:
        """The next one."""
        if not self.left:
            return None
        self._next += 1
        return self._next - 1, self._tasks[self._next - 1]

    def tick(self, workers: int) -> None:
        """Nothing needs to be done meanwhile."""
