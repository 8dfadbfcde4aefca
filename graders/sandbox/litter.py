"""Removes folders that student code has filled; used inside the sandbox and outside it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


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
