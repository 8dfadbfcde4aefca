"""Writes the files of a report, each under a temporary name that is then renamed: a reader never sees half of one."""

from __future__ import annotations

import os
from pathlib import Path

from graders.archive.finished import Finished
from graders.errors import StoreError
from graders.model import Report, Submission
from graders.report.html import stamp

ASIDE = ".writing-"
STAFF = "staff-only"  # the folder of what no student is given; no assignment can have that name
HEAD = 2048  # bytes at the beginning of a page in which its stamp stands


def write_all(finished: Finished, out: Path) -> Path:
    """Write report.html and report.json of one student; returns the path of report.html.

    Raises:
        StoreError: the files cannot be written.
    """
    folder = student_folder(finished.report.submission, out)
    write(folder / "report.json", finished.data)
    return write(folder / "report.html", finished.html)


def are_written(finished: Finished, out: Path) -> bool:
    """Whether the files of a report are there, as they would be written now."""
    folder = student_folder(finished.report.submission, out)
    try:
        with (folder / "report.html").open("rb") as page:
            stamped = stamp(finished.data).encode() in page.read(HEAD)
        return stamped and (folder / "report.json").read_bytes() == finished.data.encode("utf-8", "replace")
    except OSError:
        return False


def student_folder(submission: Submission, out: Path) -> Path:
    """Where a student's files are; never outside the assignment's folder."""
    student = submission.student
    if student in ("", ".", "..") or "/" in student or "\0" in student:
        raise StoreError(f"No folder can be named after the student {student!r}.")
    return out / submission.assignment / student


def timings_file(report: Report, out: Path) -> Path:
    """Where the page is that says where the time of a grading went."""
    return student_folder(report.submission, out / STAFF) / "timings.html"


def write(path: Path, text: str) -> Path:
    """Write a text file whole, or leave the old one as it was; a file that already says this is not touched."""
    return write_bytes(path, text.encode("utf-8", "replace"))


def write_bytes(path: Path, data: bytes) -> Path:
    """Write a file whole, or leave the old one as it was; a file that already holds this is not touched."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and path.read_bytes() == data:
            return path
        _replace(path, data)
    except OSError as error:
        reason = (error.strerror or str(error)).rstrip(".")
        raise StoreError(f"{path} cannot be written: {reason}; see to that and run the same command again.") from error
    return path


def sweep(folder: Path) -> None:
    """Remove the temporary files that a killed process left behind."""
    for path in folder.glob(f"**/{ASIDE}*"):
        owner = path.name.removeprefix(ASIDE).partition("-")[0]
        if owner.isdecimal() and not Path("/proc", owner).exists():
            path.unlink(missing_ok=True)


def _replace(path: Path, data: bytes) -> None:
    aside = path.with_name(f"{ASIDE}{os.getpid()}-{path.name}")
    try:
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
