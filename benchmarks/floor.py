"""The floor of grading: cells and checks of a class in one warm process, with no sandbox, report or store.

    python benchmarks/floor.py CLASS [--cells-only]

`CLASS` is a folder with a folder a student. Prints one JSON object: seconds of processor time and on the clock a
submission, in steady state, and the points of the first, so that a comparison can show that the same was done.
"""

from __future__ import annotations

import argparse
import io
import json
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import matplotlib as mpl
import torch
from classmates import ROOT

from graders.authoring.solution import ModuleSolution
from graders.catalog.assignment import Assignment
from graders.catalog.loader import load
from graders.grading.checking import derive, grade_question
from graders.intake.submissions import find_submissions
from graders.model import Submission
from graders.notebooks import notebook
from graders.notebooks.notebook_file import read_notebook
from graders.notebooks.restore import restore


def main() -> None:
    """Grade the class and print what a submission took; the first one is not counted."""
    parser = argparse.ArgumentParser(description="What cells and checks cost by themselves.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cells-only", action="store_true", help="execute the cells, and judge nothing")
    parser.add_argument("--write", type=Path, help="a file for the figures")
    options = parser.parse_args()
    torch.set_num_threads(1)
    mpl.use("Agg")
    assignment = load("practical09", ROOT)
    submissions = find_submissions(options.folder, assignment.id)
    points = graded(assignment, submissions[0], cells_only=options.cells_only)
    cpu, wall = time.process_time(), time.perf_counter()
    for submission in submissions[1:]:
        graded(assignment, submission, cells_only=options.cells_only)
    number = max(len(submissions) - 1, 1)
    spent = {"cpu": (time.process_time() - cpu) / number, "wall": (time.perf_counter() - wall) / number}
    figures = json.dumps({**spent, "points": points})
    print(figures)
    if options.write:
        options.write.write_text(figures)


def graded(assignment: Assignment, submission: Submission, *, cells_only: bool = False) -> float:
    """Execute a submission's cells and run the checks on the names that they define; the points."""
    profile = assignment.default_profile
    restored = restore(read_notebook(submission.content, submission.suffix), assignment.release)[0]
    names: dict[str, object] = {"__name__": "__main__"}
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        for cell in notebook.executable(
            restored, dict(assignment.parameters(profile)) | {"DATA": str(assignment.data)}
        ):
            exec(compile(cell.source, f"cell {cell.index}", "exec"), names)
        if cells_only:
            return 0.0
        return _points(assignment, submission, restored, names)


def _points(
    assignment: Assignment, submission: Submission, restored: notebook.Notebook, names: dict[str, object]
) -> float:
    profile, answers = assignment.default_profile, notebook.answers(restored)
    handed_out = notebook.answers(assignment.release)
    reference = assignment.solution(profile)
    probes, parameters = assignment.reference.probes, assignment.parameters(profile)
    student, seed = ModuleSolution(names, probes, parameters, answers), derive(b"floor", submission.sha256)
    reports = [
        grade_question(question, lambda _: student, reference, seed)[0]
        for question in assignment.questions
        if answers.get(question.id) != handed_out.get(question.id)
    ]
    return sum(verdict.points or 0.0 for report in reports for verdict in report.verdicts)


if __name__ == "__main__":
    main()
