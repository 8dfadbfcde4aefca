"""Runs recurrent layers and their training once, so that what PyTorch loads lazily is there before attempts fork."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F


def warm_up() -> None:
    """A step of training for each kind of recurrent layer and optimiser, on a padded batch; then one draw."""
    for make in (nn.RNN, nn.LSTM, nn.GRU):
        layer, embed, head = make(3, 4), nn.Embedding(5, 3), nn.Linear(4, 2)
        weights = [*layer.parameters(), *embed.parameters(), *head.parameters()]
        for optimiser in (
            torch.optim.SGD(weights, lr=0.1, momentum=0.9),
            torch.optim.Adam(weights, lr=0.1),
            torch.optim.AdamW(weights),
        ):
            packed = nn.utils.rnn.pack_padded_sequence(embed(torch.tensor([[1, 2], [3, 0]])), torch.tensor([2, 2]))
            output, _ = nn.utils.rnn.pad_packed_sequence(layer(packed)[0])
            loss = nn.CrossEntropyLoss()(head(output[-1]), torch.tensor([0, 1]))
            loss = loss + nn.NLLLoss()(F.log_softmax(head(output[0]), dim=1), torch.tensor([0, 1]))
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
    with torch.no_grad():
        torch.multinomial(torch.tensor([[0.2, 0.8]]), 1)
