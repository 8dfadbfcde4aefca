"""Measures what correct solutions reach, from which thresholds are derived: `graders calibrate`.

The reference, and correct variants of it, are graded over many seeds like students. An assignment
says what is to be measured in its module `calibrated`: `MEASURES`, (profile, device) -> question -> measure(solution,
rng) -> a number, and `VARIANTS`, question -> the names of the variants whose numbers may differ from the reference's.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from graders.catalog import Assignment
from graders.checking import seed_everything, word
from graders.errors import UsageError

FILE = "calibration.json"


def calibrate(
    assignment: Assignment,
    profile: str,
    device: str,
    seeds: Iterable[int],
    on_run: Callable[[str, str], None] | None = None,
) -> dict[str, Any]:
    """The accuracies of the reference and of each variant of each measured question.

    Args:
        on_run: called with the question and the name of who has run, after each run.

    Returns:
        profile -> device -> question -> `accuracies` of the reference, and of each of the `variants`, and where they
        come from; to be merged into `calibration.json` with `merged`.

    Raises:
        UsageError: nothing is measured for that profile and device.
    """
    module = importlib.import_module(f"graders.{assignment.id}.calibrated")
    if (profile, device) not in module.MEASURES:
        known = ", ".join(" on ".join(pair) for pair in module.MEASURES)
        raise UsageError(f"{assignment.id} has nothing to calibrate for {profile} on {device}; it has {known}.")
    numbers, found = list(seeds), {}
    for question, measure in module.MEASURES[profile, device].items():
        variants = {
            item.name: item
            for item in assignment.variants
            if item.question == question and item.name in module.VARIANTS[question]
        }
        runs: dict[str, list[float]] = {}
        for name in ("", *variants):
            runs[name] = []
            for seed in numbers:
                number = word(seed, "calibrate", question, name)
                seed_everything(number)
                solution = assignment.solution(profile, variants.get(name))
                runs[name].append(round(float(measure(solution, np.random.default_rng(number))), 6))
                if on_run is not None:
                    on_run(question, name or "reference")
        found[question] = {
            "accuracies": runs.pop(""),
            "variants": runs,
            "seeds": [min(numbers), max(numbers)],
            "torch": str(torch.__version__).partition("+")[0],
        }
    return {profile: {device: found}}


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The old measurements, with the new ones in place of those of the same profile, device and question."""
    result = {profile: {device: dict(found) for device, found in devices.items()} for profile, devices in old.items()}
    for profile, devices in new.items():
        for device, found in devices.items():
            result.setdefault(profile, {}).setdefault(device, {}).update(found)
    return result


def save(path: Path, found: dict[str, Any]) -> None:
    """Merge measurements into a calibration file, one list of numbers a line."""
    old = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    path.write_text(_text(merged(old, found), 0) + "\n", "utf-8")


def _text(value: Any, depth: int) -> str:
    if not isinstance(value, dict):
        return json.dumps(value)
    pad = "  " * (depth + 1)
    items = [f"{pad}{json.dumps(key)}: {_text(item, depth + 1)}" for key, item in value.items()]
    return "{\n" + ",\n".join(items) + "\n" + "  " * depth + "}"
