"""The files of a report: where a student's are, and whether they say what they should."""

from __future__ import annotations

from pathlib import Path

from graders.archive.finished import Finished
from graders.errors import StoreError
from graders.model import Report, Submission
from graders.report.html import stamp
from graders.writing import write

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
