"""A newcomer's path: the real command on real notebooks, interrupted, repeated, and given nonsense."""

import csv
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
CLASS = ROOT / "submissions" / "practical09"
STUDENTS = ("correct_as_a_script", "half_empty", "not_a_notebook", "syntax_error", "truncated_file", "untouched")


def graders(*arguments: object, **options: Any) -> subprocess.Popen[str]:
    """Start the command, as a shell would."""
    command = [sys.executable, "-m", "graders", *map(str, arguments)]
    environment = os.environ | {"GRADERS_ROOT": str(ROOT), "GRADERS_SECRET": "newcomer"}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, **options
    )


def done(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for it: exit status, standard output, standard error."""
    out, err = process.communicate(timeout=600)
    return process.returncode, out, err


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of six."""
    made = tmp_path_factory.mktemp("class")
    for student in STUDENTS:
        shutil.copytree(CLASS / student, made / student)
    return made


@pytest.fixture(scope="module")
def graded(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The class graded by two workers: where the reports are, and what was printed."""
    out = tmp_path_factory.mktemp("reports")
    status, text, errors = done(graders("grade", folder, "--out", out, "--jobs", 2))
    assert status == 0, errors
    yield out, text


def verdicts(out: Path) -> dict[str, Any]:
    """Student -> all that is in report.json but times."""
    found = {}
    for path in sorted((out / "practical09").glob("*/report.json")):
        report = json.loads(path.read_text("utf-8"))
        report.pop("seconds")
        for question in report["questions"]:
            for verdict in question["verdicts"]:
                verdict.pop("seconds")
        found[report["student"]] = report
    return found


def test_a_class_gets_its_reports(graded: tuple[Path, str]) -> None:
    """Pages, JSON as documented, CSV, and a table that names the class page."""
    out, text = graded
    assert "6 graded" in text and str(out / "practical09" / "index.html") in text
    assert set(verdicts(out)) == set(STUDENTS)
    with (out / "practical09" / "grades.csv").open(encoding="utf-8-sig") as file:
        assert {row["student"] for row in csv.DictReader(file)} == set(STUDENTS)
    report = json.loads((out / "practical09/half_empty/report.json").read_text("utf-8"))
    assert {"schema", "assignment", "student", "submission", "grader", "environment", "seconds"} <= set(report)
    assert (report["schema"], report["possible"]) == (1, 20)
    assert report["points"] + report["pending"] <= 20
    page = (out / "practical09/half_empty/report.html").read_text("utf-8")
    assert "Content-Security-Policy" in page and str(ROOT) not in page and "newcomer" not in page


def test_kill_9_and_the_same_command_again(graded: tuple[Path, str], folder: Path, tmp_path: Path) -> None:
    """Nothing is lost, nothing is graded twice, and the reports are those of an undisturbed run.

    That had two workers; here one grades in another order, in two runs: to the byte the verdicts and their evidence
    are the same.
    """
    students = [folder / name for name in reversed(STUDENTS)]
    command = ("grade", *students, "--out", tmp_path, "--jobs", 1)
    process = graders(*command, start_new_session=True)
    reports = tmp_path / "practical09"
    while process.poll() is None and len(list(reports.glob("*/report.json"))) < 3:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    kept = {path.parent.name: path.stat().st_mtime_ns for path in reports.glob("*/report.json")}
    assert len(kept) >= 3
    status, text, errors = done(graders(*command))
    assert status == 0, errors
    assert "unchanged since an earlier run" in text or len(kept) == len(STUDENTS)
    assert all((reports / name / "report.json").stat().st_mtime_ns == when for name, when in kept.items())
    assert verdicts(tmp_path) == verdicts(graded[0])
    with sqlite3.connect(tmp_path / "graders.db") as database:
        rows = database.execute("select count(*), count(distinct submission) from reports").fetchone()
    assert rows == (len(STUDENTS), len(STUDENTS))
    assert "0 graded, 6 unchanged" in done(graders("grade", folder, "--out", tmp_path))[1]


NONSENSE = {
    "no such path": (["absent"], "There is no absent"),
    "empty folder": (["empty"], "no notebook, .py or zip in empty"),
    "not a notebook": (["essay.docx"], "not a notebook"),
    "broken zip": (["class.zip"], "class.zip is not a zip archive"),
    "unknown assignment": (["empty", "--assignment", "practical10"], "this folder has practical09"),
    "unknown profile": (["one.ipynb", "--profile", "slow"], "no profile 'slow'"),
    "no path": ([], "PATH"),
    "no jobs": (["empty", "--jobs", "0"], "--jobs"),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_gets_one_sentence(name: str, tmp_path: Path) -> None:
    """On stderr, with exit status 2, and nothing is written."""
    (tmp_path / "empty").mkdir()
    for file in ("essay.docx", "class.zip", "one.ipynb"):
        (tmp_path / file).write_bytes(b"nonsense")
    arguments, words = NONSENSE[name]
    status, out, errors = done(graders("grade", *arguments, cwd=tmp_path))
    assert (status, out) == (2, "")
    assert words in errors and errors.count("\n") == 1 and "Traceback" not in errors
    assert not (tmp_path / "reports").exists()
