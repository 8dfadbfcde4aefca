"""Frames: what is sent arrives as it was, and hostile bytes cost a `WireError` and little memory."""

import math
import struct
import subprocess
import sys
import tracemalloc
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from wire_values import VALUES, same

from graders.sandbox.inside import wire
from graders.sandbox.inside.wire import ARRAY, BIG, HANDLE, WireError, decode, encode, frame, length


def array(kind: bytes, size: int, shape: tuple[int, ...], data: bytes, dimensions: int | None = None) -> bytes:
    """A payload that holds one array, as hostile as wanted."""
    head = struct.pack(f">cBB{len(shape)}Q", kind, size, len(shape) if dimensions is None else dimensions, *shape)
    return bytes(msgpack.packb(msgpack.ExtType(ARRAY, head + data)))


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_what_is_sent_arrives(value: Any) -> None:
    """Plain data of every kind comes back with its types, its shapes and its NaNs."""
    assert same(decode(encode(value)), value)


def test_tuples_and_keys_become_plain() -> None:
    """Tuples arrive as lists, keys as strings, long doubles as doubles, either byte order as this machine's."""
    assert decode(encode((1, (2,), {3: 4}))) == [1, [2], {"3": 4}]
    assert decode(encode(np.array([1.5], np.longdouble))).dtype == np.float64
    swapped = decode(encode(np.array([1, 256], ">i4")))
    assert swapped.tolist() == [1, 256] and swapped.dtype == np.dtype("=i4")


def test_a_view_is_sent_as_what_it_shows() -> None:
    """Strides, reversed order and broadcasting do not show on the other side, and what arrives can be written to."""
    base = np.arange(12.0).reshape(3, 4)
    for view in (base[::2, ::-1], base.T, np.broadcast_to(np.float32(2), (3, 2)), base[:, 1]):
        arrived = decode(encode(view))
        assert np.array_equal(arrived, view)
        arrived += 1


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=200))
@example(b"")
@example(b"\xc1")
@example(b"\xd6\xff\x00\x00\x00\x01")  # a timestamp
@example(b"\xa2\xff\xfe")  # invalid UTF-8
@example(b"\x81\x01\x01")  # a key that is no string
@example(b"\x81\xc4\x01a\x01")  # nor is this one
def test_any_bytes_are_data_or_refused(payload: bytes) -> None:
    """No exception but ours, whatever arrives."""
    try:
        value = decode(payload)
    except WireError:
        return
    encode(value)


@settings(max_examples=300, deadline=None)
@given(VALUES, st.data())
def test_damaged_frames_are_data_or_refused(value: Any, data: st.DataObject) -> None:
    """A flipped, missing or extra byte anywhere costs nothing but a `WireError`."""
    payload = bytearray(encode(value))
    at = data.draw(st.integers(0, len(payload) - 1))
    kind = data.draw(st.sampled_from(["change", "cut", "add"]))
    if kind == "cut":
        del payload[at:]
    elif kind == "add":
        payload.insert(at, data.draw(st.integers(0, 255)))
    else:
        payload[at] = data.draw(st.integers(0, 255))
    try:
        decode(bytes(payload))
    except WireError:
        return


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([ARRAY, HANDLE, BIG, 0, 4, 127, -1, -128]), st.binary(max_size=60))
def test_any_extension_is_data_or_refused(code: int, data: bytes) -> None:
    """Arrays, handles and big numbers are made of anything at all, or refused."""
    try:
        decode(b"\xc7" + bytes([len(data), code % 256]) + data)
    except WireError:
        return


HOSTILE = {
    "too short": array(b"f", 8, (3,), bytes(16)),
    "too long": array(b"f", 8, (3,), bytes(32)),
    "more dimensions than said": array(b"f", 8, (1, 1), bytes(8), dimensions=200),
    "fewer dimensions than said": array(b"f", 8, (1, 1), bytes(8), dimensions=1),
    "an object": array(b"O", 8, (1,), bytes(8)),
    "a string": array(b"U", 4, (1,), bytes(4)),
    "a date": array(b"M", 8, (1,), bytes(8)),
    "a record": array(b"V", 8, (1,), bytes(8)),
    "an odd size": array(b"f", 3, (1,), bytes(3)),
    "a wide float": array(b"f", 16, (1,), bytes(16)),
    "no kind": array(b"\xff", 8, (1,), bytes(8)),
    "empty and giant": array(b"f", 8, (0, 1 << 62), b""),
    "empty and giant, many times": array(b"f", 8, (0, *[1 << 20] * 20), b""),
    "an overflowing size": array(b"f", 8, (1 << 63, 2), b""),
    "a size that wraps to fit": array(b"f", 8, (1 << 61, 8, 1), bytes(0)),
    "33 dimensions": array(b"f", 8, (1,) * 33, bytes(8)),
    "deep": b"\x91" * 100 + b"\x01",
    "very deep": b"\x91" * 1_000_000 + b"\x01",
    "a deep handle": bytes(msgpack.packb(msgpack.ExtType(HANDLE, b"\x91" * 900 + b"\x01"))),
    "a handle of a negative kind": bytes(msgpack.packb(msgpack.ExtType(HANDLE, msgpack.packb([None, "x"])))),
    "a handle whose number is a flag": bytes(msgpack.packb(msgpack.ExtType(HANDLE, msgpack.packb([True, "x"])))),
    "a giant list of nothing": b"\xdd\xff\xff\xff\xff",
    "a giant map of nothing": b"\xdf\xff\xff\xff\xff",
    "a giant text of nothing": b"\xdb\xff\xff\xff\xff",
    "a giant extension of nothing": b"\xc9\xff\xff\xff\xff\x01",
    "a big number of nothing": b"\xc7\x00\x03",
    "a huge number": bytes(msgpack.packb(msgpack.ExtType(BIG, b"\x01" * 5000))),
    "two values": b"\x01\x01",
    "invalid UTF-8": b"\xa4\xf0\x28\x8c\x28",
    "a surrogate": b"\xa3\xed\xa0\x80",
    "a timestamp": bytes(msgpack.packb(msgpack.Timestamp(1))),
}


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_frames_are_refused(payload: bytes) -> None:
    """Each in one sentence, and at the cost of little more memory than it has bytes itself."""
    tracemalloc.start()
    try:
        with pytest.raises(WireError) as refused:
            decode(payload)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(str(refused.value)) < 200
    assert peak < 4 * len(payload) + (1 << 20)


def test_odd_numbers_are_only_numbers() -> None:
    """NaNs with a payload, infinities, minus zero and big integers are data like any other."""
    nan = struct.unpack("<d", b"\x01\x00\x00\x00\x00\xfe\xf7\xff")[0]
    back = decode(encode([nan, math.inf, -0.0, 1 << 8000, -(1 << 64)]))
    assert math.isnan(back[0]) and back[1:] == [math.inf, 0.0, 1 << 8000, -(1 << 64)]
    assert math.copysign(1, back[2]) == -1
    assert decode(array(b"b", 1, (3,), b"\x00\x01\xfe")).tolist() == [False, True, True]


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, 1j, np.array([None]), np.array(["a"]), 1 << 40_000, np.float32(1), range(3)],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_plain_is_not_sent(value: Any) -> None:
    """Nothing is guessed, pickled or turned into text."""
    with pytest.raises(WireError):
        encode([value])


def test_cycles_and_depth_are_not_sent() -> None:
    """A list that holds itself is refused like one that is too deep."""
    cycle: list[Any] = []
    cycle.append(cycle)
    deep: Any = 1
    for _ in range(wire.MAX_DEPTH):
        deep = [deep]
    for value in (cycle, {"a": cycle}, deep):
        with pytest.raises(WireError, match="deep"):
            encode(value)


def test_frames_have_a_largest_size() -> None:
    """On the way out by what they hold, on the way in by what they announce."""
    assert length(frame([1], 10)[:4], 10) == 2
    with pytest.raises(WireError, match="at most 100"):
        frame(bytes(200), 100)
    with pytest.raises(WireError, match="at most 100"):
        length(b"\xff\xff\xff\xff", 100)


MANY = """
import re, sys
from pathlib import Path
from graders.sandbox.inside.wire import WireError, decode
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before = peak()
kind, size = sys.argv[1], 8 << 20
payload = {
    "items": b"\\xdd" + (size).to_bytes(4, "big") + b"\\x90" * size,
    "keys": b"\\xdf" + (size // 2).to_bytes(4, "big") + b"\\xa0\\x90" * (size // 2),
    "arrays": b"\\xdd" + (size // 6).to_bytes(4, "big") + b"\\xc7\\x03\\x01b\\x01\\x00" * (size // 6),
}[kind]
try:
    decode(payload)
except WireError:
    pass
print((peak() - before) // 1024)
"""


@pytest.mark.parametrize("kind", ["items", "keys", "arrays"])
def test_many_small_values_do_not_multiply_memory(kind: str) -> None:
    """Eight megabytes of the values that cost us most take at most 40 times as much, or are refused."""
    done = subprocess.run([sys.executable, "-c", MANY, kind], capture_output=True, text=True, check=True)
    assert 0 < int(done.stdout) <= 8 * 40
