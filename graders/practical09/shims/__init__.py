"""What Practical 9 puts in alongside student code, in the warm process; nothing here is secret."""

from .recurrent_layers import warm_up
from .torchtext_adapter import install

__all__ = ["install", "warm_up"]
