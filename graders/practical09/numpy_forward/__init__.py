"""The forward pass and its loss in NumPy."""

from graders.practical09.numpy_forward.checks import question

__all__ = ["question"]
