"""Watches a model while a student's code trains it: which gradients arrive, and when the weights change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch

from .hooks import weakly
from .training_cell import SYMBOLS, Cell, Stop

MOST = 200  # versions of the weights that are kept
NOTHING = 1e-12  # a gradient of this length is none
TRACE = 1e-3  # share of the largest column below which an input symbol has left no gradient


@dataclass
class Pass:
    """One backward pass: the weights' version, what arrived at each parameter, and what stood in `grad` then."""

    version: int
    arrived: dict[str, Any] = field(default_factory=dict)
    total: dict[str, Any] = field(default_factory=dict)


class Watch:
    """Follows every backward pass through a model.

    Attributes:
        versions: the different weights, flat, that the passes found one after the other; the first `MOST` of them.
        updates: how often a pass found other weights than the pass before.
        kept: how many passes with new weights added their gradient to exactly what the pass before had left.
        arrived: the sum of what arrived at each parameter while the weights were those of the beginning.
    """

    def __init__(self, model: Cell) -> None:
        self.versions: list[Any] = []
        self.updates = 0
        self.kept = 0
        self.arrived: dict[str, Any] = {}
        self._model, self._latest = model, flat(model)
        self._passes: list[Pass] = []  # the last two
        self._parameters: dict[str, Any] = dict(model.named_parameters())
        for name, parameter in self._parameters.items():
            parameter.register_hook(weakly(self._arrives, name))
            parameter.register_post_accumulate_grad_hook(weakly(self._stands, name))

    @property
    def sees(self) -> bool:
        """Whether passes went through the parameters that are still the model's own."""
        same = all(one is other for one, other in zip(self._parameters.values(), self._model.parameters(), strict=True))
        return bool(self.versions) and same

    def end(self) -> None:
        """Take in the last pass and the weights after it."""
        self._complete()
        self._passes.clear()
        self.updates += bool(self.versions) and not torch.equal(self._latest, flat(self._model))

    def _arrives(self, name: str, gradient: Any) -> None:
        if not self._passes or name in self._passes[-1].arrived:
            self._complete()
            self._begin()
        self._passes[-1].arrived[name] = gradient.detach().clone()
        if self._passes[-1].version == 0:
            self.arrived[name] = self.arrived.get(name, 0) + gradient.detach()

    def _stands(self, name: str, parameter: Any) -> None:
        self._passes[-1].total[name] = parameter.grad.detach().clone()

    def _begin(self) -> None:
        weights = flat(self._model)
        new = bool(self.versions) and not torch.equal(weights, self._latest)
        self.updates += new
        if (new or not self.versions) and len(self.versions) < MOST:
            self.versions.append(weights)
        self._latest = weights
        self._passes = [*self._passes[-1:], Pass(self.updates)]

    def _complete(self) -> None:
        if len(self._passes) == 2 and self._passes[0].version != self._passes[1].version:
            self.kept += _kept(*self._passes)


def _kept(earlier: Pass, later: Pass) -> bool:
    """Whether each parameter's gradient was added to what stood there before, exactly."""
    lengths = {name: float(earlier.total[name].norm()) for name in later.total if name in earlier.total}
    return any(length > NOTHING for length in lengths.values()) and all(
        float((later.total[name] - later.arrived[name] - earlier.total[name]).norm()) <= 1e-3 * length
        for name, length in lengths.items()
    )


class Reader:
    """Records which letters each backward pass has read, by the columns of the input layer that get a gradient.

    Stops the training once it is clear that more than one name goes into an epoch.

    Args:
        kinds: groups of letters; each name is written with the letters of one group. `switches` counts how often a pass
            was about another group than the one before.
    """

    def __init__(self, model: Cell, kinds: list[str], n_epochs: int) -> None:
        self.letters: list[str] = []
        self.together = 0
        self.switches = 0
        self._kinds, self._most = kinds, n_epochs + 5
        self._model = model
        parameters: dict[str, Any] = dict(model.named_parameters())
        self._weight = parameters["i2h.weight"]
        self._weight.register_hook(weakly(self._arrives))

    @property
    def sees(self) -> bool:
        """Whether passes went through the input layer that is still the model's own."""
        return bool(self.letters) and self._weight is self._model.i2h.weight

    def kinds_of(self, letters: str) -> list[int]:
        """Which groups the letters are of; -1 is none of them."""
        return sorted({next((i for i, kind in enumerate(self._kinds) if s in kind), -1) for s in letters})

    def _arrives(self, gradient: Any) -> None:
        sizes = gradient.detach().norm(dim=0)
        read = "".join(s for s, size in zip(SYMBOLS, sizes, strict=True) if s != "." and size > TRACE * sizes.max())
        if not read:  # a pass about the first step alone
            return
        self.together += len(self.kinds_of(read)) > 1
        self.switches += not self.letters or self.kinds_of(read) != self.kinds_of(self.letters[-1])
        self.letters.append(read)
        if self.together > 2 or self.switches > self._most:
            raise Stop


def flat(model: Cell) -> Any:
    """All parameters of a model as one vector, copied."""
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def load(model: Cell, weights: Any) -> Cell:
    """Put such a vector back."""
    with torch.no_grad():
        start = 0
        for parameter in model.parameters():
            parameter.copy_(weights[start : start + parameter.numel()].reshape(parameter.shape))
            start += parameter.numel()
    return model
