"""What is wrong with an uploaded file, said before it is taken, by a process whose time and memory have an end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from graders.bounded import Exceeded, bounded
from graders.catalog.course import ids
from graders.errors import IntakeError
from graders.intake.choosing import Work, clean_name
from graders.intake.plan import NamedStudent, Source
from graders.intake.submissions import submission_at
from graders.intake.uploads import File
from graders.model import Submission
from graders.notebooks import reading
from graders.notebooks.endings import true_suffix
from graders.notebooks.notebook import Notebook, answers
from graders.notebooks.notebook_file import read_notebook
from graders.notebooks.reading import ReadNotebook
from graders.queue.attempts import Upload

T = TypeVar("T")
CPU_SECONDS, MEGABYTES = 30.0, 2048
LONGEST_NAME = 200
MOST_NAMED = 6
KINDS = "Hand in the notebook (.ipynb), a script (.py), or a zip with one of them."
EMPTY = f"This file is empty. {KINDS}"
NO_KIND = f"{{name}} is no notebook, no script and no zip. {KINDS}"
LARGE = (
    "{name} has {size:.1f} MB, and at most {most} MB can be taken: clear the outputs (in Jupyter: Edit, Clear outputs "
)
LARGE += "of all cells), save it, and hand it in again."
OTHER = "This is the notebook of {other}, and not of {assignment}: nothing in it answers a question of this assignment."
OTHER_LIKE = "Some cells of this file are named as those of {other}: is it the right notebook?"
NO_ANSWERS = (
    "There is no answer to any question of {assignment} in this file: its answer cells are not there. Take the "
    "notebook that was handed out, write your answers in its answer cells, save it, and hand it in again."
)
UNWRITTEN = (
    "Nothing is answered in this file: every answer is still as it was handed out. Perhaps it was not saved, or it is "
    "the wrong copy."
)
LEFT = "Not answered in this file: {names}. You can hand in again."


@dataclass(frozen=True)
class HandedOut:
    """An assignment as it was handed out, as far as uploads are held against it.

    Attributes:
        others: id of each other assignment of the course -> the names of its cells.
    """

    assignment: str
    notebook: Notebook
    most_mb: int
    others: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, assignment: str, root: Path, most_mb: int) -> HandedOut:
        """Read the notebooks of a course."""
        notebooks = {id: root / "assignments" / id / f"{id}.ipynb" for id in ids(root)}
        read = {id: read_notebook(path.read_bytes(), ".ipynb") for id, path in notebooks.items() if path.is_file()}
        own = read.pop(assignment)
        shared = _names(own)
        return cls(assignment, own, most_mb, {id: _names(book) - shared for id, book in read.items()})


def examine(name: str, content: bytes, release: HandedOut) -> Upload:
    """Read an uploaded file.

    Raises:
        IntakeError: it cannot be handed in; the sentence says what is wrong, and what to do.
    """
    name = name.replace("\\", "/").rpartition("/")[2][-LONGEST_NAME:] or "file"
    shown = f"`{clean_name(name)}`"
    if not content:
        raise IntakeError(EMPTY)
    if len(content) > release.most_mb << 20:
        raise IntakeError(LARGE.format(name=shown, size=len(content) / (1 << 20), most=release.most_mb))
    if not true_suffix(name, content):
        raise IntakeError(NO_KIND.format(name=shown))
    submission, read = _bounded(partial(_looked_into, name, content, release))
    notices = (*submission.notices, *read.notices, *_what_is_odd(read, release))
    return Upload(name, content, hashlib.sha256(content).hexdigest(), submission, tuple(dict.fromkeys(notices)))


def _looked_into(name: str, content: bytes, release: HandedOut) -> tuple[Submission, ReadNotebook]:
    found = _what_counts(name, content, release, "student")
    return found, reading.read_unbounded(found.content, found.suffix, release.notebook)


def read_upload(name: str, content: bytes, release: HandedOut, student: str = "student") -> Submission:
    """What counts in an uploaded file.

    Raises:
        IntakeError: nothing in it can be graded.
    """
    return _bounded(partial(_what_counts, name, content, release, student))


def _bounded(work: Callable[[], T]) -> T:
    try:
        return bounded(work, cpu_seconds=CPU_SECONDS, megabytes=MEGABYTES)
    except Exceeded as excess:
        raise IntakeError(f"This file cannot be read: {excess}. Hand in the notebook alone.") from None


def _what_counts(name: str, content: bytes, release: HandedOut, student: str) -> Submission:
    file = File((name,), lambda: content, "", name)
    source = Source("upload", (NamedStudent(student, student),), (Work(file, (name,)),))
    answered = partial(reading.answered, release=release.notebook)
    found, *_ = submission_at(student, source, release.assignment, answered, lambda submission: submission)
    if found.fault is not None:
        raise IntakeError(found.fault)
    return found


def _what_is_odd(read: ReadNotebook, release: HandedOut) -> list[str]:
    """What the student should look at; raises where nothing at all is answered."""
    names, own = {name for name, _ in read.shown if name}, _names(release.notebook)
    other = next((id for id, theirs in release.others.items() if names & theirs), None)
    if other is None and names and not names & own:
        other = "another assignment"
    questions = list(answers(release.notebook))
    coded = {id for cell in release.notebook.cells if cell.kind == "code" for id in cell.questions}
    if other is not None and not names & own and coded <= read.untouched:  # text near a question's place says nothing
        raise IntakeError(OTHER.format(other=other, assignment=release.assignment))
    left = [f"`{question}`" for question in questions if question in read.untouched]
    if len(left) == len(questions):
        absent = all(any(question in notice and "is not in" in notice for notice in read.notices) for question in left)
        raise IntakeError(NO_ANSWERS.format(assignment=release.assignment) if absent else UNWRITTEN)
    shown = ", ".join(left[:MOST_NAMED]) + (f" and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else "")
    odd = [OTHER_LIKE.format(other=other)] if other is not None else []
    return [*odd, *([LEFT.format(names=shown)] if left else [])]


def _names(notebook: Notebook) -> frozenset[str]:
    return frozenset(cell.grade_id for cell in notebook.cells if cell.grade_id)
