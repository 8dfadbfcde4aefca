"""What several commands take: the assignment, which a course with a single one need not name."""

from pathlib import Path

import pytest

from graders.cli import main


def test_a_course_with_one_assignment_need_not_name_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where there are several, every command lists them."""
    monkeypatch.chdir(tmp_path)
    given = list[str]()
    monkeypatch.setattr("graders.commands.authors.release.release", lambda id, out: given.append(f"{id} {out}") or 0)
    assert main(["new", "one"]) == main(["release"]) == 0
    assert given == [f"one {Path('release', 'one')}"]
    assert main(["new", "two"]) == 0
    for command in ("release", "audit", "calibrate", "status", "bundle coursera", "bundle github --to x"):
        capsys.readouterr()
        assert main(command.split()) == 2
        assert capsys.readouterr().err == "This course has one, two; name the one that you mean.\n"
