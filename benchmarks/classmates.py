"""What the benchmarks grade: copies of the sample student `correct`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import nbformat

from graders.catalog.assignment import Assignment
from graders.intake.submissions import find_submissions
from graders.model import Submission

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "submissions" / "practical09" / "correct"
BUSY = "import time\nstart = time.process_time()\nwhile time.process_time() - start < 0.1:\n    sum(range(1000))"


def classmates(
    assignment: Assignment, number: int, without: Collection[str] = (), busy: bool = True
) -> list[Submission]:
    """So many different submissions of the same answers, but for some questions that are left as handed out."""
    (sample,) = find_submissions(SAMPLE / "practical09.ipynb", assignment.id)
    notebook = nbformat.reads(sample.content.decode(), as_version=4)
    release = nbformat.read(assignment.folder / f"{assignment.id}.ipynb", as_version=4)
    stubs = {c.metadata.get("nbgrader", {}).get("grade_id"): c.source for c in release.cells}
    for cell in notebook.cells:
        if (id := cell.metadata.get("nbgrader", {}).get("grade_id")) in without:
            cell.source = stubs[id]
    if busy:
        notebook.cells.append(nbformat.v4.new_code_cell(BUSY))
    made = []
    for i in range(number):
        content = nbformat.writes(notebook).encode() + b" " * i
        made.append(replace(sample, student=f"s{i:03d}", content=content, sha256=sha256(content).hexdigest()))
    return made


def write_class(submissions: Sequence[Submission], folder: Path) -> None:
    """The submissions as a class's folder, with a folder a student."""
    for submission in submissions:
        place = folder / submission.student / f"{submission.assignment}{submission.suffix}"
        place.parent.mkdir(parents=True)
        place.write_bytes(submission.content)
