"""Students an hour on one GPU, packed and one by one, and how busy the GPU was.

    python benchmarks/bench_gpu.py --data FOLDER --students 8 --jobs 1 4

Grades copies of the sample student `correct` on the full profile: five epochs over 25,000 reviews for each of two
models. Only the questions that train on reviews are answered in them.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from classmates import ROOT, classmates

from graders.archive.finished import Finished
from graders.archive.store import open_store
from graders.catalog.loader import load
from graders.commands.datasets import prepared_data
from graders.errors import GpuMissing
from graders.runners.local import GradingRun, grade_class
from graders.sandbox.host.gpu import cards as gpu
from graders.sandbox.selftest.gpu_trial import refuse_without_gpu, try_here

OTHERS = ("equations", "by_hand", "numpy_forward", "rnn_cell", "training", "sampling")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--students", type=int, default=8)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    try:
        refuse_without_gpu(try_here())
    except GpuMissing as missing:
        sys.exit(str(missing))
    loaded = load("practical09", ROOT)
    parameters = {**loaded.parameters("full"), "DEVICE": "cuda", "IMDB_EPOCHS": options.epochs}
    data = prepared_data(loaded, "full", options.data)
    assignment = replace(loaded, prepared_data=data, profiles={**loaded.profiles, "full": parameters})
    print(", ".join(one.name for one in gpu.gpus()))
    for jobs in options.jobs:
        found = measured(GradingRun(assignment, ROOT, "full", b"bench"), options.students + jobs, jobs)
        print(f"{jobs} job(s): {found}", flush=True)


@dataclass
class Measured:
    """What a class has shown: when each report came, how busy the GPU was, its memory in use, and accuracies."""

    jobs: int
    done: list[float] = field(default_factory=list)
    busy: list[int] = field(default_factory=list)
    used: list[int] = field(default_factory=list)
    accuracies: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        seconds = (self.done[-1] - self.done[self.jobs - 1]) / (len(self.done) - self.jobs)
        return (
            f"{3600 / seconds:.0f} students an hour once all are at work ({seconds:.1f} s each), GPU busy "
            f"{statistics.mean(self.busy or [0]):.0f} %, at most {max(self.used or [0])} MB of it in use, "
            f"accuracies {' '.join(self.accuracies)}"
        )


def measured(course: GradingRun, students: int, jobs: int) -> Measured:
    """Grade a class: from the first report of each job to the last, so that what starting costs does not count."""
    found, done = Measured(jobs), threading.Event()

    def watch() -> None:
        while not done.wait(0.5):
            for one in gpu.gpus()[:1]:
                found.busy.append(one.busy)
                found.used.append(one.total - one.free)

    def on_report(finished: Finished, fresh: bool) -> None:
        found.done.append(time.perf_counter())
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
