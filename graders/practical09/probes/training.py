"""Probes of `training`: values and gradients of `sequence_nll`, and what `train` does to a model that we make."""

from __future__ import annotations

import inspect
import math
from typing import Any

import torch

from .training_cell import SYMBOLS, Cell, Names, right_nll, sequence_nll, until_stopped
from .training_watch import Reader, Watch, flat, load

NEAR = 6e-3  # how far a loss may be from the model's: losses may have been rounded to two decimals
PATIENCE = 30  # times the steps that a training needs, after which it is stopped


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


def train_facts(
    ns: Names, cell: dict[str, Any], name: str, n_epochs: int, lr: float, own: bool = False
) -> dict[str, Any]:
    """What `train` does and returns on a list that holds one name many times; no fact depends on the optimiser.

    Returns:
        epochs: how many it was asked for.
        returned: how many losses, at most one more than asked for; -1 where it was no sequence of anything.
        plain: whether each is something that float() takes and that drags no graph along.
        finite: whether all are finite.
        agrees: for each, whether the model had that loss just before or just after a step of this epoch.
        moved: whether each parameter changed.
        aligned: whether the gradient that arrived at each parameter lies along that of the right loss.
        downhill: -1 where the first step went up, 1 where it went down, 0 where it did not move.
        sees: whether backward passes could be watched; where they could not, the next three say nothing.
        versions: how many different weights the backward passes found.
        updates: how often the weights changed after a backward pass.
        kept: how often a gradient was added to the one of the step before.
    """
    rnn, spare = Cell(**cell), Cell(**cell)
    rnn.left = PATIENCE * n_epochs * (len(name) + 1)
    start, watch = flat(rnn), Watch(rnn)
    with sequence_nll(ns, own):
        result, stopped = until_stopped(lambda: ns["train"](rnn, [name] * max(n_epochs, 20), n_epochs, lr))
    items = _items(result)
    values = [_number(item) for item in items or ()]
    versions = [*(watch.versions if watch.sees else [start]), flat(rnn)]
    count = n_epochs + 1 if stopped else -1 if items is None else min(len(items), n_epochs + 1)
    return {
        "epochs": n_epochs,
        "returned": count,
        "plain": all(
            value is not None and not _has_graph(item) for value, item in zip(values, items or (), strict=True)
        ),
        "finite": all(value is None or math.isfinite(value) for value in values),
        "agrees": _agreements(values[:n_epochs], [_nll(spare, one, name) for one in versions], versions, watch.sees),
        "moved": _moved(rnn, load(spare, start)),
        "aligned": _alignment(watch, _gradients(spare, versions[0], name)) if watch.sees else {},
        "downhill": _direction(_gradients(spare, versions[0], name), versions),
        "sees": watch.sees,
        "versions": len(versions) - 1,
        "updates": watch.updates,
        "kept": watch.kept(),
    }


def names_read(
    ns: Names, cell: dict[str, Any], names: list[str], kinds: list[str], n_epochs: int, lr: float, own: bool = False
) -> dict[str, Any]:
    """Which names `train` reads; each is written with the letters of one of the kinds.

    Returns:
        sees: whether backward passes could be watched.
        moved: whether the model changed.
        kinds: from how many kinds names were read, at most 3.
        first: whether it was always the first name of the list.
        together: whether several names went into one backward pass.
        foreign: whether letters were read that no name of the list has.
        many: whether there were more names than epochs.
    """
    rnn = Cell(**cell)
    with torch.no_grad():
        rnn.i2h.weight.zero_()  # so that a penalty on the weights leaves no gradient at unread letters
    start, reader = flat(rnn), Reader(rnn, kinds, n_epochs)
    rnn.left = PATIENCE * n_epochs * (max(map(len, names)) + 1)
    with sequence_nll(ns, own):
        until_stopped(lambda: ns["train"](rnn, names, n_epochs, lr))
    found = {kind for letters in reader.letters for kind in reader.kinds_of(letters)}
    return {
        "sees": bool(reader.letters),
        "moved": not torch.equal(start, flat(rnn)),
        "kinds": min(len(found - {-1}), 3),
        "first": all(set(letters) == set(names[0]) for letters in reader.letters),
        "together": reader.together > 0,
        "foreign": -1 in found,
        "many": reader.switches > n_epochs,
    }


def new_model(ns: Names, cell: dict[str, Any]) -> Any:
    """A model of the grader's own."""
    return Cell(**cell)


def train_model(ns: Names, model: Any, names: list[str], n_epochs: int, lr: float, own: bool = False) -> dict[str, Any]:
    """Train it with the student's `train`; what came of it, and the losses where they are numbers."""
    model.left = 8 * n_epochs * (max(map(len, names)) + 1)
    with sequence_nll(ns, own):
        result, _ = until_stopped(lambda: ns["train"](model, names, n_epochs, lr))
    model.left = math.inf
    values = [_number(item) for item in _items(result) or ()]
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


def _items(result: Any) -> list[Any] | None:
    if isinstance(result, (str, bytes, dict)) or not hasattr(result, "__iter__") or getattr(result, "ndim", 1) != 1:
        return None
    return list(result)


def _number(item: Any) -> float | None:
    try:
        return float(item.detach() if isinstance(item, torch.Tensor) else item)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return None


def _has_graph(item: Any) -> bool:
    return isinstance(item, torch.Tensor) and item.requires_grad


def _nll(model: Cell, weights: Any, name: str) -> float:
    with torch.no_grad():
        return float(right_nll(load(model, weights), name))


def _agreements(values: list[float | None], had: list[float], versions: list[Any], sees: bool) -> list[bool]:
    """For each loss whether the model had it; with one version an epoch, just before or just after the step."""
    hidden = not sees and not torch.equal(versions[0], versions[-1])  # trained where nobody could watch
    found = []
    for k, value in enumerate(values):
        there = had[k : k + 2] if len(had) == len(values) + 1 else had
        near = value is not None and any(abs(value - one) <= NEAR + 1e-3 * one for one in there)
        found.append(near or (hidden and k > 0))
    return found


def _moved(rnn: Cell, before: Cell) -> dict[str, bool]:
    start = dict(before.named_parameters())
    return {key: not torch.equal(parameter, start[key]) for key, parameter in rnn.named_parameters()}


def _alignment(watch: Watch, right: dict[str, Any]) -> dict[str, bool]:
    arrived = watch.arrived(0)
    return {
        key: key in arrived
        and abs(float(torch.cosine_similarity(arrived[key].ravel(), gradient.ravel(), dim=0))) > 0.98
        for key, gradient in right.items()
    }


def _direction(right: dict[str, Any], versions: list[Any]) -> int:
    return -int(torch.sign((versions[1] - versions[0]) @ torch.cat([part.flatten() for part in right.values()])))


def _gradients(model: Cell, weights: Any, name: str) -> dict[str, Any]:
    names, parameters = zip(*load(model, weights).named_parameters(), strict=True)
    with torch.enable_grad():
        return dict(zip(names, torch.autograd.grad(right_nll(model, name), parameters), strict=True))
