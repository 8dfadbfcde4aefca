"""What a submission costs, beside a stock Jupyter kernel on the same notebook, in one run.

    make bench                                   or: python benchmarks/bench_grade.py --students 12

Three classes are graded from the sample student `correct`: as it is, without its training question (the 200 epochs and
their probes apart), and with an added cell whose own code takes 0.1 s. The peers start one kernel a notebook; what that
alone costs, on the same cells, is measured with nbclient. Prints seconds and ratios.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from rich.console import Console
from rich.table import Table

from graders.catalog import Assignment, load
from graders.intake import find_submissions
from graders.model import Report, Submission
from graders.notebook import executable
from graders.notebook_file import read_notebook
from graders.restoring import restore
from graders.runners.local import Course, grade_class
from graders.store import open_store

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "submissions" / "practical09" / "correct"
BUSY = "import time\nstart = time.process_time()\nwhile time.process_time() - start < 0.1:\n    sum(range(1000))"


def classmates(assignment: Assignment, number: int, *, training: bool, busy: bool) -> list[Submission]:
    """So many different submissions of the same answers."""
    (sample,) = find_submissions(SAMPLE / "practical09.ipynb", assignment.id)
    notebook = nbformat.reads(sample.content.decode(), as_version=4)
    release = nbformat.read(assignment.folder / f"{assignment.id}.ipynb", as_version=4)
    stubs = {c.metadata.get("nbgrader", {}).get("grade_id"): c.source for c in release.cells}
    for cell in notebook.cells:
        if not training and cell.metadata.get("nbgrader", {}).get("grade_id") == "training":
            cell.source = stubs["training"]
    if busy:
        notebook.cells.append(nbformat.v4.new_code_cell(BUSY))
    made = []
    for i in range(number):
        content = nbformat.writes(notebook).encode() + b" " * i
        made.append(replace(sample, student=f"s{i:03d}", content=content, sha256=sha256(content).hexdigest()))
    return made


def steady(assignment: Assignment, submissions: Sequence[Submission], jobs: int) -> float:
    """Seconds a submission once every worker is warm: from the first `jobs` reports to the last."""
    done: list[float] = []

    def on_report(report: Report, fresh: bool) -> None:
        if report.points == 0:
            raise SystemExit(f"{report.submission.student} got no points; the figures would mean nothing.")
        done.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        grade_class(submissions, Course(assignment, ROOT, secret=b"bench"), store, jobs=jobs, on_report=on_report)
    return (done[-1] - done[jobs - 1]) / (len(done) - jobs)


def kernel(assignment: Assignment, submission: Submission, times: int) -> float:
    """Median seconds that a fresh Jupyter kernel takes for the cells that an attempt executes."""
    restored, _ = restore(read_notebook(submission.content, submission.suffix), assignment.release)
    cells = executable(restored, dict(assignment.parameters("quick")) | {"DATA": str(assignment.data)})
    seconds = []
    for _ in range(times):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.source) for cell in cells])
        started = time.perf_counter()
        NotebookClient(notebook, kernel_name="python3", allow_errors=True).execute()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="What a submission costs.")
    parser.add_argument("--students", type=int, default=12)
    parser.add_argument("--kernels", type=int, default=3)
    options = parser.parse_args()
    assignment = load("practical09", ROOT)
    table = Table("what", "s a submission", "ratio to a kernel", title="steady state, quick profile")
    whole = classmates(assignment, options.students, training=True, busy=False)
    light = classmates(assignment, options.students, training=False, busy=True)
    stock = kernel(assignment, light[0], options.kernels)
    rows = [("a fresh Jupyter kernel, cells only (nbclient)", stock)]
    rows += [(f"graders, 0.1 s of own code, training apart, {n} job(s)", steady(assignment, light, n)) for n in (1, 2)]
    rows += [(f"graders, all ten questions, {n} job(s)", steady(assignment, whole, n)) for n in (1, 2)]
    for name, seconds in rows:
        table.add_row(name, f"{seconds:.3f}", f"{stock / seconds:.1f} x")
    Console().print(table)


if __name__ == "__main__":
    main()
