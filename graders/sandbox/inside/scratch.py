"""Removes folders that student code has filled; used inside the sandbox and outside it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PREFIX, LOCK = "graders-", "lock"
FRESH = 60.0  # seconds in which a folder may be there and not be locked yet
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextlib.contextmanager
def own_folder() -> Iterator[Path]:
    """A temporary folder that is removed afterwards; those of processes that were killed before are removed now."""
    sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        with (folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        remove(folder)


def sweep(parent: Path) -> None:
    """Remove the temporary folders of ours that no living process holds."""
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            status = folder.lstat()
            if status.st_uid != os.geteuid() or time.time() - status.st_mtime < FRESH:
                continue
            descriptor = os.open(folder / LOCK, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(folder)
            finally:
                os.close(descriptor)


def remove(folder: Path) -> None:
    """Remove a folder, however deep it is and whatever is forbidden in it; no link is followed.

    It goes down and up one folder at a time, so that depth costs neither memory nor time. Nothing may change the
    folder meanwhile. What cannot be removed stays.
    """
    above: list[str] = []
    with contextlib.suppress(OSError):
        here = os.open(folder, FOLDER)
        try:
            while True:
                if inner := _emptied(here):
                    os.chmod(inner, 0o700, dir_fd=here)
                    here = _moved(here, inner)
                    above.append(inner)
                elif above:
                    here = _moved(here, "..")
                    os.rmdir(above.pop(), dir_fd=here)
                else:
                    break
        finally:
            os.close(here)
        folder.rmdir()


def _moved(here: int, name: str) -> int:
    there = os.open(name, FOLDER, dir_fd=here)
    os.close(here)
    return there


def _emptied(here: int) -> str | None:
    """Remove files from a folder until there is a folder in it, whose name is given back; None when it is empty."""
    os.fchmod(here, 0o700)
    with os.scandir(here) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                return entry.name
            os.unlink(entry.name, dir_fd=here)
    return None
