"""Plain data from whatever a solution returns; used inside the sandbox and outside, so it imports nothing of ours."""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

MAX_DEPTH = 32
MAX_ITEMS = 1_000_000
NO_KERNEL = "not implemented for '"  # in a NotImplementedError of torch, which is no answer still to be written


@dataclass(frozen=True)
class Handle:
    """Stands for an object that stays where it is, such as a model.

    Attributes:
        id: the object's number within its session.
        type: the name of the object's type, for messages; never to be trusted.
    """

    id: int
    type: str


class HandleTable:
    """Keeps the objects behind handles for one session."""

    def __init__(self) -> None:
        self._objects: list[Any] = []

    def keep(self, value: Any) -> Handle:
        """A handle for an object."""
        self._objects.append(value)
        return Handle(len(self._objects) - 1, type(value).__name__[:100])

    def restore(self, value: Any) -> Any:
        """The value with every handle in it (also in lists and dicts) replaced by its object, and arrays copied."""
        if isinstance(value, Handle):
            return self._objects[value.id]
        if isinstance(value, np.ndarray):
            return np.array(value)
        if isinstance(value, (list, tuple)):
            return type(value)(self.restore(item) for item in value)
        if isinstance(value, dict):
            return {key: self.restore(item) for key, item in value.items()}
        return value


def plain(value: Any, keeper: HandleTable, depth: int = 0) -> Any:
    """The value as plain data; what has no plain form becomes a handle.

    Tensors become arrays (detached, on the CPU, bfloat16 as float32), tuples become lists, fractions and decimals
    become floats, NumPy scalars become Python numbers, dict keys become strings.
    """
    if value is None or type(value) in (bool, int, float, str, bytes):
        return value
    if depth > MAX_DEPTH:
        return keeper.keep(value)
    if isinstance(value, (list, tuple)):
        return [plain(item, keeper, depth + 1) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item, keeper, depth + 1) for key, item in value.items()}
    return _number_or_array(value, keeper, depth)


def _number_or_array(value: Any, keeper: HandleTable, depth: int) -> Any:
    if hasattr(value, "detach") and hasattr(value, "numpy"):  # a tensor, without importing torch here
        value = value.detach().cpu()
        value = value.resolve_conj().resolve_neg() if hasattr(value, "resolve_conj") else value
        return np.array((value.float() if str(value.dtype) == "torch.bfloat16" else value).numpy())
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "biufc":
            return np.array(value)
        return plain(value.tolist(), keeper, depth + 1)
    if isinstance(value, np.generic):
        return plain(value.item(), keeper, depth + 1)
    if isinstance(value, (Decimal, numbers.Rational)):
        try:
            return float(value)
        except (ValueError, OverflowError):  # a signalling NaN, or larger than any float
            return keeper.keep(value)
    if isinstance(value, (str, int, float)):  # a subclass
        return (str if isinstance(value, str) else int if isinstance(value, int) else float)(value)
    return keeper.keep(value)
