"""Makes the sample class: fills answers into the release notebook and runs it in a Jupyter kernel, outputs kept.

    python scripts/make_sample_class.py [STUDENT...]

Run it after the release notebook or an answer below has changed. What a student answers is written here once; the
marks that it deserves stand in submissions/practical09/expected.toml and are never written by a program.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from sample_answers import STUDENTS, Student

ROOT = Path(__file__).resolve().parents[1]
RELEASE = ROOT / "assignments" / "practical09" / "practical09.ipynb"
CLASS = ROOT / "submissions" / "practical09"
PLOTS = "import matplotlib; matplotlib.rcParams['figure.dpi'] = 50"


def filled(student: Student) -> nbformat.NotebookNode:
    """The release notebook with a student's answers in it."""
    notebook = nbformat.read(RELEASE, as_version=4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in student.answers:
            cell.source = student.answers[grade_id]
    if student.edit is not None:
        student.edit(notebook)
    return notebook


def execute(notebook: nbformat.NotebookNode) -> None:
    """Run all cells as a student does, errors kept, small plots."""
    options = {"timeout": 60, "allow_errors": True, "kernel_name": "python3", "interrupt_on_timeout": True}
    client = NotebookClient(notebook, resources={"metadata": {"path": str(RELEASE.parent)}}, **options)
    with client.setup_kernel():
        client.kc.execute(PLOTS)
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)


def tidied(notebook: nbformat.NotebookNode) -> None:
    """Take out times and host paths, which change with every run."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                output.traceback = [f"{output.ename}: {output.evalue}"]
            if output.output_type == "stream":
                output.text = output.text.replace(str(ROOT), ".").replace(str(Path.home()), "~")


def main() -> None:
    """Make the students named on the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("students", nargs="*")
    chosen = set(parser.parse_args().students)
    for student in STUDENTS:
        if chosen and student.name not in chosen:
            continue
        folder = CLASS / student.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        notebook = filled(student)
        if student.run:
            execute(notebook)
        tidied(notebook)
        write: Callable[[Path], object] = student.write or (lambda path: nbformat.write(notebook, path))  # noqa: B023
        write(folder / student.file)
        print(student.name)


if __name__ == "__main__":
    main()
