"""Which formula a review model follows, found from outside: what it takes from its recurrent layer, and its head.

A plain model looks words up in one embedding, reads them with one recurrent layer, takes something of the states (the
last, their mean, ...: `RIGHT`, and for the mistakes that are often made `WRONG`), and makes the logit by linear layers.
Under weights that were drawn here, its logits agree with those of one such formula; then all that it will ever answer
can be worked out here, and nothing that is said about it has to be believed. A model of another kind, with attention,
say, follows none.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations, product

import numpy as np
from numpy.typing import NDArray

from graders.practical09.sentiment.models import Batch, StudentModel, Weights, recurrent
from graders.practical09.sentiment.recurrent import ACTIVATIONS, Array, Recurrent, States

MOST_LINEAR = 3  # layers of a head
MOST_FORMULAS = 20_000


@dataclass(frozen=True)
class LayerCall:
    """What the recurrent layer makes of a batch.

    Attributes:
        layer: the recurrent layer.
        x: the words' vectors, (B, T, D).
        lengths: words of each review.
    """

    layer: Recurrent
    x: Array
    lengths: NDArray[np.int64]

    @property
    def both(self) -> bool:
        """Whether there are two directions."""
        return self.layer.both

    @functools.cached_property
    def packed(self) -> States:
        """Read to the end of each review."""
        return self.layer.run(self.x, self.lengths)

    @functools.cached_property
    def padded(self) -> States:
        """Read to the last column, padding and all."""
        return self.layer.run(self.x, np.full(len(self.x), self.x.shape[1]))

    @property
    def inside(self) -> NDArray[np.bool_]:
        """(B, T, 1): whether there is a word."""
        return (np.arange(self.packed.outputs.shape[1]) < self.lengths[:, None])[:, :, None]

    @property
    def unpacked(self) -> Array:
        """The outputs as `pad_packed_sequence` gives them: to the end of the longest review, with zeros."""
        return self.packed.outputs[:, : self.lengths.max()]

    def last(self, states: States | None = None) -> Array:
        """The upper layer's last state, or both of its directions."""
        h = (states or self.packed).h
        return np.concatenate([h[-2], h[-1]], axis=1) if self.both else np.asarray(h[-1])

    def mean(self, states: States | None = None) -> Array:
        """The mean over words."""
        outputs = (states or self.packed).outputs * self.inside
        return np.asarray(outputs.sum(axis=1) / self.lengths[:, None])

    def most(self) -> Array:
        """The largest over words."""
        return np.asarray(np.where(self.inside, self.packed.outputs, -np.inf).max(axis=1))

    def at(self, places: NDArray[np.int64], states: States | None = None) -> Array:
        """The outputs at one place a review."""
        outputs = (states or self.packed).outputs
        return np.asarray(outputs[np.arange(len(outputs)), places.clip(0, outputs.shape[1] - 1)])

    def cells(self) -> Array:
        """As `last`, for the cell states; nothing where there are none."""
        return np.zeros((len(self.lengths), 0)) if self.packed.c is None else self.last(self._cells())

    def _cells(self) -> States:
        c = self.packed.h if self.packed.c is None else self.packed.c
        return States(self.packed.outputs, c, None)


def _halves(x: Array) -> tuple[Array, Array]:
    one, other = np.split(x, 2, axis=1) if x.shape[1] % 2 == 0 else (x, x)
    return one, other


def _joined(*parts: Array) -> Array:
    return np.concatenate(parts, axis=1)


Pool = Callable[[LayerCall], Array]

RIGHT: Mapping[str, Pool] = {
    "the last state": lambda r: r.last(),
    "the two last states, the backward one first": lambda r: _joined(*reversed(_halves(r.last()))),
    "the sum of the two last states": lambda r: np.add(*_halves(r.last())),
    "the mean of the two last states": lambda r: np.add(*_halves(r.last())) / 2,
    "the larger of the two last states": lambda r: np.maximum(*_halves(r.last())),
    "the product of the two last states": lambda r: np.multiply(*_halves(r.last())),
    "the last cell state": lambda r: r.cells(),
    "the sum of the two last cell states": lambda r: np.add(*_halves(r.cells())),
    "last state and cell state": lambda r: _joined(r.last(), r.cells()),
    "the states of all layers": lambda r: _joined(*r.packed.h),
    "the mean over words": lambda r: r.mean(),
    "the largest over words": lambda r: r.most(),
    "the sum over words": lambda r: r.mean() * r.lengths[:, None],
    "mean and largest": lambda r: _joined(r.mean(), r.most()),
    "largest and mean": lambda r: _joined(r.most(), r.mean()),
    "last state and mean": lambda r: _joined(r.last(), r.mean()),
    "last state and largest": lambda r: _joined(r.last(), r.most()),
    "last state, mean and largest": lambda r: _joined(r.last(), r.mean(), r.most()),
    "last state, largest and mean": lambda r: _joined(r.last(), r.most(), r.mean()),
    "mean, largest and last state": lambda r: _joined(r.mean(), r.most(), r.last()),
    "the mean of both directions' outputs": lambda r: np.add(*_halves(r.mean())),
}
WRONG: Mapping[str, Pool] = {
    "the last column, `output[:, -1]`, which in a short review is padding": lambda r: r.padded.outputs[:, -1],
    "the last column after unpacking, `output[:, -1]`, which in a short review holds zeros": (
        lambda r: r.packed.outputs[:, r.lengths.max() - 1]
    ),
    "the states after the last column, padding and all": lambda r: r.last(r.padded),
    "the mean over all columns, padding and all": lambda r: r.padded.outputs.mean(axis=1),
    "a mean over all columns, zeros of the padding and all": lambda r: r.unpacked.mean(axis=1),
    "the largest over all columns, padding and all": lambda r: r.padded.outputs.max(axis=1),
    "the largest over all columns, zeros of the padding and all": lambda r: r.unpacked.max(axis=1),
    "the sum over all columns, padding and all": lambda r: r.padded.outputs.sum(axis=1),
    "the sum over all columns, padding and all, by the number of words": (
        lambda r: r.padded.outputs.sum(axis=1) / r.lengths[:, None]
    ),
    "outputs at words, which backwards have come through the padding": lambda r: r.mean(r.padded),
    "the output at the last word": lambda r: r.at(r.lengths - 1),
    "the output at the first word": lambda r: r.at(r.lengths * 0),
    "the output one place behind the last word": lambda r: r.at(r.lengths, r.padded),
    "the output at the last word but one": lambda r: r.at(r.lengths - 2),
    "the forward state alone": lambda r: _halves(r.last())[0],
    "the backward state alone": lambda r: _halves(r.last())[1],
    "the forward state twice": lambda r: _joined(_halves(r.last())[0], _halves(r.last())[0]),
    "the backward state twice": lambda r: _joined(_halves(r.last())[1], _halves(r.last())[1]),
    "the lower layer's state alone": lambda r: np.asarray(r.packed.h[0]),
    "the lower layer's states alone": lambda r: _joined(*r.packed.h[:2]),
    "`h_n` in another shape, so that each row holds states of several reviews": (
        lambda r: np.asarray(r.packed.h).reshape(len(r.lengths), -1)
    ),
}
POOLS: Mapping[str, Pool] = {**RIGHT, **WRONG}
# The known mistakes that these are, by the kind of the recurrent layer that a question asks for.
MISTAKES: Mapping[str, tuple[str | None, str | None]] = dict(
    zip(
        WRONG,
        (
            ("rnn_reads_the_padding", "lstm_output_of_the_last_column"),
            ("rnn_last_column_after_unpacking", "lstm_last_column_after_unpacking"),
            ("rnn_reads_the_padding", "lstm_reads_the_padding"),
            ("rnn_averages_the_padding", "lstm_averages_the_padding"),
            ("rnn_mean_of_unpacked_zeros", "lstm_mean_of_unpacked_zeros"),
            ("rnn_largest_of_the_padding", "lstm_largest_of_the_padding"),
            ("rnn_largest_of_unpacked_zeros", "lstm_largest_of_unpacked_zeros"),
            ("rnn_sums_over_the_padding", None),
            ("rnn_sums_over_the_padding", None),
            (None, "lstm_mean_of_padded_outputs"),
            (None, "lstm_output_of_the_last_word"),
            ("rnn_first_output", "lstm_output_of_the_first_word"),
            ("rnn_one_place_too_far", None),
            ("rnn_drops_the_last_word", None),
            (None, "lstm_first_state_only"),
            (None, "lstm_last_state_only"),
            (None, "lstm_forward_state_twice"),
            (None, "lstm_backward_state_twice"),
            ("rnn_of_the_lower_layer", None),
            (None, "lstm_of_the_lower_layer"),
            ("rnn_states_reshaped", "lstm_states_reshaped"),
        ),
        strict=True,
    )
)


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
        rnn, lstm = MISTAKES.get(self.pool, (None, None))
        return lstm if self.model.layers[self.reader].kind == "LSTM" else rnn

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
