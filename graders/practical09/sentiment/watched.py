"""Whether the layers of a model do what their weights make of what they were given, call by call.

For a model whose way from states to logits is its own, so that the logits cannot be worked out here: its embedding, its
recurrent layers and its linear layers still can be, from what went into them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from graders import Failed, Solution
from graders.practical09.sentiment.formula import formula_of
from graders.practical09.sentiment.models import RECURRENT, Batch, OwnLayer, StudentModel, Weights, recurrent
from graders.practical09.sentiment.recurrent import Array

ODD = "What nn.{kind} was seen to give is not what its weights make of what it was given."
NONE = "The model has no recurrent layer."
NEVER = "nn.{kind} is there, but `forward` never calls it."


class WatchedCall(TypedDict):
    """A call of a layer: what it was given, besides lengths and first state where it reads a sequence, and gave."""

    layer: str
    given: np.ndarray | None
    lengths: np.ndarray | None
    state: list[np.ndarray] | None
    output: np.ndarray | None
    last: list[np.ndarray] | None


class WatchedAnswer(TypedDict):
    """The calls that led to an answer."""

    calls: list[WatchedCall]


def is_a_network(student: Solution, model: StudentModel, weights: Weights, batch: Batch, answered: Array) -> None:
    """Refuse logits (B, K) of no network: by no formula, and next to layers that do not do what they should."""
    if formula_of(model, weights, batch, answered) is None:
        do_what_they_should(student, model, weights, batch)


def do_what_they_should(
    student: Solution, model: StudentModel, weights: Weights, batch: Batch, kinds: Sequence[str] = RECURRENT
) -> None:
    """Each layer that is called gives what its weights say, and a recurrent layer of one of these kinds is called.

    Raises:
        Failed: a layer gives something else, or none of those kinds is called.
    """
    asked = (model.name, list(model.sizes), weights, [batch])
    answered = student.probe("sentiment.review_logits", *asked, watched=True, returns=list[WatchedAnswer])
    seen = answered[0]["calls"] if answered else []
    if not any(call["layer"] in model.layers and model.layers[call["layer"]].kind in kinds for call in seen):
        there = [layer.kind for _, layer in model.of_kind(*kinds)]
        raise Failed(NEVER.format(kind=there[0]) if there else NONE)
    for call in seen:
        layer = model.layers.get(call["layer"])
        if layer is not None and not _follows(layer, weights[call["layer"]], call, batch):
            raise Failed(ODD.format(kind=layer.kind))


def _follows(layer: OwnLayer, weights: Mapping[str, NDArray[Any]], call: Mapping[str, Any], batch: Batch) -> bool:
    given, output = call["given"], call["output"]
    if given is None or output is None:
        return False
    try:
        if layer.kind == "Embedding" and "weight" in weights:
            known = bool(np.isin(given, batch[0]).all())
            return known and _near(output, weights["weight"][given.astype(np.int64)])
        if layer.kind == "Linear" and "weight" in weights:
            return _near(output, given @ weights["weight"].T + weights.get("bias", 0.0))
        if layer.kind in ("RNN", "LSTM", "GRU"):
            return _reads_as_it_should(layer, weights, call)
        if layer.kind in ("RNNCell", "LSTMCell", "GRUCell"):
            return _reads_as_it_should(*as_layer(layer, weights), _as_one_step(call))
    except (ValueError, IndexError):  # sizes that do not fit together
        return False
    return True


def _reads_as_it_should(layer: OwnLayer, weights: Mapping[str, NDArray[Any]], call: Mapping[str, Any]) -> bool:
    worked_out = recurrent(layer, weights)
    if worked_out is None:
        return True  # with options that are not known here
    x, output, lengths = call["given"].astype(np.float64), call["output"], call["lengths"]
    state = [part.astype(np.float64) for part in call["state"]] if call["state"] else None
    if x.ndim == 2:
        x, output = x[None], output[None]
        state = [part[:, None] for part in state] if state and state[0].ndim == 2 else state
    elif lengths is None and not layer.settings.get("batch_first"):
        x, output = x.swapaxes(0, 1), output.swapaxes(0, 1)
    whole = np.full(len(x), x.shape[1]) if lengths is None else lengths.astype(np.int64)
    return _near(output, worked_out.run(x, whole, state).outputs)


def as_layer(cell: OwnLayer, weights: Mapping[str, NDArray[Any]]) -> tuple[OwnLayer, Mapping[str, NDArray[Any]]]:
    """A cell as a layer that reads a single word."""
    settings = {**cell.settings, "num_layers": 1, "bidirectional": False, "batch_first": True}
    shapes = {f"{name}_l0": shape for name, shape in cell.shapes.items()}
    layer = OwnLayer(cell.kind.removesuffix("Cell"), settings, shapes, cell.frozen)
    return layer, {f"{name}_l0": value for name, value in weights.items()}


def _as_one_step(call: Mapping[str, Any]) -> dict[str, Any]:
    rows = [np.atleast_2d(call[name]) for name in ("given", "output")]
    state = [np.atleast_2d(part)[None] for part in call["state"]] if call["state"] else None
    return {"given": rows[0][:, None], "output": rows[1][:, None], "lengths": None, "state": state}


def _near(one: Any, other: Array) -> bool:
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-3, atol=1e-4))
