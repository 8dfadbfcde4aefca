"""Which formula a review model follows, found from outside: what it takes from its recurrent layer, and its head.

A plain model looks words up in one embedding, reads them with one recurrent layer, takes something of the states (the
last, their mean, ...: `pools`), and makes the logit by linear layers. Under weights that were drawn here, its logits
agree with those of one such formula; then all that it will ever answer can be worked out here, and nothing that is said
about it has to be believed. A model of another kind, with attention, say, follows none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations, product

import numpy as np

from graders.practical09.sentiment.models import Batch, StudentModel, Weights, recurrent
from graders.practical09.sentiment.pools import POOLS, RIGHT, WRONG, LayerCall
from graders.practical09.sentiment.recurrent import ACTIVATIONS, Array

MOST_LINEAR = 3  # layers of a head
MOST_FORMULAS = 20_000


@dataclass(frozen=True)
class Formula:
    """How a plain model makes its logits.

    Attributes:
        embedding: the embedding's name.
        reader: the recurrent layer's name.
        pool: which of `POOLS` goes into the head.
        head: linear layers, in their order, each with the activation before it.
        last: the activation of the logits; none where they are logits.
    """

    model: StudentModel
    embedding: str
    reader: str
    pool: str
    head: tuple[tuple[str, str], ...]
    last: str = ""

    @property
    def right(self) -> bool:
        """Whether it takes from the states what a review's logit may be made of."""
        return self.pool in RIGHT

    @property
    def mistake(self) -> str | None:
        """The name of the known mistake that this is, if it is one."""
        if self.right:
            return None
        wrong = WRONG[self.pool]
        return wrong.lstm if self.model.layers[self.reader].kind == "LSTM" else wrong.rnn

    @property
    def layers(self) -> list[str]:
        """The names of the layers that have a say."""
        return [self.embedding, self.reader, *(name for name, _ in self.head)]

    def logits(self, weights: Weights, batch: Batch) -> Array:
        """What it answers to tokens (B, T) and lengths (B,): (B, K)."""
        states = states_of(self.model, weights, batch, self.embedding, self.reader)
        if states is None:
            raise ValueError("the weights do not fit the model")
        return self.of_states(weights, POOLS[self.pool](states))

    def of_states(self, weights: Weights, x: Array) -> Array:
        """The head's answer to what goes into it."""
        for name, before in self.head:
            x = ACTIVATIONS[before](x) @ weights[name]["weight"].astype(np.float64).T + _bias(weights, name)
        return ACTIVATIONS[self.last](x)


def _bias(weights: Weights, name: str) -> Array | float:
    return weights[name]["bias"].astype(np.float64) if "bias" in weights[name] else 0.0


def states_of(model: StudentModel, weights: Weights, batch: Batch, embedding: str, reader: str) -> LayerCall | None:
    """What the model's recurrent layer makes of a batch when it reads the words' vectors."""
    layer = recurrent(model.layers[reader], weights[reader])
    vectors = weights[embedding]["weight"].astype(np.float64)
    tokens, lengths = batch[0], batch[1]
    if layer is None or layer.weights["weight_ih_l0"].shape[1] != vectors.shape[1] or tokens.max() >= len(vectors):
        return None
    return LayerCall(layer, vectors[tokens], lengths)


def formula_of(model: StudentModel, weights: Weights, batch: Batch, answered: Array) -> Formula | None:
    """The formula by which the model, under these weights, gives these answers (B, K) to a batch; None for no such one.

    Args:
        batch: reviews of several lengths, so that the formulas differ.
    """
    embeddings, readers = model.of_kind("Embedding"), model.of_kind("RNN", "LSTM", "GRU")
    linear = [name for name, layer in model.layers.items() if layer.kind == "Linear"]
    plain = len(embeddings) == len(readers) == 1 and 0 < len(linear) <= MOST_LINEAR
    if not plain or any(len(model.layers[name].shapes.get("weight", ())) != 2 for name in (embeddings[0][0], *linear)):
        return None
    embedding, reader = embeddings[0][0], readers[0][0]
    states = states_of(model, weights, batch, embedding, reader)
    if states is None:
        return None
    tried = 0
    with np.errstate(all="ignore"):
        for pool, taken in POOLS.items():
            x = taken(states)
            for head, last in _heads(model, linear, x.shape[1]):
                tried += 1
                formula = Formula(model, embedding, reader, pool, head, last)
                if _alike(formula.of_states(weights, x), answered):
                    return formula
                if tried > MOST_FORMULAS:
                    return None
    return None


def _heads(model: StudentModel, linear: Sequence[str], width: int) -> Iterator[tuple[tuple[tuple[str, str], ...], str]]:
    """The heads that fit the width of what goes in: the layers in every order that their sizes allow."""
    for order in permutations(linear):
        sizes = [model.layers[name].shapes.get("weight", (0, 0)) for name in order]
        if width == sizes[0][1] and all(one[0] == other[1] for one, other in pairwise(sizes)):
            for acts in product(ACTIVATIONS, repeat=len(order)):
                yield tuple(zip(order, acts, strict=True)), ""
            yield tuple((name, "") for name in order), "sigmoid"


def _alike(one: Array, other: Array) -> bool:
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-4, atol=1e-5))
