"""The files of an archive of any kind that Python's standard library reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from graders.errors import NeedsAPerson
from graders.intake.tars import of_tar
from graders.intake.uploads import MAX_FILES, File
from graders.intake.zips import of_zip
from graders.notebooks.endings import is_tar, other_archive


def of_archive(content: bytes | Path, source: str, most: int = MAX_FILES) -> Iterator[File]:
    """The files of a zip or a tar archive, packed by gzip, bzip2, xz or nothing.

    Args:
        most: how many there may be.

    Raises:
        NeedsAPerson: it is damaged, or of another kind.
        IntakeError: nobody should unpack it.
    """
    head = content[:512] if isinstance(content, bytes) else _head(content)
    if kind := other_archive(head):
        name = PurePosixPath(source).name
        raise NeedsAPerson(
            f"{name} is a {kind} archive, which is not read here; hand in a zip, or the notebook itself."
        )
    return (of_tar if is_tar(head) else of_zip)(content, source, most)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(512)
