"""Probes of `train_classifier` and `predict`, with a model that the grader makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from .hooks import weakly

Names = dict[str, Any]
Batch = list[Any]


class Bag(nn.Module):
    """A classifier with the interface of SentimentRNN: the mean of a review's word vectors, and a linear layer.

    Notes each forward pass that could train it: the batch (its highest token), the mode, the weights at that time, and
    the gradients that the next backward pass leaves on them.

    Args:
        weights: embedding (V, D), weight (1, D) and bias (1,).
        column: answer (B, 1) and not (B,), as the student's own models do.
    """

    def __init__(self, weights: dict[str, Any], dropout: float = 0.0, column: bool = False) -> None:
        super().__init__()
        self.embedding, self.weight, self.bias = (nn.Parameter(torch.tensor(value)) for value in weights.values())
        self.dropout, self.column = nn.Dropout(dropout), column
        self.passes: list[dict[str, Any]] = []
        for name, parameter in self.named_parameters():
            parameter.register_post_accumulate_grad_hook(weakly(self._note, name))  # type: ignore[no-untyped-call]

    def forward(self, tokens: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Tokens (B, T) and lengths (B,) -> logits (B,)."""
        if torch.is_grad_enabled():
            seen = {"batch": int(tokens.max()), "training": self.training, "weights": self.now(), "gradients": {}}
            self.passes.append(seen)
        inside = (torch.arange(tokens.shape[1]) < lengths.reshape(-1, 1)).float().unsqueeze(2)
        mean = (self.embedding[tokens] * inside).sum(dim=1) / lengths.reshape(-1, 1)
        logits: torch.Tensor = self.dropout(mean) @ self.weight.T + self.bias
        return logits if self.column else logits.squeeze(1)

    def now(self) -> dict[str, torch.Tensor]:
        """A copy of the weights."""
        return {name: parameter.detach().clone() for name, parameter in self.named_parameters()}

    def _note(self, name: str, parameter: Any) -> None:
        if self.passes:
            self.passes[-1]["gradients"][name] = parameter.grad.clone()


def trained(
    ns: Names, weights: dict[str, Any], batches: list[Batch], n_epochs: int | None = None, lr: float | None = None
) -> dict[str, Any]:
    """What the student's train_classifier does with the grader's model; arguments that are None are left out.

    Gives what it returned, whether a graph hangs on that, the passes (see `Bag`), and the weights afterwards.
    """
    options = {name: value for name, value in (("n_epochs", n_epochs), ("lr", lr)) if value is not None}

    def run(column: bool) -> dict[str, Any]:
        torch.manual_seed(0)
        model = Bag(weights, column=column)
        losses = ns["train_classifier"](model, _tensors(batches), **options)
        items = losses if isinstance(losses, (list, tuple)) else [losses]
        attached = any(isinstance(item, torch.Tensor) and item.requires_grad for item in items)
        return {"losses": losses, "attached": attached, "passes": model.passes, "after": model.now()}

    return _in_either_shape(ns, run)


def predicted(ns: Names, weights: dict[str, Any], batches: list[Batch]) -> dict[str, Any]:
    """What the student's predict returns for the grader's model, which has dropout, when called twice."""

    def run(column: bool) -> dict[str, Any]:
        torch.manual_seed(0)
        model = Bag(weights, dropout=0.5, column=column)
        return {time: ns["predict"](model, _tensors(batches)) for time in ("first", "second")}

    return _in_either_shape(ns, run)


def _in_either_shape(ns: Names, run: Callable[[bool], dict[str, Any]]) -> dict[str, Any]:
    """Run with logits (B,); where that raises and the student's own model gives (B, 1), run with those."""
    try:
        return run(False)
    except (IndexError, RuntimeError, TypeError, ValueError):
        if not _gives_columns(ns):
            raise
    return run(True)


def _gives_columns(ns: Names) -> bool:
    if "SentimentRNN" not in ns:
        return False
    tokens, lengths = torch.tensor([[1, 2], [2, 3], [3, 1]]), torch.tensor([2, 2, 2])
    return bool(tuple(getattr(ns["SentimentRNN"](5, 4, 4, 0)(tokens, lengths), "shape", ())) == (3, 1))


def _tensors(batches: list[Batch]) -> list[tuple[Any, ...]]:
    return [tuple(torch.tensor(part) for part in batch) for batch in batches]
