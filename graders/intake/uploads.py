"""Files handed in, from a folder: read late, within bounds, never outside what was given."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from graders.errors import IntakeError, NeedsAPerson

MAX_BYTES = 100 << 20  # of one file
MAX_FILES = 100_000
CLOSED = "all in it.ipynb"  # what stands for the content of a folder that cannot be read
IGNORED = ("__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini", ".DS_Store", ".git", ".svn", ".hg")
INSTALLED = ("node_modules", "site-packages", "venv", ".venv", ".tox", ".cache", ".conda")  # no student wrote these


@dataclass(frozen=True)
class File:
    """One file that was handed in.

    Attributes:
        parts: its path below what was given.
        read: gives its content; raises `IntakeError` where there is none to be had.
        received: when it was last written, ISO 8601 in UTC.
        source: where it lies, for staff.
        link: whether it points to something else, which is not followed.
        twin: what tells a file that has several names from others; None for one that has one name.
    """

    parts: tuple[str, ...]
    read: Callable[[], bytes]
    received: str
    source: str
    link: bool = False
    twin: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.parts[-1]

    @property
    def suffix(self) -> str:
        """The ending of its name in small letters, such as `.ipynb`."""
        return PurePosixPath(self.name).suffix.lower()


def of_folder(folder: Path, leave_out: Path | None = None) -> Iterator[File]:
    """The files of a folder and below it, in the order of their names; links are not followed.

    Args:
        leave_out: a folder that is not looked into.
    """
    closed: list[OSError] = []
    for place, folders, names in os.walk(folder, onerror=closed.append):
        links = [name for name in folders if Path(place, name).is_symlink()]
        odd = [name for name in folders if name not in links and Path(name).suffix.lower() in (".ipynb", ".py")]
        folders[:] = sorted(name for name in folders if name not in links and not ignored(name))
        if leave_out is not None:
            folders[:] = [name for name in folders if not _is(Path(place, name), leave_out)]
        for name in (*odd, *sorted(name for name in (*links, *names) if not ignored(name))):
            path = Path(place, name)
            yield _file(path, path.relative_to(folder).parts)
    for error in closed:
        yield _closed(error, folder)


def _closed(error: OSError, folder: Path) -> File:
    """What stands for a folder that cannot be looked into: a notebook that cannot be read, so that nobody is lost."""
    path = Path(error.filename)

    def read() -> bytes:
        raise NeedsAPerson(f"The folder {path.name} cannot be read ({error.strerror}); staff have to open it.")

    return File((*path.relative_to(folder).parts, CLOSED), read, "", str(path))


def of_path(path: Path) -> File:
    """One file by its path."""
    return _file(path, (path.name,))


def _file(path: Path, parts: tuple[str, ...]) -> File:
    try:
        about = path.lstat()
        twin = (about.st_dev, about.st_ino) if about.st_nlink > 1 and stat.S_ISREG(about.st_mode) else None
        return File(parts, _reader(path), moment_of(about.st_mtime), str(path), stat.S_ISLNK(about.st_mode), twin)
    except OSError:
        return File(parts, _reader(path), "", str(path))


def _is(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False


def _reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                os.close(descriptor)
                kind = "a folder" if stat.S_ISDIR(mode) else "not a plain file"
                raise IntakeError(f"{path.name} is {kind}; hand in the notebook itself.")
            with os.fdopen(descriptor, "rb") as file:
                return within_bounds(file.read(MAX_BYTES + 1), path.name)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise IntakeError(f"{path.name} is a link; hand in the notebook itself.") from None
            raise NeedsAPerson(f"{path.name} cannot be read ({error.strerror}); hand it in again.") from None

    return read


def within_bounds(content: bytes, name: str) -> bytes:
    """A file's content; refuses one that is too large."""
    if len(content) > MAX_BYTES:
        raise IntakeError(f"{name} has more than {MAX_BYTES >> 20} MB; clear its outputs and hand it in again.")
    return content


def moment_of(seconds: float) -> str:
    """A time of a file system in ISO 8601 and UTC; empty where it is none."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (OSError, ValueError, OverflowError):
        return ""


def ignored(name: str) -> bool:
    """Whether a file or folder is what systems and programs leave behind, in which nobody hands in work."""
    return name in IGNORED or name in INSTALLED or name.startswith(("._", "~$", ".~lock")) or name.endswith("~")
