"""`graders calibrate`: measures what correct solutions reach, and keeps it beside the reference."""

from __future__ import annotations

from pathlib import Path

import torch

from graders import calibrate as calibrating
from graders import catalog
from graders.commands.film_reviews import prepared_reviews
from graders.commands.progress import Bar
from graders.errors import UsageError


def calibrate(assignment: str, *, profile: str, device: str, seeds: int, data: Path | None, to: Path | None) -> int:
    """Measure, and merge the numbers into calibration.json.

    Raises:
        UsageError: nothing is measured for that profile and device, the device is not here, or the reviews are not.
    """
    root = catalog.find_root()
    loaded = catalog.load(assignment, root)
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError("PyTorch finds no GPU here; calibrate with --device cpu, or on a machine that has one.")
    parameters = {**loaded.parameters(profile), "DEVICE": device}
    reviews = prepared_reviews(data, loaded) if profile in loaded.with_reviews else None
    if reviews is not None:
        parameters["DATA"] = str(reviews.public)
    loaded = loaded.prepared(profile, parameters, reviews)
    torch.set_num_threads(1)
    path = to or root / "reference" / assignment / calibrating.FILE
    with Bar(None, "Calibrating") as bar:
        found = calibrating.calibrate(
            loaded, profile, device, range(seeds), lambda question, name: bar.advance(f"{question}: {name}")
        )
    calibrating.save(path, found)
    for question, entry in found[profile][device].items():
        everybody = {"reference": entry["accuracies"], **entry["variants"]}
        worst = min(everybody, key=lambda name: min(everybody[name]))
        print(
            f"{question}: the least of {len(everybody)} x {seeds} accuracies is {min(everybody[worst]):.3f} ({worst})."
        )
    print(path)
    return 0
