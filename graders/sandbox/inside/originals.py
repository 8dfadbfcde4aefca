"""Remembers the functions of libraries before a notebook runs, and puts back those that it replaced; nothing secret.

A convenience for honest work and a hint for staff, no wall: code that has read this can hide from it. What is judged
are values, and that is done outside.
"""

from __future__ import annotations

import builtins
import ctypes
import gc
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter, is_
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

LIBRARIES = (
    "random", "math", "statistics", "itertools", "functools", "copy", "time", "string", "collections",
    "numpy", "numpy.random", "numpy.linalg", "scipy.special", "scipy.stats",
    "torch", "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.nn.utils", "torch.nn.utils.rnn",
    "torch.optim", "torch.optim.lr_scheduler", "torch.autograd", "torch.random", "torch.special", "torch.linalg",
    "torch.utils.data", "torch.distributions", "torch._C", "torch._C._nn",
)  # fmt: skip
OURS = ("graders", "probes", "shims")
INSIDES = ("__code__", "__defaults__", "__kwdefaults__")
WRAPPERS = (property, staticmethod, classmethod)
WORD = 8  # bytes of a pointer
VERSION, CODE = 24, 48  # where a dictionary of CPython has its version, and a function what it consists of
HEAP_TYPE = 1 << 9  # of a class whose attributes can be set (Py_TPFLAGS_HEAPTYPE)
FOLDER = str(Path(torch.__file__).parent)
THEIR_OWN = ("Storage",)  # `torch.set_default_dtype` sets it
KEPT_BUILTINS = ("__import__", "__build_class__")


class OriginalNamespace(NamedTuple):
    """The remembered attributes of one module or class.

    Attributes:
        owner: the module or class.
        title: its name in a sentence.
        names: the attributes' names.
        values: what they were.
        all: every name that it had, remembered or not.
    """

    owner: Any
    title: str
    names: tuple[str, ...]
    values: tuple[Any, ...]
    all: frozenset[str]


class Insides(NamedTuple):
    """One of the things of which Python functions consist, and which can be exchanged in a function that stays."""

    name: str
    functions: tuple[types.FunctionType, ...]
    values: tuple[Any, ...]


class QuickLook:
    """Sees in memory whether namespaces and functions are what they were, without counting references to what is there.

    After a fork everything to which references are counted costs a copy of its page, and there are thousands. CPython
    gives each dictionary a new version with each change, and keeps what a function consists of in one place; where
    this Python does otherwise, nothing is known.

    Args:
        namespaces: dictionaries.
        functions: functions.
    """

    def __init__(self, namespaces: Sequence[dict[str, Any]], functions: Sequence[types.FunctionType]) -> None:
        self._held = namespaces, functions
        self._works = _is_as_expected()
        self._versions = Words([id(namespace) + VERSION for namespace in namespaces] if self._works else [])
        inside = [id(function) + CODE + number * WORD for function in functions for number in range(len(INSIDES))]
        self._insides = Words(inside if self._works else [])

    def changed(self) -> tuple[list[int], bool]:
        """The places of the namespaces that may have changed since this was made; whether functions may have."""
        if not self._works:
            return list(range(len(self._held[0]))), True
        return self._versions.changed(), bool(self._insides.changed())


class Words:
    """Words of this process's memory, as they were when this was made, and which of them are others by now.

    Args:
        addresses: multiples of 8 bytes.
    """

    def __init__(self, addresses: Sequence[int]) -> None:
        first, last = min(addresses, default=0), max(addresses, default=-WORD)
        span = (ctypes.c_uint64 * ((last - first) // WORD + 1)).from_address(first)  # only what is asked for is read
        self._memory = np.ctypeslib.as_array(span) if addresses else np.zeros(0, np.uint64)
        self._places = (np.array(addresses, np.int64) - first) // WORD
        self._before = self._memory.take(self._places)

    def changed(self) -> list[int]:
        """The numbers of those that have changed, counted from 0."""
        now = self._memory.take(self._places)
        return [] if now.tobytes() == self._before.tobytes() else [*map(int, (now != self._before).nonzero()[0])]


def _is_as_expected() -> bool:
    """Whether changes of a dictionary and of a function are seen where `QuickLook` looks for them."""

    def tried(a: int = 1, *, b: int = 2) -> int:
        return a

    namespace: dict[str, Any] = {"a": 1}
    seen = set[bytes]()
    for change in (
        lambda: None,
        lambda: namespace.update(a=2),
        lambda: namespace.update(b=2),
        lambda: namespace.pop("a"),
    ):
        change()
        seen.add(ctypes.string_at(id(namespace) + VERSION, WORD))
    parts = [id(getattr(tried, name)).to_bytes(WORD, sys.byteorder) for name in INSIDES]
    return len(seen) == 4 and ctypes.string_at(id(tried) + CODE, 3 * WORD) == b"".join(parts)


class Originals:
    """The functions and classes of Python, NumPy, PyTorch and the probes as they are when this is made."""

    def __init__(self) -> None:
        warm_optimisers()
        self._namespace = vars(builtins)
        self._builtins = [(name, value) for name, value in self._namespace.items() if _kept(name, value)]
        self._places = list(_places())
        titles = {}
        for place in self._places:
            for name, value in zip(place.names, place.values, strict=True):
                if isinstance(function := getattr(value, "__func__", value), types.FunctionType):
                    titles[function] = f"{place.title}.{name}"
        self._titles: dict[types.FunctionType, str] = titles
        self._insides = [
            Insides(name, tuple(titles), tuple(getattr(function, name) for function in titles)) for name in INSIDES
        ]
        self._look = QuickLook([_namespace(place.owner) for place in self._places], list(titles))

    def put_back(self) -> list[str]:
        """Put back what is not the original any more; the names of what that was."""
        replaced = []
        for name, value in self._builtins:  # first, and with no help of any function that may be another by now
            if name not in self._namespace or self._namespace[name] is not value:
                self._namespace[name] = value
                replaced += [name]
        places, functions = self._look.changed()
        for place in places:
            replaced += _put_back(self._places[place])
        for inside in self._insides if functions else ():
            now = map(attrgetter(inside.name), inside.functions)
            if not all(map(is_, now, inside.values)):
                for function, value in zip(inside.functions, inside.values, strict=True):
                    if getattr(function, inside.name) is not value:
                        setattr(function, inside.name, value)
                        replaced.append(self._titles[function])
        return list(dict.fromkeys(replaced))


def _namespace(owner: Any) -> dict[str, Any]:
    """The dictionary of a module or class, which a class shows by a proxy alone."""
    found: dict[str, Any] = vars(owner) if isinstance(owner, types.ModuleType) else gc.get_referents(vars(owner))[0]
    return found


def _put_back(place: OriginalNamespace) -> list[str]:
    now, replaced = vars(place.owner), list[str]()
    if not all(map(is_, map(now.get, place.names), place.values)):
        for name, value in zip(place.names, place.values, strict=True):
            if now.get(name) is not value and not _by_the_library(now.get(name), value):
                setattr(place.owner, name, value)
                replaced.append(f"{place.title}.{name}")
    if isinstance(place.owner, type) and len(now) > len(place.all):
        for name in set(now) - place.all:
            if any(name in vars(base) for base in place.owner.__mro__[1:]):  # it hides what was inherited
                delattr(place.owner, name)
                replaced.append(f"{place.title}.{name}")
    return replaced


def warm_optimisers() -> None:
    """Make one of each: PyTorch itself replaces the `step` of each class when its first object is made."""
    for made in list(vars(torch.optim).values()):
        if isinstance(made, type) and issubclass(made, torch.optim.Optimizer) and made is not torch.optim.Optimizer:
            make: Callable[[Any], Any] = made
            make([torch.nn.Parameter(torch.zeros(2, 2))])


def _kept(name: str, value: Any) -> bool:
    return callable(value) and (not name.startswith("_") or name in KEPT_BUILTINS)


def _places() -> Iterator[OriginalNamespace]:
    """Every module and class whose attributes are remembered."""
    seen: set[type] = set()
    for module in _modules():
        ours = module.__name__.partition(".")[0] in OURS
        found = [
            (name, value)
            for name, value in vars(module).items()
            if (ours or not name.startswith("_"))
            and name not in THEIR_OWN
            and (callable(value) or isinstance(value, types.ModuleType))
        ]
        yield _place(module, module.__name__, found)
        for owner in (value for _, value in found if isinstance(value, type) and value.__flags__ & HEAP_TYPE):
            if owner not in seen:
                seen.add(owner)
                methods = [item for item in vars(owner).items() if callable(item[1]) or isinstance(item[1], WRAPPERS)]
                yield _place(owner, f"{owner.__module__}.{owner.__qualname__}", methods)


def _place(owner: Any, title: str, found: list[tuple[str, Any]]) -> OriginalNamespace:
    return OriginalNamespace(
        owner, title, tuple(name for name, _ in found), tuple(value for _, value in found), frozenset(vars(owner))
    )


def _modules() -> Iterable[types.ModuleType]:
    ours = [name for name in sys.modules if name.partition(".")[0] in OURS]
    found = (sys.modules.get(name) for name in (*LIBRARIES, *ours))
    return [module for module in found if isinstance(module, types.ModuleType)]


def _by_the_library(now: Any, before: Any) -> bool:
    """Whether PyTorch itself has wrapped one of its functions, as its compiler does."""
    code = getattr(now, "__code__", None)
    within = isinstance(code, types.CodeType) and code.co_filename.startswith(FOLDER)
    return within and before in (getattr(now, "__wrapped__", None), getattr(now, "_torchdynamo_orig_callable", None))
