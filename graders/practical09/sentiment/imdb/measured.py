"""What `calibration.json` says of the accuracies that correct solutions reach, what guessing does, and what follows.

The file holds, for each profile, device and question, the runs of the reference and of each correct variant, by the
machine on which they were made: `profile -> device -> question -> solution -> machine -> {seeds, accuracy, auc}`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import scipy

REFERENCE = "reference"
MODELS = {"sentiment_rnn": "SentimentRNN", "sentiment_lstm": "SentimentLSTM"}  # by their questions
TRIES = 3  # trainings, of which the best counts
FALSE_PASSES, FALSE_FAILS = 1e-6, 1e-4  # the most that is allowed
Runs = Mapping[str, Sequence[float]]  # solution -> the accuracy of each run


def accuracies(found: Any, profile: str, device: str, question: str) -> Runs:
    """The accuracies of the reference and of each variant, in shares of 1; empty where nothing was measured."""
    for key in (profile, device, question):
        found = found.get(key) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping):
        return {}
    return {
        name: [float(value) for columns in machines.values() for value in columns["accuracy"]]
        for name, machines in found.items()
    }


def guessing(number: int) -> float:
    """The accuracy that a coin exceeds, in the best of three tries on so many reviews, once in 1,000,000 cases."""
    return float(scipy.stats.binom.isf(FALSE_PASSES / TRIES, number, 0.5)) / number


def evidence(reached: float, number: int, found: Runs | None = None, mark: float | None = None) -> dict[str, Any]:
    """What the report shows of an accuracy on so many reviews: where it lies among those of all correct solutions.

    Args:
        mark: the accuracy from which nothing is lost.
    """
    shown: dict[str, Any] = {"accuracy": reached, "guessing": 0.5, "unseen_reviews": number}
    if found is None or mark is None:
        return shown
    marks = {"yours": reached, "guessing": 0.5, "full marks": mark}
    population = {"population": everybody(found), "population_of": "accuracies of correct models"}
    return {**shown, **population, "marks": marks}


def everybody(runs: Runs) -> list[float]:
    """All runs of all correct solutions."""
    return [value for values in runs.values() for value in values]


def prediction_bound(values: Sequence[float], tries: int, rate: float) -> float:
    """What the best of so many new runs stays above, but for the given rate.

    The runs, old and new, are taken to be independent draws of one normal distribution of which nothing is known but
    the old ones, so that the bound is the mean less a multiple of the standard deviation (one-sided prediction bounds:
    Hahn & Meeker, Statistical Intervals, 1991).
    """
    return float(np.mean(values) - _factor(len(values), tries, rate) * np.std(values, ddof=1))


@cache
def _factor(number: int, tries: int, rate: float) -> float:
    """The k at which `tries` new draws all lie below mean - k sd of `number` old ones with probability `rate`.

    The probability is an integral over the mean and the standard deviation of the old ones (Gauss's quadrature).
    """
    means, of_means = np.polynomial.hermite_e.hermegauss(40)
    spreads, of_spreads = np.polynomial.legendre.leggauss(200)
    spreads, freedom = 2.5 * (spreads + 1), number - 1  # from 0 to 5 standard deviations
    chances = 2.5 * of_spreads * 2 * freedom * spreads * scipy.stats.chi2.pdf(freedom * spreads**2, freedom)

    def missed(k: float) -> float:
        below = scipy.stats.norm.cdf(means[:, None] / math.sqrt(number) - k * spreads[None, :]) ** tries
        return float(of_means @ below @ chances) / math.sqrt(2 * math.pi)

    return float(scipy.optimize.brentq(lambda k: math.log(missed(k) / rate), 0.0, 60.0, xtol=1e-4))
