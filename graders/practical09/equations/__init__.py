"""The equations of forward propagation and of the error."""

from graders.practical09.equations.checks import question

__all__ = ["question"]
