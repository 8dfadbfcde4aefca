"""A small assignment's notebook, and what students make of it: for the tests of what is found and put back."""

import json
from dataclasses import replace

from graders.notebooks.notebook import Cell, Notebook, executable
from graders.notebooks.restore import restore

RELEASE = Notebook(
    (
        Cell("markdown", "# Title", "t"),
        Cell("code", "import math", "i", "imports", True),
        Cell("code", "N = 1000", "p", "parameters", True, tags=("parameters",)),
        Cell("markdown", "## 1. Area", "q1"),
        Cell("code", "def area(a, b):\n    raise NotImplementedError", "a1", "area", False, ("area",)),
        Cell("code", "print(area(1, 2))", "e1", "try-area", True, tags=("experiment",)),
        Cell("code", "SIDES = 4", "s", "sides", True),
        Cell("markdown", "## 2. Edge", "q2"),
        Cell("code", "def edge(a, b):\n    raise NotImplementedError", "a2", "edge", False, ("edge",)),
        Cell("markdown", "## 3. Words", "q3"),
        Cell("markdown", "*Your answer here.*", "a3", "words", False, ("words",)),
        Cell("markdown", "Goodbye.", "g"),
    )
)
AREA = "def area(a, b):\n    return a * b"
EDGE = "def edge(a, b):\n    return 2 * (a + b)"
WORDS = "Areas grow with the square."


def written(*own: Cell) -> list[Cell]:
    """A complete notebook, with a student's own cells at its end."""
    texts = {"area": AREA, "edge": EDGE, "words": WORDS}
    return [*(replace(c, source=texts.get(c.grade_id or "", c.source)) for c in RELEASE.cells), *own]


def saved(cells: list[Cell]) -> bytes:
    """A notebook as Jupyter saves it."""
    made = []
    for cell in cells:
        about = {
            "grade_id": cell.grade_id,
            "schema_version": 3,
            "locked": cell.locked,
            "solution": bool(cell.questions),
        }
        metadata = {"nbgrader": about} if cell.grade_id else {}
        one = {"cell_type": cell.kind, "id": cell.id or "x", "metadata": metadata, "source": cell.source}
        made.append(one | ({"outputs": [], "execution_count": None} if cell.kind == "code" else {}))
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def restored(cells: list[Cell]) -> Notebook:
    """The notebook as it is marked."""
    return restore(Notebook(tuple(cells)), RELEASE)[0]


def notices(cells: list[Cell]) -> list[str]:
    """What the student reads."""
    return list(restore(Notebook(tuple(cells)), RELEASE)[1])


def sources(notebook: Notebook) -> list[str]:
    """The code to be executed."""
    return [cell.source for cell in executable(notebook, {})]


COMPLETE = ["import math", "N = 1000", AREA, "SIDES = 4", EDGE]
FULL = {"area": AREA, "edge": EDGE, "words": WORDS}
