"""A recurrent cell from three linear layers, in PyTorch (programming 2.1)."""

import torch
import torch.nn.functional as F
from torch import nn


class RNN(nn.Module):
    """One step of a tanh network with a log-softmax output; V = input_size, H = hidden_size, K = output_size."""

    def __init__(self, input_size: int, hidden_size: int, output_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)
        self.h2o = nn.Linear(hidden_size, output_size)

    def forward(self, x: torch.Tensor, h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """x (B, V) and the old state h (B, H) -> log-probabilities (B, K) and the new state (B, H)."""
        h = torch.tanh(self.i2h(x) + self.h2h(h))
        return F.log_softmax(self.h2o(h), dim=1), h

    def init_hidden(self, batch_size: int = 1) -> torch.Tensor:
        """The state before the first symbol: zeros (B, H)."""
        return torch.zeros(batch_size, self.hidden_size)
