"""Spares a self-check what PyTorch loads for its compiler, a second of work, when an optimiser is first made."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

import torch

COMPILER = "torch._dynamo"


class SparedCompiler(ModuleType):
    """Stands for PyTorch's compiler as long as nobody needs it; any other use of it loads the real one.

    Optimisers tell the compiler where not to look, and nothing is compiled in the marking (`standins.compiling`).
    """

    def graph_break(self, *_: Any, **__: Any) -> None:
        """Nothing is compiled, so nothing has to be broken off."""

    def disable(self, fn: Any = None, recursive: bool = True, **_: Any) -> Any:
        """What is given, as it is."""
        return fn if fn is not None else lambda function: function

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(COMPILER) is self:
            del sys.modules[COMPILER]
            torch._dynamo = importlib.import_module(COMPILER)
        return getattr(sys.modules[COMPILER], name)


def install() -> None:
    """Put it in place, unless the real one has been loaded."""
    if COMPILER not in sys.modules:
        torch._dynamo = sys.modules[COMPILER] = SparedCompiler(COMPILER)
