"""The files of a tar archive, packed or not, and the one file that gzip, bzip2 or xz packs: within bounds."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO

from graders.errors import IntakeError, NeedsAPerson
from graders.intake.uploads import MAX_BYTES, MAX_FILES, File, ignored, moment_of, within_bounds

MAX_UNPACKED = 3 * MAX_BYTES  # of all that a student has packed; of what staff give, as much as there is
PIECE = 1 << 20
PACKERS: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
DAMAGE = (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, OverflowError)


def of_tar(content: bytes | Path, source: str, most: int = MAX_FILES) -> Iterator[File]:
    """The files of a tar archive, in its order; of a packed file that is no archive, that file.

    Args:
        most: how many there may be.

    Raises:
        IntakeError: it is no such archive, or it is one that nobody should unpack.
    """
    name = PurePosixPath(source).name
    try:
        with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
            plain = _unpacked(file, name, MAX_UNPACKED if isinstance(content, bytes) else None)
    except DAMAGE:
        raise NeedsAPerson(f"{name} is damaged; make the archive again and hand it in again.") from None
    try:
        archive = tarfile.open(fileobj=plain, mode="r:")  # noqa: SIM115 - it is read late
    except DAMAGE:
        plain.seek(0)
        weakref.finalize(read := _whole(plain, PurePosixPath(name).stem), plain.close)
        yield File((PurePosixPath(name).stem,), read, "", source)
        return
    weakref.finalize(archive, plain.close)
    yield from _members(archive, name, source, most)


def _unpacked(file: BinaryIO, name: str, most: int | None) -> IO[bytes]:
    """What a packed file holds, in a file that nobody else sees; what is not packed, copied."""
    head = file.read(6)
    file.seek(0)
    opener = next((opener for magic, opener in PACKERS.items() if head.startswith(magic)), nullcontext)
    plain = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed with what reads it
    size = 0
    try:
        with opener(file) as stream:
            while piece := stream.read(PIECE):
                size += len(piece)
                if most is not None and size > most:
                    raise IntakeError(f"{name} holds more than {most >> 20} MB; hand in the notebook itself.")
                plain.write(piece)
    except BaseException:
        plain.close()
        raise
    plain.seek(0)
    return plain


def _members(archive: tarfile.TarFile, name: str, source: str, most: int) -> Iterator[File]:
    members = iter(archive)
    for count in range(most + 1):
        try:
            member = next(members, None)
        except DAMAGE:
            raise NeedsAPerson(f"{name} is damaged; make the archive again and hand it in again.") from None
        if member is None:
            return
        if count == most:
            raise IntakeError(f"{name} lists more than {most:,} files; hand in an archive of what is to be marked.")
        path = member.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        parts = tuple(part for part in path.split("/") if part not in ("", ".", ".."))
        if parts and not member.isdir() and not any(map(ignored, parts)):
            reader = _reader(archive, member, path)
            yield File(parts, reader, moment_of(member.mtime), f"{source}:{path}", member.issym())


def _reader(archive: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> Callable[[], bytes]:
    short = PurePosixPath(path).name

    def read() -> bytes:
        if path.startswith("/") or ".." in path.split("/"):
            raise IntakeError(f"The archive puts {short} outside itself; make it again from one folder.")
        if member.issym() or member.islnk():
            raise IntakeError(f"{short} is a link; hand in the notebook itself.")
        if not member.isreg():
            raise IntakeError(f"{short} is not a plain file; hand in the notebook itself.")
        try:
            file = archive.extractfile(member)
            return within_bounds(file.read(MAX_BYTES + 1) if file else b"", short)
        except DAMAGE:
            raise NeedsAPerson(f"{short} is damaged within its archive; make it again and hand it in again.") from None

    return read


def _whole(plain: IO[bytes], name: str) -> Callable[[], bytes]:
    def read() -> bytes:
        plain.seek(0)
        return within_bounds(plain.read(MAX_BYTES + 1), name)

    return read
