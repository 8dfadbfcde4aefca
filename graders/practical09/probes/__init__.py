"""Functions that run inside the sandbox, alongside a student's code: students may read them, so nothing here is secret.

Each takes the student's global names first and gives back plain data. A module a question; the standard library, NumPy
and torch are all that they import.
"""

from .numpy_forward import called
from .rnn_cell import rnn_beginnings, rnn_calls, rnn_layers
from .sampling import draws, kinds_of_draws, left_behind, write, written
from .sentiment import (
    review_gradients,
    review_layers,
    review_logits,
    review_logits_again,
    review_pulls,
    review_training,
    review_weights,
)
from .sentiment_imdb import imdb_logits
from .sentiment_rnn import devices, predicted, trained
from .training import nll_gradients, nll_values, train_defaults, training_run

SLOW: frozenset[str] = frozenset(
    {"imdb_logits", "review_pulls", "review_training", "review_weights", "training_run"}
)  # probes that train: too slow to be replayed on every misconception

__all__ = [
    "SLOW",
    "called",
    "devices",
    "draws",
    "imdb_logits",
    "kinds_of_draws",
    "left_behind",
    "nll_gradients",
    "nll_values",
    "predicted",
    "review_gradients",
    "review_layers",
    "review_logits",
    "review_logits_again",
    "review_pulls",
    "review_training",
    "review_weights",
    "rnn_beginnings",
    "rnn_calls",
    "rnn_layers",
    "train_defaults",
    "trained",
    "training_run",
    "write",
    "written",
]
