"""report.json: a Report in the form that scripts and learning platforms read."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from graders.json_data import shown
from graders.model import ItemMark, Judged, QuestionReport, Report, Verdict

SCHEMA = 1


def to_json(report: Report, *, staff: bool = True) -> dict[str, Any]:
    """The report as strict JSON data (no NaN, no infinities).

    Args:
        staff: whether to tell the seed of the draw and the remarks; leave them out of what a student gets.
    """
    submission = report.submission
    hidden = () if staff else ("seed",)
    return {
        "schema": SCHEMA,
        "assignment": report.assignment,
        "student": submission.student,
        "submission": {
            "sha256": submission.sha256,
            "attempt": submission.attempt,
            "received": submission.received,
        },
        "grader": {key: shown(value) for key, value in report.grader.items() if key not in hidden},
        "environment": shown(report.environment),
        "seconds": round(report.seconds, 3),
        "points": _number(report.points),
        "possible": _number(report.possible),
        "pending": _number(report.pending),
        "late": None if report.late is None else shown(asdict(report.late)),
        "final": None if report.final is None else _number(report.final),
        "questions": [_question(question, staff) for question in report.questions],
        **({"remarks": [asdict(remark) for remark in report.remarks]} if staff else {}),
    }


def dumps(report: Report, *, staff: bool = True) -> str:
    """The text of report.json, ending in a newline."""
    return json.dumps(to_json(report, staff=staff), indent=2, allow_nan=False) + "\n"


def _question(question: QuestionReport, staff: bool) -> dict[str, Any]:
    return {
        "id": question.id,
        "title": question.title,
        "points": _number(question.points),
        "possible": _number(question.possible),
        "pending": _number(question.pending),
        "verdicts": [_verdict(verdict, staff) for verdict in question.verdicts],
    }


def _verdict(verdict: Verdict, staff: bool) -> dict[str, Any]:
    return {
        "check": verdict.check,
        "outcome": verdict.outcome.value,
        "points": None if verdict.points is None else _number(verdict.points),
        "possible": _number(verdict.possible),
        "public": verdict.public,
        "message": verdict.message,
        "hint": verdict.hint,
        "misconception": verdict.misconception,
        "seconds": round(verdict.seconds, 4),
        "evidence": shown(verdict.evidence),
        "items": [_item(item) for item in verdict.items],
        "judged": None if verdict.judged is None else _judged(verdict.judged, staff),
    }


def _item(item: ItemMark) -> dict[str, Any]:
    """Where an item of a written answer's rubric stands; its points are null while a person has to decide."""
    return {
        "id": item.id,
        "text": item.text,
        "points": None if item.points is None else _number(item.points),
        "possible": _number(item.possible),
        "by_machine": item.by_machine,
        "reading": item.reading,
    }


def _judged(judged: Judged, staff: bool) -> dict[str, str]:
    """What a person has decided; students read what it says, and not who said it."""
    told = asdict(judged)
    return told if staff else {name: value for name, value in told.items() if name != "by"}


def _number(points: float) -> float | int:
    return int(points) if float(points).is_integer() else points
