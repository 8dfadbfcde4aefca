"""A compiler's speed-up is left out: what `torch.compile` is given runs as it is, on machines with a compiler too."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

import torch
from torch import nn

from graders.sandbox.inside.standins.putting import put

COMPILER = "torch._dynamo"


class SparedCompiler(ModuleType):
    """Stands for PyTorch's compiler as long as nobody needs it; any other use of it loads the real one.

    Optimisers tell the compiler where not to look. To load it for that takes two seconds and 90 MB.
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
    """Put the functions that do nothing in place, and the compiler's stand-in unless the real one has been loaded;
    `torch.jit` stays as it is.
    """
    if COMPILER not in sys.modules:
        torch._dynamo = sys.modules[COMPILER] = SparedCompiler(COMPILER)
    put(torch, compile=as_it_is)
    put(torch.compiler, compile=as_it_is)
    put(nn.Module, compile=_nothing, _orig_mod=property(_itself))


def as_it_is(model: Any = None, *_: Any, **__: Any) -> Any:
    """The model or function itself; without one, what a decorator with options is."""
    return _itself if model is None else model


def _itself(model: Any) -> Any:
    return model


def _nothing(self: nn.Module, *_: Any, **__: Any) -> None:
    """`model.compile()` changes nothing."""
