"""Probes of `training`: they run the student's functions on models made of what is sent, and report what happened."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook

from .training_model import PARTS, Notes, PlannedModel, Stop, parts_of

SLOW = frozenset({"run"})

Names = dict[str, Any]

MOST_LOSSES = 20_000


def nll_values(ns: Names, models: list[dict[str, Any]], names: list[str], order: list[int]) -> list[Any]:
    """What the student's `sequence_nll` gives for one name after the other, each for the model of that number.

    Each begins with the same random numbers, so that what is drawn is no memory of the names before.
    """
    made, found = [PlannedModel(**model) for model in models], []
    with put(ns, "sequence_nll", "HIDDEN", models[0]["hidden"]):
        for name, number in zip(names, order, strict=True):
            torch.manual_seed(0)
            found.append(ns["sequence_nll"](made[number], name))
    return found


def nll_gradients(ns: Names, model: dict[str, Any], name: str) -> dict[str, Any]:
    """What `sequence_nll` gives for one name, and the gradients that follow.

    Returns:
        value: what it gave.
        tensor: whether that, or what comes first in it, is a tensor.
        read: (T, V) the rows that the model was given.
        at_outputs: (T, V) the gradient that arrived at each of the model's outputs, where all could be had.
        gradients: the gradient at each weight and bias: that of the value, or what stood there when it was given.
    """
    notes = Notes(whole=True)
    rnn, outputs = PlannedModel(**model, notes=notes), []
    rnn.register_forward_hook(lambda module, given, result: outputs.append(result[0]))
    with put(ns, "sequence_nll", "HIDDEN", rnn.hidden_size):
        value = ns["sequence_nll"](rnn, name)
    first = value[0] if isinstance(value, (tuple, list)) and value else value
    found: dict[str, Any] = {"value": value, "tensor": isinstance(first, torch.Tensor), "at_outputs": None}
    parameters = dict(rnn.named_parameters())
    standing = {key: parameter.grad for key, parameter in parameters.items()}
    if found["tensor"] and first.requires_grad and all(grad is None for grad in standing.values()):
        wanted = [*parameters.values(), *(output for output in outputs if output.requires_grad)]
        given = torch.autograd.grad(first.sum(), wanted, allow_unused=True)
        standing = dict(zip(parameters, given, strict=False))
        at_outputs = given[len(parameters) :]
        if at_outputs and len(at_outputs) == len(outputs) and all(grad is not None for grad in at_outputs):
            found["at_outputs"] = torch.cat([grad.reshape(-1, grad.shape[-1]) for grad in at_outputs])
    return found | {"read": torch.cat(notes.rows) if notes.rows else None, "gradients": standing}


def defaults(ns: Names) -> dict[str, Any]:
    """Default values of the last two arguments of `train`, and the names of the parameters cell that stand for them."""
    defaults = [parameter.default for parameter in inspect.signature(ns["train"]).parameters.values()][2:4]
    plain = [value if type(value) in (int, float) else None for value in (*defaults, None, None)]
    known = [value if type(value) in (int, float) else None for value in map(ns.get, ("N_EPOCHS", "LEARNING_RATE"))]
    return {"n_epochs": plain[0], "lr": plain[1], "N_EPOCHS": known[0], "LEARNING_RATE": known[1]}


def run(
    ns: Names,
    model: dict[str, Any],
    names: list[str],
    n_epochs: int,
    lr: float,
    most: int,
    whole: bool,
    asks: bool,
    outside: Callable[..., Any] | None = None,
) -> dict[str, Any]:
    """Train a model with the student's `train`.

    Args:
        most: after how many rows that the model's first layer was given it is stopped.
        whole: whether everything that was seen on the way is reported, or what came of it alone.
        asks: whether `train` finds a `sequence_nll` that asks outside, in place of the student's own.
        outside: gives the loss of a name for given weights, and its gradients.

    Returns:
        kind: the type of what `train` returned.
        single: the number that it is, None where it is none.
        losses: its items, None for what is no number; None where it has no items.
        graphs: how many of them are tensors that drag a graph along.
        stopped: whether it had to be stopped.
        weights: each weight and bias of the model afterwards; None for what is none any more.
        rows, places, sizes, versions, standing, steps: see `Notes`.
    """
    notes = Notes(most, whole)
    rnn = PlannedModel(**model, notes=notes)
    provided = put(ns, "train", "sequence_nll", asking(notes, outside)) if outside else nullcontext()
    listening = register_optimizer_step_pre_hook(notes.stepped)
    try:
        with put(ns, "train", "HIDDEN", rnn.hidden_size), provided:
            result, stopped = until_stopped(lambda: ns["train"](rnn, names, n_epochs, lr))
    finally:
        listening.remove()
    items = items_of(result)
    return {
        "kind": type(result).__name__[:100],
        "single": number_of(result) if items is None else None,
        "losses": None if items is None else [number_of(item) for item in items],
        "graphs": sum(isinstance(item, torch.Tensor) and item.requires_grad for item in items or ()),
        "stopped": stopped,
        "weights": dict(zip(PARTS, map(plain_part, parts_of(rnn)), strict=True)),
        **(seen(notes) if whole else {}),
    }


def seen(notes: Notes) -> dict[str, Any]:
    """What was noted, as arrays; NaN stands where no gradient arrived."""
    nothing = {name: torch.full_like(part, torch.nan) for name, part in zip(PARTS, notes.versions[0], strict=True)}
    standing = [flat([there.get(name, none) for name, none in nothing.items()]) for there in notes.standing]
    return {
        "rows": torch.cat(notes.rows) if notes.rows else None,
        "places": np.array(notes.places, np.int64).reshape(-1, 4),
        "sizes": np.array(notes.sizes),
        "versions": torch.stack([flat(parts) for parts in notes.versions]),
        "standing": torch.stack(standing),
        "steps": np.array(notes.steps),
    }


def asking(notes: Notes, outside: Callable[..., Any]) -> Callable[..., Any]:
    """A `sequence_nll` that knows nothing: it asks for the loss of a name under some weights, and its gradients."""

    class Asked(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, name: str, *parts: Any) -> Any:
            loss, gradients = outside(name, [part.detach().cpu().numpy() for part in parts])
            ctx.gradients = [
                torch.as_tensor(gradient).to(part) for gradient, part in zip(gradients, parts, strict=True)
            ]
            return torch.as_tensor(loss).to(parts[0])

        @staticmethod
        def backward(ctx: Any, *given: Any) -> Any:
            return (None, *(given[0] * gradient for gradient in ctx.gradients))

    def sequence_nll(rnn: Any, name: str, *_: Any, **__: Any) -> Any:
        """The mean negative log-likelihood of a name's symbols, differentiable."""
        asked: Any = Asked
        loss = asked.apply(name, *parts_of(rnn))
        notes.read(one_hot("." + name), notes.owns(rnn))
        return loss

    return sequence_nll


@contextmanager
def put(ns: Names, user: str, name: str, value: Any) -> Iterator[None]:
    """For a while a function of the student's finds something else by a global name, in a module of its own too."""
    homes = [ns, getattr(inspect.unwrap(ns[user]), "__globals__", ns)]
    before = [home.get(name, homes) for home in homes]
    try:
        for home in homes:
            home[name] = value
        yield
    finally:
        for home, old in zip(homes, before, strict=True):
            home.pop(name, None) if old is homes else home.update({name: old})


def until_stopped(run: Callable[[], Any]) -> tuple[Any, bool]:
    """What a call returns, and whether it was stopped before it could."""
    try:
        return run(), False
    except Stop:
        return None, True


def items_of(result: Any) -> list[Any] | None:
    """The items of a list, tuple, array or any other iterable of one dimension; None for what is none."""
    if isinstance(result, (str, bytes, dict)) or not hasattr(result, "__iter__") or getattr(result, "ndim", 1) != 1:
        return None
    return list(islice(result, MOST_LOSSES))


def number_of(item: Any) -> float | None:
    """The item as a float, None where it is none; a graph does not matter."""
    try:
        return float(item.detach() if isinstance(item, torch.Tensor) else item)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return None


def plain_part(part: Any) -> Any:
    """A tensor as an array of float32; None for anything else."""
    return part.detach().cpu().float().numpy() if isinstance(part, torch.Tensor) else None


def flat(parts: list[Any]) -> Any:
    """Tensors as one vector."""
    return torch.cat([part.detach().float().cpu().flatten() for part in parts])


def one_hot(symbols: str) -> Any:
    """One row a symbol."""
    return torch.eye(27, device="cpu")[[".abcdefghijklmnopqrstuvwxyz".index(s) for s in symbols]]
