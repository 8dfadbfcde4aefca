"""A worker's tool for the queue: the public checks first, then all checks, with one warm sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from graders.archive.finished import Finished, timed
from graders.authoring.question import Question
from graders.catalog.assignment import Assignment
from graders.errors import TakesLong
from graders.model import Report, Submission, Verdict, total
from graders.queue.rules import Stage
from graders.report.words import word
from graders.runners.local import GradingRun, bench
from graders.runners.pool import Work
from graders.selfcheck.release import public_checks


@dataclass(frozen=True)
class Task:
    """What a worker is asked: a stage of a submission, with an earlier report of it.

    Attributes:
        seconds: of processor time, after which it is to be broken off; None where it is not.
    """

    stage: Stage
    submission: Submission
    previous: Report | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class BrokenOff:
    """In place of an answer: the task took longer than it was given."""


class PublicPart(Question):
    """A question with its public checks alone, which are worth what they are worth."""

    def __init__(self, question: Question) -> None:
        checks = public_checks(question)
        points = total(check.points for check in checks)
        super().__init__(question.id, title=question.title, points=points, trains=question.trains)
        self._checks = checks


@contextmanager
def staged(course: GradingRun) -> Iterator[Work]:
    """A worker's tool: gives the feedback of the public checks for that stage, else a `Finished`; or `BrokenOff`."""
    public = public_part(course.assignment)
    with bench(course) as grade:

        def work(task: Task) -> Finished | str | BrokenOff:
            try:
                if task.stage is Stage.PUBLIC:
                    return feedback(grade(public, task.submission, None, seconds=task.seconds))
                whole = partial(grade, course.assignment, task.submission, task.previous, seconds=task.seconds)
                return timed(whole, title=course.assignment.title)
            except TakesLong:
                return BrokenOff()

        yield work


def feedback(report: Report) -> str:
    """What public checks say, as JSON: notices, and questions with their verdicts."""
    questions = [
        {
            "id": question.id,
            "title": question.title,
            "points": question.points,
            "possible": question.possible,
            "verdicts": [_line(verdict) for verdict in question.verdicts],
        }
        for question in report.questions
    ]
    return json.dumps({"notices": report.notices, "questions": questions})


def _line(verdict: Verdict) -> dict[str, Any]:
    return {
        "title": verdict.title,
        "outcome": verdict.outcome.value,
        "word": word(verdict),
        "message": verdict.message,
        "hint": verdict.hint or "",
    }


def public_part(assignment: Assignment) -> Assignment:
    """The assignment with what students may check themselves."""
    parts = [PublicPart(question) for question in assignment.questions]
    package = replace(assignment.package, shown_results=None)  # the whole report has it
    return replace(assignment, questions=tuple(part for part in parts if part.checks), package=package)
