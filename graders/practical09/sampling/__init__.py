"""Sampling symbols and names."""

from graders.practical09.sampling.checks import question

__all__ = ["question"]
