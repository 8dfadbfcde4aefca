"""Reads what was handed in within bounds: parsed, restored and compared in a process that has an end.

Trusted code that has to look at a file of a stranger's calls this module; `notebook_file`, `restoring` and `notebook`
do the work, and take as long as they take.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from graders.bounded import Exceeded, bounded
from graders.errors import IntakeError
from graders.notebooks import restore
from graders.notebooks.broken.own_text import own_text
from graders.notebooks.broken.two_versions import undecided
from graders.notebooks.notebook import Notebook, answers, unanswered
from graders.notebooks.notebook_file import read_notebook

CPU_SECONDS, MEGABYTES = 10.0, 2048
SENTENCES = 25  # words that may be an answer
FORMULA = re.compile(r"\$|\\[(\[]|\\begin\b")
SHOWN = 100_000  # characters that are kept of what a cell shows in the file

Shown = tuple[tuple[str | None, str], ...]


@dataclass(frozen=True)
class ReadNotebook:
    """What a file holds, next to the release.

    Attributes:
        restored: the notebook with its provided cells as they were handed out, and without outputs.
        notices: sentences for the student on how it was read and what was changed.
        lost: names that the student had defined in a provided cell, and that are not defined now -> what to do.
        untouched: the questions whose answers are empty, or as they were handed out.
        shown: for each cell of the file its name and the end of the text that it shows.
        cut_off: the questions whose answers may have stood behind the place where the file is cut off.
        two_versions: the questions whose answers depend on a cell that a Git merge left in two versions.
        text_elsewhere: whether text of the student's own, a formula or some sentences, stands in none of the answers.
    """

    restored: Notebook
    notices: tuple[str, ...]
    lost: Mapping[str, str]
    untouched: frozenset[str]
    shown: Shown
    text_elsewhere: bool = False
    cut_off: frozenset[str] = frozenset()
    two_versions: frozenset[str] = frozenset()


def read(content: bytes, suffix: str, release: Notebook) -> ReadNotebook:
    """Read a submission.

    Raises:
        IntakeError: it cannot be read, or not within bounds.
    """
    try:
        work = partial(read_unbounded, content, suffix, release)
        return bounded(work, cpu_seconds=CPU_SECONDS, megabytes=MEGABYTES)
    except Exceeded as excess:
        raise IntakeError(f"This file cannot be read: {excess}. Hand it in without what makes it so large.") from None


def answered(content: bytes, suffix: str, release: Notebook) -> frozenset[str] | None:
    """The questions that are answered in a file; None where it cannot be read, for then it has to be reported."""
    if not content.strip(b"\0 \t\r\n"):
        return frozenset()
    try:
        restored = restore.restore(read_notebook(content, suffix), release).notebook
    except IntakeError:
        return None
    return frozenset(answers(release)) - unanswered(restored, release)


def written_in(content: bytes, suffix: str, release: Notebook) -> str:
    """What a student has written in a file that cannot be read; empty where that is nothing, or takes too long."""
    try:
        return bounded(partial(own_text, content, suffix, release), cpu_seconds=CPU_SECONDS, megabytes=MEGABYTES)
    except Exceeded:
        return ""


def read_unbounded(content: bytes, suffix: str, release: Notebook) -> ReadNotebook:
    """Read a submission, for callers that are bounded themselves.

    Raises:
        IntakeError: it cannot be read.
    """
    handed_in = read_notebook(content, suffix)
    restored, notices, lost, absent = restore.restore(handed_in, release)
    shown = tuple((cell.grade_id, shown_text(cell.outputs)[-SHOWN:]) for cell in handed_in.cells)
    bare = tuple(replace(cell, outputs=()) for cell in restored.cells)
    return ReadNotebook(
        replace(restored, cells=bare),
        (*handed_in.notices, *notices),
        lost,
        unanswered(restored, release),
        shown,
        any(map(_tells, _own_texts(restored, release))),
        absent if handed_in.torn else frozenset(),
        undecided(restored),
    )


def _own_texts(restored: Notebook, release: Notebook) -> Iterator[str]:
    """The student's own text cells that answer no question."""
    given = {" ".join(cell.source.split()) for cell in release.cells}
    for cell in restored.cells:
        if cell.kind == "markdown" and not cell.questions and " ".join(cell.source.split()) not in given:
            yield cell.source


def _tells(text: str) -> bool:
    """Whether a text could answer a question."""
    return FORMULA.search(text) is not None or len(text.split()) >= SENTENCES


def shown_text(outputs: Iterable[Mapping[str, Any]]) -> str:
    """The plain text of nbformat outputs, whatever a file says they are."""
    parts: list[str] = []
    for output in outputs:
        data = output.get("data")
        text = output.get("text", data.get("text/plain") if isinstance(data, dict) else None)
        parts += [part for part in (text if isinstance(text, list) else [text]) if isinstance(part, str)]
    return "".join(parts)
