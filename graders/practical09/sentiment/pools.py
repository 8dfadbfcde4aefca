"""What a review model may take from its recurrent layer, and what it must not: the mistakes that are often made."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graders.practical09.sentiment.recurrent import Array, Recurrent, States


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


Take = Callable[[LayerCall], Array]  # what goes into the head, (B, D)


@dataclass(frozen=True)
class WrongPool:
    """What a logit must not be made of.

    Attributes:
        rnn: the name of the known mistake that this is where the recurrent layer is an RNN; `lstm` where it is an LSTM.
    """

    take: Take
    rnn: str | None = None
    lstm: str | None = None


RIGHT: Mapping[str, Take] = {
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
WRONG: Mapping[str, WrongPool] = {
    "the last column, `output[:, -1]`, which in a short review is padding": WrongPool(
        lambda r: r.padded.outputs[:, -1], rnn="rnn_reads_the_padding", lstm="lstm_output_of_the_last_column"
    ),
    "the last column after unpacking, `output[:, -1]`, which in a short review holds zeros": WrongPool(
        lambda r: r.packed.outputs[:, r.lengths.max() - 1],
        rnn="rnn_last_column_after_unpacking",
        lstm="lstm_last_column_after_unpacking",
    ),
    "the states after the last column, padding and all": WrongPool(
        lambda r: r.last(r.padded), rnn="rnn_reads_the_padding", lstm="lstm_reads_the_padding"
    ),
    "the mean over all columns, padding and all": WrongPool(
        lambda r: r.padded.outputs.mean(axis=1), rnn="rnn_averages_the_padding", lstm="lstm_averages_the_padding"
    ),
    "a mean over all columns, zeros of the padding and all": WrongPool(
        lambda r: r.unpacked.mean(axis=1), rnn="rnn_mean_of_unpacked_zeros", lstm="lstm_mean_of_unpacked_zeros"
    ),
    "the largest over all columns, padding and all": WrongPool(
        lambda r: r.padded.outputs.max(axis=1), rnn="rnn_largest_of_the_padding", lstm="lstm_largest_of_the_padding"
    ),
    "the largest over all columns, zeros of the padding and all": WrongPool(
        lambda r: r.unpacked.max(axis=1), rnn="rnn_largest_of_unpacked_zeros", lstm="lstm_largest_of_unpacked_zeros"
    ),
    "the sum over all columns, padding and all": WrongPool(
        lambda r: r.padded.outputs.sum(axis=1), rnn="rnn_sums_over_the_padding"
    ),
    "the sum over all columns, padding and all, by the number of words": WrongPool(
        lambda r: r.padded.outputs.sum(axis=1) / r.lengths[:, None], rnn="rnn_sums_over_the_padding"
    ),
    "outputs at words, which backwards have come through the padding": WrongPool(
        lambda r: r.mean(r.padded), lstm="lstm_mean_of_padded_outputs"
    ),
    "the output at the last word": WrongPool(lambda r: r.at(r.lengths - 1), lstm="lstm_output_of_the_last_word"),
    "the output at the first word": WrongPool(
        lambda r: r.at(r.lengths * 0), rnn="rnn_first_output", lstm="lstm_output_of_the_first_word"
    ),
    "the output one place behind the last word": WrongPool(
        lambda r: r.at(r.lengths, r.padded), rnn="rnn_one_place_too_far"
    ),
    "the output at the last word but one": WrongPool(lambda r: r.at(r.lengths - 2), rnn="rnn_drops_the_last_word"),
    "the forward state alone": WrongPool(lambda r: _halves(r.last())[0], lstm="lstm_first_state_only"),
    "the backward state alone": WrongPool(lambda r: _halves(r.last())[1], lstm="lstm_last_state_only"),
    "the forward state twice": WrongPool(
        lambda r: _joined(_halves(r.last())[0], _halves(r.last())[0]), lstm="lstm_forward_state_twice"
    ),
    "the backward state twice": WrongPool(
        lambda r: _joined(_halves(r.last())[1], _halves(r.last())[1]), lstm="lstm_backward_state_twice"
    ),
    "the lower layer's state alone": WrongPool(lambda r: np.asarray(r.packed.h[0]), rnn="rnn_of_the_lower_layer"),
    "the lower layer's states alone": WrongPool(lambda r: _joined(*r.packed.h[:2]), lstm="lstm_of_the_lower_layer"),
    "`h_n` in another shape, so that each row holds states of several reviews": WrongPool(
        lambda r: np.asarray(r.packed.h).reshape(len(r.lengths), -1),
        rnn="rnn_states_reshaped",
        lstm="lstm_states_reshaped",
    ),
}
POOLS: Mapping[str, Take] = {**RIGHT, **{what: wrong.take for what, wrong in WRONG.items()}}
