"""Every folder of the sample class gets exactly what expected.toml says."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from graders.catalog.assignment import Assignment
from graders.grading.engine import grade
from graders.intake.submissions import find_submissions
from graders.model import Outcome, Report, Submission
from graders.sandbox.host.sandbox import Sandbox

ROOT = Path(__file__).parents[1]
CLASS = ROOT / "submissions" / "practical09"
EXPECTED: Mapping[str, Mapping[str, Any]] = tomllib.loads((CLASS / "expected.toml").read_text("utf-8"))
STUDENTS = sorted(path.name for path in CLASS.iterdir() if path.is_dir())

pytestmark = pytest.mark.xdist_group("sandbox")


@pytest.fixture(scope="module")
def submissions() -> Mapping[str, Submission]:
    """The sample class, student -> submission."""
    return {submission.student: submission for submission in find_submissions(CLASS, "practical09")}


def summary(report: Report) -> dict[str, Any]:
    """What expected.toml states of a student: what differs from full marks, and what is named."""
    full = {q.id: q.possible - q.pending for q in report.questions}
    found: dict[str, Any] = {
        "points": {q.id: q.points for q in report.questions if q.points != full[q.id]},
        "named": {
            q.id: sorted({v.misconception for v in q.verdicts if v.misconception})
            for q in report.questions
            if any(v.misconception for v in q.verdicts)
        },
        "pending": report.pending,
    }
    return found


def test_every_student_has_an_expectation() -> None:
    """The folders and the entries of expected.toml are the same, and there are enough of them."""
    assert sorted(EXPECTED) == STUDENTS
    assert len(STUDENTS) >= 16


@pytest.mark.parametrize("student", STUDENTS)
def test_a_student_gets_what_is_deserved(
    student: str, submissions: Mapping[str, Submission], practical09: Assignment, sandbox: Sandbox
) -> None:
    """Points of each question, what is left to a person, and the mistakes that are named."""
    report = grade(submissions[student], practical09, sandbox, secret=b"sample class")
    outcomes = {v.outcome for q in report.questions for v in q.verdicts}
    assert Outcome.INTERNAL not in outcomes
    expected = EXPECTED[student]
    assert summary(report) == {
        "points": expected.get("points", {}),
        "named": expected.get("named", {}),
        "pending": expected.get("pending", 2.0),
    }
