"""Sampling symbols and names from a recurrent cell, from all symbols or the k most likely (programming 2.3)."""

import torch
from torch import nn

from .provided import VOCAB, one_hot


def sample_next(log_probs: torch.Tensor, k: int | None = None) -> int:
    """A symbol's index, drawn from log_probs (V,) or (1, V); with k, from the k most likely, renormalised."""
    log_probs = log_probs.detach().flatten()
    size = len(log_probs) if k is None else min(k, len(log_probs))
    top = torch.topk(log_probs, size)
    place = torch.multinomial(torch.softmax(top.values, dim=0), num_samples=1)
    return int(top.indices[place])


@torch.no_grad()
def generate(rnn: nn.Module, k: int | None = None, max_length: int = 20) -> str:
    """A new name: starts from ".", stops at "." or at max_length letters; the letters alone."""
    name, symbol, h = "", ".", rnn.init_hidden()
    while len(name) < max_length:
        log_probs, h = rnn(one_hot(symbol), h)
        symbol = VOCAB[sample_next(log_probs, k)]
        if symbol == ".":
            break
        name += symbol
    return name
