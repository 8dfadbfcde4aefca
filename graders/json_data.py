"""Plain data as JSON data and back again: the one codec for what is kept in files and in the database.

`pack` loses nothing: what JSON lacks becomes an object with one key that begins with `$`. `shown` is for other programs
and does not come back. What crosses the trust line goes in frames of its own (`sandbox/inside/wire.py`), which are
decoded as hostile; nothing here is.
"""

from __future__ import annotations

import math
import sys
from base64 import b64decode, b64encode
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from graders.errors import CallError
from graders.model import Outcome

HANDLES = "graders.plain_data"  # imported when there is a handle, as it imports numpy: pages need not wait for that
TAGS = ("$float", "$complex", "$bytes", "$array", "$tuple", "$items", "$handle", "$error")


def pack(value: Any) -> Any:
    """Any plain data, also what a call that failed raised, as strict JSON data; floats keep every digit.

    Raises:
        TypeError: it is no plain data.
    """
    if value is None or isinstance(value, (bool, str)):
        return str(value) if isinstance(value, str) else value
    if (np := sys.modules.get("numpy")) and isinstance(value, (np.bool_, np.integer, np.floating)):
        return pack(value.item())
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": str(value)}
    if isinstance(value, list):
        return [pack(item) for item in value]
    if isinstance(value, Mapping):
        return _packed_mapping(value)
    if np and isinstance(value, np.ndarray):
        data = np.ascontiguousarray(value)
        return {"$array": [data.dtype.str, list(value.shape), b64encode(data.tobytes()).decode()]}
    return _packed_other(value)


def _packed_mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    if all(isinstance(key, str) for key in value) and not (len(value) == 1 and next(iter(value)) in TAGS):
        return {str(key): pack(item) for key, item in value.items()}
    return {"$items": [[pack(key), pack(item)] for key, item in value.items()]}


def _packed_other(value: Any) -> dict[str, Any]:
    if (handles := sys.modules.get(HANDLES)) and isinstance(value, handles.Handle):
        return {"$handle": [value.id, value.type]}
    match value:
        case tuple():
            return {"$tuple": [pack(item) for item in value]}
        case bytes():
            return {"$bytes": b64encode(value).decode()}
        case complex():
            return {"$complex": [pack(value.real), pack(value.imag)]}
        case CallError():
            return {"$error": [value.outcome.value, value.message]}
    raise TypeError(f"what is kept cannot hold a {type(value).__name__}")


def unpack(value: Any) -> Any:
    """The plain data that `pack` was given."""
    if isinstance(value, list):
        return [unpack(item) for item in value]
    return untag({key: unpack(item) for key, item in value.items()}) if isinstance(value, dict) else value


def untag(value: dict[str, Any]) -> Any:
    """What an object stands for, where all within has been unpacked before: the `object_hook` of `json.loads`."""
    tag = next(iter(value)) if len(value) == 1 else ""
    if tag not in TAGS:
        return value
    body = value[tag]
    match tag:
        case "$float":
            return float(body)
        case "$complex":
            return complex(*body)
        case "$bytes":
            return b64decode(body)
        case "$array":
            dtype, shape, data = body
            np = import_module("numpy")
            return np.frombuffer(b64decode(data), np.dtype(dtype)).reshape(shape).copy()
        case "$handle":
            return import_module(HANDLES).Handle(*body)
        case "$error":
            return CallError(Outcome(body[0]), body[1])
    return tuple(body) if tag == "$tuple" else {key: item for key, item in body}  # noqa: C416 - pairs are lists


def shown(value: Any) -> Any:
    """Plain data as any program reads it: arrays as lists, what is not finite as null, bytes in base 64."""
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, (int, float)):
        return value if math.isfinite(value) else None
    if (np := sys.modules.get("numpy")) and isinstance(value, (np.ndarray, np.generic)):
        return shown(value.tolist())
    if isinstance(value, complex):
        return [shown(value.real), shown(value.imag)]
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, Mapping):
        return {str(key): shown(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(item) for item in value]
    return str(value)
