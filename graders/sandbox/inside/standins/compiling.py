"""A compiler's speed-up is left out: what `torch.compile` is given runs as it is, on machines with a compiler too."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from graders.sandbox.inside.standins.putting import put


def install() -> None:
    """Put the functions that do nothing in place; `torch.jit` stays as it is."""
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
