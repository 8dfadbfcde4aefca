"""What a bundle leaves behind: valid results at every moment, the student's points kept, our faults reported."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from lms_schemas import COURSERA, GRADESCOPE, PRAIRIELEARN
from sample_reports import questions, report

from graders.bundles import run
from graders.bundles.pack import bundle, requirements, workflow
from graders.bundles.run import Bundle, read_bundle, run_coursera, run_gradescope, run_prairielearn
from graders.bundles.single import Container
from graders.model import Report

ROOT = Path(__file__).parents[2]
BUNDLE = Bundle(Container(Path(), "practical09"))


def results(base: Path) -> dict[str, Any]:
    """What lies there now, which must be valid."""
    told: dict[str, Any] = json.loads((base / "results" / "results.json").read_text())
    jsonschema.validate(told, GRADESCOPE)
    return told


def stands_in(monkeypatch: pytest.MonkeyPatch, base: Path, fails_after: int | None) -> list[float]:
    """Let a grader that is asked for six questions tell them one by one, and perhaps fail; the scores then on disk."""
    seen: list[float] = []

    def grade_one(container: Container, folder: Path, *, on_report: Any = lambda report: None, **more: Any) -> Report:
        for count in range(1, 7):
            if fails_after is not None and count > fails_after:
                raise MemoryError("SECRET")
            on_report(report(questions=questions()[:count]))
            if (base / "results" / "results.json").exists():
                seen.append(results(base)["score"])
        return report()

    monkeypatch.setattr(run, "grade_one", grade_one)
    return seen


def test_results_grow_with_each_question(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whenever the container is stopped, what was graded until then is there."""
    seen = stands_in(monkeypatch, tmp_path, None)
    run_gradescope(BUNDLE, tmp_path)
    assert len(seen) == 6 and seen == sorted(seen) and seen[-1] == results(tmp_path)["score"] == report().points
    assert results(tmp_path)["extra_data"]["finished"] is True
    seen_by_staff = [test for test in results(tmp_path)["tests"] if test["name"] == "For staff"]
    assert [(test["visibility"], test["output"] > "") for test in seen_by_staff] == [("hidden", True)]


@pytest.mark.parametrize("done", [0, 2])
def test_a_fault_of_ours_takes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, done: int) -> None:
    """What was graded stands, the student reads that it is no fault of theirs, staff alone read which."""
    stands_in(monkeypatch, tmp_path, done)
    run_gradescope(BUNDLE, tmp_path)
    told = results(tmp_path)
    assert told["score"] == report(questions=questions()[:done]).points
    assert [test["visibility"] for test in told["tests"] if "SECRET" in test["output"]] == ["hidden"]


def test_the_others_say_what_they_can(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """PrairieLearn takes no attempt for a fault of ours; each form is valid."""
    stands_in(monkeypatch, tmp_path, 0)
    run_prairielearn(BUNDLE, tmp_path / "a")
    with pytest.raises(SystemExit, match="grader") as ended:  # the sentence, for standard error, and status 1
        run_coursera(BUNDLE, tmp_path / "b")
    assert ended.value.code == run.OUR_FAULT and not (tmp_path / "b").exists()
    graded = json.loads((tmp_path / "a" / "results" / "results.json").read_text())
    jsonschema.validate(graded, PRAIRIELEARN)
    assert graded["gradable"] is False
    stands_in(monkeypatch, tmp_path, None)
    run_prairielearn(BUNDLE, tmp_path / "a")
    run_coursera(BUNDLE, tmp_path / "b")
    jsonschema.validate(json.loads((tmp_path / "a" / "results" / "results.json").read_text()), PRAIRIELEARN)
    jsonschema.validate(told := json.loads((tmp_path / "b" / "feedback.json").read_text()), COURSERA)
    assert told["fractionalScore"] > 0 and "Training on names" in (tmp_path / "b" / "htmlFeedback.html").read_text()


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder as Gradescope lays it out, with the sample student `correct`."""
    base = tmp_path_factory.mktemp("autograder")
    packed = bundle("gradescope", ROOT, "practical09", profile="quick", secret=b"s" * 32)
    (base / "bundle.zip").write_bytes(packed)
    with zipfile.ZipFile(base / "bundle.zip") as archive:
        for member in archive.infolist():
            Path(archive.extract(member, base / "source")).chmod((member.external_attr >> 16) & 0o777)
    (base / "submission").mkdir()
    sample = ROOT / "submissions/practical09/correct/practical09.ipynb"
    (base / "submission" / "practical09.ipynb").write_bytes(sample.read_bytes())
    yield base


def started(base: Path) -> subprocess.Popen[bytes]:
    """The bundle's own script, at work."""
    settings = {"AUTOGRADER": str(base), "GRADERS_PYTHON": sys.executable, "PATH": os.environ["PATH"]}
    return subprocess.Popen(
        [str(base / "source" / "run_autograder")], env=settings, start_new_session=True, stderr=subprocess.PIPE
    )


def test_a_killed_container_leaves_valid_results_and_a_whole_one_full_marks(container: Path) -> None:
    """Killed as soon as the first question is graded, its points stand; left alone, `correct` gets all 18 points."""
    at_work = started(container)
    place = container / "results" / "results.json"
    scores = set()
    while at_work.poll() is None and not any(scores):
        if place.exists():
            scores.add(results(container)["score"])
        time.sleep(0.01)
    os.killpg(at_work.pid, signal.SIGKILL)
    at_work.communicate()
    partial = results(container)
    assert (
        partial["score"] > 0 and partial["extra_data"]["finished"] is False and "Grading stopped" in partial["output"]
    )
    whole = started(container)
    _, err = whole.communicate()
    told = results(container)
    assert (whole.returncode, told["score"]) == (0, 18), err.decode()
    assert {test.get("status", "passed") for test in told["tests"]} == {"passed"}


def test_a_bundle_holds_what_grading_needs_and_nothing_else(container: Path) -> None:
    """The course's part, the engine, pinned requirements; nothing that a machine leaves behind; for root alone."""
    source = container / "source"
    assert (source / "course/reference/practical09/__init__.py").is_file()
    assert (source / "engine/graders/practical09/__init__.py").is_file()
    assert not [path for path in source.rglob("*") if path.name == "__pycache__" or path.suffix == ".pyc"]
    assert read_bundle(source).container.secret == b"s" * 32
    lines = requirements().splitlines()
    assert any(line.startswith("torch==") for line in lines) and all("==" in line for line in lines)


def test_githubs_workflow_names_the_notebook() -> None:
    """The reporter gets the result of the one step, under its runner's name."""
    text = workflow("practical09.ipynb")
    assert "graders check practical09.ipynb --format github" in text and "NOTEBOOK" not in text
    assert "GRADERS_RESULTS" in text and "runners: graders" in text
