"""Files handed in, from a folder or a zip: read late, within bounds, never outside what was given."""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from graders.errors import IntakeError

MAX_BYTES = 100 << 20  # of one file
MAX_FILES = 100_000
IGNORED = ("__MACOSX", "__pycache__", ".ipynb_checkpoints", ".git", "Thumbs.db", "desktop.ini")
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True)
class File:
    """One file that was handed in.

    Attributes:
        parts: its path below what was given.
        read: gives its content; raises `IntakeError` where there is none to be had.
        received: when it was last written, ISO 8601 in UTC.
        source: where it lies, for staff.
    """

    parts: tuple[str, ...]
    read: Callable[[], bytes]
    received: str
    source: str

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.parts[-1]

    @property
    def suffix(self) -> str:
        """The ending of its name in small letters, such as `.ipynb`."""
        return PurePosixPath(self.name).suffix.lower()


def of_folder(folder: Path) -> Iterator[File]:
    """The files of a folder and below it, in the order of their names; links are not followed."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _ignored(name))
        odd = [name for name in folders if Path(name).suffix.lower() in (".ipynb", ".py")]
        for name in (*odd, *sorted(name for name in names if not _ignored(name))):
            path = Path(place, name)
            yield File(path.relative_to(folder).parts, _reader(path), _modified(path), str(path))


def of_path(path: Path) -> File:
    """One file by its path."""
    return File((path.name,), _reader(path), _modified(path), str(path))


def _reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            mode = path.lstat().st_mode
            if not stat.S_ISREG(mode):
                kind = "a folder" if stat.S_ISDIR(mode) else "a link" if stat.S_ISLNK(mode) else "not a plain file"
                raise IntakeError(f"{path.name} is {kind}; hand in the notebook itself.")
            with path.open("rb") as file:
                return _bounded(file.read(MAX_BYTES + 1), path.name)
        except OSError as error:
            raise IntakeError(f"{path.name} cannot be read ({error.strerror}); hand it in anew.") from None

    return read


def _bounded(content: bytes, name: str) -> bytes:
    if len(content) > MAX_BYTES:
        raise IntakeError(f"{name} has more than {MAX_BYTES >> 20} MB; clear its outputs and hand it in anew.")
    return content


def _modified(path: Path) -> str:
    try:
        return datetime.fromtimestamp(path.lstat().st_mtime, UTC).isoformat(timespec="seconds")
    except (OSError, ValueError, OverflowError):
        return ""


def of_zip(content: bytes | Path, source: str) -> Iterator[File]:
    """The files of a zip archive, in its order.

    Raises:
        IntakeError: it is no archive, or it is one that nobody should unpack.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content) if isinstance(content, bytes) else content)
    except DAMAGE:
        name = PurePosixPath(source).name
        raise IntakeError(
            f"{name} is not a zip archive, or it is damaged; make it again and hand it in anew."
        ) from None
    if len(archive.infolist()) > MAX_FILES:
        raise IntakeError(f"The archive holds {len(archive.infolist())} files, and {MAX_FILES} is the most.")
    for member in archive.infolist():
        name = _decoded(member).replace("\\", "/")
        parts = tuple(part for part in name.split("/") if part not in ("", ".", ".."))
        if parts and not name.endswith("/") and not any(map(_ignored, parts)):
            yield File(parts, _member_reader(archive, member, name), _written(member), f"{source}:{name}")


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
            raise IntakeError(f"{short} is damaged within its archive; make it again and hand it in anew.") from None

    return read


def _written(member: zipfile.ZipInfo) -> str:
    try:
        return datetime(*member.date_time, tzinfo=UTC).isoformat(timespec="seconds")
    except ValueError:
        return ""


def _ignored(name: str) -> bool:
    return name in IGNORED or name.startswith((".", "~")) or name.endswith("~")
