"""Files handed in, from a folder or a zip: read late, within bounds, never outside what was given."""

from __future__ import annotations

import errno
import io
import os
import stat
import weakref
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from graders.errors import IntakeError

MAX_BYTES = 100 << 20  # of one file
MAX_FILES = 100_000
IGNORED = ("__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini", ".DS_Store", ".git", ".svn", ".hg")
INSTALLED = ("node_modules", "site-packages", "venv", ".venv", ".tox", ".cache", ".conda")  # no student wrote these
END_BYTES = (1 << 16) + 200  # in which the end of an archive lies, with the longest comment
LIST_BYTES = 400  # of an archive's list a file, with room for long names
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


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
    for place, folders, names in os.walk(folder):
        links = [name for name in folders if Path(place, name).is_symlink()]
        odd = [name for name in folders if name not in links and Path(name).suffix.lower() in (".ipynb", ".py")]
        folders[:] = sorted(name for name in folders if name not in links and not _ignored(name))
        if leave_out is not None:
            folders[:] = [name for name in folders if not _is(Path(place, name), leave_out)]
        for name in (*odd, *sorted(name for name in (*links, *names) if not _ignored(name))):
            path = Path(place, name)
            yield _file(path, path.relative_to(folder).parts)


def of_path(path: Path) -> File:
    """One file by its path."""
    return _file(path, (path.name,))


def _file(path: Path, parts: tuple[str, ...]) -> File:
    try:
        about = path.lstat()
        twin = (about.st_dev, about.st_ino) if about.st_nlink > 1 and stat.S_ISREG(about.st_mode) else None
        return File(parts, _reader(path), _when(about.st_mtime), str(path), stat.S_ISLNK(about.st_mode), twin)
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
                return _bounded(file.read(MAX_BYTES + 1), path.name)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise IntakeError(f"{path.name} is a link; hand in the notebook itself.") from None
            raise IntakeError(f"{path.name} cannot be read ({error.strerror}); hand it in again.") from None

    return read


def _bounded(content: bytes, name: str) -> bytes:
    if len(content) > MAX_BYTES:
        raise IntakeError(f"{name} has more than {MAX_BYTES >> 20} MB; clear its outputs and hand it in again.")
    return content


def _when(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (OSError, ValueError, OverflowError):
        return ""


def of_zip(content: bytes | Path, source: str, most: int = MAX_FILES) -> Iterator[File]:
    """The files of a zip archive, in its order.

    Args:
        most: how many there may be; an archive with a longer list is refused before the list is read.

    Raises:
        IntakeError: it is no archive, or it is one that nobody should unpack.
    """
    name = PurePosixPath(source).name
    try:
        with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
            size = _size_of_list(file)
        if size > most * LIST_BYTES:
            raise IntakeError(f"{name} lists more than {most:,} files; hand in an archive of what is to be marked.")
        archive = _opened(io.BytesIO(content) if isinstance(content, bytes) else content.open("rb"))
    except DAMAGE:
        raise IntakeError(
            f"{name} is not a zip archive, or it is damaged; make it again and hand it in again."
        ) from None
    if len(archive.infolist()) > most:
        raise IntakeError(f"{name} lists more than {most:,} files; hand in an archive of what is to be marked.")
    for member in archive.infolist():
        name = _decoded(member).replace("\\", "/")
        parts = tuple(part for part in name.split("/") if part not in ("", ".", ".."))
        if parts and not name.endswith("/") and not any(map(_ignored, parts)):
            yield File(parts, _member_reader(archive, member, name), _written(member), f"{source}:{name}")


def _opened(file: BinaryIO) -> zipfile.ZipFile:
    """The archive, whose file is closed when nobody needs it any more; a damaged one forgets to do that."""
    try:
        archive = zipfile.ZipFile(file)
    except BaseException:
        file.close()
        raise
    weakref.finalize(archive, file.close)
    return archive


def _size_of_list(file: BinaryIO) -> int:
    """The bytes of an archive's list of files, as its end says; 0 where there is none (APPNOTE.TXT 4.3.14, 4.3.16)."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - END_BYTES)
    file.seek(start)
    end = file.read(END_BYTES)
    file.seek(0)
    at, wide = end.rfind(b"PK\x05\x06"), end.rfind(b"PK\x06\x06")
    if 0 <= wide <= len(end) - 48 and end[at + 12 : at + 16] == b"\xff" * 4:
        return int.from_bytes(end[wide + 40 : wide + 48], "little")
    return int.from_bytes(end[at + 12 : at + 16], "little") if at >= 0 else 0


def _decoded(member: zipfile.ZipInfo) -> str:
    """The name; archivers that forget to say that it is UTF-8 are understood."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename


def _member_reader(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> Callable[[], bytes]:
    short = PurePosixPath(name).name

    def read() -> bytes:
        if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
            raise IntakeError(f"The archive puts {short} outside itself; make it again from one folder.")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise IntakeError(f"{short} is a link; hand in the notebook itself.")
        if member.flag_bits & 1:
            raise IntakeError(f"{short} is locked by a password; make the archive again without one.")
        try:
            with archive.open(member) as file:
                return _bounded(file.read(MAX_BYTES + 1), short)
        except DAMAGE:
            raise IntakeError(f"{short} is damaged within its archive; make it again and hand it in again.") from None

    return read


def _written(member: zipfile.ZipInfo) -> str:
    try:
        return datetime(*member.date_time, tzinfo=UTC).isoformat(timespec="seconds")
    except ValueError:
        return ""


def _ignored(name: str) -> bool:
    """Whether a file or folder is what systems and programs leave behind, in which nobody hands in work."""
    return name in IGNORED or name in INSTALLED or name.startswith(("._", "~$", ".~lock")) or name.endswith("~")
