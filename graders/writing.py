"""Writes files and folders whole: under a temporary name that is then renamed, so a reader never sees half."""

from __future__ import annotations

import filecmp
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from graders.errors import StoreError

ASIDE = ".writing-"


def write(path: Path, text: str) -> Path:
    """Write a text file whole, or leave the old one as it was; a file that already says this is not touched."""
    return write_bytes(path, text.encode("utf-8", "replace"))


def write_bytes(path: Path, data: bytes) -> Path:
    """Write a file whole, or leave the old one as it was; a file that already holds this is not touched."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and path.read_bytes() == data:
            return path
        _replace(path, data)
    except OSError as error:
        raise _unwritable(path, error) from error
    return path


def write_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a folder all together, or leave everything as it was; a new folder appears whole.

    They are written next to their places first and moved there at the end; other files in the folder stay.

    Args:
        files: what is in each, by its path in the folder.

    Raises:
        StoreError: one of them cannot be written; nothing has changed.
    """
    there = next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
    try:
        _remove_abandoned(there.glob(f"{ASIDE}*"))
        with tempfile.TemporaryDirectory(prefix=f"{ASIDE}{os.getpid()}-", dir=there) as name, ExitStack() as undo:
            for path, data in files.items():
                place = Path(name, folder.absolute().relative_to(there.absolute()), path)
                place.parent.mkdir(parents=True, exist_ok=True)
                _put(place, data)
            _move_into(Path(name), there, undo)
            undo.pop_all()
    except OSError as error:
        named = str(error.filename2 or error.filename or ASIDE)
        raise _unwritable(folder if ASIDE in named else Path(named), error) from error
    return folder


def _move_into(new: Path, old: Path, undo: ExitStack) -> None:
    """Move all that is in one folder into another one; `undo` learns how to take it back."""
    for path in sorted(new.iterdir()):
        target = old / path.name
        if path.is_dir() and target.is_dir():
            _move_into(path, target, undo)
        elif not target.exists():
            path.replace(target)
            undo.callback(target.replace, path)
        elif target.is_dir() or not filecmp.cmp(path, target, shallow=False):
            kept = path.with_name(f"{ASIDE}{path.name}")
            shutil.copy2(target, kept)
            path.replace(target)
            undo.callback(kept.replace, target)


def _unwritable(path: Path, error: OSError) -> StoreError:
    reason = (error.strerror or str(error)).rstrip(".")
    return StoreError(f"{path} cannot be written: {reason}; see to that and run the same command again.")


def sweep(folder: Path) -> None:
    """Remove the temporary files that a killed process left behind."""
    _remove_abandoned(folder.glob(f"**/{ASIDE}*"))


def _remove_abandoned(paths: Iterable[Path]) -> None:
    for path in list(paths):
        owner = path.name.removeprefix(ASIDE).partition("-")[0]
        if owner.isdecimal() and not Path("/proc", owner).exists():
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _replace(path: Path, data: bytes) -> None:
    aside = path.with_name(f"{ASIDE}{os.getpid()}-{path.name}")
    try:
        _put(aside, data)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def _put(path: Path, data: bytes) -> None:
    """Write a file to the disk, and wait until it is there."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
