"""A new assignment works as it is made, in an empty folder, with the engine from a wheel and no checkout in reach."""

import json
import tomllib
from pathlib import Path

import pytest
from course_folder import CourseFolder

from graders.authors.new import new
from graders.errors import UsageError


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> CourseFolder:
    """A course with a new assignment."""
    made = CourseFolder.made_in(tmp_path_factory.mktemp("wheel"))
    said = made.run("new", "practical10")
    assert "assignments/practical10/practical10.ipynb" in said and "graders audit practical10" in said
    assert sorted(path.name for path in made.path.iterdir()) == [
        "assignments",
        "graders",
        "reference",
        "reports",
        "submissions",
    ]
    return made


def test_its_audit_passes(course: CourseFolder) -> None:
    """Reference, variant and misconceptions, and no mutant survives."""
    said = course.run("audit", "practical10", "--jobs", "1")
    assert "100.0% of the mutants lose marks. All is well." in said


def test_its_class_gets_the_expected_marks(course: CourseFolder) -> None:
    """The course's only assignment need not be named."""
    course.run("grade", "submissions/practical10", "--jobs", "1")
    expected = tomllib.loads((course.path / "submissions/practical10/expected.toml").read_text())
    assert len(expected) == 3
    for student, due in expected.items():
        report = json.loads((course.path / "reports/practical10" / student / "report.json").read_text())
        found = {q["id"]: q["points"] for q in report["questions"] if q["points"] != q["possible"] - q["pending"]}
        named = {q["id"]: sorted({v["misconception"] for v in q["verdicts"]} - {None}) for q in report["questions"]}
        assert found == due.get("points", {}) and report["pending"] == due["pending"]
        assert {id: names for id, names in named.items() if names} == due.get("named", {})


def test_its_release_checks_itself(course: CourseFolder) -> None:
    """The release brings the course's own checks to students, and nothing of the reference."""
    said = course.run("release", "practical10")
    assert "checks/graders/practical10/softmax.py" in said and "reference" not in said
    student = "../../submissions/practical10/{}/practical10.ipynb"
    for name, status, line in (
        ("correct", 0, "✓"),
        ("one_sum_for_all", 1, "✗"),
        ("untouched", 1, "as it was handed out"),
    ):
        handed_in = (course.path / "release/practical10" / student.format(name)).read_text()
        (course.path / "release/practical10/mine.ipynb").write_text(handed_in)
        assert line in course.run("check", "mine.ipynb", where="release/practical10", status=status)


@pytest.mark.parametrize("id", ["week 2", "Week2", "class", "../up", "2nd", "model", "intake"])
def test_ids_that_cannot_be(id: str, tmp_path: Path) -> None:
    """Neither what is no name in Python, nor what the engine itself has; nothing is written."""
    with pytest.raises(UsageError, match=r"cannot be an assignment's id|a part of graders itself"):
        new(id, tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_over(tmp_path: Path) -> None:
    """A second assignment of the same name is refused, a second one next to it is not."""
    new("week2", tmp_path)
    with pytest.raises(UsageError, match="week2 is there already"):
        new("week2", tmp_path)
    assert new("week3", tmp_path)
