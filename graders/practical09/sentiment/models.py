"""A student's review model as seen from outside: its layers, weights that are drawn for it, and what it answers.

The models that are tried are small, if they can be. Their weights are drawn here and sent in, so that what they must
answer can be worked out here; how they were initialised and what a student calls their layers does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from graders import CallError, Failed, Outcome, Rng, Solution, finite_numbers
from graders.practical09.sentiment.recurrent import GATES, Array, Recurrent

Batch = list[NDArray[Any]]  # tokens (B, T) and lengths (B,)
Weights = Mapping[str, Mapping[str, NDArray[Any]]]  # layer -> parameter -> values

RECURRENT = ("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell")
WORDS, EMBEDDING, HIDDEN = 30, 8, 16
NOTEBOOK = (128, 256)  # embedding_dim and hidden_dim
LARGEST = 2_000_000  # numbers in a model that is tried; a right one has some thousands
ODD_LAYERS = "Its layers cannot be read, or are far larger than what was asked for."


class LayerReply(TypedDict):
    """A layer as it comes back: see `OwnLayer`."""

    kind: str
    settings: dict[str, Any]
    shapes: dict[str, list[int]]
    frozen: list[str]


class LogitsReply(TypedDict):
    """What a model answers to a batch."""

    logits: Any


@dataclass(frozen=True)
class OwnLayer:
    """A layer that holds parameters of its own.

    Attributes:
        kind: the class of PyTorch that it is, or `Module` for one of the student's own.
        settings: its sizes and options.
        shapes: those of its parameters.
        frozen: whether one of these is kept from learning.
    """

    kind: str
    settings: Mapping[str, Any]
    shapes: Mapping[str, tuple[int, ...]]
    frozen: bool

    def size(self, name: str) -> int:
        """One of its sizes; 0 where it has none of that name."""
        value = self.settings.get(name)
        return value if type(value) is int else 0


@dataclass(frozen=True)
class StudentModel:
    """A student's class with the sizes that it was asked for, and the layers that it then has.

    Attributes:
        sizes: vocab_size, embedding_dim, hidden_dim and pad_idx, or the first of them.
        layers: by their names, such as `Linear 1`.
    """

    name: str
    sizes: tuple[int, ...]
    layers: Mapping[str, OwnLayer]

    def of_kind(self, *kinds: str) -> list[tuple[str, OwnLayer]]:
        """The layers of some kinds, with their names."""
        return [(name, layer) for name, layer in self.layers.items() if layer.kind in kinds]

    def draw(self, rng: Rng, scale: float = 1.0) -> dict[str, dict[str, NDArray[np.float32]]]:
        """Weights for all its layers: clear, but small enough for the states to keep from saturating.

        Args:
            scale: what they are multiplied with.
        """
        if sum(prod(shape) for layer in self.layers.values() for shape in layer.shapes.values()) > LARGEST:
            raise Failed(f"{self.name}: {ODD_LAYERS}")
        found: dict[str, dict[str, NDArray[np.float32]]] = {}
        for name in sorted(self.layers):  # not in the student's order, so that the same are drawn for all orders
            layer = self.layers[name]
            found[name] = {part: _drawn(rng, layer, shape, scale) for part, shape in sorted(layer.shapes.items())}
            padding = layer.settings.get("padding_idx")
            if layer.kind == "Embedding" and type(padding) is int and 0 <= padding < len(found[name]["weight"]):
                found[name]["weight"][padding] = 0
        return found


def _drawn(rng: Rng, layer: OwnLayer, shape: tuple[int, ...], scale: float) -> NDArray[np.float32]:
    reach = 1.0 if layer.kind == "Embedding" else 0.3 if len(shape) < 2 else shape[-1] ** -0.5
    return np.asarray(scale * rng.uniform(-reach, reach, shape), dtype=np.float32)


def small(student: Solution, name: str, pad_idx: int = 0) -> StudentModel:
    """A small model; one of the notebook's sizes where only that works: then they are written down somewhere in it."""
    return of_some_size(student, name, (WORDS, EMBEDDING, HIDDEN, pad_idx))


def of_some_size(student: Solution, name: str, sizes: Sequence[int]) -> StudentModel:
    """The model for these sizes; for the notebook's embedding_dim and hidden_dim where it only answers with those."""
    vocabulary, *_, pad_idx = sizes
    found = _built_and_asked(student, name, sizes)
    if isinstance(found, StudentModel):
        return found
    other = _built_and_asked(student, name, (vocabulary, *NOTEBOOK, pad_idx))
    if isinstance(other, StudentModel):
        return other
    return built(student, name, sizes)  # anyone who asks it reports what it raises


def _built_and_asked(student: Solution, name: str, sizes: Sequence[int]) -> StudentModel | CallError:
    """The model for these sizes if it answers to two reviews at all, and what it raises if it does not."""
    student.require(name)
    words = [word for word in range(sizes[0]) if word != sizes[3]]
    batch = [np.array([words[:2], words[2:4]], dtype=np.int64), np.array([2, 2], dtype=np.int64)]
    try:
        model = built(student, name, sizes)
        answers(student, model, model.draw(np.random.default_rng(0)), [batch])
    except CallError as error:
        if error.outcome is not Outcome.ERROR:
            raise
        return error
    return model


def reviews(rng: Rng, lengths: Sequence[int], pad_idx: int = 0, vocabulary: int = WORDS) -> Batch:
    """Random reviews of these lengths, right-padded to the longest; no word has the number of the padding."""
    words = rng.permutation([word for word in range(vocabulary) if word != pad_idx])
    tokens = np.full((len(lengths), max(lengths)), pad_idx, dtype=np.int64)
    for row, length in zip(tokens, lengths, strict=True):
        row[:length] = rng.choice(words, length)
    return [tokens, np.array(lengths, dtype=np.int64)]


def reviews_for(model: StudentModel, rng: Rng, lengths: Sequence[int]) -> Batch:
    """Random reviews for a model of any sizes."""
    return reviews(rng, lengths, model.sizes[3] if len(model.sizes) > 3 else 0, model.sizes[0])


def built(student: Solution, name: str, sizes: Sequence[int]) -> StudentModel:
    """The model that a student's class makes for these sizes."""
    student.require(name)
    pad_idx = sizes[3] if len(sizes) > 3 else 0
    tokens = np.array([[word for word in range(sizes[0]) if word != pad_idx][:3]], dtype=np.int64)
    asked = (name, list(sizes), [tokens, np.array([3])])
    reply = student.probe("sentiment.review_layers", *asked, returns=dict[str, LayerReply])
    return StudentModel(name, tuple(sizes), {str(key): _layer(found) for key, found in reply.items()})


def _layer(layer: LayerReply) -> OwnLayer:
    shapes = {name: tuple(shape) for name, shape in layer["shapes"].items()}
    if any(len(shape) > 8 or min(shape, default=1) < 0 for shape in shapes.values()):
        raise Failed(ODD_LAYERS)
    return OwnLayer(layer["kind"], layer["settings"], shapes, bool(layer["frozen"]))


def answers(student: Solution, model: StudentModel, weights: Weights, batches: Sequence[Batch]) -> list[Any]:
    """What new models with these weights answer, one to each batch, whatever that is."""
    asked = (model.name, list(model.sizes), weights, list(batches))
    found = [reply["logits"] for reply in student.probe("sentiment.review_logits", *asked, returns=list[LogitsReply])]
    return found if len(found) == len(batches) else [None] * len(batches)


def outputs(student: Solution, model: StudentModel, weights: Weights, batches: Sequence[Batch]) -> list[Array]:
    """The answers as (B, K): a column, or two numbers a review, will do, for the shape is a check of its own."""
    found = answers(student, model, weights, batches)
    return [a_row_each(answer, len(batch[1])) for answer, batch in zip(found, batches, strict=True)]


def asked_once(
    student: Solution, model: StudentModel, rng: Rng, lengths: Sequence[int] = (6, 5, 4, 2)
) -> tuple[Weights, Batch, Array]:
    """Weights and reviews that are drawn for a model, and what it answers to them (B, K)."""
    weights, batch = model.draw(rng), reviews_for(model, rng, lengths)
    return weights, batch, outputs(student, model, weights, [batch])[0]


def a_row_each(answer: Any, rows: int, what: str = "the logits") -> Array:
    """An answer to so many reviews as (rows, K)."""
    numbers = finite_numbers(answer, what=what)
    if numbers.size == rows or (numbers.ndim == 2 and len(numbers) == rows):
        return numbers.reshape(rows, -1)
    return finite_numbers(numbers, (rows,), what=what).reshape(rows, 1)


def recurrent(layer: OwnLayer, weights: Mapping[str, NDArray[Any]]) -> Recurrent | None:
    """The layer as it is worked out here; None where it is of another kind or has options that are not known here."""
    options = {"RNN": ("tanh", "relu")}.get(layer.kind, (None, "tanh"))
    known = layer.kind in GATES and layer.settings.get("nonlinearity") in options and not layer.size("proj_size")
    layers, hidden, both = layer.size("num_layers"), layer.size("hidden_size"), layer.settings.get("bidirectional")
    if not known or not 0 < layers < 9 or type(both) is not bool:
        return None
    size = GATES[layer.kind] * hidden
    for place in range(layers):
        for reverse in ("", "_reverse")[: 1 + both]:
            width = layer.size("input_size") if place == 0 else hidden * (1 + both)
            wanted = {f"weight_ih_l{place}{reverse}": (size, width), f"weight_hh_l{place}{reverse}": (size, hidden)}
            if any(layer.shapes.get(name) != shape for name, shape in wanted.items()):
                return None
    numbers = {name: np.asarray(value, dtype=np.float64) for name, value in weights.items()}
    return Recurrent(layer.kind, hidden, layers, both, layer.settings.get("nonlinearity") == "relu", numbers)
