"""Statistical tests whose false-alarm rates are stated, for checks of what is random in correct work.

A check that draws must say how often it fails somebody who is right. Two rules keep that honest here. A verdict on
frequencies rests on a bound that holds for every sample size (`Fit.bound`), never on an approximation in its far tail.
And several looks at growing samples share one error rate (`sequential.decided`), so that stopping early costs nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray
from scipy import special

SMALLEST = 5.0  # expected count below which bins are pooled
CLEAR = 0.05  # p-value from which a sample counts as a clear fit

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """How well counts fit a distribution.

    Attributes:
        p_value: of the G-test's chi-squared approximation; good near the middle, not to be trusted far below 1e-3.
        bound: an upper bound of the probability, under the null hypothesis, of counts at least as far off as these;
            holds for every sample size.
        impossible: the outcomes that came although their probability is 0.
        draws: how many there were.
    """

    p_value: float
    bound: float
    impossible: tuple[int, ...]
    draws: int


def fits(counts: ArrayLike, probabilities: ArrayLike, smallest: float = SMALLEST) -> Fit:
    """Compare counts of outcomes with their probabilities.

    Null hypothesis: the draws are independent and have these probabilities. An outcome of probability 0 that came
    refutes it outright. Else bins whose expected count is below `smallest` are pooled (which depends on the
    probabilities alone, so it keeps the test exact), and G = 2 n KL(observed, expected) is computed.

    False alarms: P(G/2 >= g) <= exp(-g) (e g / (m - 1))^(m - 1) for m bins and g > m - 1, at every n (R. Agrawal,
    "Finite-sample concentration of the multinomial in relative entropy", IEEE Transactions on Information Theory 66,
    2020). The p-value is that of the likelihood-ratio test (Wilks 1938; Sokal and Rohlf call it the G-test).

    Power: G grows as 2 n KL. With n draws, probabilities at relative entropy d from the stated ones are refuted at
    rate `alpha` nearly always once n d exceeds g(alpha) by several times sqrt(n d); for 27 even symbols and alpha =
    1e-8, g is 66, so 2,000 draws refute whatever is 0.05 nats away.

    Args:
        counts: (K,) whole numbers.
        probabilities: (K,), at least 0; scaled to add up to 1.
    """
    observed, due = np.asarray(counts, float), np.asarray(probabilities, float)
    if observed.shape != due.shape or observed.ndim != 1 or due.sum() <= 0 or due.min() < 0 or observed.min() < 0:
        raise ValueError("counts and probabilities must be of one length and not negative")
    impossible = tuple(int(i) for i in np.flatnonzero((due == 0) & (observed > 0)))
    draws = int(observed.sum())
    if impossible or draws == 0:
        return Fit(float(not impossible), float(not impossible), impossible, draws)
    observed, expected = _pooled(observed, due / due.sum() * draws, smallest)
    freedom = len(expected) - 1
    if freedom == 0:
        return Fit(1.0, 1.0, (), draws)
    half = float(special.xlogy(observed, observed / (expected * draws / expected.sum())).sum())
    return Fit(float(special.chdtrc(freedom, 2 * half)), _bound(half, freedom), (), draws)


def _pooled(observed: Array, expected: Array, smallest: float) -> tuple[Array, Array]:
    """Bins from the rarest on, joined until each is expected `smallest` times."""
    order = np.argsort(expected, kind="stable")
    bins: list[list[float]] = []
    for seen, due in zip(observed[order], expected[order], strict=True):
        if bins and bins[-1][1] < smallest:
            bins[-1][0] += seen
            bins[-1][1] += due
        else:
            bins.append([float(seen), float(due)])
    table = np.array(bins)
    return table[:, 0], table[:, 1]


def _bound(half: float, freedom: int) -> float:
    if half <= freedom:
        return 1.0
    return math.exp(min(0.0, -half + freedom * (1 + math.log(half / freedom))))


def refuted(fit: Fit, alpha: float, looks: int = 1) -> bool:
    """Whether a fit refutes its null hypothesis at rate `alpha`, shared by so many looks."""
    return fit.bound < alpha / looks


def falls(values: ArrayLike) -> float:
    """The p-value of a downward trend in a noisy series.

    Null hypothesis: all orders of the values are equally likely. Kendall's tau between values and their order,
    one-sided (H. B. Mann, "Nonparametric tests against trend", Econometrica 13, 1945); ties are allowed. False alarms:
    a p-value below alpha has probability alpha at the most, up to the normal approximation above 33 values. Power: 200
    losses whose mean falls by one standard deviation of their noise have a p-value below 0.01 in 9 of 10 runs.

    Args:
        values: (N,) finite numbers; fewer than 3, or all equal ones, have the p-value 1.
    """
    series = np.asarray(values, float)
    if len(series) < 3 or np.ptp(series) == 0:
        return 1.0
    return float(scipy.stats.kendalltau(np.arange(len(series)), series, alternative="less").pvalue)


def mean_is_off(values: ArrayLike, population: ArrayLike) -> float:
    """The p-value of "these values are no sample of this population", by their mean.

    Null hypothesis: the values are drawn from the population, independently or without replacement. Bernstein's
    inequality bounds the probability that the mean of n draws is off by at least the observed d: 2 exp(-n d^2 / (2 v +
    2 b d / 3)), with the population's variance v and its largest distance b from the mean (S. Bernstein 1924; it also
    holds for draws without replacement: W. Hoeffding, JASA 58, 1963, theorem 4). So it is an upper bound at every n.
    Power: a shift by one standard deviation of an even spread has a bound below 1e-7 at n = 100.

    Args:
        values: (n,) finite numbers.
        population: (N,) all the numbers that could have come.
    """
    sample, whole = np.asarray(values, float), np.asarray(population, float)
    distance = abs(float(sample.mean() - whole.mean()))
    spread, reach = float(whole.var()), float(np.abs(whole - whole.mean()).max())
    if distance <= 1e-9 * (1 + abs(float(whole.mean()))):
        return 1.0
    scale = 2 * spread + 2 * reach * distance / 3
    return 0.0 if scale == 0 else min(1.0, 2 * math.exp(-len(sample) * distance**2 / scale))


def same_rate(hits: int, trials: int, other_hits: int, other_trials: int) -> float:
    """The p-value of a difference between two success rates, such as two accuracies.

    Null hypothesis: both have the same probability of success. Fisher's exact test, two-sided (R. A. Fisher, 1935):
    conditional on the margins, so a p-value below alpha has probability alpha at the most for every size. Power: 0.60
    against 0.80 on 400 trials each has a p-value below 1e-4 in more than 95 of 100 cases (on 300 each, in 9 of 10).
    """
    table = [[hits, trials - hits], [other_hits, other_trials - other_hits]]
    return float(scipy.stats.fisher_exact(table).pvalue)


@dataclass(frozen=True)
class Ranking:
    """How well scores put positive cases above negative ones.

    Attributes:
        auc: the share of pairs of a positive and a negative case in which the positive one has the higher score, equal
            scores counting one half; 0.5 is guessing.
        bound: an upper bound of the probability, under the null hypothesis, of an AUC at least as high.
    """

    auc: float
    bound: float


def ranks(scores: ArrayLike, labels: ArrayLike) -> Ranking:
    """Whether scores rank positive cases above negative ones better than guessing does.

    Null hypothesis: the scores know nothing of the labels, so that all ways to give out the labels are equally likely.
    The AUC is the statistic of Mann and Whitney ("On a test of whether one of two random variables is stochastically
    larger than the other", Annals of Mathematical Statistics 18, 1947) divided by the number of pairs, m n. False
    alarms: without ties its null distribution has the generating function prod (1 - q^(n + i)) / (1 - q^i), i = 1..m,
    over C(n + m, m); Chernoff's inequality with it bounds the tail at every size. With ties each pair counts its mean
    over the ways to break them, so by Jensen's inequality the bound holds as well. Power: with 12,500 cases of each
    label an AUC of 0.520 has a bound below 3.3e-7; the standard error of guessing is 0.0037.

    Args:
        scores: (N,) finite numbers.
        labels: (N,) positive where above 0.5; both kinds must be there.
    """
    values, positive = np.asarray(scores, float), np.asarray(labels, float) > 0.5
    m, n = int(positive.sum()), int((~positive).sum())
    if values.shape != positive.shape or values.ndim != 1 or min(m, n) == 0:
        raise ValueError("scores and labels must be of one length, with cases of both kinds")
    above = float(scipy.stats.rankdata(values)[positive].sum()) - m * (m + 1) / 2
    return Ranking(above / (m * n), _tail_of_ranks(above, m, n))


def _tail_of_ranks(above: float, m: int, n: int) -> float:
    """Chernoff's bound of the probability of at least so many pairs in order, when all orders are equally likely."""
    if above <= m * n / 2:
        return 1.0
    i = np.arange(1, m + 1, dtype=float)

    def exponent(log_theta: float) -> float:
        theta = math.exp(log_theta)
        growth = n * theta + np.log1p(-np.exp(-theta * (n + i))) - np.log1p(-np.exp(-theta * i))
        return float(np.sum(growth + np.log(i / (n + i)))) - theta * above

    spread = math.sqrt(m * n * (m + n + 1) / 12)
    guess = math.log((above - m * n / 2) / spread**2)  # right for a normal distribution; any other bounds as well
    found = scipy.optimize.minimize_scalar(exponent, bracket=(guess - 1, guess + 1), options={"maxiter": 60})
    return min(1.0, math.exp(min(0.0, float(found.fun))))
