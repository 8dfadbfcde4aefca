"""What a check measured, made ready to be drawn: a curve, bars, a comparison, or a plain table.

Evidence is plain data, partly from the student's own code. These keys are understood; whatever else there is, or does
not have the expected form, goes into a table:

    losses                  a curve over the epochs, with
      baselines             name -> value: horizontal lines
      before, after, ...    a single number: a horizontal line of that name, where its value is near the curve's
      band                  [low, high]: the range in which a right answer is expected
    frequencies             bars, as a list or name -> value, with
      probabilities         marks on the bars
      labels, symbols       the bars' names
      draws                 how often something was drawn: each bar gets its 95 % interval
    population              a histogram of numbers, with
      population_of         what they are
      marks                 name -> value: vertical lines
    expected, got           a comparison
    compared                expected and got side by side (`authoring.side_by_side`)
    unfolded                which states and outputs of a recurrent network are right: step by step, a picture
    values, wrong           how many numbers of how many are wrong
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from graders.report.clean import one_line
from graders.report.figures import charts, tables
from graders.report.figures import network as networks
from graders.report.figures.charts import Numbers

LARGEST = 1e100  # beyond it no plot makes sense, and differences might overflow


@dataclass(frozen=True)
class Share:
    """So many of so many numbers are wrong."""

    wrong: int
    values: int


@dataclass(frozen=True)
class Figures:
    """All that is drawn for one verdict."""

    curve: charts.Curve | None = None
    bars: charts.Bars | None = None
    histogram: charts.Histogram | None = None
    share: Share | None = None
    comparison: tuple[str, str] | None = None
    table: tables.ComparedTable | None = None
    network: networks.UnfoldedNetwork | None = None
    rows: tuple[tuple[str, str], ...] = ()

    @property
    def any(self) -> bool:
        """Whether there is anything to draw."""
        drawn = (self.curve, self.bars, self.histogram, self.share, self.table, self.network)
        return any((*drawn, self.comparison, self.rows))


def figures(evidence: Mapping[str, Any] | None) -> Figures:
    """Figures for any evidence; total, for part of it comes from student code."""
    rest = {str(key): value for key, value in (evidence or {}).items()}
    curve, rest = _curve(rest)
    bars, rest = _bars(rest)
    histogram, rest = _histogram(rest)
    share, rest = _share(rest)
    table, picture = tables.table(rest.get("compared")), networks.network(rest.get("unfolded"))
    rest = {name: value for name, value in rest.items() if not ((table and name == "compared") or name == "unfolded")}
    comparison = None
    if "expected" in rest and "got" in rest:
        comparison = (brief(rest.pop("expected"), 400), brief(rest.pop("got"), 400))
    told = [(name, value) for name, value in rest.items() if value is not None and value != ""]
    rows = tuple((one_line(name.replace("_", " "), 60), brief(value)) for name, value in told[:40])
    return Figures(curve, bars, histogram, None if table else share, comparison, table, picture, rows)


def brief(value: Any, limit: int = 160) -> str:
    """Any plain value in a few words, six significant digits."""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (float, np.floating)):
        return f"{value:.6g}"
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return one_line(
            "[" + ", ".join(brief(item, limit) for item in value[:50]) + (", …]" if value[50:] else "]"), limit
        )
    if isinstance(value, Mapping):
        return one_line(", ".join(f"{key}: {brief(item, limit)}" for key, item in list(value.items())[:50]), limit)
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return "none" if value is None else one_line(str(value), limit)


def numbers(value: Any) -> Numbers | None:
    """The value as a list of finite numbers, or None where it is something else."""
    try:
        found = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    usable = found.ndim == 1 and found.size > 1 and bool(np.all(np.abs(found) < LARGEST))
    return found if usable else None


def _curve(rest: dict[str, Any]) -> tuple[charts.Curve | None, dict[str, Any]]:
    values = numbers(rest.get("losses"))
    if values is None:
        return None, rest
    left = {name: value for name, value in rest.items() if name not in ("losses", "baselines", "band")}
    baselines = rest.get("baselines")
    levels = _levels(baselines if isinstance(baselines, Mapping) else {})
    band = numbers(rest.get("band"))
    low, high = float(values.min()), float(values.max())
    near = {name: value for name, value in _levels(left).items() if low - 1 <= value <= high + 1}
    limits = (float(band.min()), float(band.max())) if band is not None else None
    left = {name: value for name, value in left.items() if name not in near}
    return charts.curve(values, levels | near, band=limits), left


def _levels(found: Mapping[Any, Any]) -> dict[str, float]:
    """The numbers among named values, eight at the most."""
    kept: dict[str, float] = {}
    for name, value in found.items():
        if isinstance(value, (int, float, np.integer, np.floating)) and type(value) is not bool:
            number = _as_float(value)
            if abs(number) < LARGEST:
                kept[one_line(str(name).replace("_", " "), 16)] = number
    return dict(list(kept.items())[:8])


def _as_float(value: Any) -> float:
    """A number as a float; infinite where it is too large for one."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _bars(rest: dict[str, Any]) -> tuple[charts.Bars | None, dict[str, Any]]:
    found, due = rest.get("frequencies"), rest.get("probabilities")
    names = rest.get("labels", rest.get("symbols"))
    if isinstance(found, Mapping):
        names = list(found)
        due = [due.get(name, 0.0) for name in names] if isinstance(due, Mapping) else due
        found = list(found.values())
    frequencies, probabilities = numbers(found), numbers(due)
    if frequencies is None:
        return None, rest
    if probabilities is not None and len(probabilities) != len(frequencies):
        probabilities = None
    if not isinstance(names, (list, tuple, str)) or len(names) != len(frequencies):
        names = range(len(frequencies))
    labels = [one_line(str(name), 12) or "␠" for name in names]
    draws = rest.get("draws")
    draws = draws if type(draws) is int and 0 < draws < 10**9 and float(frequencies.max()) <= 1 else None
    used = ("frequencies", "probabilities", "labels", "symbols", *(("draws",) if draws else ()))
    left = {name: value for name, value in rest.items() if name not in used}
    return charts.bars(labels, frequencies, probabilities, draws), left


def _histogram(rest: dict[str, Any]) -> tuple[charts.Histogram | None, dict[str, Any]]:
    values, marks = numbers(rest.get("population")), rest.get("marks")
    if values is None:
        return None, rest
    left = {name: value for name, value in rest.items() if name not in ("population", "population_of", "marks")}
    label = one_line(str(rest.get("population_of", "value")), 60)
    return charts.histogram(values, _levels(marks if isinstance(marks, Mapping) else {}), label), left


def _share(rest: dict[str, Any]) -> tuple[Share | None, dict[str, Any]]:
    values, wrong = rest.get("values"), rest.get("wrong")
    if type(values) is not int or type(wrong) is not int or not 0 <= wrong <= values:
        return None, rest
    return Share(wrong, values), {name: value for name, value in rest.items() if name not in ("values", "wrong")}
