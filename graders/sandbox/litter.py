"""Removes folders that student code has filled; used inside the sandbox and outside it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def remove(folder: Path) -> None:
    """Remove a folder, however deep it is and whatever is forbidden in it; no link is followed.

    Nothing recurses: folders within folders are moved up, one level at a time. What cannot be removed stays.
    """
    mark, moved = os.urandom(8).hex(), 0
    with contextlib.suppress(OSError):
        while inner := _emptied(folder):
            for path in inner:
                for deeper in _emptied(path):
                    moved += 1
                    deeper.rename(folder / f"{mark}-{moved}")
                path.rmdir()
        folder.rmdir()


def _emptied(folder: Path) -> list[Path]:
    """Remove the files of a folder; the folders in it, which may be moved and looked into from now on."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                path.chmod(0o700)
                found.append(path)
            else:
                path.unlink()
    return found
