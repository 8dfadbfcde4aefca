"""How a grader module is written: a Question, and checks as decorated functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from graders.model import Check, Passed, RubricItem

CheckFunction = Callable[..., Passed | None]


class Question:
    """One graded exercise: an id, a title, points, and the checks that share them out.

    Args:
        id: the question's id, which is also its module's name and the `grade_id` of its answer cell.
        title: what the student reads above the question's verdicts.
        points: marks of the whole question; the checks' points must add up to it.
        trains: whether its checks train models, so that what fails is not tried once more than need be.
    """

    def __init__(self, id: str, *, title: str, points: float, trains: bool = False) -> None:
        _refuse_other_points(points, id)
        self.id = id
        self.title = title
        self.points = points
        self.trains = trains
        self._checks: list[Check] = []

    def __repr__(self) -> str:
        return f"Question({self.id!r}, points={self.points}, checks={len(self._checks)})"

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks in the order in which they run."""
        return tuple(self._checks)

    def check(
        self, *, points: float, public: bool = False, after: Check | None = None, draws: Check | None = None
    ) -> Callable[[CheckFunction], Check]:
        """Make the decorated function a check of this question; its docstring is what the student reads.

        Args:
            points: what it is worth; 0 for an advisory check.
            public: whether students may run it themselves.
            after: the check that must pass first; otherwise this one is skipped.
            draws: an earlier check, as public as this one, whose random draws it shares. Where they run the same probe
                with the same arguments, it is run once for all of them, so one long run can show several facts.
        """
        if draws is not None and draws.public != public:
            raise ValueError("checks that share their draws must be public all or hidden all")

        _refuse_other_points(points, "a check")

        def decorate(function: CheckFunction) -> Check:
            if not _takes_three(function):
                raise ValueError(f"check {function.__name__} must take three arguments: student, reference and rng")
            needed, shared = after.name if after else None, (draws.draws or draws.name) if draws else None
            return self._add(Check(function.__name__, _title(function), points, public, needed, function, (), shared))

        return decorate

    def written(self, name: str, title: str, *rubric: RubricItem) -> Check:
        """Add a part that a person marks against a rubric, whose items' points it is worth.

        An item's `read_by` is an earlier check of this question, worth nothing itself. Where it passes, the machine has
        read the item and found it right, and gives it; whatever else it says, the item waits for a person.
        """
        if len({item.id for item in rubric}) < len(rubric):
            raise ValueError(f"two rubric items of {name} have the same id")
        for item in rubric:
            if item.read_by is not None and (item.read_by not in self._checks or item.read_by.points):
                raise ValueError(
                    f"{item.id} of {name} is to be read by an earlier check of its question, worth 0 points"
                )
        points = sum(item.points for item in rubric)
        return self._add(Check(name, title, points, rubric=rubric))

    def by_person_alone(self) -> Question:
        """The same question, in which a machine gives nothing for written answers: what it reads is advice.

        Raises:
            ValueError: there is nothing in it that a machine reads.
        """
        if not any(item.read_by for check in self._checks for item in check.rubric):
            raise ValueError(f"no rubric item of {self.id} is read by a machine")
        other = Question(self.id, title=self.title, points=self.points, trains=self.trains)
        other._checks = [replace(check, machine_marks=False) for check in self._checks]
        return other

    def _add(self, check: Check) -> Check:
        if any(check.name == other.name for other in self._checks):
            raise ValueError(f"question {self.id} has two checks named {check.name}")
        self._checks.append(check)
        return check


def _refuse_other_points(points: float, of: str) -> None:
    if not isinstance(points, int | float) or not points >= 0:
        raise ValueError(f"the points of {of} must be a number, 0 or more, and are {points!r}")


def _title(function: Callable[..., Any]) -> str:
    text = inspect.getdoc(function)
    if not text:
        raise ValueError(f"check {function.__name__} has no docstring for the student to read")
    return " ".join(text.split("\n\n")[0].split())


def _takes_three(function: CheckFunction) -> bool:
    """Whether a check can be called with a student, a reference and random numbers."""
    try:
        inspect.signature(function).bind(None, None, None)
    except TypeError:
        return False
    return True
