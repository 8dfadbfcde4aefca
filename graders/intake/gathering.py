"""What lies at a path that an instructor gives: a file, a folder of any layout, or an archive of one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from graders.errors import IntakeError, UsageError
from graders.intake.archives import of_archive
from graders.intake.names import shown
from graders.intake.uploads import File, of_folder, of_path
from graders.notebooks.endings import ARCHIVE, DOCUMENTS, HEAD, ending, is_work, looks_like_notebook, stem, true_suffix

GIVE = "give a notebook, a .py, a folder of students, or a zip"


def files_at(path: Path, assignment: str, out: Path | None) -> tuple[list[File], str, list[str]]:
    """All files at a path, the name under which they were given, and sentences on what was left out.

    Args:
        out: where reports go, which is no student's folder.

    Raises:
        UsageError: there is no such path, it is of another kind, or there is nothing in it to grade.
    """
    name = Path(path.resolve()).name
    if path.is_dir():
        files = _of_folder(path, out)
        if not any(_countable(file) for file in files):
            raise UsageError(
                f"There is no notebook, .py or zip in {path}; give the folder that holds the students' folders."
            )
        return files, name, _empty_folders(path, files, out)
    if not path.exists():
        raise UsageError(f"There is no {path}; {GIVE}.")
    try:
        if _is_archive(path):
            return list(of_archive(path, str(path))), stem(path.name), []
    except IntakeError as error:
        raise UsageError(f"{path}: {error}") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    if not is_work(path.name) and ending(path.name) not in DOCUMENTS and not _holds_notebook(path):
        raise UsageError(f"{path} is not a notebook, a .py, a folder or a zip.")
    above = path.resolve().parent
    return [of_path(path)], (above.parent if above.name == assignment else above).name, []


def _is_archive(path: Path) -> bool:
    """Whether a path is an archive, as its name and its beginning say; a notebook called one is none."""
    if ending(path.name) != ARCHIVE or not path.is_file():
        return False
    with path.open("rb") as file:
        return true_suffix(path.name, file.read(HEAD)) == ARCHIVE


def _of_folder(path: Path, out: Path | None) -> list[File]:
    try:
        next(path.iterdir(), None)
        return list(of_folder(path, out))
    except OSError as error:
        raise UsageError(f"The folder {path} cannot be read: {error.strerror}.") from None


def _countable(file: File) -> bool:
    return is_work(file.name) or ending(file.name) in (*DOCUMENTS, ".json", ".txt", "")


def _holds_notebook(path: Path) -> bool:
    try:
        return looks_like_notebook(of_path(path).read())
    except IntakeError:
        return False


def _empty_folders(path: Path, files: Sequence[File], out: Path | None) -> list[str]:
    """A sentence on each folder at the top in which there is nothing at all."""
    full = {file.parts[0] for file in files}
    skipped = out.resolve() if out else None
    empty = [p.name for p in sorted(path.iterdir()) if p.is_dir() and p.name not in full and p.resolve() != skipped]
    return [f"The folder {shown(name)} holds nothing that could be graded." for name in empty if name[0] not in "._~"]
