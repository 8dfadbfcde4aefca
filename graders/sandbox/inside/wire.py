"""Frames between the trusted side and the sandbox: a length, then MessagePack; decoded as hostile, nothing secret.

A frame is a 4-byte big-endian length and that many bytes of MessagePack. Besides MessagePack's own types there are
three extension types: an array, a `Handle`, and a whole number that needs more than 64 bits. Everything else, also
timestamps, is refused. Whatever the bytes are, `decode` returns plain data or raises `WireError`, and the size of what
it makes is bounded by the size of the frame.
"""

from __future__ import annotations

import math
import struct
from typing import Any

import msgpack
import numpy as np

from graders.plain_data import Handle

HEADER = struct.Struct(">I")
ARRAY, HANDLE, BIG = 1, 2, 3
MAX_DEPTH = 40
MAX_ITEMS = 2_000_000
MAX_BIG_BYTES = 1 << 12
MAX_DIMENSIONS = 32
ITEM_SIZES = {"b": (1,), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (2, 4, 8), "c": (8, 16)}


class WireError(Exception):
    """A frame that is not one of ours, or a value that no frame can carry."""


def encode(value: Any) -> bytes:
    """The value as MessagePack, without the length in front; `WireError` where it is not plain data."""
    try:
        data = msgpack.packb(_sendable(value), strict_types=True, unicode_errors="replace", default=_extension)
    except WireError:
        raise
    except (ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise WireError(f"this value cannot be sent ({type(error).__name__})") from None
    return bytes(data)


def frame(value: Any, limit: int) -> bytes:
    """The value as a whole frame; `WireError` where it is larger than `limit` bytes."""
    payload = encode(value)
    if len(payload) > min(limit, 0xFFFFFFFF):
        raise WireError(f"the value takes {len(payload)} bytes; at most {limit} can be sent")
    return HEADER.pack(len(payload)) + payload


def length(header: bytes, limit: int) -> int:
    """The size of the payload that a 4-byte header announces; `WireError` where it is above `limit`."""
    (size,) = HEADER.unpack(header)
    if size > limit:
        raise WireError(f"a frame of {size} bytes was announced; at most {limit} are allowed")
    return int(size)


def decode(payload: bytes) -> Any:
    """The plain data of a payload; `WireError` for anything else."""
    return read(payload)[0]


def read(payload: bytes) -> tuple[Any, int]:
    """The plain data of a payload, and how many values it holds; `WireError` for anything else."""
    try:
        items = _scan(payload)
        return msgpack.unpackb(payload, raw=False, strict_map_key=True, ext_hook=_extended, use_list=True), items
    except WireError:
        raise
    except Exception as error:  # noqa: BLE001 - hostile bytes: whatever the decoder thinks of them is one finding
        raise WireError(f"a frame could not be read ({type(error).__name__})") from None


def _sendable(value: Any, depth: int = 0) -> Any:
    """The value with tuples as lists and arrays left for `_extension`; refuses what is too deep."""
    if depth > MAX_DEPTH - 2:
        raise WireError(f"the value is nested more than {MAX_DEPTH - 2} levels deep")
    if isinstance(value, (list, tuple)):
        return [_sendable(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {str(key): _sendable(item, depth + 1) for key, item in value.items()}
    if type(value) is int and not -(1 << 63) <= value < 1 << 64:
        return _big(value)
    return value


def _big(value: int) -> msgpack.ExtType:
    size = value.bit_length() // 8 + 1
    if size > MAX_BIG_BYTES:
        raise WireError(f"a whole number of {value.bit_length()} bits is too large to be sent")
    return msgpack.ExtType(BIG, value.to_bytes(size, "big", signed=True))


def _extension(value: Any) -> msgpack.ExtType:
    if type(value) is Handle:
        return msgpack.ExtType(HANDLE, msgpack.packb([value.id, value.type], unicode_errors="replace"))
    if not isinstance(value, np.ndarray) or value.dtype.kind not in ITEM_SIZES or value.ndim > MAX_DIMENSIONS:
        raise WireError(f"an object of type {type(value).__name__} cannot be sent")
    kind, size = value.dtype.kind, value.dtype.itemsize
    size = min(size, max(ITEM_SIZES[kind]))  # long doubles are sent as doubles
    data = np.ascontiguousarray(value, dtype=np.dtype(f"<{kind}{size}" if kind != "b" else "?"))
    head = struct.pack(f">cBB{value.ndim}Q", kind.encode(), size, value.ndim, *value.shape)
    return msgpack.ExtType(ARRAY, head + data.tobytes())


def _extended(code: int, data: bytes) -> Any:
    if code == ARRAY:
        return _array(data)
    if code == HANDLE:
        return _handle(data)
    if code == BIG and 0 < len(data) <= MAX_BIG_BYTES:
        return int.from_bytes(data, "big", signed=True)
    raise WireError(f"a frame holds something unknown (extension type {code})")


def _array(data: bytes) -> np.ndarray:
    kind, size, dimensions = struct.unpack_from(">cBB", data)
    name = kind.decode("ascii")
    if size not in ITEM_SIZES.get(name, ()) or dimensions > MAX_DIMENSIONS:
        raise WireError("a frame holds an array of an unknown type")
    shape = struct.unpack_from(f">{dimensions}Q", data, 3)
    body = memoryview(data)[3 + 8 * dimensions :]
    if math.prod(shape) * size != len(body) or math.prod(n or 1 for n in shape) > max(len(data), 1 << 20):
        raise WireError("a frame holds an array whose shape does not fit its data")
    if name == "b":
        flags: np.ndarray = np.frombuffer(body, np.uint8) != 0
        return flags.reshape(shape)
    found = np.frombuffer(body, np.dtype(f"<{name}{size}"))
    return found.reshape(shape).astype(f"={name}{size}", copy=True)


def _handle(data: bytes) -> Handle:
    if len(data) > 1000:
        raise WireError("a frame holds a handle that is too long")
    _scan(data)
    fields = msgpack.unpackb(data, raw=False)
    if not isinstance(fields, list) or [type(field) for field in fields] != [int, str]:
        raise WireError("a frame holds something that is not a handle")
    return Handle(fields[0], fields[1][:100])


def _scan(data: bytes) -> int:
    """Walk over a payload without making anything: every announced size must be there, and nesting has an end.

    Returns how many values there are.
    """
    position, items, open_containers = 0, 0, [1]
    while open_containers:
        if not open_containers[-1]:
            open_containers.pop()
            continue
        open_containers[-1] -= 1
        items += 1
        if position >= len(data) or items > MAX_ITEMS:
            raise WireError("a frame is cut short or holds too many values")
        if data[position] in EXTENSION_AT:
            _refuse_unknown(data, position)
        position, children = _step(data, position)
        if position > len(data) or children > len(data) - position:
            raise WireError("a frame announces more than it holds")
        if children:
            open_containers.append(children)
            if len(open_containers) > MAX_DEPTH:
                raise WireError(f"a frame is nested more than {MAX_DEPTH} levels deep")
    if position != len(data):
        raise WireError("a frame holds more than one value")
    return items


FIXED = {0xC0: 1, 0xC2: 1, 0xC3: 1, 0xCA: 5, 0xCB: 9, 0xCC: 2, 0xCD: 3, 0xCE: 5, 0xCF: 9, 0xD0: 2, 0xD1: 3, 0xD2: 5}
FIXED |= {0xD3: 9, 0xD4: 3, 0xD5: 4, 0xD6: 6, 0xD7: 10, 0xD8: 18}
SIZED = {0xC4: (1, 0), 0xC5: (2, 0), 0xC6: (4, 0), 0xC7: (1, 1), 0xC8: (2, 1), 0xC9: (4, 1)}
SIZED |= {0xD9: (1, 0), 0xDA: (2, 0), 0xDB: (4, 0)}
COUNTED = {0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}


EXTENSION_AT = {0xD4: 1, 0xD5: 1, 0xD6: 1, 0xD7: 1, 0xD8: 1, 0xC7: 2, 0xC8: 3, 0xC9: 5}


def _refuse_unknown(data: bytes, at: int) -> None:
    """Refuse an extension that is none of ours, also one that the decoder knows by itself (a timestamp)."""
    code = at + EXTENSION_AT[data[at]]
    if data[code : code + 1] not in (bytes([ARRAY]), bytes([HANDLE]), bytes([BIG])):
        raise WireError("a frame holds an extension that means nothing here")


def _step(data: bytes, at: int) -> tuple[int, int]:
    """Where the value at a position ends (its own bytes only), and how many values it contains."""
    first = data[at]
    if first < 0x80 or first >= 0xE0:
        return at + 1, 0
    if first < 0x90:
        return at + 1, 2 * (first & 0x0F)
    if first < 0xA0:
        return at + 1, first & 0x0F
    if first < 0xC0:
        return at + 1 + (first & 0x1F), 0
    if first in FIXED:
        return at + FIXED[first], 0
    if first in SIZED:
        width, extra = SIZED[first]
        return at + 1 + width + extra + int.from_bytes(data[at + 1 : at + 1 + width], "big"), 0
    if first in COUNTED:
        width, factor = COUNTED[first]
        return at + 1 + width, factor * int.from_bytes(data[at + 1 : at + 1 + width], "big")
    raise WireError("a frame holds a byte that means nothing")
