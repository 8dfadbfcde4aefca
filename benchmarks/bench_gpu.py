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
from dataclasses import replace
from pathlib import Path

import torch
from bench_grade import ROOT, classmates

from graders.catalog import load
from graders.commands.film_reviews import prepared_reviews
from graders.report.finished import Finished
from graders.runners import gpu
from graders.runners.local import Course, grade_class
from graders.store import open_store

OTHERS = ("equations", "by_hand", "numpy_forward", "rnn_cell", "training", "sampling")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--students", type=int, default=8)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("There is no GPU here; this benchmark says nothing without one.")
    loaded = load("practical09", ROOT)
    parameters = {**loaded.parameters("full"), "DEVICE": "cuda", "IMDB_EPOCHS": options.epochs}
    reviews = prepared_reviews(options.data, loaded)
    assignment = replace(loaded, reviews=reviews, profiles={**loaded.profiles, "full": parameters})
    print(torch.cuda.get_device_name(0))
    for jobs in options.jobs:
        seconds, busy, accuracies = measured(Course(assignment, ROOT, "full", b"bench"), options.students, jobs)
        rate = 3600 * options.students / seconds
        print(f"{jobs} job(s): {rate:.0f} students an hour, GPU busy {busy:.0f} %, accuracies {accuracies}", flush=True)


def measured(course: Course, students: int, jobs: int) -> tuple[float, float, list[str]]:
    """Seconds for all, the mean utilisation, and the accuracies that were reached."""
    accuracies: list[str] = []
    samples: list[int] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.5):
            samples.append(gpu.utilization())

    def on_report(finished: Finished, fresh: bool) -> None:
        report = finished.report
        found = [
            v.evidence["accuracy"]
            for q in report.questions
            for v in q.verdicts
            if v.evidence and "accuracy" in v.evidence
        ]
        accuracies.extend(f"{share:.3f}" for share in found)

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.perf_counter()
    try:
        with tempfile.TemporaryDirectory() as folder, open_store(Path(folder)) as store:
            handed_in = classmates(course.assignment, students, OTHERS, busy=False)
            grade_class(handed_in, course, store, jobs=jobs, on_report=on_report)
    finally:
        done.set()
        watcher.join()
    return time.perf_counter() - started, statistics.mean(samples or [0]), accuracies


if __name__ == "__main__":
    main()
