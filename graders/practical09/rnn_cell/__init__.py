"""One step of a recurrent network in PyTorch."""

from graders.practical09.rnn_cell.checks import question

__all__ = ["question"]
