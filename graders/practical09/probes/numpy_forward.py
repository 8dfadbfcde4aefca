"""Probes of `numpy_forward`."""

from __future__ import annotations

from typing import Any

Names = dict[str, Any]


def called(ns: Names, function: str, *args: Any) -> dict[str, Any]:
    """What a call of the student's function returns, and its arguments as they are after the call."""
    result = ns[function](*args)
    return {"result": result, "arguments": list(args)}
