"""Files that an instructor names."""

from __future__ import annotations

from pathlib import Path

from graders.errors import UsageError


def read_file(path: Path) -> bytes:
    """A file that somebody named.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
