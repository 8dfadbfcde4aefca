"""Drawing until it is clear: the error rate and the power that are stated, shown by thousands of simulated samplers."""

import numpy as np
import pytest

from graders.authoring.sequential import decided, depends_on_the_past, period, same_distribution
from graders.practical09.sampling.draws import ALPHA, V, largest, steep, temperatures, tempered

RNG = np.random.default_rng(20261127)


def refusals(temperature: float, runs: int, k: int = V) -> tuple[float, float]:
    """The share of samplers of a temperature that are refuted, and the mean number of draws."""
    refuted, draws = 0, 0
    for _ in range(runs):
        due = largest(steep(RNG), k)
        drawn = tempered(due, temperature)
        found = decided(lambda n, p=drawn: RNG.choice(V, n, p=p), due, temperatures(due), ALPHA)  # type: ignore[misc]
        refuted += found.refuted
        draws += found.draws
    return refuted / runs, draws / runs


@pytest.mark.parametrize("temperature", [0.9, 1.1])
def test_temperatures_near_one_are_found_in_99_of_100_cases(temperature: float) -> None:
    """At an error rate of 1e-8; what is further off is found sooner."""
    assert refusals(temperature, 300)[0] >= 0.99
    assert refusals(temperature, 100, k=V - 7)[0] >= 0.98
    further = refusals(0.7 if temperature < 1 else 1.5, 50)
    assert further[0] == 1 and further[1] < 700


def test_right_samplers_are_let_go_soon() -> None:
    """None of 300 is refuted, and few draws are enough."""
    share, draws = refusals(1.0, 300)
    assert share == 0 and draws < 900


def test_the_error_rate_holds_where_it_can_be_seen() -> None:
    """At an error rate of 1 in 20 at most 1 in 20 right samplers is refuted, however long the drawing goes on."""
    due = np.array([0.6, 0.3, 0.1])
    others = temperatures(due)
    found = [decided(lambda n: RNG.choice(3, n, p=due), due, others, 0.05, rounds=20).refuted for _ in range(400)]
    assert np.mean(found) <= 0.05


def test_what_no_alternative_foresees_is_found_too() -> None:
    """Other probabilities, and what cannot come at all."""
    due = np.full(9, 1 / 9)
    other = np.arange(1, 10) / 45
    assert all(decided(lambda n: RNG.choice(9, n, p=other), due, [], 1e-8).refuted for _ in range(20))
    assert decided(lambda n: np.full(n, 1), [1.0, 0.0], [], 1e-8).refuted
    assert not decided(lambda n: [], due, [], 1e-8).refuted


def test_independent_draws_are_found_dependent_at_the_stated_rate_at_most() -> None:
    """Whatever their distribution."""
    values = np.array([depends_on_the_past(RNG.choice(5, 300, p=RNG.dirichlet(np.ones(5))), 5) for _ in range(400)])
    for alpha in (0.2, 0.05, 0.01):
        assert np.mean(values < alpha) <= alpha


def corput(number: int) -> float:
    """The base-2 van der Corput sequence."""
    return sum(int(bit) / 2**place for place, bit in enumerate(reversed(f"{number:b}"), start=1))


@pytest.mark.parametrize("name", ["golden ratio", "van der Corput", "antithetic", "every other", "a line"])
def test_sequences_that_only_look_random_are_found(name: str) -> None:
    """They fill the interval evenly, or each number tells something of the next."""
    turns = np.arange(300)
    uniform = {
        "golden ratio": turns * 0.618033988749895 % 1,
        "van der Corput": np.array([corput(turn) for turn in turns]),
        "antithetic": np.ravel([(u, 1 - u) for u in RNG.random(150)]),
        "every other": np.where(turns % 2, RNG.random(300) / 2, 0.5 + RNG.random(300) / 2),
        "a line": turns / 300,
    }[name]
    assert depends_on_the_past((uniform * 4).astype(int), 5) < 1e-8


def test_a_sequence_that_repeats_itself_is_found() -> None:
    """The shortest period is reported; random draws have none."""
    block = [int(value) for value in RNG.integers(0, 5, 40)]
    assert period(block * 3, 60) == 40
    assert period([3] * 50, 20) == 1
    assert period([int(value) for value in RNG.integers(0, 5, 300)], 100) is None


def test_two_samples_of_one_distribution_are_alike() -> None:
    """And others are not; two that show one outcome alone are alike, an empty one is like nothing."""
    one, other = RNG.multinomial(1000, [0.5, 0.3, 0.2], 2)
    assert same_distribution(one, other) > 1e-3
    assert same_distribution(one, RNG.multinomial(1000, [0.3, 0.3, 0.4])) < 1e-3
    assert same_distribution([5, 0], [7, 0]) == 1.0
    assert same_distribution([5, 0], [0, 0]) == 0.0
