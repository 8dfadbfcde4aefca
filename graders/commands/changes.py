"""Whose marks a new grading changed, and why."""

from __future__ import annotations

from collections.abc import Iterator

from graders.model import QuestionReport, Report, Verdict
from graders.report.clean import one_line

MOST = 4  # checks that are named in one line


def changes(before: Report, after: Report) -> Iterator[str]:
    """A line for each question whose marks differ between two reports of the same submission."""
    old = {question.id: question for question in before.questions}
    for question in after.questions:
        if question.id not in old or _marks(old[question.id]) == _marks(question):
            continue
        student = one_line(after.submission.student, 80)
        earlier = old[question.id]
        yield f"{student}: {question.id} {_told(earlier)} -> {_told(question)}{_why(earlier, question)}"


def _marks(question: QuestionReport) -> tuple[float, float]:
    return question.points, question.pending


def _told(question: QuestionReport) -> str:
    pending = f" (+ {question.pending:g} to mark)" if question.pending else ""
    return f"{question.points:g}{pending}"


def _result(verdict: Verdict) -> str:
    return (
        str(verdict.outcome) if verdict.points is None else f"{verdict.outcome} {verdict.points:g}/{verdict.possible:g}"
    )


def _why(before: QuestionReport, after: QuestionReport) -> str:
    """The checks that came out differently, and whether the question's grader is another one than then."""
    old = {verdict.check: verdict for verdict in before.verdicts}
    new = {verdict.check: verdict for verdict in after.verdicts}
    found = [f"{name}: new" for name in new if name not in old] + [f"{name}: gone" for name in old if name not in new]
    both = [name for name in new if name in old and _result(old[name]) != _result(new[name])]
    found += [f"{name}: {_result(old[name])} -> {_result(new[name])}" for name in both]
    more = f", and {len(found) - MOST} more" if len(found) > MOST else ""
    reason = "its grader has changed" if before.digest != after.digest else "its grader is the same as before"
    return f" ({', '.join(found[:MOST])}{more}; {reason})"
