"""Files and folders appear whole or not at all."""

import os
from pathlib import Path
from typing import Any

import pytest
from sample_reports import report

from graders.archive.files import write_all
from graders.archive.finished import finish
from graders.errors import StoreError
from graders.writing import ASIDE, sweep, write, write_folder


def test_a_reader_never_sees_half_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk fills up while writing, the old file stays, no other is left, and one sentence says why."""
    path = write(tmp_path / "report.html", "old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match=r"report\.html cannot be written: No space left on device; see to that"):
        write(path, "new")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_file_that_says_the_same_is_left_alone(tmp_path: Path) -> None:
    """So that a run with nothing to do writes nothing."""
    path = write(tmp_path / "x", "same")
    before = path.stat().st_ino
    write(path, "same")
    assert path.stat().st_ino == before
    write(path, "other")
    assert path.stat().st_ino != before


def test_a_killed_process_s_temporary_files_are_removed(tmp_path: Path) -> None:
    """Those of a process that is gone, and no others."""
    dead, alive, other = (tmp_path / name for name in (f"{ASIDE}4194999-x", f"{ASIDE}{os.getpid()}-x", "report.html"))
    for path in (dead, alive, other):
        path.touch()
    sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([alive, other])


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file in its place is one sentence."""
    (tmp_path / "practical09").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be written"):
        write_all(finish(report()), tmp_path)


def tree(folder: Path) -> dict[str, str]:
    """Every file and empty folder below a folder, and what is in it."""
    found = (path for path in folder.rglob("*") if path.is_file() or not any(path.iterdir()))
    return {str(path.relative_to(folder)): path.read_text() if path.is_file() else "" for path in found}


FILES = {f"{name}/results.json": name.encode() for name in ("ada", "bob", "cyn")}


def test_a_folder_appears_whole_and_keeps_what_else_is_in_it(tmp_path: Path) -> None:
    """With folders above it that are new; a second time what has changed changes, and other files stay."""
    folder = write_folder(tmp_path / "new" / "out", FILES)
    assert tree(tmp_path) == {f"new/out/{path}": data.decode() for path, data in FILES.items()}
    (folder / "notes").write_text("mine")
    same = (folder / "bob/results.json").stat().st_ino
    write_folder(folder, FILES | {"ada/results.json": b"changed"})
    assert tree(folder) == {"notes": "mine", "ada/results.json": "changed"} | {
        path: data.decode() for path, data in FILES.items() if not path.startswith("ada")
    }
    assert (folder / "bob/results.json").stat().st_ino == same


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("moment", ["fsync", "replace"])
@pytest.mark.parametrize("turn", [1, 2])
def test_a_failure_in_the_middle_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool, moment: str, turn: int
) -> None:
    """While the files are written, and while they are moved: what was there is as it was, and nothing else is."""
    (tmp_path / "kept").touch()
    if there:
        write_folder(tmp_path / "out", {"ada/results.json": b"old", "bob/results.json": b"older", "notes": b"mine"})
    before, calls = tree(tmp_path), list[int]()
    owner, real = (os, os.fsync) if moment == "fsync" else (Path, Path.replace)

    def fails(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == turn:
            raise OSError(28, "No space left on device")
        return real(*arguments)

    monkeypatch.setattr(owner, moment, fails)
    if not there and moment == "replace" and turn > 1:
        write_folder(tmp_path / "out", FILES)
        assert len(calls) == 1  # a new folder is moved once
        return
    with pytest.raises(StoreError, match=r"out cannot be written: No space left on device; see to that"):
        write_folder(tmp_path / "out", FILES)
    assert tree(tmp_path) == before


def test_a_folder_in_the_way_of_a_file_is_named(tmp_path: Path) -> None:
    """And what was moved before it was found is taken back."""
    write_folder(tmp_path, {"ada/results.json": b"old", "cyn/results.json/x": b""})
    before = tree(tmp_path)
    with pytest.raises(StoreError, match=r"cyn/results\.json cannot be written: Is a directory"):
        write_folder(tmp_path, FILES)
    assert tree(tmp_path) == before


def test_a_killed_process_s_half_written_folder_is_removed(tmp_path: Path) -> None:
    """By the next one that writes there."""
    (tmp_path / f"{ASIDE}4194999-x" / "out").mkdir(parents=True)
    write_folder(tmp_path / "out", FILES)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
