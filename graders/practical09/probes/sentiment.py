"""Probes of both sentiment questions: how a classifier is built, what it answers, and whether it can learn."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

Names = dict[str, Any]
Batch = list[Any]  # tokens (B, T) and lengths (B,), with labels (B,) where there are any

KINDS = ("Embedding", "EmbeddingBag", "RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell", "Linear")
SIZES = (
    *("num_embeddings", "embedding_dim", "padding_idx", "input_size", "hidden_size", "num_layers", "bidirectional"),
    *("in_features", "out_features"),
)


def layers(ns: Names, model: str, sizes: list[int], seed: int, batch: Batch) -> list[dict[str, Any]]:
    """The layers of a student's model, in their order.

    Each has a kind, its sizes, whether it is frozen, and for each of its stacked parts (one where there is no stack)
    whether the gradient of the logits reaches it.
    """
    made = _with_weights(ns, model, sizes, seed, batch).eval()
    frozen = {id(parameter) for parameter in made.parameters() if not parameter.requires_grad}
    for parameter in made.parameters():
        parameter.requires_grad_()
    answer = made(*_tensors(batch))
    if isinstance(answer, torch.Tensor) and answer.requires_grad:
        torch.autograd.backward((answer.flatten() * torch.arange(1, answer.numel() + 1)).sum())
    return [_look(layer, frozen) for layer in made.modules() if _kind(layer) in KINDS]


def _look(layer: Any, frozen: set[int]) -> dict[str, Any]:
    reached: dict[str, bool] = {}
    for name, parameter in layer.named_parameters():
        part = "".join(re.findall(r"_l\d+", name))
        flows = parameter.grad is not None and bool(parameter.grad.abs().sum() > 0)
        reached[part] = reached.get(part, False) or flows
    sizes = {name: getattr(layer, name) for name in SIZES if hasattr(layer, name)}
    stuck = any(id(parameter) in frozen for parameter in layer.parameters())
    return {"kind": _kind(layer), "reached": list(reached.values()), "frozen": stuck} | sizes


def logits(
    ns: Names, model: str, sizes: list[int], seed: int, batches: list[Batch], scale: float = 1.0, mute: str = ""
) -> list[Any]:
    """What one model answers to each batch, in evaluation mode.

    Its weights depend on the seed and on the kinds of its layers, not on their names or on how they were initialised.

    Args:
        scale: what all weights are multiplied with.
        mute: `forward` or `backward`: the direction of the LSTM whose weights are set to zero.
    """
    made = _with_weights(ns, model, sizes, seed, batches[0]).eval()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.mul_(scale)
        for parameter in _direction(made, mute):
            parameter.zero_()
        return [made(*_tensors(batch)) for batch in batches]


def _direction(model: Any, direction: str) -> list[Any]:
    """The weights of one direction; of two LSTMs in one direction each, the first counts as the forward one."""
    found = [layer for layer in model.modules() if isinstance(layer, nn.LSTM)]
    if not direction:
        return []
    if not any(layer.bidirectional for layer in found):
        return [p for i, layer in enumerate(found) for p in layer.parameters() if (i > 0) == (direction == "backward")]
    named = [pair for layer in found for pair in layer.named_parameters()]
    return [p for name, p in named if name.endswith("_reverse") == (direction == "backward")]


def fitted_logits(ns: Names, model: str, sizes: list[int], seed: int, batch: Batch, steps: int, rate: float) -> Any:
    """A student's own new model: its logits on one batch after so many of the grader's steps on it."""
    torch.manual_seed(seed)
    made = _made(ns, model, sizes, batch[:2]).eval()
    fit(made, [_tensors(batch)], steps, rate)
    with torch.no_grad():
        return made(*_tensors(batch)[:2])


def unseen_logits(
    ns: Names,
    model: str,
    sizes: list[int],
    seed: int,
    batches: list[Batch],
    epochs: int,
    rate: float,
    unseen: Batch,
    trainer: str | None = None,
) -> Any:
    """A student's own new model: its logits of reviews that it has not seen, after training on others.

    Args:
        trainer: the student's function that trains it; None for the grader's own way.
    """
    torch.manual_seed(seed)
    made = _made(ns, model, sizes, batches[0][:2]).train()
    given = [tuple(_tensors(batch)) for batch in batches]
    if trainer is None:
        fit(made, given, epochs, rate)
    else:
        ns[trainer](made, given, n_epochs=epochs, lr=rate)
    made.eval()
    with torch.no_grad():
        return made(*_tensors(unseen))


def fit(model: Any, batches: list[Any], epochs: int, rate: float) -> None:
    """Widen the margins of the right answers, each weight at the pace of its own gradient's running moments."""
    weights = [parameter for parameter in model.parameters() if parameter.requires_grad]
    first, second = ([torch.zeros_like(weight) for weight in weights] for _ in range(2))
    for step, (tokens, lengths, labels) in enumerate(batches * epochs, 1):
        margins = model(tokens, lengths).reshape(-1) * (2 * labels - 1)
        if not margins.requires_grad:
            return
        slopes = torch.autograd.grad(functional.softplus(-margins).mean(), weights, allow_unused=True)
        with torch.no_grad():
            for weight, slope, m, v in zip(weights, slopes, first, second, strict=True):
                if slope is not None:
                    m.lerp_(slope, 0.1)
                    v.lerp_(slope * slope, 0.001)
                    weight -= rate * m / (1 - 0.9**step) / ((v / (1 - 0.999**step)).sqrt() + 1e-8)


def _with_weights(ns: Names, model: str, sizes: list[int], seed: int, batch: Batch) -> Any:
    """A new model whose weights are drawn for each layer by its kind and its place among those of its kind."""
    made = _made(ns, model, sizes, batch)
    counts: Counter[str] = Counter()
    for layer in made.modules():
        kind = _kind(layer)
        counts[kind] += 1
        for name, parameter in layer.named_parameters(recurse=False):
            rng = np.random.default_rng([seed, zlib.crc32(f"{kind} {counts[kind]} {name}".encode())])
            reach = 1.0 if kind == "Embedding" else 0.3 if parameter.dim() < 2 else parameter.shape[-1] ** -0.5
            drawn = torch.as_tensor(rng.uniform(-reach, reach, tuple(parameter.shape)))
            parameter.data = drawn.to(parameter.dtype)
        if isinstance(layer, nn.Embedding) and layer.padding_idx is not None:
            layer.weight.data[layer.padding_idx] = 0
    return made


def _made(ns: Names, model: str, sizes: list[int], batch: Batch) -> Any:
    """A new model; lazy layers find out their sizes from the batch."""
    made = ns[model](*sizes)
    if any(isinstance(parameter, nn.UninitializedParameter) for parameter in made.parameters()):
        made(*_tensors(batch))
    return made


def _kind(layer: Any) -> str:
    """The torch layer that this is, also where a student has made a class of their own from it."""
    return next((kind for kind in KINDS if isinstance(layer, getattr(nn, kind))), type(layer).__name__)


def _tensors(batch: Batch) -> list[Any]:
    return [torch.tensor(part) for part in batch]
