"""How well a model predicts names that it was not trained on, from outputs asked for one symbol at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graders import Failed, Solution, close, finite_numbers
from graders.stochastic import mean_is_off

SYMBOLS = ".abcdefghijklmnopqrstuvwxyz"
BASELINES = {"uniform": 3.296, "unigram": 2.823, "bigram": 2.454}  # nats a symbol on all names
FAIR = 4.0  # standard errors by which the held-out loss must have fallen, see `better`

FALSE_CLAIM = 1e-9  # rate at which honest losses may look better than the model is

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class HeldOut:
    """A model's loss on each of some names: nats a symbol, with the names' numbers of symbols.

    Attributes:
        losses: (N,) mean over the symbols of one name.
        lengths: (N,) how many symbols, the end included.
    """

    losses: Floats
    lengths: Ints

    @property
    def mean(self) -> float:
        """Nats a symbol over all names together, as the baselines count."""
        return float((self.losses * self.lengths).sum() / self.lengths.sum())


def better(before: HeldOut, after: HeldOut) -> bool:
    """Whether the loss on the same names has really fallen: by at least `FAIR` standard errors of the mean difference.

    Null hypothesis: training has not lowered the expected loss of a new name. The names are drawn at random, so the
    paired differences are a sample, and by the central limit theorem (500 of them, bounded) chance alone passes an
    untrained or spoilt model in 3 of 100,000 cases; unchanged weights never pass, for their differences are all 0.
    """
    falls = before.losses - after.losses
    return bool(falls.mean() > 0 and falls.mean() * math.sqrt(len(falls)) > FAIR * falls.std(ddof=1))


def claims_too_much(losses: list[float], after: HeldOut) -> bool:
    """Whether the last quarter of the losses is lower than the trained model's losses on other names can explain.

    Null hypothesis: they are losses of random names under models that are no better than the one in the end. By
    Bernstein's inequality, see `mean_is_off`, that is refuted in at most `FALSE_CLAIM` of all cases. Fewer than 10
    losses tell nothing.
    """
    last = losses[-max(len(losses) // 4, 1) :]
    lower = len(last) >= 10 and np.mean(last) < after.losses.mean()
    return bool(lower and mean_is_off(last, after.losses) < FALSE_CLAIM)


def held_out(student: Solution, model: Any, names: list[str]) -> HeldOut:
    """The model's loss on each name; it reads all names side by side and never sees a symbol before it has answered.

    Raises:
        Failed: an output is no distribution, or two names with the same beginning get different outputs there.
    """
    inputs, targets = symbols(names)
    lengths = np.array([len(name) + 1 for name in names])
    losses = np.zeros(len(names))
    walk = student.probe("walk", model, len(names))
    for t in range(inputs.shape[1]):
        answer = student.probe("walk_on", walk, inputs[:, t])
        going = t < lengths
        log_probs = _distributions(answer, len(names))
        _same_beginnings(log_probs[going], inputs[going, : t + 1])
        losses -= np.where(going, log_probs[np.arange(len(names)), targets[:, t]], 0.0)
    return HeldOut(losses / lengths, lengths)


def symbols(names: list[str]) -> tuple[Ints, Ints]:
    """Inputs and targets (N, T) as numbers, filled up with 0 behind a name's end."""
    longest = max(map(len, names))
    text = [f".{name}" + "." * (longest + 1 - len(name)) for name in names]
    numbers = np.array([[SYMBOLS.index(s) for s in line] for line in text])
    return numbers[:, :-1], numbers[:, 1:]


def _distributions(answer: Any, rows: int) -> Floats:
    log_probs = finite_numbers(answer, (rows, len(SYMBOLS)), what="the trained model's log-probabilities")
    with np.errstate(over="ignore"):
        close(np.exp(log_probs).sum(axis=1), np.ones(rows), rtol=1e-3, what="the sums of the model's probabilities")
    return log_probs


def _same_beginnings(log_probs: Floats, beginnings: Ints) -> None:
    _, first, which = np.unique(beginnings, axis=0, return_index=True, return_inverse=True)
    if not np.allclose(log_probs, log_probs[first][which.ravel()], rtol=1e-3, atol=1e-3):
        text = "The trained model gives different outputs for the same beginning of a name."
        raise Failed(
            text, summary=text, hint="What a model says next may depend on the symbols so far, on nothing else."
        )
