"""What a student's `train` does to a model of the grader's own: the probe `train_facts`."""

from __future__ import annotations

import math
from typing import Any

import torch

from .training_cell import Cell, Names, right_nll, sequence_nll, until_stopped
from .training_watch import Watch, flat, load

NEAR = 6e-3  # how far a loss may be from the model's: losses may have been rounded to two decimals
PATIENCE = 30  # times the steps that a training needs, after which it is stopped


def train_facts(
    ns: Names, cell: dict[str, Any], name: str, n_epochs: int, lr: float, own: bool = False, most: int = 0
) -> dict[str, Any]:
    """What `train` does on a list that holds one name many times; hardly a fact depends on the optimiser.

    Args:
        own: whether `train` finds the student's own `sequence_nll`, or a right one.
        most: how many epochs it may go on for before it is stopped; `PATIENCE` times n_epochs at the least.

    Returns:
        epochs: how many it was asked for.
        returned: how many losses, at most one more than asked for; that, too, where it had to be stopped; -1 where it
            returned no sequence of anything.
        plain: whether each is something that float() takes and that drags no graph along.
        finite: whether all are finite.
        read: whether the model, or a copy of it, was asked for anything.
        agrees: for each, whether the model had that loss just before or just after a step of this epoch.
        tracks: whether the losses are a fixed multiple of those of the model.
        moved: whether each parameter changed.
        aligned: whether the gradient that arrived at each parameter lies along that of the right loss.
        downhill: -1 where the first step went up, 1 where it went down, 0 where it did not move.
        sees: whether backward passes could be watched; where they could not, the next two say nothing.
        updates: how often the weights changed after a backward pass, at most once more than there are epochs.
        kept: whether gradients were added to the ones of the step before.
    """
    rnn, spare = Cell(**cell), Cell(**cell)
    rnn.steps.most = max(PATIENCE * n_epochs, most) * (len(name) + 1)
    start, watch = flat(rnn), Watch(rnn)
    with sequence_nll(ns, own):
        result, stopped = until_stopped(lambda: ns["train"](rnn, [name] * max(n_epochs, 20), n_epochs, lr))
    watch.end()
    items = items_of(result)
    values = [number_of(item) for item in items or ()]
    versions = [*(watch.versions if watch.sees else [start]), flat(rnn)]
    read, moved = rnn.steps.taken > 0, not torch.equal(start, flat(rnn))
    had = [_nll(spare, weights, name) for weights in versions]
    right = _gradients(spare, versions[0], name)
    return {
        "epochs": n_epochs,
        "returned": n_epochs + 1 if stopped else -1 if items is None else min(len(items), n_epochs + 1),
        "plain": None not in values and not any(map(_has_graph, items or ())),
        "finite": all(value is None or math.isfinite(value) for value in values),
        "read": read,
        "agrees": _agreements(values[:n_epochs], had, watch.sees) if read or moved else [False] * n_epochs,
        "tracks": _tracks(values, had),
        "moved": _moved(rnn, load(spare, start)),
        "aligned": _alignment(watch, right) if watch.sees else {},
        "downhill": _direction(right, versions),
        "sees": watch.sees,
        "updates": min(watch.updates, n_epochs + 1),
        "kept": watch.kept > 0,
    }


def items_of(result: Any) -> list[Any] | None:
    """The items of a list, tuple, array or any other iterable of one dimension; None for what is none."""
    if isinstance(result, (str, bytes, dict)) or not hasattr(result, "__iter__") or getattr(result, "ndim", 1) != 1:
        return None
    return list(result)


def number_of(item: Any) -> float | None:
    """The item as a float, None where it is none; a graph does not matter."""
    try:
        return float(item.detach() if isinstance(item, torch.Tensor) else item)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return None


def _has_graph(item: Any) -> bool:
    return isinstance(item, torch.Tensor) and item.requires_grad


def _nll(model: Cell, weights: Any, name: str) -> float:
    with torch.no_grad():
        return float(right_nll(load(model, weights), name))


def _agreements(values: list[float | None], had: list[float], sees: bool) -> list[bool]:
    """For each loss whether the model had it; with one version an epoch, just before or just after the step."""
    hidden = not sees and had[0] != had[-1]  # trained where nobody could watch
    found = []
    for k, value in enumerate(values):
        there = had[k : k + 2] if len(had) == len(values) + 1 else had
        near = value is not None and any(abs(value - one) <= NEAR + 1e-3 * one for one in there)
        found.append(near or (hidden and k > 0))
    return found


def _tracks(values: list[float | None], had: list[float]) -> bool:
    if len(had) != len(values) + 1 or not values:
        return False
    ratios = [(value or math.nan) / one for value, one in zip(values, had, strict=False) if one > 0]
    return bool(ratios) and min(ratios) > 0 and max(ratios) < 1.005 * min(ratios)


def _moved(rnn: Cell, before: Cell) -> dict[str, bool]:
    start = dict(before.named_parameters())
    return {key: not torch.equal(parameter, start[key]) for key, parameter in rnn.named_parameters()}


def _alignment(watch: Watch, right: dict[str, Any]) -> dict[str, bool]:
    arrived = watch.arrived
    return {
        key: key in arrived
        and abs(float(torch.cosine_similarity(arrived[key].ravel(), gradient.ravel(), dim=0))) > 0.98
        for key, gradient in right.items()
    }


def _direction(right: dict[str, Any], versions: list[Any]) -> int:
    slope = (versions[1] - versions[0]) @ torch.cat([part.flatten() for part in right.values()])
    return -int(torch.sign(slope.nan_to_num()))


def _gradients(model: Cell, weights: Any, name: str) -> dict[str, Any]:
    names, parameters = zip(*load(model, weights).named_parameters(), strict=True)
    with torch.enable_grad():
        return dict(zip(names, torch.autograd.grad(right_nll(model, name), parameters), strict=True))
