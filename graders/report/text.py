"""The table of marks for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from graders.model import Report
from graders.report.clean import one_line
from graders.report.csv import faults


class MarksRow(NamedTuple):
    """A student's row: points earned, to be marked by a person, possible, the final mark once nothing is open."""

    student: str
    points: float
    pending: float
    possible: float
    final: float | None
    remark: str


def row_of(report: Report) -> MarksRow:
    """The row of one report."""
    student = report.submission.student
    return MarksRow(student, report.points, report.pending, report.possible, report.final, remark(report))


def to_table(rows: Sequence[MarksRow], title: str = "") -> Table:
    """A row a student: earned, to be marked by a person, possible, the final mark once nothing is open, a remark."""
    table = Table(title=one_line(title) or None, title_justify="left", pad_edge=False)
    table.add_column("Student", overflow="fold")
    for name in ("Earned", "To mark", "Of", "Final"):
        table.add_column(name, justify="right")
    table.add_column("Remark", overflow="fold")
    for row in rows:
        numbers = (f"{number:g}" for number in (row.points, row.pending, row.possible))
        final = "" if row.final is None else f"{row.final:g}"
        table.add_row(Text(one_line(row.student, 60)), *numbers, final, Text(one_line(row.remark)))
    return table


def remark(report: Report) -> str:
    """The most useful thing to say about a report in a few words."""
    found = faults(report)
    if found:
        return found
    outcomes = [verdict.outcome.value for question in report.questions for verdict in question.verdicts]
    counts = {name: outcomes.count(name) for name in ("failed", "error", "timeout", "memory", "missing")}
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)
