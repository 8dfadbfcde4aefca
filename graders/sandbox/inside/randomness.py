"""Every random generator that a notebook is likely to use; in the sandbox, and in the student's own self-check."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import bit_generator


def seed_torch(number: int) -> None:
    """Seed PyTorch's generators, where somebody has imported it; nobody else waits for it.

    Where it is built for the CPU alone there is one, and to seed it takes a hundredth of the time that asking every
    kind of device takes.
    """
    if torch := sys.modules.get("torch"):
        built = (
            torch.version.cuda
            or torch.version.hip
            or getattr(torch.version, "xpu", None)
            or torch.backends.mps.is_built()
        )
        (torch.manual_seed if built else torch.default_generator.manual_seed)(number % (1 << 63))


class Randomness:
    """Every random generator that a notebook is likely to use, seeded together."""

    def __init__(self) -> None:
        self._entropy = random.Random(0)
        self._seeders: tuple[Callable[[int], Any], ...] = (
            random.seed,
            lambda number: np.random.seed(number % (1 << 32)),
            seed_torch,
            self._entropy.seed,
        )
        vars(bit_generator)["randbits"] = self._entropy.getrandbits  # where an unseeded `default_rng()` begins

    def seed(self, number: int) -> None:
        """Seed them all."""
        for seeder in self._seeders:
            seeder(number)
