"""`graders export`: marks and feedback as learning platforms import them; all is made before anything is written."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from graders.archive.files import student_folder
from graders.archive.finished import unfinished
from graders.archive.giving_out import give_out
from graders.archive.marks import Marks
from graders.archive.settled import class_of, settled_class
from graders.catalog.course import find_root, settings_of
from graders.commands.classroom.export import tell_what_is_open
from graders.commands.classroom.given import read_file
from graders.commands.graded import graded, rules_of
from graders.lms import gradescope, nbgrader
from graders.lms.canvas import fill_gradebook
from graders.lms.junit import to_junit
from graders.lms.marks import FilledFile
from graders.lms.moodle.worksheet import feedback_zip, fill_worksheet, read_worksheet
from graders.lms.people import Person, refuse_mismatch, through
from graders.lms.reports import mark_of, without
from graders.lms.roster import read_roster
from graders.marking.late import late_rules
from graders.model import Report
from graders.report.clean import one_line
from graders.writing import write, write_bytes, write_folder


@dataclass(frozen=True)
class GradedClass:
    """Which class is exported, and of whom.

    Attributes:
        roster: a class list, by which students are found whom the platform's file names otherwise.
        left_out: students who are not exported.
    """

    assignment: str
    out: Path
    database: str | None = None
    roster: Path | None = None
    left_out: Sequence[str] = field(default=())

    def reports(self) -> list[Report]:
        """Every student's report with all decisions."""
        with graded(self.out, self.database, self.assignment) as store:
            return without(settled_class(store, self.assignment, rules_of(self.assignment)), self.left_out)

    def pages(self) -> dict[str, bytes]:
        """Student -> report.html as it is now, written again where marks have changed."""
        settings = settings_of(self.assignment, find_root())
        with ExitStack() as stack:
            store = stack.enter_context(graded(self.out, self.database, self.assignment))
            ledger = Marks(store.database).ledger(self.assignment, late_rules(settings))
            reports = without(class_of(store, self.assignment).reports, self.left_out)
            for report in reports:
                give_out(store, unfinished(report), ledger, self.out, str(settings["title"]))
        return {
            r.submission.student: (student_folder(r.submission, self.out) / "report.html").read_bytes() for r in reports
        }

    def people(self) -> tuple[Person, ...]:
        """The class list; empty where none is given."""
        return read_roster(read_file(self.roster), self.roster.name) if self.roster else ()

    @property
    def title(self) -> str:
        """The assignment's title."""
        return str(settings_of(self.assignment, find_root())["title"])


def export_moodle(chosen: GradedClass, *, worksheet: Path, to: Path | None, scale: bool) -> int:
    """Fill a downloaded worksheet; the exit status."""
    marks = [mark_of(report) for report in chosen.reports()]
    filled = fill_worksheet(read_file(worksheet), worksheet.name, marks, scale=scale, roster=chosen.people())
    return _give(filled, to, worksheet, "Upload it in Moodle: Submissions, Upload grading worksheet.")


def export_canvas(chosen: GradedClass, *, gradebook: Path, to: Path | None, scale: bool, column: str | None) -> int:
    """Write what of a downloaded gradebook is new; the exit status."""
    marks = [mark_of(report) for report in chosen.reports()]
    content = read_file(gradebook)
    filled = fill_gradebook(
        content, gradebook.name, marks, chosen.title, column=column, scale=scale, roster=chosen.people()
    )
    return _give(filled, to, gradebook, "Upload it in Canvas: Grades, Import.")


def export_moodle_feedback(chosen: GradedClass, *, worksheet: Path, to: Path) -> int:
    """Write an archive of every student's report.html for Moodle; the exit status."""
    reports = chosen.reports()
    sheet = read_worksheet(read_file(worksheet), worksheet.name)
    found = through([report.submission.student for report in reports], chosen.people(), sheet.people)
    refuse_mismatch(found.unmatched, found.doubtful, worksheet.name, "Is it the worksheet of this very assignment?")
    pages = chosen.pages()
    write_bytes(to, feedback_zip(pages, {student: found.people[student] for student in pages}))
    _tell(
        f"{to}: the reports of {len(pages)} students. Upload it in Moodle: Submissions, Upload feedback files in a zip."
    )
    tell_what_is_open(reports)
    return 0


def export_gradescope(chosen: GradedClass, *, to: Path) -> int:
    """Write results.json for every student, in a folder a student; the exit status."""
    reports = chosen.reports()
    made = {
        f"{report.submission.student}/results.json": json.dumps(gradescope.results(report), indent=1, allow_nan=False)
        for report in reports
    }
    _write_folder(to, {path: text.encode() for path, text in made.items()})
    tell_what_is_open(reports)
    return 0


def export_nbgrader(chosen: GradedClass, *, to: Path) -> int:
    """Write grades.csv and a folder of feedback as nbgrader keeps them; the exit status."""
    reports = chosen.reports()
    rules = rules_of(chosen.assignment)
    due = f"{rules.due.astimezone():%Y-%m-%d %H:%M:%S.%f %Z}" if rules else ""
    table, lines = nbgrader.to_nbgrader(reports, due, _known(chosen, reports))
    paths = nbgrader.feedback_paths([report.submission.student for report in reports], chosen.assignment)
    pages = chosen.pages()
    _write_folder(to, {"grades.csv": table.encode(), **{paths[student]: page for student, page in pages.items()}})
    for line in lines:
        _tell(line)
    return 0


def export_junit(chosen: GradedClass, *, to: Path | None) -> int:
    """Write JUnit's XML to a file, or to standard output; the exit status."""
    text = to_junit(chosen.reports())
    if to is None:
        sys.stdout.write(text)
    else:
        write(to, text)
    return 0


def _known(chosen: GradedClass, reports: Sequence[Report]) -> Mapping[str, Person]:
    people = chosen.people()
    return through([report.submission.student for report in reports], (), people).people if people else {}


def _give(filled: FilledFile, to: Path | None, source: Path, how: str) -> int:
    for line in filled.lines:
        _tell(line)
    if filled.content is None:
        _tell(f"Every final mark stands in {source.name} already; nothing was written.")
        return 0
    if to is None:
        sys.stdout.buffer.write(filled.content)
    else:
        write_bytes(to, filled.content)
    _tell(f"{filled.changed} marks are new. {how}")
    return 0


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    write_folder(folder, files)
    _tell(f"{folder}: {len(files)} files.")


def _tell(line: str) -> None:
    print(one_line(line, 4000), file=sys.stderr)
