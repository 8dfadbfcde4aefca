"""What the probes of `training` and `sampling` build on: a cell of the grader's own, and its loss done right."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

Names = dict[str, Any]

SYMBOLS = ".abcdefghijklmnopqrstuvwxyz"


class Stop(BaseException):
    """Ends a training that has seen enough; no Exception, so that no student's `except` swallows it."""


class Steps:
    """How many steps a model and its copies have taken, and after how many whoever runs them is stopped."""

    def __init__(self) -> None:
        self.taken = 0
        self.most = math.inf

    def __deepcopy__(self, memo: Any) -> Steps:
        return self

    def take(self) -> None:
        """Take one more."""
        self.taken += 1
        if self.taken > self.most:
            raise Stop


class Cell(nn.Module):
    """One step of a tanh network with log-softmax outputs, with the interface of the notebook's RNN.

    Its weights come from a seed. `sizes` is the reach of each layer's weights; without it, torch's own for new layers.
    """

    def __init__(self, hidden: int, seed: int, sizes: list[float] | None = None) -> None:
        super().__init__()
        self.hidden_size = hidden
        self.i2h = nn.Linear(len(SYMBOLS), hidden, device="cpu", dtype=torch.float32)
        self.h2h = nn.Linear(hidden, hidden, device="cpu", dtype=torch.float32)
        self.h2o = nn.Linear(hidden, len(SYMBOLS), device="cpu", dtype=torch.float32)
        self.steps = Steps()
        draws = np.random.default_rng(seed)
        for layer, size in zip((self.i2h, self.h2h, self.h2o), sizes or [0.0] * 3, strict=True):
            reach = size or 1 / math.sqrt(layer.in_features)
            for parameter in layer.parameters():
                values = draws.uniform(-reach, reach, tuple(parameter.shape))
                parameter.data.copy_(torch.as_tensor(values, dtype=torch.float32, device="cpu"))

    def forward(self, x: Any, h: Any) -> tuple[Any, Any]:
        """x (B, V) and the old state h (B, H) -> log-probabilities (B, V) and the new state (B, H)."""
        self.steps.take()
        h = torch.tanh(self.i2h(x) + self.h2h(h))
        return torch.log_softmax(self.h2o(h), dim=-1), h

    def init_hidden(self, batch_size: int = 1) -> Any:
        """The state before the first symbol: zeros (B, H)."""
        return torch.zeros(batch_size, self.hidden_size, device="cpu", dtype=torch.float32)


def one_hot(symbols: str) -> Any:
    """One row a symbol."""
    return torch.eye(len(SYMBOLS), device="cpu", dtype=torch.float32)[[SYMBOLS.index(s) for s in symbols]]


def right_nll(rnn: Any, name: str, *_: Any, **__: Any) -> Any:
    """The mean negative log-likelihood of a name's symbols, differentiable."""
    h, total = rnn.init_hidden(), torch.zeros((), device="cpu", dtype=torch.float32)
    for x, target in zip(one_hot("." + name), name + ".", strict=True):
        log_probs, h = rnn(x.unsqueeze(0), h)
        total = total - log_probs[0, SYMBOLS.index(target)]
    return total / (len(name) + 1)


@contextmanager
def sequence_nll(ns: Names, own: bool) -> Iterator[None]:
    """For a while the student's `train` finds a right `sequence_nll`, so that a wrong one is charged only once."""
    if own:
        yield
        return
    absent = object()
    before = ns.pop("sequence_nll", absent)
    ns["sequence_nll"] = right_nll
    try:
        yield
    finally:
        if before is absent:
            ns.pop("sequence_nll", None)
        else:
            ns["sequence_nll"] = before


def until_stopped(run: Callable[[], Any]) -> tuple[Any, bool]:
    """What a call returns, and whether it was stopped before it could."""
    try:
        return run(), False
    except Stop:
        return None, True
