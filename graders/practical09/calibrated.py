"""What `graders calibrate practical09` measures, by profile and device."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from graders import Solution
from graders.practical09 import sentiment_accuracy

Measure = Callable[[Solution, np.random.Generator], float]

MEASURES: Mapping[tuple[str, str], Mapping[str, Measure]] = {
    (sentiment_accuracy.PROFILE, sentiment_accuracy.DEVICE): sentiment_accuracy.MEASURES
}
# The names that a measurement uses: variants of others change nothing and are left out.
CONCERNS: Mapping[str, tuple[str, ...]] = {
    "sentiment_rnn": ("SentimentRNN", "train_classifier"),
    "sentiment_lstm": ("SentimentLSTM",),
}
