"""What comes after the marks can fail, and the marks stand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from graders.catalog.assignment import Assignment
from graders.grading import after_marks
from graders.grading.after_marks import AfterMarks, plain_evidence
from graders.model import Outcome, QuestionReport, Remark, Verdict
from graders.plain_data import Handle

HALF = Verdict("area_is_right", "The area is right.", Outcome.FAILED, 0.5, 2.0, evidence={"losses": [1.0]})
REPORT = QuestionReport("area", "Area", (HALF,), 2.0)


def test_a_step_that_fails_is_told_to_staff() -> None:
    """What stands in comes back, with one sentence and the traceback for anyone who mends it."""
    later = AfterMarks()
    assert later.step("The shown results", lambda: {"a": 1 // 0}, {}) == {}
    assert later.step("The written answers", lambda: {"a": 1}, {}) == {"a": 1}
    (remark,) = later.remarks
    assert remark.text == "The shown results: the grader failed here, and went on without it."
    assert "ZeroDivisionError" in remark.detail


@pytest.mark.parametrize("points", [0.0, 2.0])
def test_a_diagnosis_cannot_change_marks(
    points: float, practical09: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that would is left out, and staff are notified; so is one that raises."""
    monkeypatch.setattr(
        after_marks, "explain", lambda report, *_: replace(report, verdicts=(replace(HALF, points=points),))
    )
    later = AfterMarks()
    assert later.explained(REPORT, (), practical09, "quick") == REPORT
    monkeypatch.setattr(after_marks, "explain", lambda *_: 1 // 0)
    assert later.explained(REPORT, (), practical09, "quick") == REPORT
    assert [remark.text for remark in later.remarks] == [
        "Diagnosis of area: it would have changed marks, and was left out.",
        "Diagnosis of area: the grader failed here, and went on without it.",
    ]


def test_evidence_that_nobody_could_show_is_left_out(practical09: Assignment, monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdict stands without it."""
    monkeypatch.setattr(after_marks, "explain", lambda report, *_: report)
    later = AfterMarks()
    odd = replace(REPORT, verdicts=(replace(HALF, evidence={"model": Handle(0, "RNN")}),))
    assert later.explained(odd, (), practical09, "quick").verdicts == (replace(HALF, evidence=None),)
    assert later.remarks == [Remark("area, area_is_right: its evidence is no plain data, and was left out.")]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ({"a": [1, 2.0, "x", None, True, (np.float32(1), np.int64(2))], "b": {"c": np.ones(2)}}, True),
        ({1: "a"}, False),
        ({"a": {1, 2}}, False),
        ({"a": np.array([None])}, False),
        ([Handle(0, "RNN")], False),
    ],
)
def test_evidence_is_plain_data(value: Any, plain: bool) -> None:
    """Numbers, text, arrays, lists and dicts with text for keys."""
    assert plain_evidence(value) is plain
