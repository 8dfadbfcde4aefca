"""Training a recurrent cell on names."""

from graders.practical09.training.checks import question

__all__ = ["question"]
