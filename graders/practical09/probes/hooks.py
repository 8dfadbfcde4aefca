"""Hooks on parameters that do not keep alive what they tell."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any


def weakly(method: Callable[..., None], *args: Any) -> Callable[[Any], None]:
    """A hook that calls a method of an object for as long as there is that object.

    A parameter holds its hooks where Python's collector cannot look, so a hook that held what watches the parameter
    would keep both for ever.
    """
    found = weakref.WeakMethod(method)

    def hook(value: Any) -> None:
        if (living := found()) is not None:
            living(*args, value)

    return hook
