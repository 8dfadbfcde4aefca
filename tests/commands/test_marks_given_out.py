"""`graders status`, `graders extend`, `graders export`, `graders account`: what they print, write and refuse."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from written_answers import ITEMS, TEXTS, class_in, course, graded

from graders.archive.marks import Marks
from graders.archive.store import open_store
from graders.cli import main
from graders.marking.answer import answers_of
from graders.marking.decision import Judgement
from graders.marking.rubric import own_rubric

LATE = """
[late]
due = 2026-11-22T10:00:00+00:00
percent_a_day = 10
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command on a class of four: its exit status, standard output and standard error."""
    monkeypatch.setenv("GRADERS_ROOT", str(course(tmp_path / "root", LATE)))
    class_in(tmp_path / "out", 4).close()

    def command(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        on_class = () if arguments[0] == "account" else ("--assignment", "course")
        status = main([*arguments, *on_class, "--out", str(tmp_path / "out")])
        return status, *capsys.readouterr()

    return command


def mark(out: Path, *students: int) -> None:
    """Give the answers of some students their first item, with a comment."""
    with open_store(out) as store:
        for number in students:
            report = next(r for r in store.latest("course") if r.submission.student == f"student{number:03}")
            (answer,) = answers_of(report)
            made = Judgement({answer.slot: 0}, frozenset({"effect"}), comment="Say why, Ana.").decisions()
            Marks(store.database).decide(made, "zenobia", own_rubric(ITEMS))


def test_status_says_who_and_what_is_open(run: Any, tmp_path: Path) -> None:
    """By part, with names; and that all is done when it is."""
    mark(tmp_path / "out", 0, 1)
    status, text, _ = run("status")
    assert status == 0 and text.startswith("2 of 4 students have a final mark. 2 decisions on 2 points are open:\n")
    assert "essay, argument: 2 answers to mark, 2 points: student002, student003" in text
    mark(tmp_path / "out", 2, 3)
    assert run("status")[1] == "4 of 4 students have a final mark.\n"


def test_exports_carry_final_marks_and_say_what_is_open(run: Any, tmp_path: Path) -> None:
    """Lateness is a column of its own; what is open leaves the final mark empty, with a line on stderr."""
    mark(tmp_path / "out", 0)
    status, text, err = run("export", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert status == 0 and [row["final"] for row in rows] == ["1.8", "", "", ""] and rows[0]["late"] == "0.2"
    assert (
        err == "3 of 4 students have no final mark yet: 3 points are still to be decided; graders status says whose.\n"
    )


def test_reports_are_written_with_what_people_decided(run: Any, tmp_path: Path) -> None:
    """Marks, comment, lateness are in report.html and .json, the marker's name is not; the class page is there."""
    mark(tmp_path / "out", 0)
    assert run("export", "reports")[0] == 0
    folder = tmp_path / "out" / "course"
    page = (folder / "student000" / "report.html").read_text("utf-8")
    assert "Say why, Ana." in page and "which leaves 1.8" in page and "zenobia" not in page
    data = json.loads((folder / "student000" / "report.json").read_text("utf-8"))
    assert (data["final"], data["late"]["points"], data["pending"]) == (1.8, 0.2, 0)
    judged = [v["judged"] for q in data["questions"] for v in q["verdicts"] if v["judged"]]
    assert [set(one) for one in judged] == [{"at", "comment", "reason", "was"}]
    assert json.loads((folder / "student001" / "report.json").read_text("utf-8"))["final"] is None
    assert (folder / "index.html").is_file() and (folder / "grades.csv").is_file()


def test_a_notebook_is_given_out_with_what_people_decided(run: Any, tmp_path: Path) -> None:
    """On standard output or in a file, the same; where a student is not there it says how to find out who is."""
    mark(tmp_path / "out", 0)
    status, text, _ = run("export", "notebook", "student000")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert status == 0
    assert any("Say why, Ana." in cell.source for cell in notebook.cells if cell.metadata.get("graders") == "verdict")
    assert run("export", "notebook", "student000", "--to", str(tmp_path / "a.ipynb"))[0] == 0
    assert (tmp_path / "a.ipynb").read_text("utf-8") == text
    status, _, err = run("export", "notebook", "nobody")
    assert status == 2 and "no report of 'nobody'" in err


def test_extensions_are_kept_and_strangers_named(run: Any, tmp_path: Path) -> None:
    """They replace those before; a line that cannot be read changes nothing."""
    mark(tmp_path / "out", 0)
    file = tmp_path / "extensions.csv"
    file.write_text("student,due\nstudent000,+3\nnobody,+1\n")
    status, text, _ = run("extend", str(file))
    assert status == 0 and "2 extensions are kept" in text and "by: nobody." in text
    assert next(csv.DictReader(io.StringIO(run("export", "csv")[1])))["final"] == "2"
    file.write_text("student,due\nstudent000,soon\n")
    status, _, err = run("extend", str(file))
    assert status == 2 and "Line 2 of the extensions" in err
    assert next(csv.DictReader(io.StringIO(run("export", "csv")[1])))["final"] == "2"


def test_accounts(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Added with a password from standard input, listed without it, changed, removed; what is wrong is one sentence."""

    def typed(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n"))

    typed("short")
    assert run("account", "add", "ada")[0] == 2
    typed("a long enough sentence")
    assert run("account", "add", "ada", "--role", "instructor")[:2] == (0, "ada may sign in as instructor.\n")
    assert run("account", "list")[1] == "instructor  ada\n"
    typed("another long sentence")
    assert run("account", "password", "ada")[0] == 0
    assert run("account", "remove", "ada")[0] == 0 and run("account", "list")[1] == ""
    assert run("account", "remove", "ada")[0] == 2


def test_serving_in_the_clear_is_refused(run: Any) -> None:
    """Passwords cross a network by TLS alone; without accounts nobody could sign in."""
    assert "in the clear" in run("serve", "--host", "0.0.0.0")[2]
    assert "Nobody has an account yet" in run("serve", "--port", "18009")[2]
    assert "go together" in run("serve", "--certificate", "x.pem")[2]


def test_a_regrade_keeps_the_marks(run: Any, tmp_path: Path) -> None:
    """What a person decided is in the report of a newer grader, too."""
    mark(tmp_path / "out", 1)
    with open_store(tmp_path / "out") as store:
        store.keep(graded("student001", TEXTS[1], grader={"version": "1", "digest": "b" * 64, "profile": "full"}))
    rows = list(csv.DictReader(io.StringIO(run("export", "csv")[1])))
    assert rows[1]["essay"] == "0.5" and rows[1]["pending"] == "0"
