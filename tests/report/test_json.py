"""report.json says what interfaces.md says; the store's own records lose nothing."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from sample_reports import EVIL, questions, report, submission, verdict

from graders.archive.record import from_record, submission_from_record, submission_to_record, to_record
from graders.model import Outcome, Remark
from graders.report.json import dumps, to_json

KEYS = {
    "schema", "assignment", "student", "submission", "grader", "environment", "seconds", "points", "possible",
    "pending", "late", "final", "questions",
}  # fmt: skip
VERDICT = {
    "check", "outcome", "points", "possible", "public", "message", "hint", "misconception", "seconds", "evidence",
    "items",
    "judged",
}  # fmt: skip
ITEM = {"id", "text", "points", "possible", "by_machine", "reading"}


def test_report_json_has_exactly_the_documented_keys() -> None:
    """Nothing is missing and nothing is added, on any level."""
    data = to_json(report())
    assert set(data) == KEYS | {"remarks"} and set(to_json(report(), staff=False)) == KEYS
    assert set(data["submission"]) == {"sha256", "attempt", "received"}
    assert set(data["grader"]) == {"version", "digest", "profile", "seed"}
    assert set(data["environment"]) == {"python", "torch", "device"}
    for question in data["questions"]:
        assert set(question) == {"id", "title", "points", "possible", "pending", "verdicts"}
        assert all(set(found) == VERDICT for found in question["verdicts"])
        assert all(set(item) == ITEM for found in question["verdicts"] for item in found["items"])
    assert [item["points"] for item in data["questions"][0]["verdicts"][0]["items"]] == [1.25, None]


def test_marks_add_up_and_whole_marks_are_whole_numbers() -> None:
    """Earned and pending stay within possible; 3.0 is written as 3."""
    data = to_json(report())
    assert data["points"] == 6 and data["pending"] == 1.25 and data["possible"] == 14
    assert type(data["possible"]) is int
    assert sum(question["points"] for question in data["questions"]) == data["points"]


def test_a_fault_of_ours_has_null_points() -> None:
    """An internal verdict decides nothing."""
    verdicts = [found for question in to_json(report())["questions"] for found in question["verdicts"]]
    assert [found["outcome"] for found in verdicts if found["points"] is None] == ["internal"]


def test_what_a_student_gets_lacks_the_seed_and_staff_details() -> None:
    """The seed is left out on request, the detail of a hidden check always."""
    assert "seed" not in to_json(report(), staff=False)["grader"]
    noted = replace(report(), remarks=(Remark("Diagnosis of area: it failed.", "Traceback"),))
    assert to_json(noted)["remarks"] == [{"text": "Diagnosis of area: it failed.", "detail": "Traceback"}]
    assert "Traceback" not in dumps(noted, staff=False)
    assert from_record(to_record(noted)).remarks == noted.remarks
    assert "SECRET" not in dumps(report())


def test_the_text_is_strict_json() -> None:
    """NaN and infinities become null, whatever a student printed is escaped, and the text is plain ASCII."""
    found = verdict("x", Outcome.PASSED, 1.0, 1.0, message=EVIL + "\ud800", evidence={"a": math.nan, "b": np.inf})
    question = questions()[0]
    changed = report(EVIL, questions=(type(question)("q", "Q", (found,), 1.0),))
    text = dumps(changed)
    assert text.isascii()
    data = json.loads(text, parse_constant=pytest.fail)
    assert data["questions"][0]["verdicts"][0]["evidence"] == {"a": None, "b": None}


def test_a_whole_report_comes_back() -> None:
    """Staff details, cells, answers and the submission's bytes included."""
    original = report("ada", submission=submission("ada", b"\x00\xff"))
    assert repr(from_record(json.loads(json.dumps(to_record(original))))) == repr(original)


def test_a_submission_comes_back_with_or_without_its_bytes() -> None:
    """The content can be kept elsewhere."""
    original = submission("ada", b"\x00\xff", fault="It is broken.")
    assert submission_from_record(submission_to_record(original)) == original
    assert submission_from_record(submission_to_record(original, content=False)).content == b""
