"""Numbers written by hand: how precisely they were written, and which numbers a rounding could have led to.

A quantity is a set of ranges, one for each way of rounding what came before it. A range holds a single number, except
where the student's own value is wrong: then only what they wrote is known, to the precision in which they wrote it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

Range = tuple[float, float]  # lowest and highest possible value

COARSEST, FINEST = 2, 7  # decimals: two are asked for; more than seven are taken for unrounded numbers
NOISE = 1e-6  # of float32
SLIP = 0.015  # so near, the method is right and the arithmetic is not; every known wrong method is farther off


@dataclass(frozen=True)
class Written:
    """Numbers that a student wrote; NaN stands for what is no number."""

    values: tuple[float, ...]

    @property
    def decimals(self) -> int:
        """How many decimals they were written with; trailing zeros are lost, and two decimals are the least."""
        return max((_decimals(value) for value in self.values if math.isfinite(value)), default=COARSEST)

    @property
    def unit(self) -> float:
        """One unit of the last decimal."""
        return float(10.0**-self.decimals)

    def match(self, ranges: Iterable[Range]) -> list[bool]:
        """For each number, whether it is in one of these ranges, rounded or cut off after its last decimal."""
        below, above = max(self.unit - NOISE, NOISE), self.unit / 2 + NOISE
        limits = [(lo - below, hi + above) for lo, hi in ranges]
        return [any(lo < value < hi for lo, hi in limits) for value in self.values]

    def near(self, ranges: Iterable[Range]) -> list[bool]:
        """For each number, whether it is so near to one of these ranges that it looks like a slip of arithmetic."""
        limits = [(lo - SLIP, hi + SLIP) for lo, hi in ranges]
        return [any(lo <= value <= hi for lo, hi in limits) for value in self.values]

    def rounds(self, exact: Sequence[float]) -> bool:
        """Whether each number is its exact counterpart, rounded."""
        return all(self.match([point(value)])[i] for i, value in enumerate(exact))

    def is_coarse_for(self, exact: Sequence[float]) -> bool:
        """Whether these are numbers of two decimals or more that were rounded, or cut off, to one or none."""
        pairs = list(zip(self.values, exact, strict=True))
        if not all(math.isfinite(value) and abs(value - round(value, 1)) < NOISE for value, _ in pairs):
            return False
        lost = any(abs(value - right) > 0.01 for value, right in pairs)
        return lost and all(right - 0.1 < value <= right + 0.05 for value, right in pairs)

    def behind(self, exact: Sequence[float]) -> list[Range]:
        """What the student went on with: these numbers where they are right, else whatever rounds to them."""
        if self.rounds(exact):
            return [point(value) for value in self.values]
        return [(value - self.unit / 2, value + self.unit) for value in self.values]

    def spoils(self, exact: Sequence[float]) -> int:
        """The decimals to which what follows may have been rounded; exact numbers spoil nothing."""
        return FINEST if np.allclose(self.values, exact, rtol=0, atol=NOISE) else self.decimals


def _decimals(value: float) -> int:
    return next((d for d in range(COARSEST, FINEST) if abs(value - round(value, d)) < 5e-8), FINEST)


def point(value: float) -> Range:
    """The range that holds one number."""
    return (float(value), float(value))


def total(ranges: Iterable[Range]) -> Range:
    """The range of a sum."""
    lows, highs = zip(*ranges, strict=True)
    return (sum(lows), sum(highs))


def roundings(decimals: int) -> range:
    """The numbers of decimals to which an intermediate result may have been rounded; the last is as good as exact."""
    return range(decimals, 13)


def rounded(ranges: Iterable[Range], decimals: int) -> set[Range]:
    """The ranges, each rounded to so many decimals or more."""
    return {(round(lo, d), round(hi, d)) for lo, hi in ranges for d in roundings(decimals)}


def mapped(function: Callable[[float], float], ranges: Iterable[Range]) -> set[Range]:
    """The images of ranges under a monotone function."""
    ends = ((function(lo), function(hi)) for lo, hi in ranges)
    return {(min(pair), max(pair)) for pair in ends}
