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
    verdicts = [(question, verdict) for question in report.questions for verdict in question.verdicts]
    if any(verdict.outcome is Outcome.INTERNAL for _, verdict in verdicts):
        return {"gradable": False, "message": "The grader itself failed. This costs you nothing; staff can see why."}
    open = {id(verdict) for _, verdict in verdicts if verdict.pending}
    possible = sum((exact(v.possible) for _, v in verdicts if id(v) not in open), exact(0.0))
    points = sum((exact(v.points or 0.0) for _, v in verdicts if id(v) not in open), exact(0.0))
    made: dict[str, Any] = {
        "gradable": True,
        "score": float(points / possible) if possible else 0.0,
        "message": _waiting(report),
        "output": "\n".join(map(clean, report.notices)),
        "tests": [
            {
                "name": one_line(f"{question.title}: {verdict.title}"),
                "points": 0 if id(verdict) in open else _number(verdict.points or 0.0),
                "max_points": 0 if id(verdict) in open else _number(verdict.possible),
                "message": "\n".join(clean(part) for part in (verdict.message, verdict.hint or "") if part)[:4000],
            }
            for question, verdict in verdicts
        ],
    }
    if len(json.dumps(made).encode()) > MOST_BYTES:
        for test in made["tests"]:
            test["message"] = test["message"][:200]
        made["output"] = made["output"][:10_000]
    return made


def coursera(report: Report, page: str | None = None) -> dict[str, Any]:
    """Coursera's feedback.json; what a person would mark is left out of the fraction."""
    told = prairielearn(report)
    text = (
        page
        if page is not None
        else "".join(
            "<p>{name}: {points} of {max_points}. {message}</p>".format_map(
                {k: html.escape(str(v)) for k, v in test.items()}
            )
            for test in told.get("tests", [])
        )
    )
    problem = " ".join(told.get("format_errors", [])) or told.get("message", "") if not told["gradable"] else ""
    return {
        "fractionalScore": told.get("score", 0.0),
        "feedback": f"<p>{html.escape(problem)}</p>" if problem else text,
        "feedbackType": "HTML",
    }


def _waiting(report: Report) -> str:
    return f"{_number(report.pending)} points are marked by a person, later." if report.pending else ""


def _number(points: float) -> float | int:
    number = float(exact(points))
    return int(number) if number.is_integer() else number
