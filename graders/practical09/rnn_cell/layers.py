"""The layers of a student's RNN as data: which are asked, which are there, and how to fill those."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from graders import CallError, Outcome, Rng, Solution

Array = NDArray[np.float64]
Weights = dict[str, Array]
Sizes = tuple[int, int, int]  # inputs, hidden units, classes

TRIAL: Sizes = (3, 5, 7)  # of which no two, nor sums of two, are equal
LARGEST = 10_000  # entries of a parameter that are filled in
JOINED = (
    "One layer takes input and state side by side, as in a well-known tutorial. Here the input has its own layer and "
    "the state has its own; their results are added."
)
BIASES = "Some of the layers have no bias. Each of the three is asked with its bias, as nn.Linear makes it."
CELL = "A ready-made cell does the work. Here the three layers are given, and forward combines them."
NAMES = "The layers are there, under other names. The names belong to the exercise: other cells use them."
CONSTRUCTOR = (
    "The cell is made as `RNN(input_size, hidden_size, output_size)`, with these three and nothing else; other cells "
    "make it in this way too. Keep the `__init__` that is given, or give further arguments a default."
)
ARGUMENTS = re.compile(r"__init__\(\) (takes|missing|got)")
OTHER = "Keep the three layers of the given `__init__` as they are; only `forward` is to be written."


@dataclass(frozen=True)
class Layers:
    """What a student's module is made of at the sizes `TRIAL`.

    Attributes:
        parameters: name -> shape.
        modules: name -> type.
        begins: whether it has the given `init_hidden`.
    """

    parameters: Mapping[str, tuple[int, ...]]
    modules: Mapping[str, str]
    begins: bool = True

    @property
    def as_asked(self) -> bool:
        """Whether the parameters are those of the three layers."""
        return dict(self.parameters) == asked(TRIAL)

    def told(self) -> str:
        """What is asked and what is there."""
        there = ", ".join(f"{name} {_shape(shape)}" for name, shape in list(self.parameters.items())[:12])
        wanted = ", ".join(f"{name} {_shape(shape)}" for name, shape in asked(TRIAL).items())
        return f"The layers of `RNN{TRIAL}` are not the given ones: asked are {wanted}; found are {there or 'none'}."

    def cause(self) -> tuple[str, str | None]:
        """What the difference is, as a hint, and the name of the misconception."""
        inputs, hidden, classes = TRIAL
        shapes = list(self.parameters.values())
        if any(shape in ((hidden, inputs + hidden), (classes, inputs + hidden)) for shape in shapes):
            return JOINED, "cell_with_joined_layer"
        if any(kind in ("RNNCell", "RNN", "GRU", "GRUCell", "LSTM", "LSTMCell") for kind in self.modules.values()):
            return CELL, "cell_with_a_ready_made_cell"
        if sorted(shapes) == sorted(asked(TRIAL).values()):
            return NAMES, "cell_with_other_names"
        matrices = sorted(shape for shape in asked(TRIAL).values() if len(shape) == 2)
        if sorted(shape for shape in shapes if len(shape) == 2) == matrices:
            return BIASES, "cell_with_layers_without_bias"
        return OTHER, None

    def filled(self, weights: Weights) -> Weights | None:
        """The module's own parameters, such that it computes what the given layers would with these weights.

        None where that is not possible.
        """
        if self.as_asked:
            return weights
        found: Weights = {}
        biases = [weights["i2h.bias"], weights["h2h.bias"]]
        vectors = [name for name, shape in self.parameters.items() if shape == (TRIAL[1],)]
        shared = {1: [biases[0] + biases[1]], 2: biases}.get(len(vectors), [])
        left = {
            (TRIAL[1], TRIAL[0]): [weights["i2h.weight"]],
            (TRIAL[1], TRIAL[1]): [weights["h2h.weight"]],
            (TRIAL[1], TRIAL[0] + TRIAL[1]): [np.hstack([weights["i2h.weight"], weights["h2h.weight"]])],
            (TRIAL[2], TRIAL[1]): [weights["h2o.weight"]],
            (TRIAL[2],): [weights["h2o.bias"]],
            (TRIAL[1],): list(shared),
        }
        for name, shape in self.parameters.items():
            if not left.get(shape):
                return None
            found[name] = left[shape].pop(0)
        return found

    def drawn(self, rng: Rng) -> Weights:
        """Random values for all parameters at the sizes `TRIAL`, whatever they are."""
        small = {n: shape for n, shape in self.parameters.items() if min(shape, default=1) > 0 and len(shape) < 5}
        small = {name: shape for name, shape in small.items() if math.prod(shape) <= LARGEST}
        return {name: rng.uniform(-0.8, 0.8, shape) for name, shape in small.items()}


def asked(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """The parameters of the three given layers, name -> shape."""
    inputs, hidden, classes = sizes
    pairs = {"i2h": (hidden, inputs), "h2h": (hidden, hidden), "h2o": (classes, hidden)}
    return {
        f"{name}.{kind}": shape if kind == "weight" else shape[:1]
        for name, shape in pairs.items()
        for kind in ("weight", "bias")
    }


class LayersReply(TypedDict):
    """The parameters' shapes, the modules' classes, and whether `init_hidden` is there."""

    parameters: dict[str, list[int]]
    modules: dict[str, str]
    begins: bool


def read_layers(student: Solution) -> Layers:
    """What the student's module is made of.

    Raises:
        CallError: it cannot be made, or what comes back is no description of layers.
    """
    try:
        found = student.probe("rnn_cell.layers", list(TRIAL), returns=LayersReply)
    except CallError as error:
        if error.outcome is Outcome.ERROR and ARGUMENTS.search(error.message):
            raise CallError(Outcome.ERROR, error.message, error.summary, CONSTRUCTOR) from error
        raise
    shapes = {name: tuple(shape) for name, shape in found["parameters"].items()}
    return Layers(shapes, found["modules"], found["begins"])


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "a single number"
