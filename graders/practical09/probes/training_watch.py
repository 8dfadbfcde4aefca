"""Watches a model while a student's code trains it: which gradients arrive, and when the weights change."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

import torch

from .training_cell import SYMBOLS, Cell, Stop

NOTHING = 1e-12  # a gradient of this length is none
TRACE = 1e-3  # share of the largest column below which an input symbol has left no gradient


@dataclass
class Pass:
    """One backward pass: the weights' version, what arrived at each parameter, and what stood in `grad` then."""

    version: int
    arrived: dict[str, Any] = field(default_factory=dict)
    total: dict[str, Any] = field(default_factory=dict)


class Watch:
    """Records every backward pass through a model.

    `versions` holds the different weights, flat, that the passes found, one after the other.
    """

    def __init__(self, model: Cell) -> None:
        self.passes: list[Pass] = []
        self.versions: list[Any] = []
        self._model = model
        self._parameters: dict[str, Any] = dict(model.named_parameters())
        for name, parameter in self._parameters.items():
            parameter.register_hook(functools.partial(self._arrives, name))
            parameter.register_post_accumulate_grad_hook(functools.partial(self._stands, name))

    @property
    def sees(self) -> bool:
        """Whether passes went through the parameters that are still the model's own."""
        same = all(one is other for one, other in zip(self._parameters.values(), self._model.parameters(), strict=True))
        return bool(self.passes) and same

    @property
    def updates(self) -> int:
        """How often the weights changed after a pass."""
        if not self.versions:
            return 0
        return len(self.versions) - int(torch.equal(self.versions[-1], flat(self._model)))

    def arrived(self, version: int) -> dict[str, Any]:
        """The sum of what arrived at each parameter while the weights were of this version."""
        sums: dict[str, Any] = {}
        for one in self.passes:
            if one.version == version:
                for name, gradient in one.arrived.items():
                    sums[name] = sums[name] + gradient if name in sums else gradient
        return sums

    def kept(self) -> int:
        """How many passes with new weights added their gradient to exactly what the pass before had left."""
        return sum(
            later.version != earlier.version and any(_kept(earlier, later, name) for name in later.total)
            for earlier, later in zip(self.passes, self.passes[1:], strict=False)
        )

    def _arrives(self, name: str, gradient: Any) -> None:
        if not self.passes or name in self.passes[-1].arrived:
            weights = flat(self._model)
            if not self.versions or not torch.equal(weights, self.versions[-1]):
                self.versions.append(weights)
            self.passes.append(Pass(len(self.versions) - 1))
        self.passes[-1].arrived[name] = gradient.detach().clone()

    def _stands(self, name: str, parameter: Any) -> None:
        self.passes[-1].total[name] = parameter.grad.detach().clone()


def _kept(earlier: Pass, later: Pass, name: str) -> bool:
    before = earlier.total.get(name)
    if before is None or name not in later.arrived or float(before.norm()) < NOTHING:
        return False
    left = later.total[name] - later.arrived[name]
    return bool((left - before).norm() < 1e-3 * before.norm())


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
        weight: Any = model.i2h.weight
        weight.register_hook(self._arrives)

    def kinds_of(self, letters: str) -> list[int]:
        """Which groups the letters are of; -1 is none of them."""
        return sorted({next((i for i, kind in enumerate(self._kinds) if s in kind), -1) for s in letters})

    def _arrives(self, gradient: Any) -> None:
        sizes = gradient.detach().norm(dim=0)
        read = "".join(s for s, size in zip(SYMBOLS, sizes, strict=True) if s != "." and size > TRACE * sizes.max())
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
