"""Functions that run inside the sandbox, beside a student's code: students may read them, so nothing here is secret.

Each takes the student's global names first and gives back plain data. A module a question; the standard library, NumPy
and torch are all that they import.
"""

from .numpy_forward import called
from .rnn_cell import rnn_calls, rnn_layers
from .sampling import draws, kinds_of_draws, left_behind, write, written
from .sentiment import fitted_logits, layers, logits, unseen_logits
from .sentiment_imdb import imdb_logits
from .sentiment_rnn import predicted, trained
from .training import nll_gradients, nll_values, train_defaults, training_run

SLOW: frozenset[str] = frozenset(
    {"fitted_logits", "imdb_logits", "training_run", "unseen_logits"}
)  # probes that train: too slow to be replayed on every misconception

__all__ = [
    "SLOW",
    "called",
    "draws",
    "fitted_logits",
    "imdb_logits",
    "kinds_of_draws",
    "layers",
    "left_behind",
    "logits",
    "nll_gradients",
    "nll_values",
    "predicted",
    "rnn_calls",
    "rnn_layers",
    "train_defaults",
    "trained",
    "training_run",
    "unseen_logits",
    "write",
    "written",
]
