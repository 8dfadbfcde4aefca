"""Probes of `train_classifier` and `predict`, with a model whose weights come from outside."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import torch
from torch import nn

from .hooks import weakly

Names = dict[str, Any]
Batch = list[Any]


class Bag(nn.Module):
    """A model with the interface of SentimentRNN: the mean of a review's word vectors, and a linear layer.

    Notes each forward pass that could train it: the tokens, the mode, the weights at that time, and the gradients that
    the next backward pass leaves on them.

    Args:
        weights: embedding (V, D), weight (1, D) and bias (1,).
        column: answer (B, 1) and not (B,), as the student's own model does.
        squeezed: answer by the sigmoid of the logits, as the student's own model does.
    """

    def __init__(self, weights: dict[str, Any], dropout: float = 0.0, column: bool = False, squeezed: bool = False):
        super().__init__()
        self.embedding, self.weight, self.bias = (nn.Parameter(torch.tensor(value)) for value in weights.values())
        self.dropout, self.column, self.squeezed = nn.Dropout(dropout), column, squeezed
        self.passes: list[dict[str, Any]] = []
        for name, parameter in self.named_parameters():
            parameter.register_post_accumulate_grad_hook(weakly(self._note, name))  # type: ignore[no-untyped-call]

    def forward(self, tokens: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Tokens (B, T) and lengths (B,) -> an answer a review, (B,)."""
        if torch.is_grad_enabled():
            self.passes.append(
                {"tokens": tokens.clone(), "training": self.training, "weights": self.now(), "gradients": {}}
            )
        inside = (torch.arange(tokens.shape[1]) < lengths.reshape(-1, 1)).float().unsqueeze(2)
        mean = (self.embedding[tokens] * inside).sum(dim=1) / lengths.reshape(-1, 1)
        found: torch.Tensor = self.dropout(mean) @ self.weight.T + self.bias
        found = torch.sigmoid(found) if self.squeezed else found
        return found if self.column else found.squeeze(1)

    def now(self) -> dict[str, torch.Tensor]:
        """A copy of the weights."""
        return {name: parameter.detach().clone() for name, parameter in self.named_parameters()}

    def _note(self, name: str, parameter: Any) -> None:
        if self.passes:
            self.passes[-1]["gradients"][name] = parameter.grad.clone()


def trained(
    ns: Names,
    weights: dict[str, Any],
    batches: list[Batch],
    n_epochs: int | None = None,
    lr: float | None = None,
    style: list[bool] | None = None,
) -> dict[str, Any]:
    """What the student's train_classifier does with a `Bag`; arguments that are None are left out.

    Gives what it returned, which of that hangs on a graph, the passes (see `Bag`), and the weights afterwards.
    """
    options = {name: value for name, value in (("n_epochs", n_epochs), ("lr", lr)) if value is not None}
    torch.manual_seed(0)
    model = Bag(weights, 0.0, *(style or ()))
    losses = ns["train_classifier"](model, _tensors(batches), **options)
    items = losses if isinstance(losses, (list, tuple)) else [losses]
    attached = [isinstance(item, torch.Tensor) and item.requires_grad for item in items]
    return {"losses": losses, "attached": attached, "passes": model.passes, "after": model.now()}


def predicted(
    ns: Names, weights: dict[str, Any], batches: list[Batch], style: list[bool] | None = None
) -> dict[str, Any]:
    """What the student's predict returns for a `Bag` that has dropout, when called twice."""
    torch.manual_seed(0)
    model = Bag(weights, 0.5, *(style or ()))
    return {time: ns["predict"](model, _tensors(batches)) for time in ("first", "second")}


class SeenEnough(Exception):
    """All has been seen that was to be seen."""


class Placed(nn.Module):
    """A model that notes on which devices its reviews and its weights are when it is called, and calculates nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(4, 1)
        self.seen: list[list[str]] = []

    def forward(self, tokens: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Note, and stop."""
        self.seen.append([tokens.device.type, self.embedding.weight.device.type])
        raise SeenEnough


def devices(ns: Names, function: str, batches: list[Batch], device: str) -> dict[str, Any]:
    """The devices of reviews and weights in the first call of the model that a student's function is given.

    Code that asks whether there is a GPU hears that there is, since many then use the CPU where there is none. If that
    raises an error, it is tried without a GPU, and then on the CPU: what runs there alone uses what `device` has not.
    """
    try:
        return {"seen": _seen(ns, function, batches, device, gpu=True), "runs": True}
    except Exception:
        for other in (device, "cpu"):
            with suppress(Exception):
                return {"seen": _seen(ns, function, batches, other, gpu=False), "runs": other == device}
        raise


def _seen(ns: Names, function: str, batches: list[Batch], device: str, gpu: bool) -> list[list[str]]:
    model, available, autocast = Placed(), torch.cuda.is_available, torch.autocast.__init__

    def begin(self: Any, device_type: str, *more: Any, **options: Any) -> None:
        autocast(self, "cpu" if device_type == "meta" else device_type, *more, **options)

    torch.cuda.is_available = lambda: gpu
    torch.autocast.__init__ = begin  # type: ignore[method-assign]
    try:
        ns[function](model, _tensors(batches), device=device)
    except SeenEnough:
        pass
    finally:
        torch.cuda.is_available, torch.autocast.__init__ = available, autocast  # type: ignore[method-assign]
    return model.seen


def _tensors(batches: list[Batch]) -> list[tuple[Any, ...]]:
    return [tuple(torch.tensor(part) for part in batch) for batch in batches]
