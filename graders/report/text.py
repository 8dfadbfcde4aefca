"""The table of marks for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from graders.model import Report
from graders.report.clean import one_line
from graders.report.csv import faults


def to_table(reports: Sequence[Report], title: str = "") -> Table:
    """A row a student: earned, to be marked by a person, possible, the final mark once nothing is open, a remark."""
    table = Table(title=one_line(title) or None, title_justify="left", pad_edge=False)
    table.add_column("Student", overflow="fold")
    for name in ("Earned", "To mark", "Of", "Final"):
        table.add_column(name, justify="right")
    table.add_column("Remark", overflow="fold")
    for report in reports:
        numbers = (f"{number:g}" for number in (report.points, report.pending, report.possible))
        final = "" if report.final is None else f"{report.final:g}"
        table.add_row(Text(one_line(report.submission.student, 60)), *numbers, final, Text(one_line(remark(report))))
    return table


def remark(report: Report) -> str:
    """The most useful thing to say about a report in a few words."""
    found = faults(report)
    if found:
        return found
    outcomes = [verdict.outcome.value for question in report.questions for verdict in question.verdicts]
    counts = {name: outcomes.count(name) for name in ("failed", "error", "timeout", "memory", "missing")}
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)
