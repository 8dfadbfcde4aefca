"""Every folder of the sample class gets exactly what expected.toml says, and its own check says the same."""

import functools
import json
import shutil
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from own_checks import checked

from graders.authors.release import release
from graders.catalog.assignment import Assignment
from graders.grading.engine import grade
from graders.intake.submissions import find_submissions
from graders.model import Outcome, Report, Submission
from graders.sandbox.host.sandbox import Sandbox

ROOT = Path(__file__).parents[1]
CLASS = ROOT / "submissions" / "practical09"
EXPECTED: Mapping[str, Mapping[str, Any]] = tomllib.loads((CLASS / "expected.toml").read_text("utf-8"))
STUDENTS = sorted(path.name for path in CLASS.iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def submissions() -> Mapping[str, Submission]:
    """The sample class, student -> submission."""
    return {submission.student: submission for submission in find_submissions(CLASS, "practical09")}


@pytest.fixture(scope="module")
def sparing(sandbox: Sandbox) -> Iterator[Sandbox]:
    """The sandbox with less of all: what is honest takes about 1 CPU second, and what never ends all there is."""
    limits = replace(sandbox.limits, cell_cpu_seconds=5, call_cpu_seconds=4, memory_mb=512)
    before, sandbox.limits = sandbox.limits, limits
    yield sandbox
    sandbox.limits = before


@pytest.fixture(scope="module")
def official(
    submissions: Mapping[str, Submission], practical09: Assignment, sparing: Sandbox
) -> Callable[[str], Report]:
    """The official report of a student, graded once."""
    return functools.cache(lambda student: grade(submissions[student], practical09, sparing, secret=b"sample class"))


@pytest.fixture(scope="module")
def own(practical09: Assignment, sparing: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What the self-check says to every student, with the limits of the sandbox here."""
    folder = tmp_path_factory.mktemp("release")
    release(practical09, folder)  # which prints the real limits on the page that all these notebooks have
    answers = folder / "checks/answers.json"
    answers.write_text(json.dumps(json.loads(answers.read_text()) | {"limits": asdict(sparing.limits)}))
    notebooks = [
        Path(shutil.copyfile(path, folder / f"{student}{path.suffix}"))
        for student in STUDENTS
        for path in (CLASS / student).iterdir()
    ]
    return checked(folder, notebooks)


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
def test_a_student_gets_what_is_deserved(student: str, official: Callable[[str], Report]) -> None:
    """Points of each question, what is left to a person, and the mistakes that are named."""
    report = official(student)
    outcomes = {v.outcome for q in report.questions for v in q.verdicts}
    assert Outcome.INTERNAL not in outcomes
    expected = EXPECTED[student]
    assert summary(report) == {
        "points": expected.get("points", {}),
        "named": expected.get("named", {}),
        "pending": expected.get("pending", 2.0),
    }


@pytest.mark.parametrize("student", STUDENTS)
def test_the_self_check_says_what_the_official_report_says(
    student: str, own: Mapping[str, Any], official: Callable[[str], Report]
) -> None:
    """Outcome, points and message of every public check; where the file cannot be read, the same sentence.

    One message cannot be the same: what is written into the channel of the official run meets no channel here.
    """
    report = official(student)
    if report.submission.fault is not None or "unreadable" in own[student]:
        assert own[student] == {"unreadable": report.questions[0].verdicts[0].message}
        return
    said = {
        question.id: {
            v.check: [v.outcome.value, v.points, v.message if student != "forges_verdicts" else ANY]
            for v in question.verdicts
            if v.public and v.outcome is not Outcome.PENDING
        }
        for question in report.questions
    }
    found = {question: verdicts for question, verdicts in own[student].items() if verdicts or said[question]}
    assert found == {question: verdicts for question, verdicts in said.items() if verdicts or own[student][question]}
