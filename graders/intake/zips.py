"""The files of a zip archive: read late, within bounds, under the names that the one who packed it saw."""

from __future__ import annotations

import io
import os
import stat
import struct
import unicodedata
import weakref
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from graders.errors import IntakeError, NeedsAPerson
from graders.intake.uploads import MAX_BYTES, MAX_FILES, File, ignored, within_bounds
from graders.notebooks.endings import ZIPPED

END_BYTES = (1 << 16) + 200  # in which the end of an archive lies, with the longest comment
LIST_BYTES = 400  # of an archive's list a file, with room for long names
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)
UNICODE_PATH = 0x7075  # an extra field with the name in UTF-8, and a checksum of the one that it stands for
CODE_PAGES = ("cp437", "cp1252")  # what archivers on Windows write where they do not write UTF-8


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
        fault = NeedsAPerson if _begins_as_zip(content) else IntakeError
        raise fault(f"{name} is not a zip archive, or it is damaged; make it again and hand it in again.") from None
    if len(archive.infolist()) > most:
        raise IntakeError(f"{name} lists more than {most:,} files; hand in an archive of what is to be marked.")
    for member in archive.infolist():
        name = _decoded(member).replace("\\", "/")
        parts = tuple(part for part in name.split("/") if part not in ("", ".", ".."))
        if parts and not name.endswith("/") and not any(map(ignored, parts)):
            yield File(parts, _member_reader(archive, member, name), _written(member), f"{source}:{name}")


def _begins_as_zip(content: bytes | Path) -> bool:
    """Whether something begins as a zip does, however it goes on."""
    with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
        return file.read(4) in ZIPPED


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
    """The name as the one who packed it saw it, where the archive proves that; else as the format prescribes."""
    if member.flag_bits & 0x800:
        return member.orig_filename
    raw = member.orig_filename.encode("cp437")
    if (name := _said(member.extra, raw)) is not None:
        return name
    try:
        return raw.decode("utf-8")  # archivers that forget to say so
    except UnicodeError:
        fits = [name for page in CODE_PAGES if (name := raw.decode(page, "replace")) and _latin(name)]
        return fits[0] if len(fits) == 1 else member.orig_filename


def _said(extra: bytes, raw: bytes) -> str | None:
    """The name in UTF-8 that stands among a file's extra fields, if it belongs to this one (APPNOTE.TXT 4.6.9)."""
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == UNICODE_PATH and len(field) > 5 and int.from_bytes(field[1:5], "little") == zlib.crc32(raw):
            try:
                return field[5:].decode("utf-8")
            except UnicodeError:
                return None
    return None


def _latin(name: str) -> bool:
    """Whether all that is no ASCII in a name are letters of Latin script."""
    return all(unicodedata.name(letter, "").startswith("LATIN ") for letter in name if not letter.isascii())


def _member_reader(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> Callable[[], bytes]:
    short = PurePosixPath(name).name

    def read() -> bytes:
        if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
            raise IntakeError(f"The archive puts {short} outside itself; make it again from one folder.")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise IntakeError(f"{short} is a link; hand in the notebook itself.")
        if member.flag_bits & 1:
            raise NeedsAPerson(f"{short} is locked by a password; make the archive again without one.")
        try:
            with archive.open(member) as file:
                return within_bounds(file.read(MAX_BYTES + 1), short)
        except DAMAGE:
            raise NeedsAPerson(f"{short} is damaged within its archive; make it again and hand it in again.") from None

    return read


def _written(member: zipfile.ZipInfo) -> str:
    try:
        return datetime(*member.date_time, tzinfo=UTC).isoformat(timespec="seconds")
    except ValueError:
        return ""
