"""What a run of `train` shows: which losses the model had, what arrived at the weights, and where they went.

Everything is computed here, from the weights that were sent and those that came back, with the grader's own cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graders.practical09.training.cell import Floats, gradients, losses, parts
from graders.practical09.training.trace import NamePass, Trace

NEAR = 6e-3  # how far a loss may be from the model's: losses may have been rounded to two decimals
PART = 0.01  # a name whose gradient has a smaller share in what arrived has none
LEFT = 0.02  # share of what arrived that nothing explains, below which it is explained
ALONG = 0.15  # cosine from which weights have moved along a gradient, see `Judge.direction`


@dataclass(frozen=True)
class Arrived:
    """What stood at the weights when they changed, as a sum.

    Attributes:
        shares: for each different name that was read then, the factor of its gradient.
        kept: the factor of what stood there the time before, NaN where nothing did.
        left: the share that none of these explain, nor a penalty on the weights or their sizes.
        astray: the weights and biases whose part does not lie along these gradients.
    """

    shares: dict[str, float]
    kept: float
    left: float
    astray: tuple[str, ...]

    @property
    def explained(self) -> bool:
        """Whether it is a sum of these."""
        return self.left < LEFT

    @property
    def names(self) -> list[str]:
        """The names that went into it."""
        whole = sum(map(abs, self.shares.values()))
        return [name for name, share in self.shares.items() if abs(share) > PART * whole]


class Judge:
    """The facts about one run; each is found when it is first asked for."""

    def __init__(self, run: Trace) -> None:
        self.run = run

    @property
    def observed(self) -> bool:
        """Whether names were read through the model itself."""
        return bool(self.run.reads)

    @cached_property
    def moved(self) -> dict[str, bool]:
        """For each weight and bias whether it changed."""
        return {name: bool(part.any()) for name, part in self._by_part(self.run.end - self.run.start).items()}

    @cached_property
    def reads(self) -> list[NamePass]:
        """The passes over names from which gradients could come."""
        return [read for read in self.run.reads if read.graded]

    @cached_property
    def had(self) -> Floats:
        """(R,) the loss that the model had in each pass over a name, graded or not."""
        reads = self.run.reads
        return losses(self.run.versions[[r.version for r in reads]], self.run.hidden, [r.name for r in reads])

    @cached_property
    def direction(self) -> float:
        """The cosine between the change of the weights and the sum of the gradients of the names that were read.

        Those of one name an epoch, or of all names, whichever it is nearer to: an answer may read some to look at.
        Near -1 for plain gradient descent, and -0.4 or below for every optimiser of PyTorch and every correct variant
        (benchmarks/false_fails_training.py); a change that knows nothing of the gradients has a cosine whose standard
        deviation is 1 / sqrt(P), less than 0.025, so 0.15 is six of them.
        """
        reached = self.run.end if self.run.whole or not self.reads else self.run.versions[self.reads[-1].version]
        change = reached - self.run.start
        if not self.reads:
            return _cosine(change, self._gradient_of_the_list)
        of_epochs = self._gradients[[self.reads.index(read) for read in self.epochs]]
        found = (_cosine(change, along.sum(axis=0)) for along in (of_epochs, self._gradients))
        return max(found, key=abs)

    @cached_property
    def updates(self) -> int:
        """How often the weights were seen to change."""
        return len(self.run.versions) - 1 + (not np.array_equal(self.run.versions[-1], self.run.end))

    @cached_property
    def arrived(self) -> list[Arrived]:
        """What stood at the weights each time before they changed, where gradients stood there at all."""
        found = []
        for version, standing in enumerate(self.run.standing):
            places = [i for i, read in enumerate(self.reads) if read.version == version]
            if places and np.nan_to_num(standing).any():
                found.append(self._arrived(version, places))
        return found

    @cached_property
    def epochs(self) -> list[NamePass]:
        """The one name of each change of the weights, where there was one."""
        if self.arrived:
            alone = {(v.names or [""])[0] for v in self.arrived if len(v.names) == 1}
            firsts = {read.version: read for read in reversed(self.reads) if read.name in alone}
        else:
            firsts = {read.version: read for read in reversed(self.reads)}
        return [firsts[version] for version in sorted(firsts)]

    @property
    def means(self) -> list[float]:
        """The mean loss of the names that each version of the weights met."""
        versions = np.array([read.version for read in self.run.reads])
        return [float(self.had[versions == version].mean()) for version in np.unique(versions)]

    def matches(self) -> list[bool]:
        """For each returned loss whether the model had it in a pass that comes after those of the losses before.

        Where not all passes were seen, it ends with those that were.
        """
        found: list[bool] = []
        after = 0
        for value in self.run.losses or []:
            if not self.run.whole and after >= len(self.had):
                break
            fits = np.flatnonzero(near(np.nan if value is None else value, self.had[after:]))
            found.append(len(fits) > 0)
            after += int(fits[0]) + 1 if len(fits) else 0
        return found

    def within_reach(self) -> list[bool]:
        """For each returned loss whether any name of the list had one like it, at the beginning or in the end.

        The first loss must be that of a name before any step. It serves where nobody saw which names were read.
        """
        before, after = (losses(w, self.run.hidden, list(self.run.names)) for w in (self.run.start, self.run.end))
        low, high = min(before.min(), after.min()) - 0.1, max(before.max(), after.max()) + 0.1
        values = [np.nan if value is None else value for value in self.run.losses or []]
        return [bool(low <= value <= high and (k > 0 or near(value, before).any())) for k, value in enumerate(values)]

    def fits(self, values: Sequence[float]) -> bool:
        """Whether the returned losses are these."""
        found = self.run.losses or []
        pairs = zip(found, values, strict=False)
        return len(found) == len(values) > 0 and all(v is not None and bool(near(v, one)) for v, one in pairs)

    @cached_property
    def _gradients(self) -> Floats:
        weights = self.run.versions[[read.version for read in self.reads]]
        return gradients(weights, self.run.hidden, [read.name for read in self.reads])

    @cached_property
    def _gradient_of_the_list(self) -> Floats:
        return np.asarray(gradients(self.run.start, self.run.hidden, list(self.run.names)).sum(axis=0))

    def _arrived(self, version: int, places: list[int]) -> Arrived:
        standing, weights = self.run.standing[version], self.run.versions[version]
        before = np.nan_to_num(self.run.standing[version - 1]) if version else np.zeros_like(standing)
        there = np.isfinite(standing)
        own = {self.reads[i].name: self._gradients[i] for i in reversed(places)}
        regressors = np.array([*own.values(), before, weights, np.sign(weights)])
        factors, *_ = np.linalg.lstsq(regressors[:, there].T, standing[there], rcond=1e-10)
        left = standing - factors @ regressors
        due = factors[: len(own)] @ regressors[: len(own)]
        sizes = [float(np.sum(np.square(np.nan_to_num(array)))) for array in (left, standing)]
        missing, arrived = self._by_part(left), self._by_part(due)
        return Arrived(
            shares=dict(zip(own, factors.tolist(), strict=False)),
            kept=float(factors[len(own)]) if before.any() else np.nan,
            left=sizes[0] / sizes[1],
            astray=tuple(name for name, part in missing.items() if _astray(part, arrived[name])),
        )

    def _by_part(self, flat: Floats) -> dict[str, Floats]:
        return parts(flat, self.run.hidden)


def near(value: float, had: Floats | float) -> np.ndarray:
    """Whether a loss that was reported may be one that the model had."""
    return np.asarray(np.abs(np.asarray(had) - value) <= NEAR + 1e-3 * np.abs(had))


def _cosine(one: Floats, other: Floats) -> float:
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / size if np.isfinite(size) and size > 0 else 0.0


def _astray(left: Floats, due: Floats) -> bool:
    """Whether what is left at one weight or bias is more than a fifth of what is due there, or nothing arrived."""
    return bool(np.isnan(left).any() or np.linalg.norm(left) > 0.2 * np.linalg.norm(due))
