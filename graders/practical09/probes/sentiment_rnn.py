"""Probes of `train_classifier` and `predict`, with a model that the grader makes."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

Names = dict[str, Any]
Batch = list[Any]


class Bag(nn.Module):
    """A classifier with the interface of SentimentRNN: the mean of a review's word vectors, and a linear layer.

    Notes each forward pass that training makes: which batch it was (its first token), and in which mode.
    """

    def __init__(self, seed: int, dropout: float = 0.0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.embedding = nn.Embedding(40, 6)
        self.out = nn.Linear(6, 1)
        self.dropout = nn.Dropout(dropout)
        self.passes: list[int] = []

    def forward(self, tokens: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Tokens (B, T) and lengths (B,) -> logits (B,)."""
        if torch.is_grad_enabled():
            self.passes.append(int(tokens[0, 0]))
        inside = (torch.arange(tokens.shape[1]) < lengths.reshape(-1, 1)).float().unsqueeze(2)
        mean = (self.embedding(tokens) * inside).sum(dim=1) / lengths.reshape(-1, 1)
        return self.out(self.dropout(mean)).squeeze(1)


def trained(ns: Names, seed: int, batches: list[Batch], n_epochs: int | None, lr: float | None) -> dict[str, Any]:
    """What the student's train_classifier does with the grader's model.

    Gives the losses as floats (or the type of what is no list of numbers), the batches in the order of their passes,
    and the parameters before and after, with the gradients that are left behind.
    """
    model = Bag(seed)
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    given = [tuple(torch.tensor(part) for part in batch) for batch in batches]
    options = {"n_epochs": n_epochs, "lr": lr}
    losses = ns["train_classifier"](model, given, **{name: v for name, v in options.items() if v is not None})
    after = dict(model.named_parameters())
    return {
        "losses": _floats(losses),
        "passes": model.passes,
        "before": {name: value.numpy() for name, value in before.items()},
        "after": {name: value.detach().numpy() for name, value in after.items()},
        "gradients": {name: None if p.grad is None else p.grad.numpy() for name, p in after.items()},
    }


def predicted(ns: Names, seed: int, batches: list[Batch]) -> dict[str, Any]:
    """The student's predictions with the grader's model, twice, and the model's logits in evaluation mode."""
    model = Bag(seed, dropout=0.5).train()
    with torch.no_grad():
        model.out.weight.mul_(20)
    given = [tuple(torch.tensor(part) for part in batch) for batch in batches]
    first, second = (_floats(ns["predict"](model, list(given))) for _ in range(2))
    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(tokens, lengths) for tokens, lengths in given])
    return {"first": first, "second": second, "logits": logits.numpy()}


def _floats(values: Any) -> Any:
    """Numbers as an array, from a list, an array or a tensor; else the name of the type."""
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    try:
        items = [float(value.detach() if hasattr(value, "detach") else value) for value in np.ravel(values).tolist()]
    except (TypeError, ValueError, RuntimeError):
        try:
            items = [float(value) for value in values]
        except (TypeError, ValueError, RuntimeError):
            return type(values).__name__
    return np.array(items)
