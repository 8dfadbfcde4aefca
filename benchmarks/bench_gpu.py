"""Students an hour on one GPU, packed and one by one, how busy the GPU was, and what grading adds to the training.

    python benchmarks/bench_gpu.py --data FOLDER --rounds 1 --jobs 1 8

Grades copies of the sample student `correct` on the full profile: five epochs over 25,000 reviews for each of two
models. Only the questions that train on reviews are answered in them. The floor is the same notebook in one plain
process that has its GPU ready: its cells, and the training and judging of both its models, without walls or checks.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from classmates import ROOT, classmates
from IPython.core.interactiveshell import InteractiveShell

from graders.archive.finished import Finished
from graders.archive.store import open_store
from graders.catalog.assignment import Assignment
from graders.catalog.loader import load
from graders.commands.datasets import prepared_data
from graders.errors import GpuMissing
from graders.grading.checking import use_one_thread
from graders.notebooks import notebook, reading
from graders.practical09.probes.sentiment_imdb import imdb_logits
from graders.practical09.sentiment.imdb.learning import BATCH, MODELS, PLENTY, VOCABULARY, WORDS
from graders.runners.local import GradingRun, grade_class
from graders.sandbox.host.gpu import cards as gpu
from graders.sandbox.selftest.gpu_trial import refuse_without_gpu, try_here

OTHERS = ("equations", "by_hand", "numpy_forward", "rnn_cell", "training", "sampling")
PROFILE = "full"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rounds", type=int, default=1, help="students that each job grades")
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    try:
        refuse_without_gpu(try_here())
    except GpuMissing as missing:
        sys.exit(str(missing))
    loaded = load("practical09", ROOT)
    parameters = {**loaded.parameters(PROFILE), "DEVICE": "cuda", "IMDB_EPOCHS": options.epochs}
    data = prepared_data(loaded, PROFILE, options.data)
    assignment = replace(loaded, prepared_data=data, profiles={**loaded.profiles, PROFILE: parameters})
    print(", ".join(one.name for one in gpu.gpus()), f"torch {torch.__version__}, {options.epochs} epochs")
    lowest = floor(parameters, str(data.public) if data else "")
    print(f"floor, the same notebook in a plain process: {lowest:.1f} s", flush=True)
    one_by_one = 0.0
    for jobs in options.jobs:
        found = measured(GradingRun.of(assignment, ROOT, PROFILE, b"bench"), options.rounds * jobs, jobs)
        print(f"{jobs} job(s): {found}", flush=True)
        if jobs == 1:
            one_by_one = found.an_hour
            print(f"  harness over floor: {found.grading[-1] / lowest:.3f}", flush=True)
        elif one_by_one:
            print(f"  students an hour over one by one: {found.an_hour / one_by_one:.2f}", flush=True)


def floor(parameters: dict[str, Any], data: str) -> float:
    """The seconds of one student in a plain process of its own, which has used its GPU already."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(plainly, parameters | {"DATA": data}).result()


def plainly(parameters: dict[str, Any]) -> float:
    """Run the notebook's cells, train both models and judge the test reviews; the seconds, without a first warming."""
    use_one_thread()
    assignment, device = load("practical09", ROOT), parameters["DEVICE"]
    warm = torch.nn.LSTM(4, 4).to(device)
    warm(torch.ones(3, 2, 4, device=device))[0].sum().backward()
    cells, shell = cells_of(assignment, parameters), InteractiveShell.instance()
    started = time.perf_counter()
    for source in cells:
        shell.run_cell(source, silent=True).raise_error()
    sizes = [VOCABULARY, parameters["EMBEDDING_DIM"], parameters["RNN_HIDDEN"], 0]
    for model in MODELS.values():
        wanted = model, sizes, 9, parameters["DATA"], parameters["IMDB_EPOCHS"], device, WORDS, BATCH, PLENTY
        imdb_logits(shell.user_ns, *wanted)
    return time.perf_counter() - started


def cells_of(assignment: Assignment, parameters: dict[str, Any]) -> list[str]:
    """The code that is executed of a copy of the sample student."""
    (one,) = classmates(assignment, 1, OTHERS, busy=False)
    handed_in = reading.read(one.content, one.suffix, assignment.release)
    return [cell.source for cell in notebook.executable(handed_in.restored, parameters)]


@dataclass
class Measured:
    """What a class has shown: when each report came, how busy the GPU was, its memory in use, seconds and marks."""

    jobs: int
    done: list[float] = field(default_factory=list)
    busy: list[int] = field(default_factory=list)
    used: list[int] = field(default_factory=list)
    accuracies: list[str] = field(default_factory=list)
    grading: list[float] = field(default_factory=list)
    points: list[float] = field(default_factory=list)

    @property
    def an_hour(self) -> float:
        """Students an hour, from when the first is begun to the last report: what starting costs does not count."""
        begun = min(done - seconds for done, seconds in zip(self.done, self.grading, strict=True))
        return 3600 * len(self.done) / (self.done[-1] - begun)

    def __str__(self) -> str:
        return (
            f"{self.an_hour:.0f} students an hour, each graded in {min(self.grading):.1f} to "
            f"{max(self.grading):.1f} s, GPU busy {statistics.mean(self.busy or [0]):.0f} %, at most "
            f"{max(self.used or [0])} MB of it in use, {min(self.points):g} to {max(self.points):g} points, "
            f"accuracies {' '.join(self.accuracies)}"
        )


def measured(course: GradingRun, students: int, jobs: int) -> Measured:
    """Grade a class, and watch the GPU meanwhile."""
    found, done = Measured(jobs), threading.Event()

    def watch() -> None:
        while not done.wait(0.5):
            for one in gpu.gpus()[:1]:
                found.busy.append(one.busy)
                found.used.append(one.total - one.free)

    def on_report(finished: Finished, fresh: bool) -> None:
        found.done.append(time.perf_counter())
        found.grading.append(finished.report.seconds)
        found.points.append(finished.report.points)
        verdicts = [verdict for question in finished.report.questions for verdict in question.verdicts]
        shares = [verdict.evidence["accuracy"] for verdict in verdicts if "accuracy" in (verdict.evidence or {})]
        found.accuracies.extend(f"{share:.3f}" for share in shares)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with tempfile.TemporaryDirectory() as folder, open_store(Path(folder)) as store:
            handed_in = classmates(course.assignment, students, OTHERS, busy=False)
            grade_class(handed_in, course, store, jobs=jobs, on_report=on_report)
    finally:
        done.set()
        watcher.join()
    return found


if __name__ == "__main__":
    main()
