"""grades.csv: a row a student, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from io import StringIO

from graders.model import Outcome, Report
from graders.report.clean import one_line

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "|", "%")
AFTER_A_SEPARATOR = re.compile(r"""[;,\t|]\s*["']*\s*(?=[=+\-@＝＋－＠%])""")  # where other settings begin a cell


class Number(float):
    """Points, which are written without quotes and without needless zeros."""

    def __str__(self) -> str:
        return f"{float(self):g}"

    __repr__ = __str__


def to_csv(reports: Iterable[Report]) -> str:
    """Points of each question, total, pending, possible, what lateness takes, the final mark, and what staff must see.

    The final mark is empty while anything is pending.
    """
    rows = list(reports)
    questions = question_ids(rows)
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(["student", *questions, "total", "pending", "possible", "late", "final", "faults"])
    writer.writerows(_row(report, questions) for report in rows)
    return text.getvalue()


def question_ids(reports: Sequence[Report]) -> list[str]:
    """The ids of all questions that the reports hold, in the order in which they first appear."""
    return list(dict.fromkeys(question.id for report in reports for question in report.questions))


def faults(report: Report) -> str:
    """Why staff must look at a report, as one sentence; empty when they need not."""
    if report.submission.fault is not None:
        return report.submission.fault
    internal = [q.id for q in report.questions if any(v.outcome is Outcome.INTERNAL for v in q.verdicts)]
    if internal:
        return f"The grader failed in {', '.join(internal)}: staff must look."
    if report.notices and report.pending == report.possible:  # nothing of the file could be read
        return report.notices[0]
    doubtful = (
        f"{id} shows {result.text} where {result.measured} was measured"
        for id, result in report.shown_results.items()
        if result.far_off
    )
    return "; ".join(doubtful)


def cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula, on one line."""
    line = AFTER_A_SEPARATOR.sub(r"\g<0>'", one_line(text))
    return "'" + line if line.startswith(FORMULA) else line


def _row(report: Report, questions: Sequence[str]) -> list[str | Number]:
    points: dict[str, str | Number] = {question.id: Number(question.points) for question in report.questions}
    totals = [Number(number) for number in (report.points, report.pending, report.possible)]
    late: str | Number = Number(report.late.points) if report.late else ""
    final: str | Number = "" if report.final is None else Number(report.final)
    asked = (points.get(id, "") for id in questions)
    return [cell(report.submission.student), *asked, *totals, late, final, cell(faults(report))]
