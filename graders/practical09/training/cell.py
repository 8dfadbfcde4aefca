"""The recurrent cell as the grader computes it, in NumPy: losses of names and their gradients, many at a time.

It runs in the trusted process alone. Weights and gradients are flat: (P,), or (N, P) with different ones for each of N
names, in the order of `shapes`. All sums are made in float64, whatever the weights came as.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

SYMBOLS = ".abcdefghijklmnopqrstuvwxyz"
LAYERS = ("i2h", "h2h", "h2o")
PLAN = [
    ["a", "i2h", "x"],
    ["b", "h2h", "h"],
    ["c", "add", "a", "b"],
    ["h", "tanh", "c"],
    ["o", "h2o", "h"],
    ["y", "log_softmax", "o", -1],
]  # what the model inside does with x and h to get y and h, for it has no `forward` that could be taken for an answer

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def shapes(hidden: int) -> dict[str, tuple[int, ...]]:
    """The shape of each weight and bias, in order."""
    sizes = {"i2h": (hidden, len(SYMBOLS)), "h2h": (hidden, hidden), "h2o": (len(SYMBOLS), hidden)}
    return {f"{layer}.{part}": sizes[layer][: 2 - n] for layer in LAYERS for n, part in enumerate(("weight", "bias"))}


def size(hidden: int) -> int:
    """How many numbers all weights and biases are."""
    return sum(math.prod(shape) for shape in shapes(hidden).values())


def parts(flat: Floats, hidden: int) -> dict[str, Floats]:
    """Views of each weight and bias of (..., P) numbers, by name."""
    found, start = {}, 0
    for name, shape in shapes(hidden).items():
        end = start + math.prod(shape)
        found[name] = flat[..., start:end].reshape(*flat.shape[:-1], *shape)
        start = end
    return found


def model(flat: Floats, hidden: int) -> dict[str, Any]:
    """A cell with these weights (P,) as the probes take it: its layers, and what it does with them."""
    return {
        "hidden": hidden,
        "weights": {k: v.astype(np.float32) for k, v in parts(flat, hidden).items()},
        "plan": PLAN,
    }


def symbols(names: Sequence[str]) -> tuple[Ints, Ints]:
    """Inputs and targets (N, T) as numbers, filled up with 0 behind a name's end."""
    longest = max(map(len, names))
    text = [f".{name}" + "." * (longest + 1 - len(name)) for name in names]
    numbers = np.array([[SYMBOLS.index(s) for s in line] for line in text])
    return numbers[:, :-1], numbers[:, 1:]


def losses(flat: Floats, hidden: int, names: Sequence[str]) -> Floats:
    """The mean negative log-likelihood (N,) of each name's len(name) + 1 symbols, in nats."""
    inputs, targets = symbols(names)
    _, log_probs = _run(flat, hidden, inputs)
    rows, columns = np.indices(targets.shape)
    return np.asarray((-log_probs[rows, columns, targets] * _share(names)).sum(axis=1))


def gradients(flat: Floats, hidden: int, names: Sequence[str]) -> Floats:
    """The gradients (N, P) of each name's loss."""
    inputs, targets = symbols(names)
    at_log_probs = np.zeros((*inputs.shape, len(SYMBOLS)))
    rows, columns = np.indices(targets.shape)
    at_log_probs[rows, columns, targets] = -_share(names)
    return backward(flat, hidden, inputs, at_log_probs)


def backward(flat: Floats, hidden: int, inputs: Ints, at_log_probs: Floats, *, carried: bool = True) -> Floats:
    """The gradients (N, P) that follow from those at the log-probabilities (N, T, V), by the chain rule through time.

    With `carried` False the state is carried along, but no gradient flows back through it.
    """
    states, log_probs = _run(flat, hidden, inputs)
    count, steps = inputs.shape
    own = parts(np.broadcast_to(flat, (count, flat.shape[-1])), hidden)
    found = np.zeros((count, flat.shape[-1]))
    to = parts(found, hidden)
    back, every = np.zeros((count, hidden)), np.arange(count)
    for t in reversed(range(steps)):
        at_scores = at_log_probs[:, t] - np.exp(log_probs[:, t]) * at_log_probs[:, t].sum(axis=1, keepdims=True)
        to["h2o.weight"][...] += at_scores[:, :, None] * states[t + 1][:, None, :]
        to["h2o.bias"][...] += at_scores
        at_state = back + np.einsum("nv,nvh->nh", at_scores, own["h2o.weight"])
        at_net = at_state * (1 - states[t + 1] ** 2)
        to["i2h.weight"][every, :, inputs[:, t]] += at_net
        to["i2h.bias"][...] += at_net
        to["h2h.weight"][...] += at_net[:, :, None] * states[t][:, None, :]
        to["h2h.bias"][...] += at_net
        back = np.einsum("nk,nkh->nh", at_net, own["h2h.weight"]) if carried else back
    return found


def _share(names: Sequence[str]) -> Floats:
    """What each step (N, T) counts in its name's mean; 0 behind the end."""
    lengths = np.array([len(name) + 1 for name in names])
    return np.asarray((np.arange(lengths.max()) < lengths[:, None]) / lengths[:, None])


def _run(flat: Floats, hidden: int, inputs: Ints) -> tuple[list[Floats], Floats]:
    """The states before and after each step, T + 1 times (N, H), and the log-probabilities (N, T, V)."""
    own = parts(np.asarray(flat, np.float64), hidden)
    count, steps = inputs.shape
    states, scores = [np.zeros((count, hidden))], []
    read = own["i2h.weight"].swapaxes(-1, -2)
    for t in range(steps):
        seen = read[inputs[:, t]] if flat.ndim == 1 else read[np.arange(count), inputs[:, t]]
        states.append(np.tanh(seen + own["i2h.bias"] + _apply(own["h2h.weight"], states[-1]) + own["h2h.bias"]))
        scores.append(_apply(own["h2o.weight"], states[-1]) + own["h2o.bias"])
    stacked = np.stack(scores, axis=1)
    stacked -= stacked.max(axis=-1, keepdims=True)
    return states, stacked - np.log(np.exp(stacked).sum(axis=-1, keepdims=True))


def _apply(weight: Floats, h: Floats) -> Floats:
    """A layer's weight, the same for all rows of h or one each."""
    return np.asarray(h @ weight.T if weight.ndim == 2 else np.einsum("nkh,nh->nk", weight, h))
