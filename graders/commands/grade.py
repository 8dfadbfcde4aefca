"""`graders grade`: from paths to reports."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from rich.console import Console

from graders.archive.classroom.likeness import compare_class
from graders.archive.classroom.unchanged import Unchanged
from graders.archive.files import timings_file
from graders.archive.finished import Finished
from graders.archive.giving_out import give_out, give_out_class, give_out_timings
from graders.archive.marks import Marks
from graders.archive.settled import settled_report
from graders.archive.spool import Spool
from graders.archive.store import Store, is_whole, open_store
from graders.bounded import Exceeded, bounded
from graders.catalog import loader
from graders.catalog.assignment import Assignment, Data
from graders.catalog.course import find_root, settings_of
from graders.commands.changes import changes
from graders.commands.classroom.given import read_file
from graders.commands.datasets import prepared_data, without_data
from graders.commands.progress import ProgressBar
from graders.errors import UsageError
from graders.intake.submissions import Inbox, collect
from graders.lms.junit import to_junit
from graders.lms.people import Person
from graders.lms.roster import enrol, read_roster
from graders.marking.late import late_rules
from graders.marking.ledger import Ledger
from graders.model import Report, Submission
from graders.notebooks import reading
from graders.report.clean import one_line
from graders.report.json import to_json
from graders.report.text import MarksRow, row_of, to_table
from graders.report.timings import TimeSummary, to_time_tables
from graders.report.trial import refuse_without_pages
from graders.runners.cluster import Cluster, Elsewhere
from graders.runners.local import GradingRun, grade_class
from graders.runners.pool import Stopped
from graders.writing import sweep

OUR_FAULT = 1
UNSAFE = "Grading without the sandbox: student code may read this machine's files, reference and marks among them."


@dataclass
class RunCounts:
    """What a run has done so far.

    Attributes:
        shown: the reports, without what weighs much.
        rows: of submissions about which nothing has changed, so that their reports need not be read.
        fresh: how many were graded now, rather than found in the store.
        changes: whose marks are other than in an earlier grading of the same submission, and why.
        remarks: what staff should know of the fresh ones, and what has touched no mark.
        times: where the time went, where somebody asked for that.
    """

    shown: list[Report] = field(default_factory=list)
    rows: list[MarksRow] = field(default_factory=list)
    fresh: int = 0
    changes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    times: TimeSummary | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing failed for a fault of ours."""
        return all(is_whole(report) for report in self.shown)


def grade(
    paths: Sequence[Path],
    *,
    assignment: str,
    out: Path,
    profile: str | None = None,
    jobs: int | None = None,
    regrade: bool = False,
    form: str = "table",
    roster: Path | None = None,
    database: str | None = None,
    unsafe: bool = False,
    data: Path | None = None,
    device: str | None = None,
    cluster: Elsewhere | None = None,
    timings: bool = False,
) -> int:
    """Grade what is found at the paths, write the reports, print the table; the exit status.

    Args:
        form: what to print: `table`, `json` or `junit`.
        roster: the class list against which what is found is held.
        timings: whether to say where the time went, and to write a page about that for each student.

    Raises:
        GradersError: nothing could be graded at all, or the reports could not be kept.
    """
    root = find_root()
    people = read_roster(read_file(roster), roster.name) if roster else ()
    loaded = loader.load(assignment, root)
    profile = profile or loaded.default_profile
    loaded = _prepared(loaded, profile, device, data)
    refuse_without_pages()
    with ExitStack() as stack:
        spool = stack.enter_context(Spool())
        inbox = collect(paths, assignment, out=out, answered=partial(_answered, loaded), keep=spool.put)
        store = stack.enter_context(open_store(out, database))
        inbox = _enrolled(inbox, people, assignment, store) if people else inbox
        for line in inbox.lines:
            print(one_line(line, 400), file=sys.stderr)
        submissions = inbox.submissions
        course = GradingRun.of(loaded, root, profile, store.secret(), unsafe)
        run = RunCounts()
        late, grader = late_rules(settings_of(assignment, root)), (profile, loaded.digest)
        before = Unchanged(store, assignment, grader, late, out)
        ledger = Marks(store.database).ledger(assignment, late)
        sweep(out / assignment)
        if unsafe:
            print(UNSAFE, file=sys.stderr)
        try:
            pool = cluster.pool(course.factory(), jobs, on_gpu=course.on_gpu) if cluster else None
            if form == "table" and not regrade and not timings:  # all else needs whole reports
                found = {one.student: row for one in submissions if (row := before.row(one)) is not None}
                run.rows += found.values()
                submissions = tuple(one for one in submissions if one.student not in found)
            _grade(submissions, course, store, ledger, out, jobs, regrade, run, pool, spool, before)
            before.save()
        except Stopped as stopped:
            before.save()
            give_out_class(store, assignment, out, ledger.late, title=loaded.title, lines=inbox.lines)
            print(_how_to_go_on(run, len(inbox.submissions)), file=sys.stderr)
            return 128 + stopped.number
        given = [cell.source for cell in loaded.release.cells if cell.kind == "code"]
        if run.fresh and (trouble := compare_class(store, assignment, given)):
            print(trouble, file=sys.stderr)
        if timings:
            run.times = give_out_timings(store, run.shown, out, loaded.title)
        index = give_out_class(store, assignment, out, ledger.late, title=loaded.title, lines=inbox.lines)
    for line in sorted(run.remarks):
        print(line, file=sys.stderr)
    _print(run, index, loaded.title, form)
    return 0 if run.whole else OUR_FAULT


def _prepared(loaded: Assignment, profile: str, device: str | None, data: Path | None) -> Assignment:
    """The assignment with what a profile needs; refuses an unknown profile before anything starts."""
    parameters = loaded.parameters(profile)
    if device is not None:
        parameters = {**parameters, "DEVICE": device}
    return loaded.prepared(profile, parameters, _data(data, loaded, profile))


def _enrolled(inbox: Inbox, people: Sequence[Person], assignment: str, store: Store) -> Inbox:
    """What was handed in, held against the class list."""
    known = {report.submission.student for report in store.latest(assignment)}
    enrolled = enrol(inbox.submissions, people, assignment, known)
    return Inbox(enrolled.submissions, (*inbox.lines, *enrolled.lines))


def _data(given: Path | None, assignment: Assignment, profile: str) -> Data | None:
    """The data sets of a profile; where they are not to be had, what needs them is skipped."""
    try:
        return prepared_data(assignment, profile, given)
    except UsageError as error:
        print(f"{error} What needs this data is skipped, and its points stay undecided.", file=sys.stderr)
        return without_data(assignment, profile)


def _answered(assignment: Assignment, content: bytes, suffix: str) -> frozenset[str] | None:
    """The questions that a file answers; None where that takes too long to find out, for grading does find out."""
    work = partial(reading.answered, content, suffix, assignment.release)
    try:
        return bounded(work, cpu_seconds=20.0, megabytes=2048)
    except Exceeded:
        return None


def _grade(
    submissions: Sequence[Submission],
    course: GradingRun,
    store: Store,
    ledger: Ledger,
    out: Path,
    jobs: int | None,
    regrade: bool,
    run: RunCounts,
    pool: Cluster | None,
    spool: Spool,
    unchanged: Unchanged,
) -> None:
    before = {found.student: store.previous(found, course.profile) for found in submissions}
    with ProgressBar(len(submissions)) as bar:

        def on_report(finished: Finished, fresh: bool) -> None:
            written = give_out(store, finished, ledger, out, course.assignment.title)
            report = written.report
            if is_whole(finished.report):
                unchanged.note(report.submission, written)
            run.shown.append(report)
            run.fresh += fresh
            if fresh:
                timings_file(report, out).unlink(missing_ok=True)  # of an earlier grading
                name = report.submission.student
                run.remarks += [one_line(f"{name}: {remark.text}", 400) for remark in report.remarks]
            if fresh and (old := before[report.submission.student]):
                run.changes += changes(settled_report(store, old, ledger), report)
            bar.advance(report.submission.student, fresh)

        grade_class(submissions, course, store, jobs=jobs, regrade=regrade, pool=pool, spool=spool, on_report=on_report)


def _how_to_go_on(run: RunCounts, count: int) -> str:
    done = len(run.shown) + len(run.rows)
    return f"Stopped: {done} of {count} submissions are graded and kept; the same command grades the others."


def _print(run: RunCounts, index: Path, title: str, form: str) -> None:
    reports = sorted(run.shown, key=lambda report: (report.submission.student.casefold(), report.submission.student))
    if form != "table" and run.times:
        Console(highlight=False, stderr=True).print(to_time_tables(run.times))
    if form == "junit":
        sys.stdout.write(to_junit(reports))
        return
    if form == "json":
        print(json.dumps([to_json(report) for report in reports], indent=2, allow_nan=False))
        return
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    rows = sorted([*run.rows, *map(row_of, reports)], key=lambda row: (row.student.casefold(), row.student))
    console.print(to_table(rows, title))
    if run.times:
        console.print(to_time_tables(run.times))
    for line in sorted(run.changes):
        print(line)
    kept = len(rows) - run.fresh
    words = f"{run.fresh} graded" + (f", {kept} unchanged since an earlier run" if kept else "")
    print(f"{words}. The class: {one_line(str(index), 4000)}")
    if not run.whole:
        print("Something failed for a fault of ours; the class page says what. The same command tries it again.")
