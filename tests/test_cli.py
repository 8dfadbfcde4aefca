"""The command line: what each command prints, where, and its exit status; errors are one sentence on stderr."""

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sample_reports import submission
from small_course import course
from workers import obedient

import graders.commands.grade as grading
from graders.cli import cli, main
from graders.errors import UsageError
from graders.intake.submissions import Inbox
from graders.model import Submission
from graders.notebooks.notebook import Notebook
from graders.runners.local import GradingRun

COMMANDS = {"grade", "check", "doctor", "export", "status", "extend", "mark", "serve", "account", "lti", "new"}
COMMANDS |= {"audit", "release", "calibrate", "bundle", "work", "forget"}

SETTINGS = """
title = "Practical 9"
questions = {}
profiles = {}
"""


@dataclass
class Desk:
    """A folder in which commands run with obedient workers, and what they printed."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    inbox: list[Submission]
    lines: list[str] = field(default_factory=list)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command: its exit status, its standard output, its standard error."""
        self.capture.readouterr()
        status = main(arguments)
        return status, *self.capture.readouterr()

    def grade(self, *arguments: str) -> tuple[int, str, str]:
        """Grade the inbox with one worker."""
        return self.run("grade", "inbox", "--out", str(self.folder / "out"), "--jobs", "1", *arguments)


def assignment() -> Any:
    """An assignment with the questions of the sample reports."""

    def parameters(profile: str) -> dict[str, Any]:
        if profile != "quick":
            raise UsageError(f"practical09 has no profile {profile!r}; it has quick.")
        return {}

    made_up = course().assignment
    more = {"release": Notebook(), "parameters": parameters, "datasets": {}, "default_profile": "quick"}
    vars(made_up).update(more, prepared=lambda *_: made_up)
    return made_up


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A desk whose inbox is a list, and whose workers need no sandbox."""
    made = Desk(tmp_path, capsys, [submission("ada"), submission("grace")])
    (tmp_path / "work").mkdir()
    (tmp_path / "assignments" / "practical09").mkdir(parents=True)
    (tmp_path / "assignments" / "practical09" / "assignment.toml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(grading, "find_root", lambda: tmp_path)
    monkeypatch.setattr(grading.loader, "load", lambda id, root: assignment())
    monkeypatch.setattr(grading, "collect", lambda *_, **__: Inbox(tuple(made.inbox), tuple(made.lines)))
    monkeypatch.setattr(GradingRun, "factory", lambda self: partial(obedient, tmp_path / "work"))
    return made


def test_grading_prints_a_table_and_where_the_reports_are(desk: Desk) -> None:
    """All files of the output are there."""
    status, out, err = desk.grade()
    assert (status, err) == (0, "")
    assert "Practical 9" in out and "ada" in out and "grace" in out
    assert "2 graded. The class: " in out and "index.html" in out
    made = {str(path.relative_to(desk.folder / "out")) for path in (desk.folder / "out").rglob("*") if path.is_file()}
    folder = "practical09"
    assert made >= {"graders.db", f"{folder}/index.html", f"{folder}/grades.csv", f"{folder}/ada/report.html"}
    assert f"{folder}/grace/report.json" in made


def test_the_same_command_again_grades_nothing(desk: Desk) -> None:
    """It says so; a lost file is written again; --regrade grades all."""
    desk.grade()
    (desk.folder / "out/practical09/ada/report.html").unlink()
    assert "0 graded, 2 unchanged since an earlier run." in desk.grade()[1]
    assert (desk.folder / "out/practical09/ada/report.html").is_file()
    assert "2 graded." in desk.grade("--regrade")[1]
    desk.inbox.append(submission("new"))
    assert "1 graded, 2 unchanged" in desk.grade()[1]


def test_timings_are_printed_and_have_pages_that_no_student_gets(desk: Desk) -> None:
    """After the marks, or on stderr where others read standard output; the class's page leads to true ones."""
    folder = desk.folder / "out"
    page, link = folder / "staff-only/practical09/ada/timings.html", "../staff-only/practical09/./ada/timings.html"
    desk.grade()
    assert not page.exists() and link not in (folder / "practical09/index.html").read_text("utf-8")
    out = desk.grade("--timings")[1]
    assert out.index("grace") < out.index("Where the time went") < out.index("0 graded, 2 unchanged")
    assert "keeping the report" in page.read_text("utf-8")
    assert link in (folder / "practical09/index.html").read_text("utf-8")
    assert sorted(path.name for path in (folder / "practical09/ada").iterdir()) == ["report.html", "report.json"]
    desk.grade("--regrade")
    assert not page.exists() and link not in (folder / "practical09/index.html").read_text("utf-8")
    _, out, err = desk.grade("--timings", "--format", "json")
    assert len(json.loads(out)) == 2 and "Where the time went" in err and "staff" not in out


def test_json_is_the_only_thing_on_standard_output(desk: Desk) -> None:
    """An array of reports, by student."""
    status, out, _ = desk.grade("--format", "json")
    assert status == 0
    assert [made["student"] for made in json.loads(out)] == ["ada", "grace"]


def test_a_fault_of_ours_is_status_1(desk: Desk) -> None:
    """Others are graded, and the table says where to look."""
    desk.inbox[0] = submission("ada", b"exit 99")
    status, out, _ = desk.grade()
    assert status == 1 and "fault of ours" in out and "staff must look" in out
    assert (desk.folder / "out/practical09/grace/report.json").is_file()


def test_the_class_page_keeps_everyone(desk: Desk) -> None:
    """Grading one student more does not drop those graded before."""
    desk.grade()
    desk.inbox[:] = [submission("zoe")]
    desk.grade()
    rows = list(csv.DictReader(StringIO((desk.folder / "out/practical09/grades.csv").read_text())))
    assert [row["student"] for row in rows] == ["ada", "grace", "zoe"]


@pytest.mark.parametrize(("order", "status"), [(b"stop int", 130), (b"stop term", 143)])
def test_interrupting_says_how_to_go_on(desk: Desk, order: bytes, status: int) -> None:
    """What was graded is kept, on disk and in the class's page."""
    desk.inbox[1] = submission("grace", order)
    found, out, err = desk.grade()
    assert (found, out) == (status, "")
    assert err == "Stopped: 1 of 2 submissions are graded and kept; the same command grades the others.\n"
    assert "ada" in (desk.folder / "out/practical09/grades.csv").read_text()


def test_what_staff_should_know_is_said_twice(desk: Desk) -> None:
    """Each line of the intake stands on stderr and on the class's page, where it cannot be markup."""
    desk.lines.append("The names <b>Ada and ada hardly differ.")
    _, _, err = desk.grade()
    assert err == "The names <b>Ada and ada hardly differ.\n"
    assert "The names &lt;b&gt;Ada and ada hardly differ." in (desk.folder / "out/practical09/index.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["grade"], "Missing argument 'PATH...'; see graders --help."),
        (["grade", "x", "--nonsense"], "No such option"),
        (["grade", "x", "--jobs", "0"], "Invalid value for '--jobs'"),
        (["grade", "x", "--runner", "moon"], "Invalid value for '--runner'"),
        (["grade", "x", "--profile", "slow"], "practical09 has no profile 'slow'; it has quick."),
        (["nonsense"], "No such command 'nonsense'"),
        (["export", "csv", "--out", "nowhere"], "Nothing has been graded in nowhere yet"),
    ],
)
def test_wrong_usage_is_one_sentence_and_status_2(desk: Desk, arguments: list[str], words: str) -> None:
    """On stderr, with nothing on stdout."""
    status, out, err = desk.run(*arguments)
    assert (status, out) == (2, "")
    assert words in err and err.count("\n") == 1


def test_unusable_databases_are_status_1(desk: Desk) -> None:
    """With what to do about it."""
    (desk.folder / "out").mkdir()
    (desk.folder / "out" / "graders.db").write_text("no database at all, but a text" * 100)
    status, out, err = desk.grade()
    assert (status, out) == (1, "") and "is not a database; move that file away" in err and err.count("\n") == 1


def test_debug_shows_the_traceback(desk: Desk) -> None:
    """Wherever it stands on the line."""
    with pytest.raises(UsageError):
        desk.grade("--profile", "slow", "--debug")
    with pytest.raises(UsageError):
        desk.run("--debug", "grade", "x", "--profile", "slow")


def test_the_marks_can_be_had_as_csv(desk: Desk) -> None:
    """On standard output, or in a file; another assignment has none."""
    desk.grade()
    out = str(desk.folder / "out")
    status, text, _ = desk.run("export", "csv", "--out", out)
    assert status == 0 and [row["student"] for row in csv.DictReader(StringIO(text))] == ["ada", "grace"]
    assert desk.run("export", "csv", "--out", out, "--to", str(desk.folder / "marks.csv"))[:2] == (0, "")
    assert (desk.folder / "marks.csv").read_text() == text
    status, _, err = desk.run("export", "csv", "--out", out, "--assignment", "other")
    assert status == 2 and "No report of 'other'" in err and "practical09" in err


def test_the_database_may_be_elsewhere(desk: Desk) -> None:
    """By an option, for grading and exporting."""
    url = f"sqlite:///{desk.folder / 'elsewhere.db'}"
    assert desk.grade("--database", url)[0] == 0
    assert (desk.folder / "elsewhere.db").is_file() and not (desk.folder / "out" / "graders.db").exists()
    assert "grace" in desk.run("export", "csv", "--database", url)[1]


def test_hostile_names_do_not_reach_the_terminal(desk: Desk) -> None:
    """No escape sequence, no markup, no bidi control is printed."""
    desk.inbox[:] = [submission("\x1b[2J[red]ada\u202e")]
    _, out, _ = desk.grade()
    assert "[red]ada[U+202E]" in out and "\x1b" not in out and "\u202e" not in out


def test_hostile_paths_do_not_reach_the_terminal(desk: Desk) -> None:
    """An error that quotes what was typed stays one harmless line."""
    _, _, err = desk.run("export", "csv", "--out", "no\x1b[2Jwhere\nat all\u202e")
    assert "nowhere at all[U+202E]" in err and err.count("\n") == 1 and "\x1b" not in err


def test_help_names_every_command(desk: Desk) -> None:
    """And each command has help of its own."""
    status, out, _ = desk.run("--help")
    assert status == 0 and all(name in out for name in COMMANDS) and set(cli.commands) == set(COMMANDS)
    for name in COMMANDS:
        status, out, _ = desk.run(name, "-h")
        assert status == 0 and "--help" in out


def python(*code: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.run([sys.executable, *code], capture_output=True, text=True, env=environment, **options)


def test_python_m_graders_tells_its_version_fast() -> None:
    """Without loading PyTorch."""
    assert python("-m", "graders", "--version").stdout.startswith("graders, version ")
    code = "import sys; from graders.cli import main; main(['--help']); print('torch' in sys.modules)"
    assert python("-c", code).stdout.endswith("False\n")


BROKEN = """import sys; import graders.commands.classroom.export as e; from graders.cli import main
def broken(**options): raise KeyError('a fault')
e.export_csv = broken
sys.exit(main({arguments}))
"""


def test_a_fault_of_the_program_is_one_sentence() -> None:
    """Status 1; the traceback only with --debug."""
    done = python("-c", BROKEN.format(arguments=["export", "csv"]))
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr == (
        "graders failed for a fault of its own (KeyError: 'a fault'); run it again with --debug to see where.\n"
    )
    assert "Traceback" in python("-c", BROKEN.format(arguments=["--debug", "export", "csv"])).stderr


def test_a_reader_that_has_seen_enough() -> None:
    """A closed pipe, as `head` leaves it, is no error."""
    closed = "import os, sys; from graders.cli import main; end, pipe = os.pipe(); os.close(end); os.dup2(pipe, 1); "
    done = python("-c", closed + "sys.exit(main(['--help']))")
    assert (done.returncode, done.stderr) == (0, "")


def test_interrupting_early_is_status_130(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Before anything was graded."""

    def interrupt(*_: object) -> Callable[..., Any]:
        signal.raise_signal(signal.SIGINT)
        raise AssertionError

    monkeypatch.setattr(grading.loader, "load", interrupt)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background has it ignored
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    status, out, err = desk.grade()
    assert (status, out) == (130, "") and err.startswith("Stopped")
