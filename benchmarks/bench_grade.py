"""What a submission costs, next to a stock Jupyter kernel on the same notebook, in one run.

    make bench                                   or: python benchmarks/bench_grade.py --students 12

Classes are graded that are made from the sample student `correct`: as it is; without the training of names; and
without all three questions for which the student's models are trained; the last two with a cell whose own code takes
0.1 s. The peers start one kernel a notebook; what that alone costs, on the same cells, is measured with nbclient.
Prints seconds and ratios; then what the walls cost: the same submissions are graded in turn behind all walls and behind
none, and the differences' median is printed.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import nbformat
import torch
from classmates import ROOT, classmates
from nbclient import NotebookClient
from rich.console import Console
from rich.table import Table

from graders.archive.finished import Finished
from graders.archive.store import open_store
from graders.catalog.assignment import Assignment
from graders.catalog.loader import load
from graders.grading.engine import grade
from graders.model import Submission
from graders.notebooks.notebook import executable
from graders.notebooks.notebook_file import read_notebook
from graders.notebooks.restore import restore
from graders.runners.local import GradingRun, grade_class
from graders.sandbox.host import walls as sandbox_walls
from graders.sandbox.host.sandbox import Sandbox

TRAINING = ("training", "sentiment_rnn", "sentiment_lstm")
NO_WALLS = sandbox_walls.Walls(bubblewrap=None, user=None, nested=False)


def steady(assignment: Assignment, submissions: Sequence[Submission], jobs: int) -> float:
    """Seconds a submission once every worker is warm: from the first `jobs` reports to the last."""
    done: list[float] = []

    def on_report(finished: Finished, fresh: bool) -> None:
        report = finished.report
        if report.points == 0:
            raise SystemExit(f"{report.submission.student} got no points; the figures would mean nothing.")
        done.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        grade_class(
            submissions, GradingRun.of(assignment, ROOT, "quick", b"bench"), store, jobs=jobs, on_report=on_report
        )
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


@contextmanager
def without_walls() -> Iterator[None]:
    """Warm processes that start meanwhile carry a Landlock and a filter that do nothing."""
    prepare = sandbox_walls.prepare

    def prepare_open(folder: Path, probes: Path | None) -> None:
        prepare(folder, probes)
        for name in ("landlock.fence", "landlock.scope", "seccomp.forbid"):
            module, function = name.split(".")
            with (folder / "graders" / "sandbox" / f"{module}.py").open("a") as source:
                source.write(f"\n\ndef {function}(*_):\n    return False\n")

    sandbox_walls.prepare = prepare_open
    try:
        yield
    finally:
        sandbox_walls.prepare = prepare


def walls(assignment: Assignment, submissions: Sequence[Submission]) -> tuple[float, float]:
    """Median seconds of a submission behind the walls, and by how much the median pair is slower than without."""
    pairs = []
    settings = (assignment.beside, assignment.data, assignment.limits)
    with Sandbox(*settings, "auto") as closed, without_walls(), Sandbox(*settings, NO_WALLS) as bare:
        for number, submission in enumerate([submissions[0], *submissions]):
            pair = {}
            for sandbox in (closed, bare) if number % 2 else (bare, closed):
                started = time.perf_counter()
                grade(submission, assignment, sandbox, secret=b"bench")
                pair[sandbox] = time.perf_counter() - started
            pairs.append((pair[closed], pair[bare]))
    warm = pairs[1:]
    return statistics.median(a for a, _ in warm), statistics.median(a - b for a, b in warm)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="What a submission costs.")
    parser.add_argument("--students", type=int, default=12)
    parser.add_argument("--kernels", type=int, default=3)
    options = parser.parse_args()
    assignment = load("practical09", ROOT)
    table = Table("what", "s a submission", "ratio to a kernel", title="steady state, quick profile")
    whole = classmates(assignment, options.students, busy=False)
    classes = {
        "0.1 s of own code, nothing trained": classmates(assignment, options.students, TRAINING),
        "0.1 s of own code, names not trained": classmates(assignment, options.students, TRAINING[:1]),
        "all ten questions": whole,
    }
    stock = kernel(assignment, whole[0], options.kernels)
    rows = [("a fresh Jupyter kernel, cells only (nbclient)", stock)]
    for name, submissions in classes.items():
        rows += [(f"{name}, {n} job{'s'[: n - 1]}", steady(assignment, submissions, n)) for n in (1, 2)]
    for name, seconds in rows:
        table.add_row(name, f"{seconds:.3f}", f"{stock / seconds:.1f} x")
    Console().print(table)
    torch.set_num_threads(1)
    closed, difference = walls(assignment, classmates(assignment, 3 * options.students, TRAINING))
    print(f"0.1 s of own code, nothing trained: {closed:.3f} s behind the walls, {difference * 1000:+.0f} ms for them.")


if __name__ == "__main__":
    main()
