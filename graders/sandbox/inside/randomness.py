"""Every random generator that a notebook is likely to use; in the sandbox, and in the student's own self-check."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.random import bit_generator


class Randomness:
    """Every random generator that a notebook is likely to use, seeded together."""

    def __init__(self) -> None:
        self._entropy = random.Random(0)
        self._seeders: tuple[Callable[[int], Any], ...] = (
            random.seed,
            lambda number: np.random.seed(number % (1 << 32)),
            lambda number: torch.manual_seed(number % (1 << 63)),
            self._entropy.seed,
        )
        vars(bit_generator)["randbits"] = self._entropy.getrandbits  # where an unseeded `default_rng()` begins

    def seed(self, number: int) -> None:
        """Seed them all."""
        for seeder in self._seeders:
            seeder(number)
