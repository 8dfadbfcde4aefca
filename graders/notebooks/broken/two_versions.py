"""Cells whose text a Git merge that was never finished left in two versions: both are kept, for a person to look at."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from graders.notebooks.broken.json_text import sides
from graders.notebooks.notebook import Cell, Notebook
from graders.notebooks.statements import defined_names

WHOLE = re.compile(r"^<{7} .*?^={7}$.*?^>{7} ", re.MULTILINE | re.DOTALL)
ONE, OTHER = "One of two versions of this cell:", "The other version:"


def with_versions(cell: Cell, other: str | None) -> Cell:
    """The cell with both versions in its text; of code the first is executed, and the other one is a comment.

    Args:
        other: the version of the other side, where the file has the marks around it; marks within the text are found.
    """
    one = cell.source
    if other is None and WHOLE.search(one):
        one, other = sides(one)
    if other is None or one == other:
        return cell
    if cell.kind == "code":
        comment = "\n".join(f"# {line}" for line in other.splitlines())
        text = f"{one}\n\n# {OTHER}\n{comment}"
    else:
        text = f"{ONE}\n\n{one}\n\n{OTHER}\n\n{other}"
    return replace(cell, source=text, other=other)


def undecided(restored: Notebook) -> frozenset[str]:
    """The questions whose answers have two versions, and those whose answers use a name that such a cell defines."""
    names: set[str] = set()
    waiting: set[str] = set()
    open_cells = [cell for cell in restored.cells if cell.other is not None]
    for cell in open_cells:
        waiting |= set(cell.questions)
        names |= _names((cell.source, cell.other or "")) if cell.kind == "code" else set()
    rest = [cell for cell in restored.cells if cell.other is None and cell.kind == "code" and not cell.locked]
    while names:
        used = re.compile(rf"(?<![.\w])(?:{'|'.join(map(re.escape, sorted(names)))})\b")
        using = [cell for cell in rest if used.search(cell.source)]
        rest = [cell for cell in rest if cell not in using]
        waiting |= {question for cell in using for question in cell.questions}
        names = _names(cell.source for cell in using)
    return frozenset(waiting)


def _names(sources: Iterable[str]) -> set[str]:
    return {name for source in sources for name in defined_names(source)}
