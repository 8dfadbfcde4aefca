"""Probes of both sentiment questions: what layers a model has, and what comes out of it under given weights.

Nothing is judged here. Weights, reviews and the slopes of losses come from outside; layers, tensors and gradients go
out as they are.
"""

from __future__ import annotations

import functools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

SLOW = frozenset({"review_pulls", "review_training", "review_weights"})

Names = dict[str, Any]
Batch = list[Any]  # tokens (B, T) and lengths (B,), with labels (B,) where there are any
Weights = dict[str, dict[str, Any]]  # layer -> parameter -> its values

KINDS = ("Embedding", "EmbeddingBag", "RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell", "Linear")
WATCHED = ("Embedding", "RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell", "Linear")
SETTINGS = (
    *("num_embeddings", "embedding_dim", "padding_idx", "input_size", "hidden_size", "num_layers", "bidirectional"),
    *("batch_first", "nonlinearity", "proj_size", "in_features", "out_features"),
)


def review_layers(ns: Names, model: str, sizes: list[int], batch: Batch) -> dict[str, dict[str, Any]]:
    """The layers of a student's model that hold parameters: their kinds, settings, shapes, and what is frozen.

    They are called after their kinds and counted, `Linear 2`, so that it does not matter what a student calls them.
    """
    return {
        name: {
            "kind": _kind(layer),
            "settings": {setting: getattr(layer, setting) for setting in SETTINGS if hasattr(layer, setting)},
            "shapes": {part: list(value.shape) for part, value in _own(layer)},
            "frozen": [part for part, value in _own(layer) if not value.requires_grad],
        }
        for name, layer in _layers(_made(ns, model, sizes, batch))
    }


def review_logits(
    ns: Names, model: str, sizes: list[int], weights: Weights, batches: list[Batch], watched: bool = False
) -> list[dict[str, Any]]:
    """What a new model with these weights answers to each batch, in evaluation mode, from the same random state.

    Args:
        watched: tell what went in and out whenever a layer was called, too.
    """
    found = []
    for batch in batches:
        made = _weighted(ns, model, sizes, weights, batch).eval()
        _seed(0)
        with torch.no_grad(), _watch(made, watched) as calls:
            found.append({"logits": made(*_tensors(batch)), "calls": calls})
    return found


def review_logits_again(
    ns: Names, model: str, sizes: list[int], weights: Weights, batches: list[Batch], seeds: list[int]
) -> list[Any]:
    """What one model answers to batch after batch, each from a random state of its own."""
    made = _weighted(ns, model, sizes, weights, batches[0]).eval()
    found = []
    for batch, seed in zip(batches, seeds, strict=True):
        _seed(seed)
        with torch.no_grad():
            found.append(made(*_tensors(batch)))
    return found


def review_gradients(
    ns: Names, model: str, sizes: list[int], weights: Weights, batch: Batch, slopes: Any
) -> dict[str, dict[str, Any]]:
    """The gradient of the logits, each times its slope, with respect to every parameter; None where none arrives."""
    made = _weighted(ns, model, sizes, weights, batch).eval()
    for parameter in made.parameters():
        parameter.requires_grad_()
    return _backward(made, made(*_tensors(batch)), slopes)


def review_pulls(
    ns: Names, model: str, sizes: list[int], weights: Weights, batch: Batch, training: bool, outside: Callable[..., Any]
) -> dict[str, dict[str, Any]]:
    """As `review_gradients`, but the logits are reported outside, and the slopes of their loss come from there."""
    made = _weighted(ns, model, sizes, weights, batch).train(training)
    answer = made(*_tensors(batch))
    return _backward(made, answer, outside(answer))


def review_training(
    ns: Names, model: str, sizes: list[int], seed: int, batches: list[Batch], trainer: str, epochs: int, rate: float
) -> Weights:
    """The weights of a student's own new model after the student's own training of it."""
    torch.manual_seed(seed)
    made = _made(ns, model, sizes, batches[0][:2])
    ns[trainer](made, [tuple(_tensors(batch)) for batch in batches], n_epochs=epochs, lr=rate)
    return _weights(made)


def review_weights(ns: Names, model: str, sizes: list[int], seed: int, batch: Batch) -> Weights:
    """The weights with which a student's own model begins."""
    torch.manual_seed(seed)
    return _weights(_made(ns, model, sizes, batch))


def _seed(number: int) -> None:
    """Seed what a model may draw from."""
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(number)


def _backward(made: Any, answer: Any, slopes: Any) -> dict[str, dict[str, Any]]:
    if isinstance(answer, torch.Tensor) and answer.requires_grad:
        given = torch.as_tensor(slopes, dtype=answer.dtype, device=answer.device)
        torch.autograd.backward((answer.reshape(len(given), -1) * given.reshape(-1, 1)).sum())
    return {name: {part: _dense(value.grad) for part, value in _own(layer)} for name, layer in _layers(made)}


def _dense(gradient: Any) -> Any:
    return gradient.to_dense() if gradient is not None and gradient.is_sparse else gradient


def _weights(made: Any) -> Weights:
    return {
        name: {part: value.detach() for part, value in (*_own(layer), *layer.named_buffers(recurse=False))}
        for name, layer in _layers(made)
    }


def _weighted(ns: Names, model: str, sizes: list[int], weights: Weights, batch: Batch) -> Any:
    """A new model with the given weights; whatever of it nobody knows of is as the student made it."""
    made = _made(ns, model, sizes, batch)
    for name, layer in _layers(made):
        given = weights.get(name, {})
        for part, value in _own(layer):
            if part not in given or tuple(given[part].shape) != tuple(value.shape):
                raise ValueError(f"{model} has other layers each time it is made: {name} is not as it was")
            value.data = torch.as_tensor(given[part]).to(value.device, value.dtype)
        for part, value in layer.named_buffers(recurse=False):
            if part in given:
                value.copy_(torch.as_tensor(given[part]))
    return made


def _made(ns: Names, model: str, sizes: list[int], batch: Batch) -> Any:
    """A new model; lazy layers find out their sizes from the batch."""
    made = ns[model](*sizes)
    if any(isinstance(parameter, nn.UninitializedParameter) for parameter in made.parameters()):
        made(*_tensors(batch))
    return made


def _layers(made: Any) -> Iterator[tuple[str, Any]]:
    counts: Counter[str] = Counter()
    for layer in made.modules():
        if next(layer.parameters(recurse=False), None) is not None:
            kind = _kind(layer)
            counts[kind] += 1
            yield f"{kind} {counts[kind]}", layer


def _own(layer: Any) -> list[tuple[str, Any]]:
    return list(layer.named_parameters(recurse=False))


def _kind(layer: Any) -> str:
    """The torch layer that this is, also where a student has made a class of their own from it."""
    known = next((kind for kind in KINDS if isinstance(layer, getattr(nn, kind))), None)
    return known or (type(layer).__name__ if type(layer).__module__.startswith("torch.") else "Module")


@contextmanager
def _watch(made: Any, watched: bool) -> Iterator[list[dict[str, Any]]]:
    """A list of what goes in and out of the torch layers of a model, also where a student's class calls `super()`."""
    calls: list[dict[str, Any]] = []
    names = {id(layer): name for name, layer in _layers(made)}
    classes = [getattr(nn, kind) for kind in WATCHED] if watched else []
    before = [kind.forward for kind in classes]
    for kind, forward in zip(classes, before, strict=True):
        kind.forward = _noting(forward, names, calls)
    try:
        yield calls
    finally:
        for kind, forward in zip(classes, before, strict=True):
            kind.forward = forward


def _noting(forward: Callable[..., Any], names: dict[int, str], calls: list[dict[str, Any]]) -> Callable[..., Any]:
    @functools.wraps(forward)
    def noted(self: Any, given: Any, *more: Any, **options: Any) -> Any:
        call = {"layer": names.get(id(self), ""), "given": _tensor(given)} | _lengths(given)
        state = more[0] if more else options.get("hx")
        found = forward(self, given, *more, **options)
        output, last = found if isinstance(found, tuple) and not isinstance(found, PackedSequence) else (found, None)
        calls.append(call | {"state": _states(state), "output": _tensor(output), "last": _states(last)})
        return found

    return noted


def _tensor(value: Any) -> Any:
    """A copy; a packed sequence as it was before packing, (B, T, ...)."""
    if isinstance(value, PackedSequence):
        return pad_packed_sequence(value, batch_first=True)[0]
    return value.clone() if isinstance(value, torch.Tensor) else None


def _lengths(value: Any) -> dict[str, Any]:
    return {"lengths": pad_packed_sequence(value)[1] if isinstance(value, PackedSequence) else None}


def _states(value: Any) -> list[Any] | None:
    return None if value is None else [part.clone() for part in (value if isinstance(value, tuple) else (value,))]


def _tensors(batch: Batch) -> list[Any]:
    return [torch.tensor(part) for part in batch]
