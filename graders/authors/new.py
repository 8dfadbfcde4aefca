"""Makes a small complete assignment to start from: notebook, graders, reference, and a sample class with its marks."""

from __future__ import annotations

import json
import keyword
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from graders.catalog.grader_package import PACKAGE
from graders.errors import UsageError
from graders.writing import write_folder

TEMPLATE = Path(__file__).with_name("template")
ID = "ASSIGNMENT"  # in the template, where the assignment's id goes
TOP = ("assignments", "reference", "graders", "submissions", "reports")
REPORTS = "Reports come here: `graders grade` writes them, and nothing of this folder belongs into version control.\n"

INTRODUCTION = "Write your answers in the cells that say so; the others are put back when this is marked."
SOFTMAX = """## 1. Softmax

Write `softmax(scores)`: the last axis holds the scores of one example, and its probabilities sum to one. Scores may be
large."""
STUB = 'def softmax(scores):\n    """The probabilities of each row."""\n    raise NotImplementedError("to be written")'
WRITE = "*Your answer here.*"
RIGHT = """def softmax(scores):
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)"""
WRONG = """def softmax(scores):
    shifted = np.exp(scores - scores.max())
    return shifted / shifted.sum()"""
BECAUSE = "The factor cancels, so nothing changes; and without it `exp` overflows for large scores."
CLASS: Mapping[str, Mapping[str, str]] = {
    "correct": {"softmax": RIGHT, "why_shift": BECAUSE},
    "one_sum_for_all": {"softmax": WRONG, "why_shift": BECAUSE},
    "untouched": {},
}
EXPECTED = """# What each student of the sample class gets: points where not full, mistakes that are named, and points
# that wait for a person.

[correct]
pending = 1

[one_sum_for_all]
points.softmax = 0
named.softmax = ["softmax_of_the_whole_array"]
pending = 1

[untouched]
points.softmax = 0
points.why_shift = 0
pending = 0
"""


def new(id: str, course: Path) -> list[Path]:
    """Write the files of a new assignment into a course's folder, which may be empty; returns them.

    Raises:
        UsageError: the id cannot be one, or a file of that name is there already.
        StoreError: they cannot be written; then none is.
    """
    if not id.isidentifier() or keyword.iskeyword(id) or not id.islower():
        raise UsageError(f"{id!r} cannot be an assignment's id: take lower-case letters, digits and underscores.")
    taken = [folder for top in TOP[:4] if (folder := course / top / id).exists()]
    if taken or (PACKAGE / id).exists() or (PACKAGE / f"{id}.py").exists():
        what = f"{taken[0]} is there already" if taken else f"{id} is the name of a part of graders itself"
        raise UsageError(f"{what}; choose another id.")
    files = dict(_files(id))
    if not (course / "reports").exists():
        files[Path("reports/README.md")] = REPORTS
    write_folder(course, {name.as_posix(): text.encode() for name, text in files.items()})
    return [course / name for name in files]


def _files(id: str) -> Iterator[tuple[Path, str]]:
    for path in sorted(path for path in TEMPLATE.rglob("*") if path.suffix in (".py", ".toml")):
        top, *rest = path.relative_to(TEMPLATE).parts
        yield Path(top, id, *rest), path.read_text("utf-8").replace(ID, id)
    yield Path("assignments", id, f"{id}.ipynb"), notebook(id, {})
    yield Path("submissions", id, "expected.toml"), EXPECTED
    for student, answers in CLASS.items():
        yield Path("submissions", id, student, f"{id}.ipynb"), notebook(id, answers)


def notebook(id: str, answers: Mapping[str, str]) -> str:
    """The notebook with some answers filled in, as Jupyter writes it, with nbgrader's metadata."""
    cells = [
        _cell("markdown", "title", f"# {id}\n\n{INTRODUCTION}"),
        _cell("code", "imports", "import numpy as np", locked=True),
        _cell("code", "parameters", "CLASSES = 4", locked=True, tags=["parameters"]),
        _cell("markdown", "q-softmax", SOFTMAX),
        _cell("code", "softmax", answers.get("softmax", STUB), points=3),
        _cell("code", "try-softmax", "softmax(np.zeros(CLASSES))", locked=True),
        _cell("markdown", "q-why", "## 2. Why?\n\nWhy may one subtract the largest score, and why does one do it?"),
        _cell("markdown", "why_shift", answers.get("why_shift", WRITE), points=1),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    content = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _cell(
    kind: str,
    name: str,
    source: str,
    *,
    locked: bool = False,
    points: float | None = None,
    tags: Sequence[str] = (),
) -> dict[str, Any]:
    """A cell; one with points is an answer, one that is locked is put back."""
    answer = points is not None
    metadata: dict[str, Any] = {"tags": list(tags)} if tags else {}
    if locked or answer:
        nbgrader = {"grade": answer, "grade_id": name, "locked": locked, "schema_version": 3}
        nbgrader |= {"solution": answer, "task": False} | ({"points": points} if answer else {})
        metadata |= {"deletable": False, "nbgrader": nbgrader} | ({"editable": False} if locked else {})
    cell: dict[str, Any] = {"cell_type": kind, "id": f"answer-{name.replace('_', '-')}" if answer else name}
    cell |= {"metadata": metadata, "source": source.splitlines(keepends=True)}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})
