"""A sentiment classifier from embedding, `nn.RNN` and one logit; its training and its use (programming 3.1)."""

from collections.abc import Iterable

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
Unlabelled = tuple[torch.Tensor, torch.Tensor]


class SentimentRNN(nn.Module):
    """Reads a review word by word and judges it from the state after its last word."""

    def __init__(self, vocab_size: int, embedding_dim: int = 128, hidden_dim: int = 256, pad_idx: int = 0) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.rnn = nn.RNN(embedding_dim, hidden_dim, batch_first=True)
        self.out = nn.Linear(hidden_dim, 1)

    def forward(self, tokens: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Tokens (B, T), right-padded, and lengths (B,) -> one logit a review, (B,).

        Packing tells the layer where each review ends: h_n is the state after its last word, not after the padding.
        """
        packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
        _, h_n = self.rnn(packed)  # (1, B, hidden_dim)
        return self.out(h_n[-1]).squeeze(1)


def train_classifier(
    model: nn.Module, batches: Iterable[Batch], n_epochs: int = 5, lr: float = 0.001, device: str = "cpu"
) -> list[float]:
    """Train on (tokens (B, T), lengths (B,), labels (B,)) with Adam; the mean loss of each epoch."""
    model.to(device).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    criterion = nn.BCEWithLogitsLoss()
    losses = []
    for _ in range(n_epochs):
        total, count = 0.0, 0
        for tokens, lengths, labels in batches:
            loss = criterion(model(tokens.to(device), lengths), labels.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total, count = total + loss.item() * len(labels), count + len(labels)
        losses.append(total / count)
    return losses


@torch.no_grad()
def predict(model: nn.Module, batches: Iterable[Unlabelled], device: str = "cpu") -> torch.Tensor:
    """The probability of "positive" of every review of (tokens (B, T), lengths (B,)), in order: (N,), there."""
    model.to(device).eval()
    return torch.cat([torch.sigmoid(model(tokens.to(device), lengths)) for tokens, lengths in batches])
