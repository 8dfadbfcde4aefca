"""Measures what correct solutions reach, from which thresholds are derived: `graders calibrate`.

The reference, and correct variants of it, are graded over many seeds like students. An assignment's `PACKAGE` says what
is to be measured: `measures`, (profile, device) -> question -> measure(solution, rng) -> named numbers, and
`measured_variants`, question -> the names of the variants whose numbers may differ from the reference's.

`calibration.json` holds every run: profile -> device -> question -> solution -> machine -> the seeds, and a list of
each number. A run that is there is not made again, so that a calibration can be interrupted, and seeds can be added.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from graders.catalog import loader
from graders.catalog.assignment import Assignment, Data
from graders.errors import UsageError
from graders.grading.checking import seed_everything, use_one_thread, word
from graders.runners import mps
from graders.runners.pool import Factory, Lost, Pool, Work

FILE = "calibration.json"
REFERENCE = "reference"


@dataclass(frozen=True)
class CalibrationRun:
    """One training: of which question, by whose solution (`reference` or a variant's name), with which seed."""

    question: str
    solution: str
    seed: int


@dataclass(frozen=True)
class Made:
    """What a run has measured, and on which machine."""

    machine: str
    numbers: Mapping[str, float]


def runs(
    assignment: Assignment, profile: str, device: str, seeds: Iterable[int], questions: Sequence[str] = ()
) -> list[CalibrationRun]:
    """Every run of a calibration, seed by seed, so that one that is interrupted has measured everybody alike.

    Args:
        questions: those to be measured; all that can be when empty.

    Raises:
        UsageError: nothing is measured for that profile and device, or there is no such question.
    """
    package = assignment.package
    if (profile, device) not in package.measures:
        known = ", ".join(" on ".join(pair) for pair in package.measures) or "no measures in its PACKAGE"
        raise UsageError(f"{assignment.id} has nothing to calibrate for {profile} on {device}; it has {known}.")
    measured = package.measures[profile, device]
    if unknown := set(questions) - set(measured):
        raise UsageError(f"Nothing is measured of {', '.join(sorted(unknown))}; it is of {', '.join(measured)}.")
    return [
        CalibrationRun(question, solution, seed)
        for seed in seeds
        for question in questions or measured
        for solution in (REFERENCE, *package.measured_variants.get(question, ()))
    ]


def calibrate(
    factory: Factory, wanted: Sequence[CalibrationRun], jobs: int, *, on_gpu: bool = False
) -> Iterator[tuple[CalibrationRun, Made | Lost]]:
    """Make runs in worker processes, and yield each as it comes; `Lost` where no worker survives one."""
    none: Sequence[Mapping[str, str]] = [{}]
    with mps.seats(jobs) if on_gpu else nullcontext(none) as seats:
        for number, answer in Pool(factory, jobs, seats).run(wanted):
            yield wanted[number], answer


def measuring(
    id: str, root: Path, profile: str, device: str, parameters: Mapping[str, Any], data: Data | None
) -> Factory:
    """What makes a worker's tool."""
    return partial(_measuring, id, root, profile, device, parameters, data)


@contextmanager
def _measuring(
    id: str, root: Path, profile: str, device: str, parameters: Mapping[str, Any], data: Data | None
) -> Iterator[Work]:
    assignment = loader.load(id, root).prepared(profile, parameters, data)
    measures, variants = assignment.package.measures[profile, device], {v.name: v for v in assignment.variants}
    use_one_thread()

    def work(run: CalibrationRun) -> Made:
        number = word(run.seed, "calibrate", run.question, "" if run.solution == REFERENCE else run.solution)
        seed_everything(number)
        solution = assignment.solution(profile, variants.get(run.solution))
        found = measures[run.question](solution, np.random.default_rng(number))
        return Made(machine(device), {name: round(float(value), 6) for name, value in found.items()})

    yield work


def machine(device: str) -> str:
    """The device and the version of torch, on which numbers depend."""
    name = torch.cuda.get_device_name() if device == "cuda" else device
    return f"{name}, torch {str(torch.__version__).partition('+')[0]}"


def known(found: Mapping[str, Any], profile: str, device: str) -> set[CalibrationRun]:
    """The runs that have been made."""
    return {
        CalibrationRun(question, solution, seed)
        for question, solutions in found.get(profile, {}).get(device, {}).items()
        for solution, machines in solutions.items()
        for columns in machines.values()
        for seed in columns["seeds"]
    }


def add(found: dict[str, Any], profile: str, device: str, run: CalibrationRun, made: Made) -> None:
    """Add a run to what has been measured."""
    place = found
    for key in (profile, device, run.question, run.solution, made.machine):
        place = place.setdefault(key, {})
    for name, value in {"seeds": run.seed, **made.numbers}.items():
        place.setdefault(name, []).append(value)


def read(path: Path) -> dict[str, Any]:
    """What a calibration file holds; nothing where there is none.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read ({error}); mend it, or name another file with --to.") from error
    return found


def save(path: Path, found: Mapping[str, Any]) -> None:
    """Write a calibration file, one list of numbers a line; a reader never sees half of one."""
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(_text(found, 0) + "\n", "utf-8")
    draft.replace(path)


def _text(value: Any, depth: int) -> str:
    if not isinstance(value, dict):
        return json.dumps(value)
    pad = "  " * (depth + 1)
    items = [f"{pad}{json.dumps(key)}: {_text(item, depth + 1)}" for key, item in value.items()]
    return "{\n" + ",\n".join(items) + "\n" + "  " * depth + "}"
