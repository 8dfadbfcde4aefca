"""What the class's page needs to know of one student: small, and quick to read for a class of thousands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from graders.model import Outcome, QuestionReport, Report, Verdict
from graders.report.csv import faults

FORM = 1  # of what `pack` writes
CODES = {
    Outcome.PASSED: "p",
    Outcome.FAILED: "f",
    Outcome.ERROR: "e",
    Outcome.TIMEOUT: "t",
    Outcome.MEMORY: "m",
    Outcome.MISSING: "x",
    Outcome.SKIPPED: "s",
    Outcome.PENDING: "w",
    Outcome.INTERNAL: "i",
}
PARTLY, OPEN = "l", "w"


class SheetCheck(NamedTuple):
    """A check of an assignment: its question's place, and what students read of it."""

    question: int
    name: str
    title: str
    possible: float


class SheetQuestion(NamedTuple):
    """A question of an assignment."""

    id: str
    title: str
    possible: float


class AssignmentSheet(NamedTuple):
    """The questions and checks by which reports were made, which most reports of a class share."""

    questions: tuple[SheetQuestion, ...]
    checks: tuple[SheetCheck, ...]


class Standing(NamedTuple):
    """What one student has of a question."""

    points: float
    pending: float
    by_machine: float


@dataclass(frozen=True)
class StudentFacts:
    """One student's report in a few words.

    Attributes:
        outcomes: a letter a check, in the sheet's order.
        standings: what they have of each question.
        named: place of the question, name and explanation of each mistake that was recognised.
        claims: results that their notebook shows and that were measured otherwise.
        faults: why staff must look, and details of it; remarks for staff, each with its details.
    """

    student: str
    sheet: AssignmentSheet
    points: float
    pending: float
    possible: float
    final: float | None
    late: float
    seconds: float
    outcomes: str
    standings: tuple[Standing, ...]
    named: tuple[tuple[int, str, str], ...] = ()
    claims: tuple[str, ...] = ()
    faults: str = ""
    details: tuple[str, ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()


def facts_of(report: Report, sheet: AssignmentSheet | None = None) -> StudentFacts:
    """The facts of a report as it stands.

    Args:
        sheet: the one that `sheet_of` gives, where it is at hand.
    """
    named = {(place, v.misconception or "", v.hint or "") for place, _, v in _verdicts(report) if v.misconception}
    first = {(place, name): hint for place, name, hint in sorted(named, reverse=True)}
    internal = [(q, v) for _, q, v in _verdicts(report) if v.outcome is Outcome.INTERNAL]
    claims = [f"{q}: shows {r.text}, measured {r.measured}" for q, r in report.shown_results.items() if r.far_off]
    return StudentFacts(
        report.submission.student,
        sheet or sheet_of(report),
        report.points,
        report.pending,
        report.possible,
        report.final,
        report.late.points if report.late else 0.0,
        report.seconds,
        "".join(_code(verdict) for _, _, verdict in _verdicts(report)),
        tuple(Standing(q.points, q.pending, q.by_machine) for q in report.questions),
        tuple((place, name, hint) for (place, name), hint in sorted(first.items())),
        tuple(claims),
        faults(report),
        tuple(f"{q.id}, {v.check}: {v.detail or v.message}" for q, v in internal[:20]),
        tuple((remark.text, remark.detail) for remark in report.remarks),
    )


def sheet_of(report: Report) -> AssignmentSheet:
    """The questions and checks of a report."""
    questions = tuple(SheetQuestion(q.id, q.title, q.possible) for q in report.questions)
    return AssignmentSheet(
        questions, tuple(SheetCheck(i, v.check, v.title, v.possible) for i, _, v in _verdicts(report))
    )


def pack(facts: StudentFacts) -> str:
    """Facts as JSON text, without their sheet."""
    return json.dumps([value for value in _fields(facts) if value is not facts.sheet])


def unpack(text: str, sheet: AssignmentSheet) -> StudentFacts:
    """The facts that `pack` was given."""
    values = json.loads(text)
    student, points, pending, possible, final, late, seconds, outcomes = values[:8]
    standings, named, claims, fault, details, remarks = values[8:]
    return StudentFacts(
        student,
        sheet,
        points,
        pending,
        possible,
        final,
        late,
        seconds,
        outcomes,
        tuple(Standing(*one) for one in standings),
        tuple((place, name, hint) for place, name, hint in named),
        tuple(claims),
        fault,
        tuple(details),
        tuple((said, detail) for said, detail in remarks),
    )


def pack_sheet(sheet: AssignmentSheet) -> str:
    """A sheet as JSON text."""
    return json.dumps(sheet)


def unpack_sheet(text: str) -> AssignmentSheet:
    """The sheet that `pack_sheet` was given."""
    questions, checks = json.loads(text)
    return AssignmentSheet(tuple(SheetQuestion(*one) for one in questions), tuple(SheetCheck(*one) for one in checks))


def _verdicts(report: Report) -> Sequence[tuple[int, QuestionReport, Verdict]]:
    return [(place, q, verdict) for place, q in enumerate(report.questions) for verdict in q.verdicts]


def _code(verdict: Verdict) -> str:
    if verdict.pending:
        return "i" if verdict.outcome is Outcome.INTERNAL else OPEN
    return PARTLY if verdict.outcome is Outcome.FAILED and verdict.points else CODES[verdict.outcome]


def _fields(facts: StudentFacts) -> list[Any]:
    return [getattr(facts, name) for name in StudentFacts.__dataclass_fields__]
