"""`graders grade`: from paths to reports."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from rich.console import Console

from graders.archive.giving_out import give_out_timings
from graders.archive.spool import Spool
from graders.archive.store import Store, open_store
from graders.bounded import Exceeded, bounded
from graders.catalog import loader
from graders.catalog.assignment import Assignment, Data
from graders.catalog.course import find_root
from graders.commands.class_run import ClassRun
from graders.commands.classroom.given import read_file
from graders.commands.datasets import prepared_data, without_data
from graders.errors import UsageError
from graders.intake.submissions import Inbox, collect
from graders.lms.junit import to_junit
from graders.lms.people import Person
from graders.lms.roster import enrol, read_roster
from graders.notebooks import reading
from graders.report.clean import one_line
from graders.report.json import to_json
from graders.report.text import row_of, to_table
from graders.report.timings import to_time_tables
from graders.report.trial import refuse_without_pages
from graders.runners.cluster import Elsewhere
from graders.runners.local import GradingRun
from graders.runners.pool import Stopped

OUR_FAULT = 1
UNSAFE = "Grading without the sandbox: student code may read this machine's files, reference and marks among them."


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
        run = ClassRun.begin(inbox, GradingRun.of(loaded, root, profile, store.secret(), unsafe), store, out)
        for line in (*(one_line(line, 400) for line in inbox.lines), *([UNSAFE] if unsafe else [])):
            print(line, file=sys.stderr)
        pool = cluster.pool(run.course.factory(), jobs, on_gpu=run.course.on_gpu) if cluster else None
        try:
            run.grade(spool, jobs=jobs, regrade=regrade, pool=pool, whole=form != "table" or timings)
        except Stopped as stopped:
            run.give_out()
            print(run.how_to_go_on, file=sys.stderr)
            return 128 + stopped.number
        if trouble := run.compare():
            print(trouble, file=sys.stderr)
        if timings:
            run.times = give_out_timings(store, run.shown, out, loaded.title)
        index = run.give_out()
    for line in sorted(run.remarks):
        print(line, file=sys.stderr)
    _print(run, index, form)
    return 0 if run.is_whole else OUR_FAULT


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


def _print(run: ClassRun, index: Path, form: str) -> None:
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
    console.print(to_table(rows, run.course.assignment.title))
    if run.times:
        console.print(to_time_tables(run.times))
    for line in sorted(run.changes):
        print(line)
    kept = len(rows) - run.fresh
    words = f"{run.fresh} graded" + (f", {kept} unchanged since an earlier run" if kept else "")
    print(f"{words}. The class: {one_line(str(index), 4000)}")
    if not run.is_whole:
        print("Something failed for a fault of ours; the class page says what. The same command tries it again.")
