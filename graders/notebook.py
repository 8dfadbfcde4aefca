"""Notebooks as data: cells, which of them answer a question, and what of them is executed."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEFINITION = re.compile(r"^(?:async\s+def|def|class)\s+(\w+)|^(\w+)\s*(?::[^=\n]+)?=(?!=)", re.MULTILINE)


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
        outputs: what it shows in the file, as nbformat outputs.
    """

    kind: str
    source: str
    id: str = ""
    grade_id: str | None = None
    locked: bool = False
    questions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    outputs: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Notebook:
    """Cells in their order."""

    cells: tuple[Cell, ...] = ()


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


def untouched(question: str, submitted: Notebook, release: Notebook) -> bool:
    """Whether an answer is empty or as it was handed out; comments and layout of code do not count."""
    return same_text(answers(submitted).get(question, ""), answers(release)[question])


def same_text(text: str, other: str) -> bool:
    """Whether a text is empty or says the same as another one: as Python where it is that, else word by word."""
    if not text.split() or text.split() == other.split():
        return True
    tree, other_tree = _parsed(text), _parsed(other)
    if tree is None or other_tree is None:
        return False
    return not tree.body or ast.dump(tree) == ast.dump(other_tree)


def defined_names(source: str) -> frozenset[str]:
    """The functions, classes and variables that a cell binds at its top level; read roughly where it is no Python."""
    tree = _parsed(source)
    if tree is None:
        return frozenset(name for pair in DEFINITION.findall(source) for name in pair if name)
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            leaves = [leaf for target in targets for leaf in ast.walk(target) if isinstance(leaf, ast.Name)]
            names |= {leaf.id for leaf in leaves if isinstance(leaf.ctx, ast.Store)}
    return frozenset(names)


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
