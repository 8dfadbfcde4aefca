"""Notebooks as data: cells, which of them answer a question, and what of them is executed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graders.model import CellRun
from graders.notebooks.statements import said
from graders.notebooks.wording import same_words

HEADING = re.compile(r" {0,3}#{1,6}[ \t]+\S")


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        kind: `code`, `markdown` or `raw`.
        source: its text.
        id: nbformat's cell id, empty where it has none.
        grade_id: nbgrader's name of the cell, None where it has none.
        locked: whether it is provided and not to be changed.
        questions: the ids of the questions that it answers.
        tags: nbformat's tags, such as `parameters` and `experiment`.
        outputs: the text that it shows in the file, as nbformat outputs.
        attachments: pictures that came with it: name -> kind, such as `image/png`, -> its bytes in base 64.
        other: its text on the other side of a Git merge that was never finished; None where it has but one.
    """

    kind: str
    source: str
    id: str = ""
    grade_id: str | None = None
    locked: bool = False
    questions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    outputs: tuple[Mapping[str, Any], ...] = ()
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    other: str | None = None


@dataclass(frozen=True)
class Notebook:
    """Cells in their order.

    Attributes:
        notices: sentences for the student on how they were read.
        torn: whether the file is cut off, so that cells may be missing.
    """

    cells: tuple[Cell, ...] = ()
    notices: tuple[str, ...] = ()
    torn: bool = False


@dataclass(frozen=True)
class ExecCell:
    """Code to be executed: its place in the notebook, from 0, the one question that it answers, and its source."""

    index: int
    question: str | None
    source: str


def executable(notebook: Notebook, parameters: Mapping[str, Any]) -> tuple[ExecCell, ...]:
    """The code to execute: cells in order, the parameters overridden, provided experiments left out.

    Args:
        parameters: name -> plain value; set right after the cell that is tagged `parameters`.
    """
    override = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
    found = []
    for index, cell in enumerate(notebook.cells):
        if cell.kind != "code" or not cell.source.strip() or (cell.locked and "experiment" in cell.tags):
            continue
        found.append(ExecCell(index, cell.questions[0] if len(cell.questions) == 1 else None, cell.source))
        if "parameters" in cell.tags and override:
            found.append(ExecCell(index, None, override))
    return tuple(found)


def answers(notebook: Notebook) -> dict[str, str]:
    """Question id -> the text of the cell that answers it, or of the cells, joined."""
    texts: dict[str, list[str]] = {}
    for cell in notebook.cells:
        for question in cell.questions:
            texts.setdefault(question, []).append(cell.source)
    return {question: "\n\n".join(parts) for question, parts in texts.items()}


def headings(notebook: Notebook) -> dict[str, str]:
    """Question id -> the heading of the section in which it is asked, as it is written; none where there is none."""
    found: dict[str, str] = {}
    heading = ""
    for cell in notebook.cells:
        if cell.kind == "markdown" and not cell.questions:
            heading = next(
                (line.strip("# \t") for line in reversed(cell.source.splitlines()) if HEADING.match(line)), heading
            )
        for question in cell.questions:
            found.setdefault(question, heading)
    return {question: text for question, text in found.items() if text}


def unanswered(submitted: Notebook, release: Notebook) -> frozenset[str]:
    """The questions whose answers are empty, or as they were handed out."""
    return frozenset(question for question in answers(release) if _same(question, submitted, release))


def _same(question: str, submitted: Notebook, release: Notebook) -> bool:
    try:
        return untouched(question, submitted, release)
    except RecursionError:  # too deep to be compared, so it is something that was written
        return False


def untouched(question: str, submitted: Notebook, release: Notebook) -> bool:
    """Whether an answer is empty or as it was handed out; comments and layout of code do not count."""
    kind = next(cell.kind for cell in release.cells if question in cell.questions)
    return same_text(answers(submitted).get(question, ""), answers(release)[question], kind)


def same_text(text: str, other: str, kind: str = "code") -> bool:
    """Whether a text is empty or says the same as another one: code as Python, where it is that, else word by word."""
    if not text.split() or text.split() == other.split():
        return True
    if kind != "code":
        return same_words(text, other)
    mine, others = said(text), said(other)
    return mine is not None and others is not None and mine in ((), others)


def with_the_others(executed: Sequence[CellRun], notebook: Notebook) -> tuple[CellRun, ...]:
    """The executed cells and all others of their notebook, in its order: texts, and code that was left out."""
    ran = {cell.index for cell in executed}
    others = [
        CellRun(
            index,
            cell.questions[0] if len(cell.questions) == 1 else None,
            cell.source,
            kind=cell.kind if cell.kind != "code" else "left",
        )
        for index, cell in enumerate(notebook.cells)
        if index not in ran and cell.source.strip()
    ]
    return tuple(sorted([*executed, *others], key=lambda cell: cell.index))
