"""nbgrader's table of grades and its folder of feedback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graders.errors import UsageError
from graders.lms.marks import exact, final_ones, listed
from graders.lms.people import Person
from graders.lms.reports import mark_of
from graders.model import Report
from graders.report.clean import one_line
from graders.report.csv import FORMULA

HEADER = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)


def to_nbgrader(
    reports: Sequence[Report], due: str = "", people: Mapping[str, Person] | None = None
) -> tuple[str, list[str]]:
    """The table as `nbgrader export` writes it, with the final marks; and a sentence on those that are open.

    Args:
        due: the due date, as nbgrader writes it.
        people: student -> who they are, for mail addresses and names.

    Raises:
        UsageError: a student's name would be a formula in a spreadsheet, or no mark is final.
    """
    final, lines = final_ones([mark_of(report) for report in reports])
    named = {mark.student for mark in final}
    rows = [_row(r, due, (people or {}).get(r.submission.student)) for r in reports if r.submission.student in named]
    return "".join(",".join(map(_cell, row)) + "\n" for row in (HEADER, *rows)), lines


def _row(report: Report, due: str, person: Person | None) -> tuple[str, ...]:
    student, final = report.submission.student, report.final or 0.0
    if student.startswith(FORMULA):
        raise UsageError(
            f"nbgrader's table would hold {one_line(student, 80)!r}, which a spreadsheet takes for a formula, and "
            "changed it would be another student; nothing was written. Rename that folder, or leave it out (--without)."
        )
    raw, score = exact(report.points), exact(final)
    last, comma, first = (person.name if person else "").partition(",")
    if not comma:
        first, _, last = last.rpartition(" ")
    mail = next((key for key in person.keys if "@" in key), "") if person else ""
    told = [_safe(text) for text in (last.strip(), first.strip(), mail)]
    when = report.submission.received if report.submission.content or report.submission.received else ""
    return (
        *(report.assignment, due, when, student, *told),
        *(f"{number:f}" for number in (raw, raw - score, score, exact(report.possible))),
    )


def _safe(text: str) -> str:
    text = one_line(text, 120)
    return f"'{text}" if text.startswith(FORMULA) else text


def _cell(text: str) -> str:
    text = " ".join(text.splitlines())
    return '"' + text.replace('"', '""') + '"' if any(letter in text for letter in ',"') else text


def feedback_paths(students: Sequence[str], assignment: str) -> dict[str, str]:
    """Student -> where their feedback lies: `feedback/<student>/<assignment>/<notebook>.html`.

    Raises:
        UsageError: nbgrader could not tell one from another.
    """
    odd = [student for student in students if "+" in student or "/" in student]
    if odd:
        raise UsageError(
            f"nbgrader cannot have students called {listed(odd)}: + and / part its names; nothing was written."
        )
    return {student: f"feedback/{student}/{assignment}/{assignment}.html" for student in students}
