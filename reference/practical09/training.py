"""Training a recurrent cell to predict the next letter of a name (programming 2.2)."""

import random
from collections.abc import Sequence

import torch
from torch import nn

from .provided import encode


def sequence_nll(rnn: nn.Module, name: str) -> torch.Tensor:
    """Negative log-likelihood of a name: a differentiable scalar, the mean over its len(name) + 1 symbols."""
    inputs, targets = encode(name)
    h = rnn.init_hidden()
    total = torch.zeros(())
    for x, target in zip(inputs, targets, strict=True):
        log_probs, h = rnn(x.unsqueeze(0), h)
        total = total - log_probs[0, target]
    return total / len(targets)


def train(rnn: nn.Module, names: Sequence[str], n_epochs: int = 1000, lr: float = 0.0005) -> list[float]:
    """Take one optimiser step on one name drawn at random, n_epochs times; the loss of each, n_epochs floats."""
    optimizer = torch.optim.Adam(rnn.parameters(), lr=lr)
    losses = []
    for _ in range(n_epochs):
        loss = sequence_nll(rnn, random.choice(names))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
