"""The recurrent layers of PyTorch worked out in NumPy, by the formulas of their documentation, in float64.

What a student's layer does with weights and inputs that are known is worked out here, on the trusted side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
State = tuple[Array, ...]  # h (B, H), and c (B, H) of an LSTM

GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}


@dataclass(frozen=True)
class States:
    """What a recurrent layer gives: outputs (B, T, directions * H), zero behind the end of a sequence; h_n and c_n.

    h and c are (layers * directions, B, H), in PyTorch's order; c is None but for an LSTM.
    """

    outputs: Array
    h: Array
    c: Array | None


@dataclass(frozen=True)
class Recurrent:
    """An `nn.RNN`, `nn.LSTM` or `nn.GRU`.

    Attributes:
        kind: `RNN`, `LSTM` or `GRU`.
        weights: weight_ih_l0 and so on, as PyTorch calls them; biases may be missing.
    """

    kind: str
    hidden: int
    layers: int
    both: bool
    relu: bool
    weights: Mapping[str, Array]

    def run(self, x: Array, lengths: ArrayLike, start: Sequence[Array] | None = None) -> States:
        """Read x (B, T, D), of each sequence only so many steps, from zeros or from the states `start`."""
        last: list[State] = []
        for layer in range(self.layers):
            parts = []
            for reverse in ("", "_reverse")[: 1 + self.both]:
                zeros = np.zeros((len(x), self.hidden))
                given = [part[len(last)] for part in start] if start else [zeros] * (1 + (self.kind == "LSTM"))
                outputs, state = self._read(x, np.asarray(lengths), tuple(given), f"l{layer}{reverse}")
                parts.append(outputs)
                last.append(state)
            x = np.concatenate(parts, axis=2)
        h, *c = (np.stack(part) for part in zip(*last, strict=True))
        return States(x, h, c[0] if c else None)

    def _read(self, x: Array, lengths: NDArray[Any], state: State, part: str) -> tuple[Array, State]:
        """One layer in one direction; backwards it begins at the last step of each sequence."""
        turned = _turned(lengths, x.shape[1]) if part.endswith("_reverse") else None
        if turned is not None:
            x = np.take_along_axis(x, turned[:, :, None], axis=1)
        w_x, w_h = self.weights[f"weight_ih_{part}"], self.weights[f"weight_hh_{part}"]
        size = GATES[self.kind] * self.hidden
        b_x, b_h = (self.weights.get(f"bias_{name}_{part}", np.zeros(size)) for name in ("ih", "hh"))
        driven = x @ w_x.T + b_x
        outputs = np.zeros((len(x), x.shape[1], self.hidden))
        for t in range(int(lengths.max(initial=0))):
            inside = (t < lengths)[:, None]
            new = self._step(driven[:, t], state[0] @ w_h.T + b_h, state)
            state = tuple(np.where(inside, one, old) for one, old in zip(new, state, strict=True))
            outputs[:, t] = np.where(inside, state[0], 0.0)
        if turned is not None:
            outputs = np.take_along_axis(outputs, turned[:, :, None], axis=1)
        return outputs, state

    def _step(self, driven: Array, kept: Array, state: State) -> State:
        if self.kind == "RNN":
            return (np.maximum(driven + kept, 0.0) if self.relu else np.tanh(driven + kept),)
        if self.kind == "LSTM":
            i, f, g, o = np.split(driven + kept, 4, axis=1)
            c = sigmoid(f) * state[1] + sigmoid(i) * np.tanh(g)
            return sigmoid(o) * np.tanh(c), c
        (r, z, n), (kept_r, kept_z, kept_n) = np.split(driven, 3, axis=1), np.split(kept, 3, axis=1)
        new = np.tanh(n + sigmoid(r + kept_r) * kept_n)
        z = sigmoid(z + kept_z)
        return ((1 - z) * new + z * state[0],)


def _turned(lengths: NDArray[Any], steps: int) -> NDArray[Any]:
    """(B, T): for each place, the one that stands there when the real part of the sequence is turned round."""
    places = np.arange(steps)[None, :]
    return np.where(places < lengths[:, None], lengths[:, None] - 1 - places, places)


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)))


ACTIVATIONS: Mapping[str, Callable[[Array], Array]] = {
    "": lambda x: x,
    "relu": lambda x: np.maximum(x, 0.0),
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0.0))),
    "silu": lambda x: x * sigmoid(x),
}
