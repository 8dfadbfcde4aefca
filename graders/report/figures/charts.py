"""Geometry of the plots in a report: numbers in, coordinates out; a template draws them as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

WIDTH, HEIGHT = 640.0, 260.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 118.0, 14.0, 36.0
MOST_POINTS = 400
MOST_BARS = 60
BINS = 40
ROW = 15.0  # height of a line of text above a histogram

Numbers = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, and what it says."""

    at: float
    label: str


@dataclass(frozen=True)
class Level:
    """A horizontal line across the plot with its name next to it; `label_at` keeps names apart."""

    at: float
    label_at: float
    label: str


@dataclass(frozen=True)
class Polyline:
    """A drawn line, as the points of an SVG polyline."""

    name: str
    points: str


@dataclass(frozen=True)
class Curve:
    """Values over steps: as measured, smoothed, and the levels to compare them with."""

    x_label: str
    y_label: str
    raw: Polyline
    smooth: Polyline
    levels: tuple[Level, ...]
    band: tuple[float, float] | None  # top and height
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


@dataclass(frozen=True)
class SymbolBar:
    """One symbol: how often it was drawn, as a bar, and how often it should be, as a mark.

    Attributes:
        interval: top and bottom of the 95 % interval of what the bar shows, where it is known of how many draws.
    """

    x: float
    width: float
    top: float
    height: float
    expected: float | None
    label: str
    tip: str
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Bars:
    """Frequencies next to probabilities."""

    bars: tuple[SymbolBar, ...]
    y_ticks: tuple[Tick, ...]
    left_out: int
    draws: int | None = None


@dataclass(frozen=True)
class Column:
    """One bin of a histogram."""

    x: float
    width: float
    top: float
    height: float
    tip: str


@dataclass(frozen=True)
class Mark:
    """A vertical line across a histogram with its name above; `row` keeps names apart."""

    at: float
    row: float
    label: str


@dataclass(frozen=True)
class Histogram:
    """How often values came in a population, and where others lie among them."""

    x_label: str
    columns: tuple[Column, ...]
    marks: tuple[Mark, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


def curve(
    values: Numbers, levels: Mapping[str, float], *, band: tuple[float, float] | None = None, y_label: str = "loss"
) -> Curve:
    """A curve of at least two finite values, with named horizontal lines and a band between two heights."""
    steps, shown = _thinned(values)
    smooth = _smoothed(values)[steps]
    heights = [*shown, *levels.values(), *(band or ())]
    low, high = _padded(min(heights), max(heights))
    x, y = _scale(0, max(len(values) - 1, 1), LEFT, WIDTH - RIGHT), _scale(low, high, HEIGHT - BOTTOM, TOP)
    return Curve(
        "epoch",
        y_label,
        Polyline("each epoch", _polyline(x(steps), y(shown))),
        Polyline("smoothed", _polyline(x(steps), y(smooth))),
        _apart([(float(y(value)), name) for name, value in levels.items()]),
        (float(y(max(band))), float(abs(y(band[0]) - y(band[1])))) if band else None,
        tuple(Tick(float(x(t - 1)), f"{t:g}") for t in _nice(1, len(values), 6) if t == int(t)),
        tuple(Tick(float(y(t)), f"{t:g}") for t in _nice(low, high, 5)),
    )


def bars(labels: Sequence[str], frequencies: Numbers, probabilities: Numbers | None, draws: int | None = None) -> Bars:
    """Bars for frequencies, marks for probabilities; only the first `MOST_BARS` are drawn.

    Args:
        draws: of how many draws the frequencies are, all within 0 and 1; each bar then gets its interval.
    """
    count = min(len(frequencies), MOST_BARS)
    ends = [wilson(float(share), draws) for share in frequencies[:count]] if draws else []
    highest = max(
        [float(np.max(part[:count])) for part in (frequencies, probabilities) if part is not None]
        + [high for _, high in ends]
    )
    y = _scale(0, highest * 1.08 or 1, HEIGHT - BOTTOM, TOP)
    slot = (WIDTH - LEFT - 12) / count
    drawn = []
    for i in range(count):
        top = float(y(frequencies[i]))
        due = None if probabilities is None else float(probabilities[i])
        tip = f"{labels[i]}: {frequencies[i]:.3g}" + ("" if due is None else f", probability {due:.3g}")
        mark = None if due is None else float(y(due))
        error = (float(y(ends[i][1])), float(y(ends[i][0]))) if ends else None
        x, width = LEFT + slot * (i + 0.12), slot * 0.76
        drawn.append(SymbolBar(x, width, top, HEIGHT - BOTTOM - top, mark, labels[i], tip, error))
    ticks = tuple(Tick(float(y(t)), f"{t:g}") for t in _nice(0, highest * 1.08, 5))
    return Bars(tuple(drawn), ticks, len(frequencies) - count, draws)


def wilson(share: float, draws: int, z: float = 1.96) -> tuple[float, float]:
    """The interval of a share of so many draws by Wilson's score (1927), which stays within 0 and 1 where none came."""
    middle = (share + z * z / (2 * draws)) / (1 + z * z / draws)
    half = z / (1 + z * z / draws) * math.sqrt(share * (1 - share) / draws + z * z / (4 * draws * draws))
    return max(0.0, middle - half), min(1.0, middle + half)


def histogram(values: Numbers, marks: Mapping[str, float], x_label: str) -> Histogram:
    """A histogram of at least two finite values, with named vertical lines."""
    low, high = _padded(min(*values, *marks.values()), max(*values, *marks.values()))
    counts, edges = np.histogram(values, bins=BINS, range=(low, high))
    x = _scale(low, high, LEFT, WIDTH - RIGHT)
    ground, ceiling = HEIGHT - BOTTOM, TOP + ROW * len(marks)
    y = _scale(0, float(counts.max()), ground, ceiling)
    columns = tuple(
        Column(float(x(left)), float(x(right) - x(left)), float(y(count)), ground - float(y(count)), f"{count}")
        for left, right, count in zip(edges, edges[1:], counts, strict=False)
        if count
    )
    named = sorted(marks.items(), key=lambda item: item[1])
    return Histogram(
        x_label,
        columns,
        tuple(Mark(float(x(value)), TOP + ROW * (i + 0.6), name) for i, (name, value) in enumerate(named)),
        tuple(Tick(float(x(t)), f"{t:g}") for t in _nice(low, high, 6)),
        tuple(Tick(float(y(t)), f"{t:g}") for t in _nice(0, float(counts.max()), 4) if t == int(t)),
    )


def _thinned(values: Numbers) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.intp]], Numbers]:
    every = max(1, math.ceil(len(values) / MOST_POINTS))
    steps = np.arange(0, len(values), every)
    return steps, values[steps]


def _smoothed(values: Numbers) -> Numbers:
    """A moving average over about a tenth of the curve, cut off at both ends."""
    half = len(values) // 20
    sums = np.concatenate([[0.0], np.cumsum(values)])
    places = np.arange(len(values))
    first, last = np.maximum(places - half, 0), np.minimum(places + half + 1, len(values))
    return np.asarray((sums[last] - sums[first]) / (last - first), dtype=np.float64)


def _padded(low: float, high: float) -> tuple[float, float]:
    margin = (high - low) * 0.06 or max(abs(high) * 0.1, 0.1)
    return low - margin, high + margin


def _scale(low: float, high: float, start: float, end: float) -> Callable[[Any], Any]:
    """Maps an interval of values onto an interval of coordinates."""
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def _polyline(x: Numbers, y: Numbers) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))


def _apart(levels: list[tuple[float, str]], gap: float = 15.0) -> tuple[Level, ...]:
    """Levels from top to bottom, with their names pushed down where they would overlap."""
    placed: list[Level] = []
    for at, name in sorted(levels):
        free = placed[-1].label_at + gap if placed else TOP
        placed.append(Level(at, max(at, free), name))
    return tuple(placed)


def _nice(low: float, high: float, most: int) -> list[float]:
    """Round numbers between two values, at most so many."""
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return [low]
    rough = span / most
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 12) for i in range(first, math.floor(high / step + 1e-9) + 1)]
