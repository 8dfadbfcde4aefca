"""Writes the files that people read, with the marks that count: each student's report, the class's page, grades.csv."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from graders.archive.classroom.facts import class_facts
from graders.archive.classroom.likeness import alike_in
from graders.archive.classroom.timings import timings_of
from graders.archive.classroom.unchanged import class_stamp, digest_of
from graders.archive.files import STAFF, are_written, timings_file, write_all
from graders.archive.finished import Finished, finish, unfinished
from graders.archive.marks import Marks
from graders.archive.settled import class_of, settled_class, settled_report
from graders.archive.store import Store
from graders.marking.late import LateRules
from graders.marking.ledger import Ledger
from graders.model import Report
from graders.report.classroom.page import PageLinks, render_class
from graders.report.clean import storable
from graders.report.csv import to_csv
from graders.report.html import address
from graders.report.timings import TimeSummary, render_timings, summed
from graders.timing import Span, span
from graders.writing import write

LINES = "lines/{}"  # the setting under which they are kept
TABLE = "table/{}"  # the setting under which is kept what grades.csv was written from


def give_out(store: Store, finished: Finished, ledger: Ledger, out: Path, title: str) -> Finished:
    """Write one student's report with what was decided about it, where it is not written so already; what is written.

    Args:
        finished: as it was graded, or as it was found in the store.
    """
    settled = settled_report(store, finished.report, ledger)
    if settled is not finished.report:
        finished = unfinished(settled)
    if finished.page is None and not are_written(finished, out):
        finished = finish(replace(settled, cells=store.cells(settled)), title=title)
    if finished.page is not None:
        with span("files", "writing its files"):
            write_all(finished, out)
    return finished


def give_out_class(
    store: Store,
    assignment: str,
    out: Path,
    late: LateRules | None,
    *,
    title: str = "",
    lines: Sequence[str] | None = None,
) -> Path:
    """Write index.html and grades.csv with what was decided; the path of index.html.

    Args:
        lines: what staff should know about what was handed in; that of the last grading when None.
    """
    if lines is not None:
        store.database.set(LINES.format(assignment), json.dumps(list(lines)))
    folder = out / STAFF / assignment
    timed = {path.parent.name for path in folder.glob("*/timings.html")}

    def where(student: str) -> str:
        return f"../{STAFF}/{assignment}/{address(student, 'timings.html')}" if student in timed else ""

    page = class_page(store, assignment, late, title or assignment, PageLinks(timings=where))
    _give_out_table(store, assignment, out, late)
    return write(out / assignment / "index.html", page)


def _give_out_table(store: Store, assignment: str, out: Path, late: LateRules | None) -> None:
    """Write grades.csv, for which each report is read whole; not where nothing has changed since it was written."""
    setting, path = TABLE.format(assignment), out / assignment / "grades.csv"
    due, known = class_stamp(store, assignment, late), digest_of(path)
    if known and store.database.setting(setting, "") == f"{due} {known}":
        return
    write(path, to_csv(settled_class(store, assignment, late)))
    store.database.set(setting, f"{due} {digest_of(path)}")


def class_page(
    store: Store,
    assignment: str,
    late: LateRules | None,
    title: str,
    links: PageLinks | None = None,
    students: Collection[str] | None = None,
) -> str:
    """The class's page with all that was decided.

    Args:
        links: where it leads; to files next to it by default.
        students: those that it is about, as the database names them; all when None.
    """
    lines = json.loads(store.database.setting(LINES.format(assignment), "[]"))
    facts, alike = class_facts(store, assignment, late), alike_in(store, assignment)
    if students is not None:  # what else is known of the whole class names anybody
        facts, lines = [one for one in facts if storable(one.student) in students], []
        alike = [pair for pair in alike if all(storable(name) in students for name in (pair.one, pair.other))]
    return render_class(facts, title=title, lines=lines, alike=alike, links=links)


def give_out_timings(store: Store, reports: Iterable[Report], out: Path, title: str) -> TimeSummary:
    """Write for each report the page of where the time of its grading went; what they took in all."""

    def written() -> Iterator[tuple[str, Sequence[Span]]]:
        for report in reports:
            student, spans = report.submission.student, timings_of(store.database, report)
            back = f"../../../{report.assignment}/index.html", "The class"
            profile = str(report.grader.get("profile", ""))
            page = render_timings(student, spans, title=title, back=back, profile=profile)
            write(timings_file(report, out), page)
            if spans:
                yield student, spans

    return summed(written())


def give_out_all(
    store: Store,
    assignment: str,
    out: Path,
    late: LateRules | None,
    title: str,
    *,
    on_student: Callable[[str], None] = lambda student: None,
) -> Path:
    """Write everything that changed since it was written last; the path of index.html.

    Args:
        on_student: called after each student's report.
    """
    ledger = Marks(store.database).ledger(assignment, late)
    for report in class_of(store, assignment).reports:
        give_out(store, unfinished(report), ledger, out, title)
        on_student(report.submission.student)
    return give_out_class(store, assignment, out, late, title=title)
