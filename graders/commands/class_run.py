"""A class on its way from submissions to reports: what is new is graded and given out, and counted for who asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from graders.archive.classroom.likeness import compare_class
from graders.archive.classroom.unchanged import Unchanged
from graders.archive.files import timings_file
from graders.archive.finished import Finished
from graders.archive.giving_out import give_out, give_out_class
from graders.archive.marks import Marks
from graders.archive.settled import settled_report
from graders.archive.spool import Spool
from graders.archive.store import Store, is_whole
from graders.catalog.course import settings_of
from graders.commands.changes import changes
from graders.commands.progress import ProgressBar
from graders.intake.submissions import Inbox
from graders.marking.late import late_rules
from graders.marking.ledger import Ledger
from graders.model import Report
from graders.report.clean import one_line
from graders.report.text import MarksRow
from graders.report.timings import TimeSummary
from graders.runners.cluster import Cluster
from graders.runners.local import GradingRun, grade_class
from graders.runners.pool import Stopped
from graders.writing import sweep


@dataclass
class ClassRun:
    """A class that is graded into a folder.

    Attributes:
        inbox: what was handed in.
        course: what is the same for every submission.
        store: where reports are kept.
        out: the folder that they are written to.
        ledger: what people have decided.
        unchanged: what need not be looked at again.
        shown: the reports so far, without what weighs much.
        rows: of submissions about which nothing has changed, so that their reports need not be read.
        fresh: how many were graded now, rather than found in the store.
        changes: whose marks are other than in an earlier grading of the same submission, and why.
        remarks: what staff should know of the fresh ones, and what has touched no mark.
        times: where the time went, where somebody asked for that.
    """

    inbox: Inbox
    course: GradingRun
    store: Store
    out: Path
    ledger: Ledger
    unchanged: Unchanged
    shown: list[Report] = field(default_factory=list)
    rows: list[MarksRow] = field(default_factory=list)
    fresh: int = 0
    changes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    times: TimeSummary | None = None

    @classmethod
    def begin(cls, inbox: Inbox, course: GradingRun, store: Store, out: Path) -> ClassRun:
        """Nothing is graded yet; what an interrupted run has left half written is gone."""
        late = late_rules(settings_of(course.id, course.root))
        unchanged = Unchanged(store, course.id, (course.profile, course.assignment.digest), late, out)
        ledger = Marks(store.database).ledger(course.id, late)
        sweep(out / course.id)
        return cls(inbox, course, store, out, ledger, unchanged)

    @property
    def is_whole(self) -> bool:
        """Whether nothing failed for a fault of ours."""
        return all(is_whole(report) for report in self.shown)

    @property
    def how_to_go_on(self) -> str:
        """A sentence for who has stopped it."""
        done, count = len(self.shown) + len(self.rows), len(self.inbox.submissions)
        return f"Stopped: {done} of {count} submissions are graded and kept; the same command grades the others."

    def grade(self, spool: Spool, *, jobs: int | None, regrade: bool, pool: Cluster | None, whole: bool) -> None:
        """Grade what is new or changed, and give each student's report out.

        Args:
            spool: where the submissions' bytes are.
            jobs: worker processes; as many as there are CPUs when None.
            regrade: grade everything again.
            pool: who grades, where that is not this machine.
            whole: whether whole reports are wanted, also of what has not changed.

        Raises:
            Stopped: on SIGINT or SIGTERM, with all that was graded so far kept and given out.
        """
        submissions = self.inbox.submissions
        if not regrade and not whole:
            found = {one.student: row for one in submissions if (row := self.unchanged.row(one)) is not None}
            self.rows += found.values()
            submissions = tuple(one for one in submissions if one.student not in found)
        before = {found.student: self.store.previous(found, self.course.profile) for found in submissions}
        with ProgressBar(len(submissions)) as bar:

            def on_report(finished: Finished, fresh: bool) -> None:
                student = finished.report.submission.student
                self._take(finished, before[student], fresh)
                bar.advance(student, fresh)

            try:
                grade_class(
                    submissions,
                    self.course,
                    self.store,
                    jobs=jobs,
                    regrade=regrade,
                    pool=pool,
                    spool=spool,
                    on_report=on_report,
                )
            except Stopped:
                self.unchanged.save()
                raise
        self.unchanged.save()

    def _take(self, finished: Finished, before: Report | None, fresh: bool) -> None:
        """Write one student's report, and count it."""
        written = give_out(self.store, finished, self.ledger, self.out, self.course.assignment.title)
        report = written.report
        if is_whole(finished.report):
            self.unchanged.note(report.submission, written)
        self.shown.append(report)
        if not fresh:
            return
        self.fresh += 1
        timings_file(report, self.out).unlink(missing_ok=True)  # of an earlier grading
        self.remarks += [one_line(f"{report.submission.student}: {one.text}", 400) for one in report.remarks]
        if before is not None:
            self.changes += changes(settled_report(self.store, before, self.ledger), report)

    def compare(self) -> str | None:
        """Look for code that is nearly the same, where anything is new; a sentence where that was not possible."""
        given = [cell.source for cell in self.course.assignment.release.cells if cell.kind == "code"]
        return compare_class(self.store, self.course.id, given) if self.fresh else None

    def give_out(self) -> Path:
        """Write the class's page and table; the page's path."""
        title, late = self.course.assignment.title, self.ledger.late
        return give_out_class(self.store, self.course.id, self.out, late, title=title, lines=self.inbox.lines)
