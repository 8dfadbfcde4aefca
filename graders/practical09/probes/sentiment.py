"""Probes of both sentiment questions: how a classifier is built, what it answers, and whether it can learn."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

Names = dict[str, Any]
Batch = list[Any]  # tokens (B, T) and lengths (B,), with labels (B,) where there are any

KINDS = (nn.Embedding, nn.RNN, nn.LSTM, nn.GRU, nn.Linear, nn.EmbeddingBag)
SIZES = (
    *("num_embeddings", "embedding_dim", "padding_idx", "input_size", "hidden_size", "num_layers", "bidirectional"),
    *("in_features", "out_features", "mode"),
)


def layers(ns: Names, model: str, sizes: list[int], tokens: Any, lengths: Any) -> list[dict[str, Any]]:
    """The layers of the student's model: type, sizes, and whether the logits' gradient reaches them."""
    made = _model(ns, model, sizes, 0)
    logits = torch.as_tensor(made(torch.tensor(tokens), torch.tensor(lengths)))
    if logits.requires_grad:
        logits.sum().backward()
    return [
        {"type": type(layer).__name__, "reached": any(_reached(p) for p in layer.parameters(recurse=False))}
        | {name: getattr(layer, name) for name in SIZES if hasattr(layer, name)}
        for layer in made.modules()
        if isinstance(layer, KINDS)
    ]


def _reached(parameter: Any) -> bool:
    return parameter.grad is not None and bool(parameter.grad.abs().sum() > 0)


def logits(
    ns: Names, model: str, sizes: list[int], seed: int, batches: list[Batch], scale: float = 1.0, mute: str = ""
) -> list[Any]:
    """The logits of each batch, by one model in evaluation mode.

    Args:
        scale: what all weights are multiplied with.
        mute: `forward` or `backward`: the direction of every LSTM whose weights are set to zero.
    """
    made = _model(ns, model, sizes, seed).eval()
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            parameter.mul_(scale)
            if mute and _is_lstm(made, name) and name.endswith("_reverse") == (mute == "backward"):
                parameter.zero_()
        return [made(torch.tensor(tokens), torch.tensor(lengths)) for tokens, lengths in batches]


def _is_lstm(model: Any, name: str) -> bool:
    return isinstance(model.get_submodule(name.rpartition(".")[0]), nn.LSTM)


def fitted_logits(
    ns: Names, model: str, sizes: list[int], seed: int, batch: Batch, steps: int, lr: float, own: bool
) -> Any:
    """The logits of one batch after so many steps on it, by the student's train_classifier or by the grader's way."""
    made = _model(ns, model, sizes, seed)
    tokens, lengths, labels = (torch.tensor(part) for part in batch)
    labels = labels.float()
    if own:
        ns["train_classifier"](made, [(tokens, lengths, labels)], steps, lr)
    else:
        _fit(made, tokens, lengths, labels, steps, lr)
    with torch.no_grad():
        return made.eval()(tokens, lengths)


def _fit(model: Any, tokens: Any, lengths: Any, labels: Any, steps: int, lr: float) -> None:
    """Sign descent on the margins: enough to see whether a model can tell eight reviews apart."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    for _ in range(steps):
        margins = model(tokens, lengths).reshape(-1) * (2 * labels - 1)
        gradients = torch.autograd.grad(torch.relu(2 - margins).sum(), parameters, allow_unused=True)
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients, strict=True):
                if gradient is not None:
                    parameter -= lr * gradient / (gradient.abs().max() + 1e-9)


def _model(ns: Names, model: str, sizes: list[int], seed: int) -> Any:
    torch.manual_seed(seed)
    return ns[model](*sizes)
