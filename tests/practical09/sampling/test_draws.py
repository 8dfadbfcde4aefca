"""The distributions that draws are compared with: apart for a float32, and alike for who rounds."""

import numpy as np

from graders.authoring.sequential import decided
from graders.practical09.sampling.draws import ALPHA, V, neighbours, steep

RNG = np.random.default_rng(20261128)


def test_no_two_probabilities_are_so_near_that_a_float32_takes_them_for_equal() -> None:
    """Which symbols are among the k most likely depends on no rounding of a right answer's."""
    for _ in range(300):
        logs = np.sort(np.log(steep(RNG)).astype(np.float32))
        assert np.diff(logs).min() > 1e-3


def test_rounding_makes_the_less_likely_symbols_equal() -> None:
    """Which is why rounded probabilities are refuted, and by no more draws than a temperature needs."""
    for _ in range(20):
        due = steep(RNG)
        *_, rounded = neighbours(due)
        assert len(set(rounded)) == 2
        assert decided(lambda n, p=rounded: RNG.choice(V, n, p=p), due, neighbours(due), ALPHA).refuted  # type: ignore[misc]
