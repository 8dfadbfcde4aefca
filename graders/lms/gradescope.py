"""Gradescope's results.json: what its autograder may say of one submission."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graders.lms.marks import exact
from graders.model import Outcome, QuestionReport, Report, Verdict
from graders.report.clean import clean, one_line

VISIBLE, LATER = "visible", "after_published"
UNFINISHED = (
    "Grading stopped before it had come to the end. What was graded until then counts; staff can grade it again."
)


def results(report: Report, *, finished: bool = True, asked: int | None = None) -> dict[str, Any]:
    """A report as Gradescope reads it: a test a check, public ones visible, the others once grades are published.

    What a person has still to mark, or what failed for a fault of ours, has no score: it is reported and costs nothing.

    Args:
        finished: whether all questions are there.
        asked: how many questions there are in all.
    """
    tests = [
        _test(question, verdict, f"{at}.{number}")
        for at, question in enumerate(report.questions, 1)
        for number, verdict in enumerate(question.verdicts, 1)
    ]
    lines = [clean(notice) for notice in report.notices]
    if not finished:
        done = f" {len(report.questions)} of {asked} questions were graded." if asked is not None else ""
        lines.insert(0, UNFINISHED + done)
    if report.pending:
        lines.append(f"{_number(report.pending)} points are still to be marked by a person.")
    if report.late:
        days = "day" if report.late.days == 1 else "days"
        lines.append(f"{report.late.days} {days} late: {_number(report.late.points)} points less.")
    score = report.points if report.final is None else report.final
    return {
        "score": _number(max(0.0, score)),
        "execution_time": round(report.seconds, 1),
        "output": "\n".join(lines),
        "output_format": "text",
        "visibility": VISIBLE,
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {"sha256": report.submission.sha256, "pending": _number(report.pending), "finished": finished},
    }


def failed(sentence: str, detail: str = "") -> dict[str, Any]:
    """What is said when nothing could be graded: a sentence for the student, and what happened for staff alone."""
    told = {"name": "Not graded", "output": clean(sentence), "status": "failed", "visibility": VISIBLE}
    return {
        "score": 0,
        "output": clean(sentence),
        "output_format": "text",
        "stdout_visibility": "hidden",
        "tests": [told, *([for_staff(detail)] if detail else [])],
        "extra_data": {"finished": False},
    }


def for_staff(detail: str) -> dict[str, Any]:
    """A test that students never see: what failed for a fault of ours."""
    return {"name": "For staff", "output": clean(detail), "status": "failed", "visibility": "hidden"}


def _test(question: QuestionReport, verdict: Verdict, number: str) -> dict[str, Any]:
    """One check; of a hidden one the message holds no value, as in the student's own report."""
    said = [clean(verdict.message), clean(verdict.hint or "")]
    if verdict.judged and verdict.judged.comment:
        said.append(clean(verdict.judged.comment))
    made: dict[str, Any] = {
        "name": one_line(f"{question.title}: {verdict.title}"),
        "number": number,
        "output": "\n".join(part for part in said if part),
        "output_format": "text",
        "visibility": VISIBLE if verdict.public else LATER,
        "tags": [question.id],
    }
    if verdict.points is not None and not verdict.pending and verdict.possible:
        status = "passed" if verdict.points == verdict.possible else "failed"
        return made | {"score": _number(verdict.points), "max_score": _number(verdict.possible), "status": status}
    if verdict.points and verdict.pending:  # a written answer of which a machine has given a part
        return made | {"score": _number(verdict.points), "max_score": _number(verdict.points), "status": "passed"}
    if not verdict.possible and verdict.outcome is not Outcome.PENDING:
        return made | {"status": "passed" if verdict.outcome is Outcome.PASSED else "failed"}
    return made


def _number(points: float) -> float | int:
    """Points as JSON shows them best."""
    number = float(exact(points))
    return int(number) if number.is_integer() else number


def scores(tests: Sequence[dict[str, Any]]) -> float:
    """What the tests of a results.json add up to."""
    return sum(float(test.get("score", 0)) for test in tests)
