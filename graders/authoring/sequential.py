"""Tests that draw until the case is clear, and tests of randomness itself, with proven false-alarm rates.

They rest on likelihood ratios whose mean under the null hypothesis is at most 1: by Ville's inequality such a ratio
exceeds 1 / alpha at any time with a probability of at most alpha, so one may look after every draw and stop whenever
the case is clear.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray
from scipy import special

from graders.authoring.stochastic import CLEAR, fits, refuted

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SequentialResult:
    """What draws say about a distribution, once it is clear.

    Attributes:
        refuted: whether they refute it.
        counts: (K,) how often each outcome came.
        toward: which of the alternatives they fit best.
    """

    refuted: bool
    counts: Array
    toward: int

    @property
    def draws(self) -> int:
        """How many draws it took."""
        return int(self.counts.sum())


def decided(
    draw: Callable[[int], ArrayLike],
    probabilities: ArrayLike,
    others: Sequence[ArrayLike],
    alpha: float,
    *,
    miss: float = 0.008,
    block: int = 100,
    rounds: int = 80,
) -> SequentialResult:
    """Draw, block by block, until it is clear whether the outcomes have these probabilities or others.

    Null hypothesis: the draws are independent and have these probabilities. Two tests share the rate `alpha`. The mean
    of the likelihood ratios of the alternatives is a martingale of mean 1, which exceeds 2 / alpha at any time with
    probability alpha / 2 at the most (J. Ville 1939; A. Wald, "Sequential tests of statistical hypotheses", Annals of
    Mathematical Statistics 16, 1945). And whatever the alternatives do not foresee meets `fits` after 1, 2, 4, 8...
    blocks. So the false-alarm rate is a proven bound, however long the drawing goes on.

    Power: the test ends without refuting only when the draws are 1 / miss times likelier than under each alternative
    (and fit well, with a p-value of at least 0.05), which happens with probability `miss` at the most when one of them
    is true, by the same inequality; or after all rounds, about which the choice of `rounds` decides. What lies beyond
    an alternative in an exponential family, such as a temperature below 0.9 next to one of 0.9, is refuted sooner.

    Args:
        draw: gives so many new outcomes, whole numbers in [0, K); it may give fewer.
        probabilities: (K,), scaled to add up to 1.
        others: alternatives, (K,) each; they may be empty.
    """
    due = np.asarray(probabilities, float) / np.sum(probabilities)
    ratios = [_log_ratios(np.asarray(other, float) / np.sum(other), due) for other in others]
    counts, looks, wait = np.zeros(len(due)), math.ceil(math.log2(rounds + 1)), math.log(miss)
    toward = 0
    for turn in range(1, rounds + 1):
        counts += np.bincount(np.asarray(draw(block), int), minlength=len(due))
        came = counts > 0
        evidence = np.array([float(counts[came] @ ratio[came]) for ratio in ratios] or [-math.inf])
        toward, fit = int(evidence.argmax()), fits(counts, due)
        mean = float(special.logsumexp(evidence)) - math.log(len(evidence))
        looking = turn & (turn - 1) == 0
        if fit.impossible or mean >= math.log(2 / alpha) or (looking and refuted(fit, alpha / 2, looks)):
            return SequentialResult(True, counts, toward)
        if evidence.max() <= wait and fit.p_value >= CLEAR:
            break
    return SequentialResult(False, counts, toward)


def _log_ratios(other: Array, due: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(due > 0, np.log(other) - np.log(due), 0.0)


def depends_on_the_past(values: ArrayLike, kinds: int, lags: Sequence[int] = (1, 2, 3)) -> float:
    """A bound of the p-value of "these draws are independent and alike".

    Null hypothesis: the values are independent draws from one distribution, whichever. For each lag, the probability
    that a chain of that memory gives the values, with a Dirichlet(1/2) mixture over its transitions (R. Krichevsky and
    V. Trofimov, IEEE Transactions on Information Theory 27, 1981), is divided by their largest probability as
    independent draws. Such a ratio has a mean of at most 1 whatever the distribution (L. Wasserman, A. Ramdas and S.
    Balakrishnan, "Universal inference", PNAS 117, 2020), so by Markov's inequality its inverse bounds the p-value; the
    lags share it by the union bound. Power: multiples of the golden ratio modulo 1, or a base-2 van der Corput
    sequence, over 4 even kinds, have a bound below 1e-30 after 300 draws.

    Args:
        values: (n,) whole numbers in [0, kinds).
        lags: how far back to look, each for itself.
    """
    sequence = np.asarray(values, int)
    strongest = 0.0
    for lag in lags:
        before, after = sequence[:-lag], sequence[lag:]
        table = np.zeros((kinds, kinds))
        np.add.at(table, (before, after), 1)
        chain = special.gammaln(table + 0.5).sum() - kinds * kinds * special.gammaln(0.5)
        chain += kinds * special.gammaln(kinds / 2) - special.gammaln(table.sum(axis=1) + kinds / 2).sum()
        totals = table.sum(axis=0)
        strongest = max(strongest, float(chain - special.xlogy(totals, totals / max(1, len(after))).sum()))
    return min(1.0, len(lags) * math.exp(-strongest))


def period(values: Sequence[int], most: int) -> int | None:
    """After how many draws the sequence repeats itself from beginning to end, where that is at most `most`.

    Null hypothesis, false alarms: independent draws in which no outcome has a probability above q do so with a
    probability of at most most * q^(n - most), for each draw after the first `most` must be the one that came before.
    """
    return next((p for p in range(1, most + 1) if list(values[p:]) == list(values[:-p])), None)


def same_distribution(counts: ArrayLike, other_counts: ArrayLike) -> float:
    """The p-value of a difference between two samples of one set of outcomes.

    Null hypothesis: both come from one distribution. Pearson's chi-squared test of homogeneity (K. Pearson 1911), an
    approximation: good enough to grant something to one sample because it is like the other, not to refuse it. Power:
    (0.5, 0.3, 0.2) against (0.6, 0.25, 0.15) on 1,000 draws each has a p-value below 1e-3 in 9 of 10 cases.
    """
    table = np.array([counts, other_counts], float)
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2 or (table.sum(axis=1) == 0).any():
        return float(table.shape[1] == 1 and bool((table.sum(axis=1) > 0).all()))
    return float(scipy.stats.chi2_contingency(table).pvalue)
