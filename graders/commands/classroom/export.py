"""`graders export`: the marks of a graded class in other forms."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

from graders.archive.giving_out import give_out_all
from graders.archive.marks import Marks
from graders.archive.settled import settled_class, settled_report
from graders.catalog.course import find_root, settings_of
from graders.commands.graded import graded, rules_of
from graders.commands.progress import ProgressBar
from graders.errors import UsageError
from graders.marking.late import late_rules
from graders.marking.status import status
from graders.model import Report
from graders.report.csv import to_csv
from graders.report.executed.notebook import executed_notebook
from graders.writing import sweep, write


def export_csv(*, assignment: str, out: Path, to: Path | None = None, database: str | None = None) -> int:
    """Write the marks as CSV to a file, or to standard output; the exit status.

    Raises:
        UsageError: nothing of this assignment has been graded there.
    """
    with graded(out, database, assignment) as store:
        reports = settled_class(store, assignment, rules_of(assignment))
    if to is None:
        sys.stdout.write(to_csv(reports))
    else:
        write(to, to_csv(reports))
    tell_what_is_open(reports)
    return 0


def export_notebook(
    *, student: str, assignment: str, out: Path, to: Path | None = None, database: str | None = None
) -> int:
    """Write a student's executed notebook with its verdicts to a file, or to standard output; the exit status.

    Raises:
        UsageError: there is no report of that student.
    """
    with graded(out, database, assignment) as store:
        found = [report for report in store.latest(assignment) if report.submission.student == student]
        if not found:
            raise UsageError(f"There is no report of {student!r} there; graders status --everybody names those.")
        ledger = Marks(store.database).ledger(assignment, rules_of(assignment))
        report = replace(settled_report(store, found[0], ledger), cells=store.cells(found[0]))
    text = json.dumps(executed_notebook(report), indent=1, ensure_ascii=False) + "\n"
    if to is None:
        sys.stdout.write(text)
    else:
        write(to, text)
    return 0


def export_reports(*, assignment: str, out: Path, database: str | None = None) -> int:
    """Write the class's page, grades.csv and every student's report again where marks have changed; the exit status."""
    with graded(out, database, assignment) as store:
        settings = settings_of(assignment, find_root())
        sweep(out / assignment)
        reports = settled_class(store, assignment, late_rules(settings))
        with ProgressBar(len(reports)) as bar:
            index = give_out_all(
                store,
                assignment,
                out,
                late_rules(settings),
                str(settings["title"]),
                on_student=lambda student: bar.advance(student, False),
            )
    tell_what_is_open(reports)
    print(f"The class: {index}")
    return 0


def tell_what_is_open(reports: list[Report]) -> None:
    """One line on stderr where marks are not final yet."""
    waiting = [report for report in reports if report.pending]
    if waiting:
        open = status(waiting).points
        who = f"{len(waiting)} of {len(reports)} students have no final mark yet"
        print(f"{who}: {open:g} points are still to be decided; graders status says whose.", file=sys.stderr)
