"""What `graders calibrate practical09` measures, by profile and device."""

from __future__ import annotations

from collections.abc import Mapping

from graders import Measure
from graders.practical09.sentiment import accuracy
from graders.practical09.sentiment.imdb import learning


def _quickly(question: str) -> Measure:
    return lambda solution, rng: {"accuracy": accuracy.MEASURES[question](solution, rng)}


MEASURES: Mapping[tuple[str, str], Mapping[str, Measure]] = {
    (accuracy.PROFILE, accuracy.DEVICE): {question: _quickly(question) for question in accuracy.MEASURES},
    (learning.PROFILE, "cpu"): learning.MEASURES,
    (learning.PROFILE, "cuda"): learning.MEASURES,
}
# The correct variants that learn otherwise than the reference; the others compute the same in another way.
VARIANTS: Mapping[str, tuple[str, ...]] = {
    "sentiment_rnn": (
        "rnn_masked_mean",
        "rnn_masked_max",
        "rnn_two_layers_with_dropout",
        "rnn_with_much_dropout",
        "rnn_with_relu",
        "rnn_in_both_directions",
        "rnn_with_a_deeper_head",
        "rnn_time_major",
        "classifier_by_adamw",
        "classifier_summing_reviews",
        "classifier_shuffling_batches",
    ),
    "sentiment_lstm": (
        "lstm_by_cell_states",
        "lstm_masked_mean",
        "lstm_masked_max",
        "lstm_of_two_halves",
        "lstm_of_two_halves_pooled",
        "lstm_two_layers_with_dropout",
        "lstm_with_much_dropout",
        "lstm_with_a_deeper_head",
        "lstm_sum_of_states",
    ),
}
