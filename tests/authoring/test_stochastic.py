"""Each statistical test has the error rate and the power that it states, shown by thousands of simulated draws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from graders.authoring.stochastic import _tail_of_ranks, falls, fits, mean_is_off, ranks, refuted, same_rate

RNG = np.random.default_rng(20261123)
EVEN = np.full(27, 1 / 27)
SKEWED = np.sort(np.random.default_rng(1).dirichlet(np.full(27, 0.3)))
FEW = np.array([0.7, 0.2, 0.1])


@pytest.mark.parametrize("due", [EVEN, SKEWED, FEW], ids=["even", "skewed", "few"])
@pytest.mark.parametrize("draws", [40, 300, 3000])
def test_the_bound_of_a_fit_is_never_crossed_too_often(due: np.ndarray, draws: int) -> None:
    """Of 2,500 right samples, at most a share alpha has a bound below alpha, for every alpha that can be measured."""
    bounds = np.array([fits(counts, due).bound for counts in RNG.multinomial(draws, due, size=2500)])
    for alpha in (0.2, 0.05, 0.01, 0.002):
        assert np.mean(bounds < alpha) <= alpha


def test_the_p_value_of_a_fit_is_uniform_where_it_is_used() -> None:
    """Near its middle the approximation is good: a clear fit is what it says."""
    values = np.array([fits(counts, SKEWED).p_value for counts in RNG.multinomial(1000, SKEWED, size=4000)])
    for alpha in (0.5, 0.2, 0.05):
        assert np.mean(values < alpha) == pytest.approx(alpha, abs=0.035)


def test_a_fit_has_the_power_that_it_states() -> None:
    """2,000 draws of 27 symbols refute a distribution that is 0.05 nats away, at an error rate of 1e-8."""
    other = EVEN * np.where(np.arange(27) % 2, 1.31, 0.69)
    other /= other.sum()
    assert 0.045 < np.sum(other * np.log(other / EVEN)) < 0.05
    found = [refuted(fits(counts, EVEN), 1e-8) for counts in RNG.multinomial(2000, other, size=1000)]
    assert np.mean(found) > 0.95


def test_what_cannot_happen_refutes_outright() -> None:
    """One draw of probability zero is enough; no draw at all says nothing."""
    assert fits([5, 1, 0], [1, 0, 1]).impossible == (1,)
    assert refuted(fits([5, 1, 0], [1, 0, 1]), 1e-12)
    assert fits([0, 0], [0.5, 0.5]).bound == 1.0
    assert fits([7, 0], [1.0, 0.0]).bound == 1.0


def test_nonsense_is_refused() -> None:
    """Other lengths, negative counts and probabilities that are all zero are a mistake of the caller."""
    for counts, due in (([1], [0.5, 0.5]), ([-1, 2], [0.5, 0.5]), ([1, 2], [0.0, 0.0]), ([1, 2], [-0.5, 1.5])):
        with pytest.raises(ValueError, match="must be"):
            fits(counts, due)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30), st.integers(0, 2**32))
def test_any_counts_have_a_fit(counts: list[int], seed: int) -> None:
    """Bounds and p-values are probabilities; pooling loses no draw."""
    due = np.random.default_rng(seed).dirichlet(np.full(len(counts), 0.2)) + 1e-12
    found = fits(counts, due)
    assert 0 <= found.p_value <= 1 and 0 <= found.bound <= 1 and found.draws == sum(counts)


def test_a_first_look_takes_few_for_clear_that_are_not() -> None:
    """300 draws from probabilities that are 0.1 nats away have a p-value of 0.05 or more less than once in 100."""
    other = EVEN * np.where(np.arange(27) % 2, 1.43, 0.57)
    other /= other.sum()
    assert 0.09 < np.sum(other * np.log(other / EVEN)) < 0.105
    values = np.array([fits(counts, EVEN).p_value for counts in RNG.multinomial(300, other, size=2000)])
    assert np.mean(values >= 0.05) < 0.01


def test_a_trend_is_seen_and_noise_is_not() -> None:
    """False alarms at 1 and 5 of 100; a fall by one standard deviation over 200 losses is seen."""
    noise = np.array([falls(RNG.gamma(4, size=200)) for _ in range(2000)])
    for alpha in (0.05, 0.01):
        assert np.mean(noise < alpha) < alpha + 3 * np.sqrt(alpha / 2000)
    falling = [falls(RNG.normal(size=200) - np.linspace(0, 1, 200)) for _ in range(300)]
    assert np.mean(np.array(falling) < 0.01) > 0.9
    assert falls([3.0, 2.0]) == falls([1.0] * 9) == 1.0


def test_a_mean_that_is_off_is_seen_and_others_are_not() -> None:
    """The bound holds with and without replacement; a standard deviation at 100 draws is beyond doubt."""
    population = RNG.gamma(5, size=2000)
    for replace in (True, False):
        found = np.array([mean_is_off(RNG.choice(population, 40, replace=replace), population) for _ in range(3000)])
        for alpha in (0.2, 0.05, 0.01):
            assert np.mean(found < alpha) <= alpha
    flat = RNG.uniform(-3, 3, size=2000)
    assert mean_is_off(RNG.choice(flat, 100) + flat.std(), flat) < 1e-7
    assert mean_is_off([1.0, 1.0], [1.0, 1.0, 1.0]) == 1.0
    assert mean_is_off([2.0], [1.0, 1.0]) == 0.0


def test_two_rates_are_told_apart() -> None:
    """Exact, so never too many false alarms; 0.6 and 0.8 differ, nearly always on 400 trials and mostly on 300."""
    same = np.array([same_rate(a, 80, b, 80) for a, b in RNG.binomial(80, 0.7, size=(2000, 2))])
    for alpha in (0.1, 0.05, 0.01):
        assert np.mean(same < alpha) < alpha + 3 * np.sqrt(alpha / 2000)
    for trials, power in ((400, 0.95), (300, 0.85)):
        pairs = zip(RNG.binomial(trials, 0.6, size=300), RNG.binomial(trials, 0.8, size=300), strict=True)
        assert np.mean([same_rate(int(a), trials, int(b), trials) < 1e-4 for a, b in pairs]) > power


def test_rankings_are_bounded_by_their_exact_distribution() -> None:
    """The AUC is that of Mann and Whitney; the bound is never below the exact probability, nor far above it."""
    for m, n in ((5, 7), (20, 20), (30, 11)):
        for shift in (0.0, 0.7, 2.0):
            scores, labels = RNG.normal(size=m + n), np.repeat([1, 0], [m, n])
            scores[:m] += shift
            found = ranks(scores, labels)
            exact = stats.mannwhitneyu(scores[:m], scores[m:], alternative="greater", method="exact")
            assert found.auc == pytest.approx(exact.statistic / (m * n)) and found.bound >= exact.pvalue * 0.999
            assert found.auc <= 0.5 or found.bound < 10 * exact.pvalue
    assert ranks([3.0, 2.0, 1.0], [1, 0, 0]).bound == pytest.approx(1 / 3, rel=1e-3)
    assert ranks(np.ones(50), np.arange(50) % 2).bound == 1.0


def test_rankings_of_guesses_are_seldom_refuted() -> None:
    """With ties and without, for sizes even and uneven."""
    for ties in (False, True):
        for m, n in ((40, 40), (200, 30)):
            bounds = []
            for _ in range(1500):
                scores = RNG.normal(size=m + n)
                scores = np.round(scores) if ties else scores
                bounds.append(ranks(scores, np.repeat([1, 0], [m, n])).bound)
            for alpha in (0.2, 0.05, 0.01):
                assert np.mean(np.array(bounds) < alpha) <= alpha


def test_rankings_have_the_stated_power() -> None:
    """Among 25,000 reviews an AUC of 0.520 is beyond guessing, 0.515 is not."""
    assert (
        _tail_of_ranks(0.520 * 12_500**2, 12_500, 12_500) < 3.3e-7 < _tail_of_ranks(0.515 * 12_500**2, 12_500, 12_500)
    )
    for wrong in (([1.0], [1]), ([1.0, 2.0], [0, 0]), ([[1.0, 2.0]], [[0, 1]])):
        with pytest.raises(ValueError):
            ranks(*wrong)
