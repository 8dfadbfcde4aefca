"""Recurrent cells with other layers than the given ones, or with random numbers, each with its explanation."""

import torch
import torch.nn.functional as F
from torch import nn

from graders import misconception


class _Cell(nn.Module):
    """What they all share: an output of log-probabilities, and a first state of zeros."""

    def init_hidden(self, batch_size=1):
        return torch.zeros(batch_size, self.hidden_size)


@misconception("rnn_cell", replaces="RNN")
class cell_with_joined_layer(_Cell):
    """One of your layers takes input and state side by side, as in a well-known tutorial. Here the input has its own
    layer and the state has its own; their results are added."""

    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size + hidden_size, hidden_size)
        self.h2o = nn.Linear(hidden_size, output_size)

    def forward(self, x, h):
        h = torch.tanh(self.i2h(torch.cat((x, h), 1)))
        return F.log_softmax(self.h2o(h), dim=1), h


@misconception("rnn_cell", replaces="RNN")
class cell_with_two_joined_layers(_Cell):
    """Two of your layers take input and state side by side, and the output never sees the new state. Here the input has
    its own layer and the state has its own; the output is made from the new state."""

    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size + hidden_size, hidden_size)
        self.i2o = nn.Linear(input_size + hidden_size, output_size)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, x, h):
        combined = torch.cat((x, h), 1)
        return self.softmax(self.i2o(combined)), self.i2h(combined)


@misconception("rnn_cell", replaces="RNN")
class cell_with_a_ready_made_cell(_Cell):
    """A ready-made cell of PyTorch does your work. In this exercise the three layers are given, and forward combines
    them."""

    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.cell = nn.RNNCell(input_size, hidden_size)
        self.out = nn.Linear(hidden_size, output_size)

    def forward(self, x, h):
        h = self.cell(x, h)
        return F.log_softmax(self.out(h), dim=1), h


@misconception("rnn_cell", replaces="RNN")
class cell_with_other_names(_Cell):
    """Your layers have other names than the given ones. The names belong to the exercise: other cells use them."""

    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.W_xh = nn.Linear(input_size, hidden_size)
        self.W_hh = nn.Linear(hidden_size, hidden_size)
        self.W_hy = nn.Linear(hidden_size, output_size)

    def forward(self, x, h):
        h = torch.tanh(self.W_xh(x) + self.W_hh(h))
        return F.log_softmax(self.W_hy(h), dim=1), h


@misconception("rnn_cell", replaces="RNN")
class cell_with_layers_without_bias(_Cell):
    """The layer of the state has no bias. Each of the three layers is asked with its bias, as nn.Linear makes it."""

    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size, bias=False)
        self.h2o = nn.Linear(hidden_size, output_size)

    def forward(self, x, h):
        h = torch.tanh(self.i2h(x) + self.h2h(h))
        return F.log_softmax(self.h2o(h), dim=1), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_with_new_layers_in_every_call(self, x, h):
    """Your `forward` makes layers, or draws weights, and computes with these. They are new in every call, so that the
    same input gives other numbers each time, and what was learned is lost. The layers that `__init__` has made, such as
    self.i2h, are to compute: they keep their weights from call to call.
    """
    i2h, h2h = nn.Linear(x.shape[1], self.hidden_size), nn.Linear(self.hidden_size, self.hidden_size)
    h = torch.tanh(i2h(x) + h2h(h))
    return F.log_softmax(nn.Linear(self.hidden_size, self.h2o.out_features)(h), dim=1), h


@misconception("rnn_cell", replaces="RNN.forward")
def cell_is_random(self, x, h):
    """Your cell draws random numbers in every call, by dropout or by noise: the same input gives other numbers each
    time, also where the network is used and not trained. This cell has neither."""
    h = F.dropout(torch.tanh(self.i2h(x) + self.h2h(h)), 0.2)
    return F.log_softmax(self.h2o(h), dim=1), h
