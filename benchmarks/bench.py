"""What grading a class costs: graders, nbgrader, otter and the floor, in one run, as ratios.

    make bench                                   or: python benchmarks/bench.py --students 100 --peers 24

The class is made of copies of the sample student `correct`, once without the three questions for which models are
trained, once whole. The peers grade fewer of them, since each notebook costs them a kernel of its own; they run the
tests in `equivalent_tests.py`. Writes `benchmarks/results.json` and README's table from it; on a machine that does
other work meanwhile the figures mean nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from classmates import ROOT, classmates, write_class
from growth import growth
from measured import Cost, measured
from peers import nbgrader, otter
from table import into_readme

from graders.catalog.assignment import Assignment
from graders.catalog.loader import load
from graders.model import Submission
from graders.runners.local import cpus

TRAINING = ("training", "sentiment_rnn", "sentiment_lstm")
RESULTS = Path(__file__).with_name("results.json")
Grade = Callable[[Sequence[Submission], int], Cost]  # of a class, by so many jobs
GRADERS = Path(sys.executable).with_name("graders")


@dataclass(frozen=True)
class Row:
    """Costs of one way to grade: cold for a class of one, and a submission more in steady state.

    Attributes:
        students: of the class that was graded.
        wall, cpu: seconds a submission, over the whole class, its start included.
        steady_wall, steady_cpu: seconds for one more submission.
        cold: seconds on the clock for a class of one.
        megabytes: the most memory that all processes held together.
    """

    what: str
    students: int
    jobs: int
    wall: float
    cpu: float
    steady_wall: float
    steady_cpu: float
    cold: float
    megabytes: float


def main() -> None:
    """Measure, write, and say where."""
    parser = argparse.ArgumentParser(description="What grading a class costs.")
    parser.add_argument("--students", type=int, default=100)
    parser.add_argument("--peers", type=int, default=24, help="how many of them the peers grade")
    parser.add_argument("--growth", type=int, nargs="*", default=[10, 100, 1000, 10_000])
    parser.add_argument("--environments", type=Path, default=ROOT / "build" / "peers", help="where peers are installed")
    options = parser.parse_args()
    assignment = load("practical09", ROOT)
    jobs = cpus()
    results = {
        "machine": {"cpus": jobs, "python": platform.python_version(), "load": os.getloadavg()[0]},
        "rows": [asdict(row) for row in _rows(assignment, options.students, options.peers, jobs, options.environments)],
        "growth": growth(options.growth),
    }
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    into_readme(results, ROOT / "README.md")
    print(f"{RESULTS} and README.md are written.")


def _rows(assignment: Assignment, students: int, peers: int, jobs: int, root: Path) -> list[Row]:
    easy = classmates(assignment, students, TRAINING, busy=False)
    whole = classmates(assignment, students, busy=False)
    rows = []
    for what, class_ in (("without training", easy), ("all questions", whole)):
        for number in sorted({1, jobs}):
            rows.append(_of(f"graders, {what}", class_, number, _graders))
        rows.append(_floor(what, class_))
    few = easy[:peers]
    for name, peer in (("nbgrader", nbgrader), ("otter", otter)):
        rows.append(
            _of(f"{name}, without training", few, jobs, lambda class_, n, peer=peer: peer(root, assignment, class_, n))
        )
    return rows


def _of(what: str, class_: Sequence[Submission], jobs: int, grade: Grade) -> Row:
    one, all_ = grade(class_[:1], jobs), grade(class_, jobs)
    more = len(class_) - 1
    row = Row(
        what,
        len(class_),
        jobs,
        all_.wall / len(class_),
        all_.cpu / len(class_),
        (all_.wall - one.wall) / more,
        (all_.cpu - one.cpu) / more,
        one.wall,
        all_.megabytes,
    )
    print(f"{row.what}, {jobs} jobs: {row.wall:.3f} s a submission, {row.cpu:.3f} s of CPU", flush=True)
    return row


def _graders(class_: Sequence[Submission], jobs: int) -> Cost:
    with tempfile.TemporaryDirectory() as folder:
        write_class(class_, Path(folder) / "class")
        command = [GRADERS, "grade", Path(folder) / "class", "--assignment", "practical09", "--jobs", str(jobs)]
        return measured([*command, "--out", Path(folder) / "out"], ROOT)


def _floor(what: str, class_: Sequence[Submission]) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        write_class(class_, Path(folder))
        command = [sys.executable, ROOT / "benchmarks" / "floor.py", folder]
        cost = measured([*command, "--write", Path(folder) / "floor.json"], ROOT)
        steady = json.loads((Path(folder) / "floor.json").read_text())
    number = len(class_)
    row = Row(
        f"floor, {what}", number, 1, cost.wall / number, cost.cpu / number, steady["wall"], steady["cpu"],
        cost.wall - steady["wall"] * (number - 1), cost.megabytes,
    )  # fmt: skip
    print(f"{row.what}: {row.steady_wall:.3f} s a submission", flush=True)
    return row


if __name__ == "__main__":
    main()
