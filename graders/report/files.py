"""Writes the files of a report, each under a temporary name that is then renamed: a reader never sees half of one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from graders.errors import StoreError
from graders.model import Report
from graders.report.csv import to_csv
from graders.report.html import render_index, render_report
from graders.report.json import dumps

ASIDE = ".writing-"


def write_all(report: Report, out: Path, *, title: str = "") -> Path:
    """Write report.html and report.json of one student; returns the path of report.html.

    Args:
        title: the assignment's title.

    Raises:
        StoreError: the files cannot be written.
    """
    folder = student_folder(report, out)
    write(folder / "report.json", dumps(report, staff=False))
    return write(folder / "report.html", render_report(report, title=title))


def write_class(
    reports: list[Report], assignment: str, out: Path, *, title: str = "", lines: Sequence[str] = ()
) -> Path:
    """Write index.html and grades.csv of a class; returns the path of index.html.

    Args:
        lines: what staff should know about what was handed in.
    """
    write(out / assignment / "grades.csv", to_csv(reports))
    return write(out / assignment / "index.html", render_index(reports, title=title or assignment, lines=lines))


def student_folder(report: Report, out: Path) -> Path:
    """Where a student's files are; never outside the assignment's folder."""
    student = report.submission.student
    if student in ("", ".", "..") or "/" in student or "\0" in student:
        raise StoreError(f"No folder can be named after the student {student!r}.")
    return out / report.assignment / student


def write(path: Path, text: str) -> Path:
    """Write a file whole, or leave the old one as it was; a file that already says this is not touched."""
    data = text.encode("utf-8", "replace")
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
