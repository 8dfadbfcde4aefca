"""The sentiment classifier with a bidirectional LSTM (programming 3.2)."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence


class SentimentLSTM(nn.Module):
    """Reads a review in both directions and judges it from the two final states."""

    def __init__(self, vocab_size: int, embedding_dim: int = 128, hidden_dim: int = 256, pad_idx: int = 0) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden_dim, 1)

    def forward(self, tokens: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Tokens (B, T), right-padded, and lengths (B,) -> one logit a review, (B,).

        h_n[0] is the forward state after the last word, h_n[1] the backward state after the first.
        """
        packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
        _, (h_n, _) = self.lstm(packed)  # h_n (2, B, hidden_dim)
        return self.out(torch.cat([h_n[0], h_n[1]], dim=1)).squeeze(1)
