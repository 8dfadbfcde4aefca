"""One report as GitHub Classroom's reporter, PrairieLearn and Coursera read it."""

from __future__ import annotations

import base64
import html
import json
from typing import Any

from graders.lms.marks import exact
from graders.model import Outcome, Report, Verdict
from graders.report.clean import clean, one_line

MOST_BYTES = 1_000_000  # PrairieLearn takes no more


def github(report: Report) -> str:
    """The `result` of a step, for `autograding-grading-reporter`: JSON in base 64."""
    tests = [
        {
            "name": one_line(f"{question.title}: {verdict.title}"),
            "status": _github_status(verdict),
            "score": _number(verdict.points or 0.0),
            "message": clean(verdict.message),
            "test_code": verdict.check,
            "filename": "",
            "line_no": 0,
            "duration": round(verdict.seconds, 3),
        }
        for question in report.questions
        for verdict in question.verdicts
    ]
    whole = {
        "version": 1,
        "status": "pass" if report.points == report.possible else "fail",
        "max_score": _number(report.possible),
        "message": " ".join(map(clean, report.notices)) or None,
        "tests": tests,
    }
    return base64.b64encode(json.dumps(whole).encode()).decode()


def _github_status(verdict: Verdict) -> str:
    if verdict.outcome in (Outcome.ERROR, Outcome.TIMEOUT, Outcome.MEMORY, Outcome.INTERNAL):
        return "error"
    return "pass" if verdict.outcome is Outcome.PASSED else "fail"


def prairielearn(report: Report) -> dict[str, Any]:
    """The results of an external grader; what could not be read is no attempt.

    Every test has both its numbers, for PrairieLearn shows either all points or none.
    """
    if report.submission.fault is not None:
        return {"gradable": False, "format_errors": [clean(report.submission.fault)]}
    if any(verdict.outcome is Outcome.INTERNAL for question in report.questions for verdict in question.verdicts):
        return {"gradable": False, "message": "The grader itself failed. This costs you nothing; staff can see why."}
    made: dict[str, Any] = {
        "gradable": True,
        "score": _fraction(report),
        "message": _waiting(report),
        "output": "\n".join(map(clean, report.notices)),
        "tests": _tests(report),
    }
    if len(json.dumps(made).encode()) > MOST_BYTES:
        for test in made["tests"]:
            test["message"] = test["message"][:200]
        made["output"] = made["output"][:10_000]
    return made


def _tests(report: Report) -> list[dict[str, Any]]:
    """What is said of each check; what is open is worth nothing either way."""
    return [
        {
            "name": one_line(f"{question.title}: {verdict.title}"),
            "points": 0 if verdict.pending else _number(verdict.points or 0.0),
            "max_points": 0 if verdict.pending else _number(verdict.possible),
            "message": "\n".join(clean(part) for part in (verdict.message, verdict.hint or "") if part)[:4000],
        }
        for question in report.questions
        for verdict in question.verdicts
    ]


def _fraction(report: Report) -> float:
    """How much was earned of what is decided."""
    decided = [one for question in report.questions for one in question.verdicts if not one.pending]
    possible = sum((exact(one.possible) for one in decided), exact(0.0))
    return float(sum((exact(one.points or 0.0) for one in decided), exact(0.0)) / possible) if possible else 0.0


def coursera(report: Report) -> tuple[dict[str, Any], str]:
    """Coursera's feedback.json, and htmlFeedback.html, which learners see in place of the feedback in it.

    What a person would mark, and what failed for a fault of ours, is left out of the fraction.
    """
    if report.submission.fault is not None:
        return _rich_feedback(0.0, clean(report.submission.fault))
    tests = [{name: html.escape(str(value)) for name, value in test.items()} for test in _tests(report)]
    page = "".join("<p><b>{points} of {max_points}</b> {name} {message}</p>\n".format_map(test) for test in tests)
    return _rich_feedback(_fraction(report), f"{_number(report.points)} points. {_waiting(report)}".strip(), page)


def _rich_feedback(fraction: float, sentence: str, page: str = "") -> tuple[dict[str, Any], str]:
    """The two files that Coursera reads: the fraction, and a page that begins with a sentence."""
    told = {"fractionalScore": fraction, "feedback": sentence, "feedbackType": "HTML"}
    return told, f"<p>{html.escape(sentence)}</p>\n{page}"


def _waiting(report: Report) -> str:
    return f"{_number(report.pending)} points are marked by a person, later." if report.pending else ""


def _number(points: float) -> float | int:
    number = float(exact(points))
    return int(number) if number.is_integer() else number
