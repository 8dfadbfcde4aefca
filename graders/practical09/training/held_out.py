"""How well a model predicts names that it was not trained on, computed from its weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graders.authoring.stochastic import mean_is_off
from graders.practical09.training.cell import Floats, Ints, losses

BASELINES = {"uniform": 3.296, "unigram": 2.823, "bigram": 2.454}  # nats a symbol on all names
FAIR = 4.0  # standard errors by which the held-out loss must have fallen, see `better`

FALSE_CLAIM = 1e-9  # rate at which honest losses may look better than the model is


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


def held_out(weights: Floats, hidden: int, names: Sequence[str]) -> HeldOut:
    """The loss on each name of a model with these weights (P,)."""
    return HeldOut(losses(weights, hidden, names), np.array([len(name) + 1 for name in names]))
