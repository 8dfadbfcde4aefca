"""`graders work`, `graders forget` and `graders serve` where students hand in, as commands."""

import os
import signal
import sys
from pathlib import Path

import pytest

from graders.cli import main
from graders.commands.uploads.serving import CrewProcess

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
