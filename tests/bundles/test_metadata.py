"""Gradescope's metadata is read whatever form it comes in, and limits go by when a submission was made."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from lms_schemas import GRADESCOPE

from graders.bundles.metadata import read_metadata
from graders.bundles.run import Bundle, too_many
from graders.bundles.single import Container

RESULTS = {"score": 7, "tests": [{"name": "t", "score": 7, "max_score": 20}], "execution_time": 3}


def told(**changes: Any) -> dict[str, Any]:
    """Metadata as Gradescope documents it, with two earlier submissions of the same day."""
    return {
        "id": 123,
        "created_at": "2026-11-23T18:00:00.000000-08:00",
        "assignment": {"due_date": "2026-11-24T00:00:00-08:00", "total_points": "20.0", "late_due_date": None},
        "submission_method": "upload",
        "users": [{"email": "ada@x.org", "id": 1, "name": "Ada", "assignment": {"due_date": "2026-11-26T00:00:00Z"}}],
        "previous_submissions": [
            {"submission_time": "2026-11-23T09:00:00-08:00", "score": "3.0", "autograder_error": False},
            {"submission_time": "2026-11-23T12:00:00-08:00", "score": 7.0, "results": RESULTS},
        ],
        **changes,
    }


def written(folder: Path, data: object) -> Path:
    """The file of some metadata."""
    path = folder / "submission_metadata.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


def test_the_documented_form_is_read(tmp_path: Path) -> None:
    """Who, when, until when with this student's own date, and what came before."""
    found = read_metadata(written(tmp_path, told()))
    assert found.student == "ada@x.org" and found.received and found.received.isoformat() == "2026-11-24T02:00:00+00:00"
    assert found.due and found.due.day == 26 and len(found.within(24)) == 2 and len(found.within(7)) == 1


@pytest.mark.parametrize(
    "data",
    ["", "[]", "{", "null", {"users": None, "created_at": 3, "previous_submissions": {"a": 1}}, {"users": [1, {}]}],
)
def test_what_is_missing_is_missing(tmp_path: Path, data: object) -> None:
    """An empty file, nulls, and other forms stop nothing."""
    found = read_metadata(written(tmp_path, data))
    assert found.student == "student" and found.received is None and found.within(24) == []
    assert read_metadata(tmp_path / "absent.json").student == "student"


def test_beyond_the_limit_the_results_before_stand(tmp_path: Path) -> None:
    """With a sentence; earlier errors of the autograder count for nothing."""
    bundle = Bundle(Container(Path(), "p"), limit=2)
    refused = too_many(bundle, read_metadata(written(tmp_path, told())))
    assert (
        refused is not None and refused["score"] == 7 and "3 times within 24 hours; 2 are graded" in refused["output"]
    )
    jsonschema.validate(refused, GRADESCOPE)
    failed = told()
    failed["previous_submissions"][0]["autograder_error"] = True
    assert too_many(bundle, read_metadata(written(tmp_path, failed))) is None
    without = told()
    without["previous_submissions"][1].pop("results")
    refused = too_many(bundle, read_metadata(written(tmp_path, without)))
    jsonschema.validate(refused, GRADESCOPE)
    assert too_many(Bundle(Container(Path(), "p")), read_metadata(written(tmp_path, told()))) is None
