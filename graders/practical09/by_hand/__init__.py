"""Forward propagation by hand."""

from graders.practical09.by_hand.checks import question

__all__ = ["question"]
