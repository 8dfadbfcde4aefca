"""From a report with all decisions to what a student is given."""

from __future__ import annotations

from collections.abc import Sequence

from graders.errors import UsageError
from graders.lms.marks import StudentMark, exact, listed
from graders.model import Report


def mark_of(report: Report) -> StudentMark:
    """A student's mark, with a line on what each question earned."""
    parts = [
        f"{question.title}: {exact(question.points):f} of {exact(question.possible):f}" for question in report.questions
    ]
    if report.late:
        parts.append(f"late: {exact(report.late.points):f} less")
    if report.submission.fault is not None:
        parts = [report.submission.fault]
    return StudentMark(report.submission.student, report.final, report.possible, "; ".join(parts))


def without(reports: Sequence[Report], left_out: Sequence[str]) -> list[Report]:
    """The reports without some students.

    Raises:
        UsageError: there is no such student.
    """
    known = {report.submission.student for report in reports}
    if strangers := [name for name in left_out if name not in known]:
        raise UsageError(f"--without: there is no report of {listed(strangers)}; graders export csv names everybody.")
    return [report for report in reports if report.submission.student not in left_out]
