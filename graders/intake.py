"""Submissions from whatever an instructor has: a notebook, a folder of students, or the archive of an LMS."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from graders.errors import IntakeError, UsageError
from graders.files_in import File, of_folder, of_path, of_zip
from graders.layouts import Owner, marked, owners, safe_name
from graders.model import Submission

NOTEBOOKS = (".ipynb", ".py")


def find_submissions(path: Path, assignment: str) -> list[Submission]:
    """One submission a student, the newest, ordered by name; whatever cannot be read is one that says so.

    Args:
        path: a notebook, a `.py`, a folder in any of the known layouts, or a zip of one.

    Raises:
        UsageError: there is no such path, it is of another kind, or there is nothing in it to grade.
    """
    files, given = _files(path, assignment)
    if not any(file.suffix in (*NOTEBOOKS, ".zip") for file in files):
        raise UsageError(
            f"There is no notebook, .py or zip in {path}; give the folder that holds the students' folders."
        )
    handed_in: dict[str, list[tuple[File, Owner]]] = {}
    for file, owner in zip(files, owners(files, assignment, given), strict=True):
        if owner is not None:
            for student in owner.students:
                handed_in.setdefault(student, []).append((file, owner))
    names = _names(handed_in)
    found = [_submission(names[student], own, assignment) for student, own in handed_in.items()]
    return sorted(found, key=lambda submission: (submission.student.casefold(), submission.student))


def _names(students: Iterable[str]) -> dict[str, str]:
    """A safe name for every student; two never share one, not even on systems that take A for a."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for student in students:
        name = safe_name(student)
        names[student] = name if name.casefold() not in taken else marked(name, student)
        taken.add(names[student].casefold())
    return names


def _files(path: Path, assignment: str) -> tuple[list[File], str]:
    """All files at a path, and the name under which they were given."""
    name = Path(path.resolve()).name
    if path.is_dir():
        try:
            next(path.iterdir(), None)
        except OSError as error:
            raise UsageError(f"The folder {path} cannot be read: {error.strerror}.") from None
        return list(of_folder(path)), name
    if not path.exists():
        raise UsageError(f"There is no {path}; give a notebook, a .py, a folder of students, or a zip.")
    if path.suffix.lower() in NOTEBOOKS:
        above = path.resolve().parent
        return [of_path(path)], (above.parent if above.name == assignment else above).name
    if path.suffix.lower() == ".zip":
        try:
            return _unwrapped(list(of_zip(path, str(path))), assignment), path.stem
        except IntakeError as error:
            raise UsageError(f"{path}: {error}") from None
    raise UsageError(f"{path} is not a notebook, a .py, a folder or a zip.")


def _unwrapped(files: Sequence[File], assignment: str) -> list[File]:
    """The files of an archive without a folder that wraps them all."""
    work = [file.parts for file in files if file.suffix in (*NOTEBOOKS, ".zip")]
    one_student = any(len(parts) < 3 or (len(parts) == 3 and parts[1] == assignment) for parts in work)
    if one_student or len({file.parts[0] for file in files}) != 1:
        return list(files)
    return [replace(file, parts=file.parts[1:]) for file in files if len(file.parts) > 1]


def _submission(student: str, own: Sequence[tuple[File, Owner]], assignment: str) -> Submission:
    """The submission among a student's files."""
    file, owner = own[0]
    content, suffix, fault = b"", ".ipynb", None
    try:
        file, owner, attempts = _chosen(own, assignment)
        content, suffix = file.read(), file.suffix
        if suffix == ".zip":
            content, suffix = _notebook_within(content, file, assignment)
    except IntakeError as error:
        fault, attempts = str(error), 1
    return Submission(
        student=student,
        assignment=assignment,
        content=content,
        suffix=suffix,
        sha256=hashlib.sha256(content if fault is None else fault.encode()).hexdigest(),
        attempt=attempts,
        received=owner.received or file.received,
        fault=fault,
        source=file.source,
    )


def _chosen(own: Sequence[tuple[File, Owner]], assignment: str) -> tuple[File, Owner, int]:
    """The file that counts, and how many attempts there were.

    A notebook is preferred to a script and both to an archive; what lies less deep to what lies deeper; the
    assignment's own name to another. Among attempts that an LMS numbers, or copies that a browser numbers, the last.
    """
    for suffix in (*NOTEBOOKS, ".zip"):
        candidates = [(file, owner) for file, owner in own if file.suffix == suffix]
        if not candidates:
            continue
        depth = min(len(file.parts) - owner.depth for file, owner in candidates)
        candidates = [(file, owner) for file, owner in candidates if len(file.parts) - owner.depth == depth]
        candidates = [pair for pair in candidates if assignment in pair[0].name] or candidates
        numbered = all(owner.attempt for _, owner in candidates)
        names = {file.name for file, _ in candidates}
        if len(names) > 1 and not numbered and not all(_is_copy(name, assignment) for name in names):
            shown = ", ".join(sorted(safe_name(name) for name in names)[:3])
            raise IntakeError(f"There are {len(names)} files ({shown}) and only one can count; hand in one.")
        file, owner = max(candidates, key=lambda pair: (pair[1].attempt, _number(pair[0].name), pair[0].received))
        return file, owner, len(candidates)
    kinds = ", ".join(sorted({file.suffix for file, _ in own if file.suffix})[:5])
    raise IntakeError(f"There is no notebook in what was handed in{f', only {kinds}' if kinds else ''}.")


def _is_copy(name: str, assignment: str) -> bool:
    rest = Path(name).stem.removeprefix(assignment)
    return Path(name).stem.startswith(assignment) and not rest.strip(" _-()0123456789")


def _number(name: str) -> int:
    """The number that a browser puts at the end of a copy's name."""
    digits = Path(name).stem.rstrip(")")
    return int((digits[len(digits.rstrip("0123456789")) :] or "0")[:9]) if "(" in name or "-" in name else 0


def _notebook_within(content: bytes, archive: File, assignment: str) -> tuple[bytes, str]:
    """The notebook in an archive that a student handed in."""
    inner = [(file, Owner(("",), 0)) for file in of_zip(content, archive.source)]
    file, _, _ = _chosen(inner, assignment)
    if file.suffix == ".zip":
        raise IntakeError(f"{archive.name} holds another archive; hand in the notebook itself.")
    return file.read(), file.suffix
