"""Reads what a probe replied: field by field and type by type, for a reply comes from where student code runs.

    class Facts(TypedDict):
        losses: list[float]
        moved: dict[str, bool]

    found = student.probe("training.facts", model, name, returns=Facts)
    found["losses"]                      # certainly a list of floats

A reply of another form is the student's `error`, never a fault of ours: the probe ran in a process in which the
student's cells could replace anything.
"""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NoReturn

import numpy as np

from graders.errors import CallError
from graders.model import Outcome
from graders.plain_data import Handle

Kind = Any  # a type as in annotations; see `read`

WORDS = {
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "text",
    bytes: "bytes",
    list: "a list",
    dict: "a dict",
    np.ndarray: "an array of numbers",
    Handle: "an object",
    types.NoneType: "None",
}
CAUSE = "A cell that replaces functions of Python, NumPy or PyTorch by its own can cause this."
SUMMARY = f"What came back when your code was tried does not have the form that it must have. {CAUSE}"
REAL = "biuf"  # kinds of arrays whose items are real numbers


def fields(reply: Any, **kinds: Kind) -> dict[str, Any]:
    """The named fields of a reply that is a dict, each of the type that is given for it; other fields are left out.

    Args:
        reply: what a probe returned.
        kinds: name -> type, as in annotations; see `read` for which.

    Raises:
        CallError: the reply is no dict, a field is missing, or has another type: an `error` of the student's.
    """
    return _fields(reply, kinds, "the reply")


def read(reply: Any, kind: Kind) -> Any:
    """The whole reply, of the type that is given; `Solution.probe(..., returns=kind)` reads so.

    Args:
        reply: what came back from where student code runs.
        kind: `bool`, `int`, `float` (whole numbers too, which become floats), `str`, `bytes`, `list`, `dict`,
            `np.ndarray` (of real numbers, any shape), `Handle`, `None`, `Any`; a `Literal[...]`; a `TypedDict`, whose
            other fields are left out; and what is made of these: `list[K]`, `dict[str, K]`, `K | L`. For shapes and
            finite numbers, follow with `finite_numbers`.

    Raises:
        CallError: it has another type: an `error` of the student's.
    """
    return _read(reply, kind, "the reply")


@functools.cache
def _hints(kind: Kind) -> Mapping[str, Kind]:
    return typing.get_type_hints(kind)


def _fields(reply: Any, kinds: Mapping[str, Kind], what: str) -> dict[str, Any]:
    if not isinstance(reply, dict):
        _refuse(what, dict, reply)
    found: dict[str, Any] = {}
    for name, kind in kinds.items():
        if name not in reply and not _may_be_none(kind):
            _raise(f"`{name}` is missing in it")
        found[name] = _read(reply.get(name), kind, f"`{name}`")
    return found


def _read(value: Any, kind: Kind, what: str) -> Any:
    origin, inner = _parts(kind)
    if kind is Any:
        return value
    if typing.is_typeddict(kind):
        return _fields(value, _hints(kind), what)
    if origin in (types.UnionType, typing.Union):
        return _read_one_of(value, inner, kind, what)
    if origin is Literal:
        fitting = [one for one in inner if type(value) is type(one) and value == one]
        return fitting[0] if fitting else _refuse(what, kind, value)
    if origin is list and isinstance(value, list):
        if inner[0] is Any:
            return list(value)
        return [_read(item, inner[0], f"{what}[{place}]") for place, item in enumerate(value)]
    if origin is dict and isinstance(value, dict):
        return {key: _read(item, inner[1], f"{what}[{str(key)[:40]!r}]") for key, item in value.items()}
    return _leaf(value, types.NoneType if kind is None else kind, what)


def _read_one_of(value: Any, kinds: Sequence[Kind], whole: Kind, what: str) -> Any:
    for kind in kinds:
        try:
            return _read(value, kind, what)
        except CallError:
            continue
    return _refuse(what, whole, value)


def _leaf(value: Any, kind: Kind, what: str) -> Any:
    if kind is float and type(value) is int:
        try:
            return float(value)
        except OverflowError:
            _refuse(what, kind, value)
    if type(value) is not kind or (kind is np.ndarray and value.dtype.kind not in REAL):
        _refuse(what, kind, value)
    return value


@functools.cache
def _parts(kind: Kind) -> tuple[Any, tuple[Any, ...]]:
    """What a type is made of: `list` and `(int,)` for `list[int]`; None and nothing for a plain one."""
    return typing.get_origin(kind), typing.get_args(kind)


def _may_be_none(kind: Kind) -> bool:
    return kind is None or kind is types.NoneType or types.NoneType in typing.get_args(kind)


def _refuse(what: str, kind: Kind, value: Any) -> NoReturn:
    _raise(f"{what} should be {_words(kind)}, and is {_description(value)}")


def _raise(finding: str) -> NoReturn:
    message = f"What came back when your code was tried does not have the form that it must have: {finding}. {CAUSE}"
    raise CallError(Outcome.ERROR, message, SUMMARY)


def _words(kind: Kind) -> str:
    origin, inner = _parts(kind)
    if origin in (types.UnionType, typing.Union):
        return " or ".join(map(_words, inner))
    if origin is Literal:
        return " or ".join(map(repr, inner))
    if kind is Any:
        return "anything"
    if typing.is_typeddict(kind):
        return WORDS[dict]
    if origin in (list, dict):
        return f"{WORDS[origin]} in which each value is {_words(inner[-1])}"
    return WORDS[types.NoneType if kind is None else kind]


def _description(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.dtype.kind not in REAL:
        return "an array of complex numbers"
    if type(value) is int and value.bit_length() > 1024:
        return "a whole number that is too large"
    return WORDS.get(type(value), "something else")
