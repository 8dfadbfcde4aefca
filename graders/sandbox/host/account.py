"""What one submission may use in all: over every pass through its cells, every restart, session and snapshot."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from graders.model import Outcome
from graders.sandbox.limits import KILOBYTE, Limits

CELLS_SHARE = 0.5  # of it all may go into executing cells, so that something is left for judging
STUCK = "waited for something and did not go on"  # how a sentence goes on about what sleeps
LEFT_OUT = "[The output of this cell is left out: the notebook as a whole shows more than the {} KB that are kept.]\n"


class LimitExceeded(Exception):
    """A limit was reached: the outcome, and how a sentence about what was cut goes on."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason


class Spent(LimitExceeded):
    """Not this request used too much, but the submission as a whole."""


@dataclass
class SubmissionBudget:
    """Counts what a submission has used, and raises `Spent` once that is more than it may.

    Attributes:
        limits: what it may use; the numbers that begin with `submission`.
        cpu: CPU seconds of its processes, those in `slow` apart.
        slow: CPU seconds in calls that may take longer than others (`Limits.calls`).
        waited: seconds on the clock in which it was waited for, those in `slow` apart.
        asleep: seconds in which all its processes slept.
        spent: how a sentence goes on about what was used up; None while nothing is.
    """

    limits: Limits
    cpu: float = 0.0
    slow: float = 0.0
    waited: float = 0.0
    asleep: float = 0.0
    spent: str | None = field(default=None, init=False)
    _slowly: bool = field(default=False, init=False)
    _output: int = field(default=0, init=False)

    def begin(self, slowly: bool) -> None:
        """What is charged from now on is for a call that may, or may not, take longer than others."""
        self._slowly = slowly
        self.judge()

    def charge(self, *, cpu: float = 0.0, waited: float = 0.0, asleep: float = 0.0) -> None:
        """Count something that was used."""
        if self._slowly:
            self.slow += cpu
        else:
            self.cpu += cpu
            self.waited += waited
        self.asleep += asleep

    def judge(self) -> None:
        """Raise `Spent` where more has been used than there is."""
        if (reason := self.used_up()) is not None:
            raise Spent(Outcome.TIMEOUT, reason)

    def used_up(self, share: float = 1.0) -> str | None:
        """How a sentence goes on about what was not done, where more has been used than a share of what there is."""
        limits = self.limits
        for used, most, what in (
            (self.cpu, share * limits.submission_cpu_seconds, "processor time"),
            (self.slow, limits.submission_slow_seconds, "processor time for long trainings"),
            (self.asleep, share * limits.submission_sleep_seconds, "time to sleep"),
            (self.waited, share * limits.submission_wall_seconds, "time on the clock"),
        ):
            if used > most:
                whose = "a submission" if share == 1.0 else "the cells of a submission"
                self.spent = f"the {minutes(most)} of {what} that {whose} may use in all"
                return f"was not finished, since {self.spent} were used up"
        return None

    def begin_pass(self) -> None:
        """Count outputs again: of the cells' outputs those of the last pass are kept."""
        self._output = 0

    @property
    def output_bytes(self) -> int:
        """How much output the next cell may show."""
        left = self.limits.submission_output_kb * KILOBYTE - self._output
        return min(self.limits.output_kb * KILOBYTE, max(left, 2 * KILOBYTE))

    def kept(self, outputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """The outputs of a cell, where there is room for them; else a sentence in their place."""
        size = sum(map(weight, outputs))
        if self._output + size > self.limits.submission_output_kb * KILOBYTE:
            text = LEFT_OUT.format(self.limits.submission_output_kb)
            return ({"output_type": "stream", "name": "stderr", "text": text},)
        self._output += size
        return outputs


def weight(value: Any) -> int:
    """How many bytes plain data takes, roughly: characters as they are kept, and something for each item."""
    if isinstance(value, str):
        return 50 + len(value.encode("utf-8", "replace"))
    if isinstance(value, dict):
        return 100 + sum(weight(key) + weight(item) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return 100 + sum(map(weight, value))
    return 50


def minutes(seconds: float) -> str:
    """A number of seconds in words."""
    return _many(seconds / 60, "minute") if seconds >= 120 else _many(seconds, "second")


def unfinished(seconds: float) -> str:
    """How a sentence goes on about what has used so much processor time."""
    return f"did not finish in {_many(seconds, 'second')} of processor time"


def _many(number: float, unit: str) -> str:
    return f"{number:g} {unit}" + ("" if number == 1 else "s")
