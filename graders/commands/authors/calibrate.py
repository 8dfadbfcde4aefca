"""`graders calibrate`: measures what correct solutions reach, and keeps it next to the reference."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from graders.authors import calibrate as calibrating
from graders.authors.calibrate import CalibrationRun, Made
from graders.catalog import loader
from graders.catalog.course import find_root
from graders.commands.datasets import prepared_data
from graders.commands.progress import ProgressBar
from graders.errors import UsageError
from graders.runners.pool import Stopped
from graders.sandbox.selftest.gpu_trial import refuse_without_gpu, try_here

OUR_FAULT = 1


def calibrate(
    assignment: str,
    *,
    profile: str | None,
    device: str,
    seeds: str,
    questions: Sequence[str] = (),
    jobs: int = 1,
    data: Path | None = None,
    to: Path | None = None,
) -> int:
    """Make the runs that calibration.json does not hold yet; each is saved as it comes.

    Args:
        seeds: how many, from 0 on (`10`), or from which to which (`10-19`).

    Raises:
        UsageError: nothing is measured for that profile and device, or its data sets are not here.
        GpuMissing: the device is not here.
    """
    root = find_root()
    loaded = loader.load(assignment, root)
    profile = profile or loaded.default_profile
    path = to or root / "reference" / assignment / calibrating.FILE
    parameters = {**loaded.parameters(profile), "DEVICE": device}
    found = calibrating.read(path)
    wanted = calibrating.runs(loaded, profile, device, numbers(seeds), questions)
    if device == "cuda":
        refuse_without_gpu(try_here())
    prepared = prepared_data(loaded, profile, data)
    if prepared is not None:
        parameters["DATA"] = str(prepared.public)
    done = calibrating.known(found, profile, device)
    todo = [run for run in wanted if run not in done]
    factory = calibrating.measuring(assignment, root, profile, device, parameters, prepared)
    lost: list[str] = []
    try:
        with ProgressBar(len(todo), "Calibrating") as bar:
            for run, made in calibrating.calibrate(factory, todo, jobs, on_gpu=device == "cuda"):
                if isinstance(made, Made):
                    calibrating.add(found, profile, device, run, made)
                    calibrating.save(path, found)
                else:
                    lost.append(f"{run.question}: {run.solution} with seed {run.seed} broke down. {made.detail}")
                bar.advance(f"{run.question}: {run.solution}")
    except Stopped as stopped:
        left = len(set(todo) - calibrating.known(found, profile, device))
        print(f"Stopped: {left} of {len(wanted)} runs are left; the same command goes on.", file=sys.stderr)
        return 128 + stopped.number
    _print(found, profile, device, wanted)
    print(f"{len(todo) - len(lost)} runs made, {len(wanted) - len(todo)} were known. {path}")
    for line in lost:
        print(line, file=sys.stderr)
    return OUR_FAULT if lost else 0


def numbers(seeds: str) -> range:
    """The seeds that `10` or `10-19` means.

    Raises:
        UsageError: it means none.
    """
    first, dash, last = seeds.partition("-")
    if first.isdecimal() and (last.isdecimal() or not dash):
        found = range(int(first), int(last) + 1) if dash else range(int(first))
        if found:
            return found
    raise UsageError(f"--seeds {seeds} means no seeds: give how many (10), or from which to which (10-19).")


def _print(found: dict[str, object], profile: str, device: str, wanted: Sequence[CalibrationRun]) -> None:
    """Of each question the worst run of all solutions, by each number that was measured."""
    place = found
    for key in (profile, device):
        place = place.get(key, {})  # type: ignore[assignment]
    for question in dict.fromkeys(run.question for run in wanted):
        values: dict[str, list[tuple[float, str]]] = {}
        for solution, machines in place.get(question, {}).items():  # type: ignore[attr-defined]
            for columns in machines.values():
                for name in set(columns) - {"seeds"}:
                    values.setdefault(name, []).extend((value, solution) for value in columns[name])
        for name, runs in sorted(values.items()):
            least, solution = min(runs)
            print(f"{question}: the least {name} of {len(runs)} runs is {least:.3f} ({solution}).")
