"""`graders work`, `graders forget` and `graders serve` where students hand in, as commands."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from live_course import made
from real_ray import cluster

from graders.archive.store import open_store
from graders.archive.tables import jobs
from graders.cli import main
from graders.commands.uploads.serving import CrewProcess
from graders.queue.attempts import Attempts, Author
from graders.queue.examine import HandedOut, examine
from graders.queue.rules import UploadRules

TAKES_NONE = "takes no uploads: give its assignment.toml a table [uploads]"


def test_an_assignment_that_takes_no_uploads_says_how_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a sentence, with the exit status of wrong usage."""
    assert main(["work", "--assignment", "practical09", "--out", str(tmp_path)]) == 2
    assert TAKES_NONE in capsys.readouterr().err


def test_forget_needs_names_or_a_day_and_a_yes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is deleted by half a command."""
    for arguments in ([], ["ada", "--before", "2026-01-01"], ["ada"]):
        assert main(["forget", "--out", str(tmp_path), *arguments]) == 2
    said = capsys.readouterr().err
    assert said.count("or give --before") == 2 and "say --yes" in said


def test_a_crew_that_is_killed_is_started_again(tmp_path: Path) -> None:
    """And ends with the server."""
    pids = tmp_path / "pids"
    os.mkfifo(pids)
    code = f"import os, signal; open({str(pids)!r}, 'w').write(str(os.getpid())); signal.pause()"
    crew = CrewProcess([sys.executable, "-c", code], dict(os.environ))
    crew.start()
    first = int(pids.read_text())
    os.kill(first, signal.SIGKILL)
    second = int(pids.read_text())
    crew.close()
    assert second != first
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


def test_a_crew_that_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's end does not wait for it; what it was at is claimed again."""
    monkeypatch.setattr("graders.commands.uploads.serving.GRACE", 0.1)
    pids = tmp_path / "pids"
    os.mkfifo(pids)
    deaf = f"signal.signal(signal.SIGTERM, signal.SIG_IGN); open({str(pids)!r}, 'w').write(str(os.getpid()))"
    crew = CrewProcess(
        [sys.executable, "-c", f"import os, signal; {deaf}\nwhile True: signal.pause()"], dict(os.environ)
    )
    crew.start()
    pid = int(pids.read_text())
    crew.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_grades_what_is_handed_in_and_a_killed_command_loses_nothing(tmp_path: Path) -> None:
    """`graders work --runner ray`: the next one of the name does what is left, and nothing twice."""
    root, out = made(tmp_path), tmp_path / "out"
    release, students = HandedOut.of("demo", root, 20), ["ana", "ben", "cyd"]
    with open_store(out) as store:
        for student in students:
            file = f"# %%\ndef softmax(scores):\n    return scores  # {student}\n".encode()
            upload = examine("demo.py", file, release)
            Attempts(store.database).receive(Author(student, "", "demo"), upload, UploadRules())
    command = [sys.executable, "-m", "graders", "work", "--assignment", "demo", "--out", str(out), "--crew", "one"]
    with cluster(2) as address:
        environment = os.environ | {"GRADERS_ROOT": str(root)}  # and with what Ray says there of its tokens
        command += ["--runner", "ray", "--address", address]
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as first:
            assert first.stderr is not None
            said = [next(line for line in first.stderr if '"graded"' in line)]
            first.kill()
        last = subprocess.run([*command, "--once"], env=environment, check=True, stderr=subprocess.PIPE, text=True)
    said += [line for line in last.stderr.splitlines() if '"graded"' in line]
    assert all('"how": "done"' in line for line in said)
    with open_store(out) as store, store.database.read() as connection:
        assert sorted(report.submission.student for report in store.latest("demo")) == students
        rows = connection.execute(sa.select(jobs.c.state, jobs.c.tries)).all()
    assert {row.state for row in rows} == {"done"} and len(rows) == 6 and sum(row.tries for row in rows) <= 8


def test_a_cluster_has_to_be_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its options without it are wrong usage."""
    assert main(["work", "--assignment", "practical09", "--out", str(tmp_path), "--gpus", "0.5"]) == 2
    assert "--address and --gpus are for --runner ray." in capsys.readouterr().err
