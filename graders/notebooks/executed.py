"""A whole notebook as it was executed: what ran with what it showed, and between that what only stands there."""

from __future__ import annotations

from collections.abc import Sequence

from graders.model import CellRun
from graders.notebooks.notebook import Notebook


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
