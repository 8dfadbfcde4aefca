"""Probes of `training`: values and gradients of `sequence_nll`, and what `train` does to a model that we make."""

from __future__ import annotations

import inspect
import math
from typing import Any

import torch

from .training_cell import SYMBOLS, Cell, Names, sequence_nll, until_stopped
from .training_facts import PATIENCE, items_of, number_of
from .training_watch import Reader, flat


def nll_values(ns: Names, cell: dict[str, Any], names: list[str]) -> list[Any]:
    """The student's `sequence_nll` of names, one after the other, for one model."""
    rnn = Cell(**cell)
    return [ns["sequence_nll"](rnn, name) for name in names]


def nll_gradients(ns: Names, cell: dict[str, Any], name: str) -> dict[str, Any]:
    """What kind of value `sequence_nll` is, and its gradient with respect to each parameter, or None for none."""
    rnn = Cell(**cell)
    loss = ns["sequence_nll"](rnn, name)
    found: dict[str, Any] = {"tensor": isinstance(loss, torch.Tensor), "numbers": 0, "gradients": {}}
    if not found["tensor"]:
        return found
    found["numbers"] = loss.numel()
    names, parameters = zip(*rnn.named_parameters(), strict=True)
    gradients: Any = [None] * len(names)
    if loss.requires_grad:
        gradients = torch.autograd.grad(loss.sum(), parameters, allow_unused=True)
    return found | {"gradients": dict(zip(names, gradients, strict=True))}


def train_defaults(ns: Names) -> dict[str, Any]:
    """Default values of the last two arguments of `train`, and the names of the parameters cell that stand for them."""
    defaults = [parameter.default for parameter in inspect.signature(ns["train"]).parameters.values()][2:4]
    plain = [value if isinstance(value, (int, float)) else None for value in (*defaults, None, None)]
    return {
        "n_epochs": plain[0],
        "lr": plain[1],
        "N_EPOCHS": ns.get("N_EPOCHS"),
        "LEARNING_RATE": ns.get("LEARNING_RATE"),
    }


def names_read(
    ns: Names, cell: dict[str, Any], names: list[str], kinds: list[str], n_epochs: int, lr: float, own: bool = False
) -> dict[str, Any]:
    """Which names `train` reads; each is written with the letters of one of the kinds.

    Returns:
        sees: whether backward passes could be watched.
        read: whether the model, or a copy of it, was asked for anything.
        moved: whether the model changed.
        kinds: from how many kinds names were read, at most 3.
        first: whether it was always the first name of the list.
        together: whether several names went into one backward pass.
        foreign: whether letters were read that no name of the list has.
        many: whether there were more names than epochs.
        returned: how many losses, at most one more than asked for; -1 for none.
    """
    rnn = Cell(**cell)
    with torch.no_grad():
        rnn.i2h.weight.zero_()  # so that a penalty on the weights leaves no gradient at unread letters
    start, reader = flat(rnn), Reader(rnn, kinds, n_epochs)
    rnn.steps.most = PATIENCE * n_epochs * (max(map(len, names)) + 1)
    with sequence_nll(ns, own):
        result, _ = until_stopped(lambda: ns["train"](rnn, names, n_epochs, lr))
    losses = items_of(result)
    found = {kind for letters in reader.letters for kind in reader.kinds_of(letters)}
    return {
        "sees": reader.sees,
        "read": rnn.steps.taken > 0,
        "moved": not torch.equal(start, flat(rnn)),
        "kinds": min(len(found - {-1}), 3),
        "first": all(set(letters) == set(names[0]) for letters in reader.letters),
        "together": reader.together > 0,
        "foreign": -1 in found,
        "many": reader.switches > n_epochs,
        "returned": -1 if losses is None else min(len(losses), n_epochs + 1),
    }


def new_model(ns: Names, cell: dict[str, Any]) -> Any:
    """A model of the grader's own."""
    return Cell(**cell)


def train_model(ns: Names, model: Any, names: list[str], n_epochs: int, lr: float, own: bool = False) -> dict[str, Any]:
    """Train it with the student's `train`; what came of it, and the losses where they are numbers."""
    model.steps.most = model.steps.taken + 8 * n_epochs * (max(map(len, names)) + 1)
    with sequence_nll(ns, own):
        result, _ = until_stopped(lambda: ns["train"](model, names, n_epochs, lr))
    model.steps.most = math.inf
    values = [number_of(item) for item in items_of(result) or ()]
    return {"model": model, "losses": [value for value in values if value is not None]}


class Walk:
    """A model and the state that it has reached, one row for each of some sequences."""

    def __init__(self, model: Any, rows: int) -> None:
        self.model, self.state = model, model.init_hidden(rows)


def walk(ns: Names, model: Any, rows: int) -> Walk:
    """Begin to read so many sequences side by side."""
    return Walk(model, rows)


def walk_on(ns: Names, walk: Walk, symbols: Any) -> Any:
    """Read one more symbol of each sequence: the log-probabilities of the symbol after it."""
    with torch.no_grad():
        x = torch.eye(len(SYMBOLS), dtype=torch.float32)[torch.as_tensor(symbols)]
        log_probs, walk.state = walk.model(x, walk.state)
    return log_probs
