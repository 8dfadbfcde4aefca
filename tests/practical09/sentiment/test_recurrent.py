"""Recurrent layers worked out in NumPy give what PyTorch's give."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from graders.practical09.sentiment.recurrent import ACTIVATIONS, Recurrent, sigmoid

LENGTHS = np.array([5, 2, 4, 1])


def layers(options: dict[str, Any], kind: str) -> tuple[Any, Recurrent]:
    """One of PyTorch's layers, and the same worked out."""
    torch.manual_seed(3)
    theirs = getattr(nn, kind)(3, 4, batch_first=True, **options)
    weights = {name: value.detach().numpy().astype(float) for name, value in theirs.named_parameters()}
    relu = options.get("nonlinearity") == "relu"
    return theirs, Recurrent(kind, 4, theirs.num_layers, theirs.bidirectional, relu, weights)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize(
    "options", [{}, {"bidirectional": True}, {"num_layers": 2, "bidirectional": True}, {"bias": False}]
)
def test_layers_give_what_pytorchs_give(kind: str, options: dict[str, Any]) -> None:
    """Outputs and last states, packed and padded, from zeros and from given states."""
    theirs, ours = layers(options, kind)
    x = np.random.default_rng(1).normal(size=(4, 5, 3))
    rows = theirs.num_layers * (1 + theirs.bidirectional)
    start = [np.random.default_rng(i).normal(size=(rows, 4, 4)) for i in range(1 + (kind == "LSTM"))]
    for lengths in (LENGTHS, np.full(4, 5)):
        for begin in (None, start):
            given = None if begin is None else tuple(torch.tensor(part, dtype=torch.float32) for part in begin)
            given = given if given is None or kind == "LSTM" else given[0]
            packed = pack_padded_sequence(
                torch.tensor(x, dtype=torch.float32), torch.tensor(lengths), batch_first=True, enforce_sorted=False
            )
            outputs, last = theirs(packed, given)
            found = ours.run(x, lengths, begin)
            expected = pad_packed_sequence(outputs, batch_first=True)[0].detach().numpy()
            np.testing.assert_allclose(found.outputs[:, : expected.shape[1]], expected, atol=1e-5)
            h, c = last if kind == "LSTM" else (last, None)
            np.testing.assert_allclose(found.h, h.detach().numpy(), atol=1e-5)
            assert (found.c is None) == (c is None)
            if c is not None and found.c is not None:
                np.testing.assert_allclose(found.c, c.detach().numpy(), atol=1e-5)


def test_an_rnn_may_use_relu() -> None:
    """The other nonlinearity of nn.RNN."""
    theirs, ours = layers({"nonlinearity": "relu"}, "RNN")
    x = np.random.default_rng(1).normal(size=(4, 5, 3))
    expected = theirs(torch.tensor(x, dtype=torch.float32))[0].detach().numpy()
    np.testing.assert_allclose(ours.run(x, np.full(4, 5)).outputs, expected, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name])
def test_activations_are_pytorchs(name: str) -> None:
    """Each is the function of that name."""
    x = np.linspace(-4, 4, 21)
    function = getattr(torch.nn.functional, name, None) or getattr(torch, name)
    np.testing.assert_allclose(ACTIVATIONS[name](x), function(torch.tensor(x)).numpy(), atol=1e-12)


def test_the_sigmoid_never_overflows() -> None:
    """At any size it is a number between 0 and 1."""
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(sigmoid(np.array([-1e4, 0.0, 1e4])), [0.0, 0.5, 1.0])
