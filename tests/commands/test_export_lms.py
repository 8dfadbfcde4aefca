"""`graders export` for learning platforms: what is written, what is printed, and that a refusal writes nothing."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as xml

import pytest
from written_answers import class_in, course

from graders.archive.marks import Marks
from graders.archive.store import open_store
from graders.cli import main
from graders.marking.answer import answers_of
from graders.marking.decision import Judgement
from graders.marking.rubric import own_rubric

from written_answers import ITEMS  # isort: skip

WORKSHEET = (
    '\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\n'
    + "".join(
        f'"Participant {70 + n}","Stu Dent {n}",student00{n}@example.org,"Submitted for grading",,3.00,Yes,-,-,\n'
        for n in range(4)
    )
)
ROSTER = "student,email\n" + "".join(f"student00{n},student00{n}@example.org\n" for n in range(4))
GRADEBOOK = "Student,ID,SIS Login ID,Section,Course (9)\n    Points Possible,,,,3.00\n" + "".join(
    f'"Dent, Stu {n}",{500 + n},student00{n},A,\n' for n in range(4)
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Any:
    """Runs `graders export` on a class of four of whom three are marked: exit status, output, errors."""
    monkeypatch.setenv("GRADERS_ROOT", str(course(tmp_path / "root")))
    class_in(tmp_path / "out", 4).close()
    for name, text in (("w.csv", WORKSHEET), ("r.csv", ROSTER), ("g.csv", GRADEBOOK)):
        (tmp_path / name).write_text(text, "utf-8")
    with open_store(tmp_path / "out") as store:
        for report in store.latest("course")[:3]:
            (answer,) = answers_of(report)
            made = Judgement({answer.slot: 0}, frozenset({"effect"})).decisions()
            Marks(store.database).decide(made, "zenobia", own_rubric(ITEMS))

    def command(*arguments: str) -> tuple[int, bytes, str]:
        capfdbinary.readouterr()
        monkeypatch.chdir(tmp_path)
        status = main(["export", *arguments, "--assignment", "course", "--out", "out"])
        out, err = capfdbinary.readouterr()
        return status, out, err.decode()

    return command


def test_moodles_worksheet_is_filled_by_way_of_the_class_list(run: Any, tmp_path: Path) -> None:
    """Three marks are final; the fourth row is as it was, and a line says so."""
    status, out, err = run("moodle", "--worksheet", "w.csv", "--roster", "r.csv", "--to", "filled.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "filled.csv").read_text("utf-8-sig"))))
    assert (status, out) == (0, b"") and [row["Grade"] for row in rows] == ["2.00", "2.00", "2.00", ""]
    assert "student003: the mark is not final yet" in err and "3 marks are new" in err
    assert (tmp_path / "w.csv").read_text("utf-8") == WORKSHEET


def test_a_refusal_writes_nothing(run: Any, tmp_path: Path) -> None:
    """One sentence, exit 2, and a file that was there stays as it was."""
    (tmp_path / "filled.csv").write_text("old")
    for arguments, told in (
        (("--worksheet", "w.csv"), "no row for student000"),
        (("--worksheet", "g.csv"), "no grading worksheet"),
        (("--worksheet", "missing.csv"), "cannot be read"),
        (("--worksheet", "w.csv", "--without", "nobody"), "no report of nobody"),
    ):
        status, _, err = run("moodle", *arguments, "--to", "filled.csv")
        assert status == 2 and told in err and err.count("\n") == 1
    assert (tmp_path / "filled.csv").read_text() == "old"


def test_canvas_gets_what_is_new(run: Any) -> None:
    """On standard output, by the login that both know; the column is known by its number."""
    status, out, err = run("canvas", "--gradebook", "g.csv", "--column", "9")
    assert (
        status == 0 and out.decode().splitlines()[2] == '"Dent, Stu 0",500,student000,A,2' and "3 marks are new" in err
    )


def test_reports_go_back_to_moodle(run: Any, tmp_path: Path) -> None:
    """A page a student, under the participant's number."""
    status, _, _ = run("moodle-feedback", "--worksheet", "w.csv", "--roster", "r.csv", "--to", "f.zip")
    with zipfile.ZipFile(tmp_path / "f.zip") as archive:
        assert status == 0 and archive.namelist()[1] == "Stu Dent 1_71_assignfeedback_file_feedback.html"
        assert b"<html" in archive.read(archive.namelist()[0])


def test_folders_for_gradescope_and_nbgrader(run: Any, tmp_path: Path) -> None:
    """A results.json a student; grades.csv, and a page a student where nbgrader keeps feedback."""
    assert run("gradescope", "--to", "scope")[0] == 0
    assert json.loads((tmp_path / "scope/student000/results.json").read_text())["score"] == 2
    assert run("nbgrader", "--to", "nb")[0] == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "nb/grades.csv").read_text())))
    assert [row["score"] for row in rows] == ["2", "2", "2"]
    assert (tmp_path / "nb/feedback/student003/course/course.html").is_file()


def test_junit(run: Any) -> None:
    """XML on standard output; somebody can be left out."""
    status, out, _ = run("junit", "--without", "student003")
    assert status == 0 and len(xml.fromstring(out).findall("testsuite")) == 6
