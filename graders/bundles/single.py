"""Grades one student's submission in a container, and tells after each question what is known so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from graders.catalog import loader
from graders.catalog.course import settings_of
from graders.errors import UsageError
from graders.grading import engine
from graders.grading.checking import use_one_thread
from graders.intake.choosing import Work
from graders.intake.plan import NamedStudent, Source
from graders.intake.submissions import submission_at
from graders.intake.uploads import of_folder
from graders.marking.late import late_rules
from graders.marking.ledger import Ledger
from graders.marking.settling import settle
from graders.model import QuestionReport, Report, Submission
from graders.notebooks.notebook import Notebook
from graders.notebooks.reading import answered
from graders.report.clean import storable
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.selftest.abilities import refuse_less_than_promised
from graders.sandbox.selftest.trials import refuse_open_walls

OnReport = Callable[[Report], None]


@dataclass(frozen=True)
class Container:
    """What a bundle brings along.

    Attributes:
        root: the course's folder.
        secret: decides, with a submission's hash, every random draw.
    """

    root: Path
    assignment: str
    profile: str | None = None
    secret: bytes = b""


def grade_one(
    container: Container,
    folder: Path,
    *,
    student: str = "student",
    received: str = "",
    extension: datetime | None = None,
    on_report: OnReport = lambda report: None,
) -> Report:
    """Grade what lies in a folder as one student's, with late rules.

    Args:
        received: when it was handed in, ISO 8601 in UTC.
        on_report: called with what is known after each question.

    Raises:
        GradersError: nothing could be graded; no fault of the student's.
    """
    assignment = loader.load(container.assignment, container.root)
    profile = container.profile or assignment.default_profile
    assignment = assignment.prepared(profile, assignment.parameters(profile), None)
    use_one_thread()
    rules = late_rules(settings_of(container.assignment, container.root))
    ledger = Ledger(late=rules, extensions={storable(student): extension} if extension else {})
    submission = _submission(folder, student, received, container.assignment, assignment.release)

    def told(questions: tuple[QuestionReport, ...]) -> None:
        on_report(Report(assignment.id, submission, questions))

    with Sandbox(assignment.beside, assignment.data, assignment.limits, packages=assignment.packages) as sandbox:
        refuse_open_walls(sandbox)
        refuse_less_than_promised(sandbox)
        report = engine.grade(
            submission, assignment, sandbox, profile=profile, secret=container.secret, on_questions=told
        )
    return settle(report, ledger)


def _submission(folder: Path, student: str, received: str, assignment: str, release: Notebook) -> Submission:
    files = list(of_folder(folder)) if folder.is_dir() else []
    if not files:
        raise UsageError(f"Nothing lies in {folder.name}.")
    source = Source(student, (NamedStudent(student, student),), tuple(Work(f, f.parts) for f in files), received)
    looked = partial(answered, release=release)
    return submission_at(student, source, assignment, looked, lambda submission: submission)[0]
