"""A reference, or limits, that name what is not there are refused in a sentence, and with status 2."""

import os
from pathlib import Path

import pytest

from graders.authors.new import new
from graders.cli import main


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course with one small assignment, under a name of its own: its package is imported once a process."""
    name = f"agrees{os.getpid()}_{len(str(tmp_path))}_{abs(hash(tmp_path))}"
    new(name, tmp_path)
    monkeypatch.setenv("GRADERS_ROOT", str(tmp_path))
    return tmp_path


def change(course: Path, file: str, old: str, other: str) -> None:
    """Replace a text in a file of the assignment."""
    (path,) = course.glob(file)
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, other), "utf-8")


def test_what_is_named_and_there_is_taken(course: Path) -> None:
    """Functions and variables of the reference may take longer."""
    change(course, "assignments/*/assignment.toml", "[limits]", "[limits]\ncalls = {softmax = 30}")
    assert main(["release", "--out", str(course / "out")]) == 0


@pytest.mark.parametrize(
    ("file", "old", "other", "says"),
    [
        (
            "assignments/*/assignment.toml",
            "[limits]",
            "[limits]\ncalls = {sofmax = 30}",
            "limits.calls.sofmax is neither a function or method",
        ),
        (
            "reference/*/misconceptions.py",
            '@misconception("softmax"',
            '@misconception("sofmax"',
            "misconceptions.py: softmax_of_the_whole_array is about 'sofmax', which is no question",
        ),
        (
            "reference/*/misconceptions.py",
            'replaces="softmax"',
            'replaces="Softmax.forward"',
            "replaces 'Softmax.forward', which reference/",
        ),
        ("reference/*/why_shift.py", "ANSWER =", "ANSWERS =", "why_shift.py has no ANSWER: give the model answer"),
    ],
)
def test_what_is_named_and_not_there_is_refused(
    course: Path, file: str, old: str, other: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence with the file and what to do."""
    change(course, file, old, other)
    assert main(["release", "--out", str(course / "out")]) == 2
    said = capsys.readouterr().err
    assert says in said and said.count("\n") == 1 and not (course / "out").exists()


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("import nothing_of_that_name", "No module named 'nothing_of_that_name' (shims/__init__.py, line 1); mend"),
        ("def install(data):\n    raise OSError('odd')", "OSError: odd (shims/__init__.py, line 2); mend that file"),
    ],
)
def test_shims_that_cannot_be_loaded_are_the_course_s(
    course: Path, broken: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one sentence, with their line."""
    (package,) = (path for path in (course / "graders").iterdir() if path.is_dir())
    (package / "shims").mkdir()
    others = "\ndef install(data): ...\n" if "install" not in broken else ""
    (package / "shims/__init__.py").write_text(f"{broken}{others}\ndef warm_up(): ...\n")
    (handed_in,) = course.glob("submissions/*/correct")
    assert main(["grade", str(handed_in), "--out", str(course / "reports")]) == 2
    assert says in (said := capsys.readouterr().err) and said.count("\n") == 1


def test_packages_that_are_promised_and_not_here_are_named(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do."""
    change(course, "assignments/*/assignment.toml", 'packages = ["numpy>=1.26"', 'packages = ["no-such-package"')
    (handed_in,) = course.glob("submissions/*/correct")
    assert main(["grade", str(handed_in), "--out", str(course / "reports")]) == 2
    said = capsys.readouterr().err
    assert "no-such-package is not installed" in said and "or promise less in assignment.toml" in said
