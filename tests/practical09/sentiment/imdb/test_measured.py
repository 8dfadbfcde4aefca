"""What calibration.json says is read, and its bounds keep their stated rate."""

import json

import numpy as np
import pytest

from graders.practical09.sentiment.imdb import measured

FILE = {"full": {"cuda": {"q": {"reference": {"a": {"seeds": [0, 1], "accuracy": [0.6, 0.7], "auc": [0.6, 0.8]}}}}}}


def test_runs_of_all_machines_are_read() -> None:
    """By solution; nothing where nothing was measured."""
    found = json.loads(json.dumps(FILE))
    found["full"]["cuda"]["q"]["reference"]["b"] = {"seeds": [2], "accuracy": [0.5]}
    assert measured.accuracies(found, "full", "cuda", "q") == {"reference": [0.6, 0.7, 0.5]}
    for place in (("quick", "cuda", "q"), ("full", "cpu", "q"), ("full", "cuda", "r")):
        assert measured.accuracies(found, *place) == {}
    assert measured.accuracies(None, "full", "cuda", "q") == {}


@pytest.mark.parametrize(("number", "tries", "rate"), [(10, 3, 1e-2), (10, 1, 1e-2), (58, 3, 1e-3), (5, 2, 1e-2)])
def test_the_prediction_bound_keeps_its_rate(number: int, tries: int, rate: float) -> None:
    """Simulated: all of so many new normal draws lie below the bound as often as it says."""
    draws = np.random.default_rng(number).normal(size=(400_000, number + tries))
    old, new = draws[:, :number], draws[:, number:]
    factor = measured.prediction_bound([-1.0, 1.0] * number, tries, rate)  # the mean of these is 0
    spread = np.std([-1.0, 1.0] * number, ddof=1)
    assert factor < 0 < spread
    bound = old.mean(axis=1) - measured._factor(number, tries, rate) * old.std(axis=1, ddof=1)
    assert np.mean(new.max(axis=1) < bound) == pytest.approx(rate, rel=0.12)
