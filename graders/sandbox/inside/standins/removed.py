"""Names that current libraries have given up, and that students' installations still have, put back.

NumPy 1, SciPy 1.10, IPython 8, older PyTorch, and Python 3.9: what they were is in their release notes. Nothing here
replaces a name that is there.
"""

from __future__ import annotations

import builtins
import collections
import collections.abc
import functools
import importlib
import inspect
import math
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

import IPython.core.display
import IPython.display
import matplotlib_inline.backend_inline as inline
import numpy as np
import scipy
import torch
from torch import nn
from torch.optim import lr_scheduler

NUMPY: dict[str, Any] = {
    **{name: getattr(builtins, name) for name in ("float", "int", "bool", "object", "str", "complex")},
    **{"unicode": str, "long": int, "math": math},
    **dict.fromkeys(("NaN", "NAN"), np.nan),
    **dict.fromkeys(("Inf", "Infinity", "infty", "PINF"), np.inf),
    **{"NINF": -np.inf, "PZERO": 0.0, "NZERO": -0.0},
    **{"float_": np.float64, "complex_": np.complex128, "unicode_": np.str_, "string_": np.bytes_, "bool8": np.bool_},
    **{"singlecomplex": np.complex64, "cfloat": np.complex128, "longfloat": np.longdouble},
    **dict.fromkeys(("longcomplex", "clongfloat"), np.clongdouble),
    **{"int0": np.intp, "uint0": np.uintp, "object0": np.object_, "str0": np.str_, "bytes0": np.bytes_},
    **{"product": np.prod, "cumproduct": np.cumprod, "sometrue": np.any, "alltrue": np.all, "round_": np.round},
    **{"row_stack": np.vstack, "mat": np.asmatrix, "rank": np.ndim, "alen": len, "deprecate": lambda f: f},
    **{"issubsctype": np.issubdtype, "issubclass_": issubclass, "disp": print},
}


def binom_test(x: int, n: int, p: float = 0.5, alternative: str = "two-sided") -> float:
    """The p-value of `scipy.stats.binomtest`."""
    return float(scipy.stats.binomtest(x, n, p, alternative).pvalue)


SCIPY: dict[str, dict[str, str | Callable[..., Any]]] = {  # of each part its former names, by what they are called now
    "scipy.integrate": {"trapz": "trapezoid", "simps": "simpson", "cumtrapz": "cumulative_trapezoid"},
    "scipy.linalg": {"tril": np.tril, "triu": np.triu, "kron": np.kron, "pinv2": np.linalg.pinv},
    "scipy.stats": {"median_absolute_deviation": "median_abs_deviation", "binom_test": binom_test},
}


def install() -> None:
    """Put them back."""
    fill(np, NUMPY)
    fill(np, {f.__name__: f for f in (trapz, in1d, asfarray, msort, asscalar, find_common_type)})
    fill(torch, {f.__name__: f for f in (symeig, lstsq, solve, matrix_rank)}, anew=True)
    fill_when_loaded(SCIPY)
    vars(scipy)["__getattr__"] = _numpy_in_scipy(vars(scipy).get("__getattr__"))
    fill(IPython.display, {"set_matplotlib_formats": inline.set_matplotlib_formats})
    fill(IPython.display, {"set_matplotlib_close": inline.set_matplotlib_close})
    fill(IPython.core.display, vars(IPython.display))
    fill(collections, {name: getattr(collections.abc, name) for name in collections.abc.__all__})
    fill(time, {"clock": time.perf_counter})
    fill(inspect, {"getargspec": lambda f: inspect.getfullargspec(f)[:4]})
    os.environ.setdefault("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")  # whole models, as before torch 2.6
    for scheduler in vars(lr_scheduler).values():
        if inspect.isclass(scheduler) and issubclass(scheduler, lr_scheduler.LRScheduler):
            _without_verbose(scheduler)
    _make("torch._six", {"string_classes": (str, bytes), "int_classes": int, "inf": math.inf, "nan": math.nan})
    _make("torch._six", {"container_abcs": collections.abc, "with_metaclass": None, "PY3": True})
    _make("scipy.misc", {name: _later(name) for name in ("comb", "factorial", "logsumexp")})
    _make("scipy.misc", {"derivative": derivative})
    _make("imp", {"reload": importlib.reload})


def fill(module: ModuleType, names: Mapping[str, Any], anew: bool = False) -> None:
    """Give a module the names that it lacks; `anew` also those that it has only to refuse them."""
    there = dir(module)
    for name, value in list(names.items()):
        if not name.startswith("__") and (anew or name not in there):
            setattr(module, name, value)


def fill_when_loaded(parts: Mapping[str, Mapping[str, str | Callable[..., Any]]]) -> None:
    """Give modules former names: those that are loaded now, the others when they are, for that takes a second."""
    for name in parts:
        if name in sys.modules:
            _fill_part(sys.modules[name], parts[name])
    sys.meta_path.insert(0, Later({name: parts[name] for name in parts if name not in sys.modules}))


def _fill_part(module: ModuleType, names: Mapping[str, str | Callable[..., Any]]) -> None:
    fill(module, {name: getattr(module, now) if isinstance(now, str) else now for name, now in names.items()})


class Later(MetaPathFinder):
    """Finds modules as Python does, and has them filled once they are loaded.

    Args:
        parts: the names of modules, and of each its former names.
    """

    def __init__(self, parts: Mapping[str, Mapping[str, str | Callable[..., Any]]]) -> None:
        self._parts = dict(parts)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's spec, the first time that it is asked for; None for all others."""
        names = self._parts.pop(fullname, None)
        spec = PathFinder.find_spec(fullname, path) if names else None
        if spec is not None and spec.loader is not None and names:
            loader: Any = spec.loader
            load = loader.exec_module

            def load_and_fill(module: ModuleType) -> None:
                load(module)
                _fill_part(module, names)

            loader.exec_module = load_and_fill
        return spec


def _make(name: str, names: Mapping[str, Any]) -> None:
    """A module that is gone."""
    try:
        module = importlib.import_module(name)
    except ImportError:
        module = sys.modules[name] = ModuleType(name, "What older versions had.")
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(importlib.import_module(parent), child, module)
    fill(module, names)


def trapz(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    """`numpy.trapezoid` by its former name."""
    return np.trapezoid(y, x, dx, axis)


def in1d(ar1: Any, ar2: Any, assume_unique: bool = False, invert: bool = False, *, kind: Any = None) -> Any:
    """`numpy.isin` of flattened arrays."""
    return np.isin(np.ravel(ar1), ar2, assume_unique=assume_unique, invert=invert, kind=kind)


def asfarray(a: Any, dtype: Any = np.float64) -> Any:
    """An array of floating-point numbers."""
    return np.asarray(a, dtype if np.issubdtype(dtype, np.inexact) else np.float64)


def msort(a: Any) -> Any:
    """A copy that is sorted along the first axis."""
    return np.sort(a, axis=0)


def asscalar(a: Any) -> Any:
    """The number in an array of one."""
    return a.item()


def find_common_type(array_types: Any, scalar_types: Any) -> Any:
    """The type that holds all of these."""
    return np.result_type(*array_types, *scalar_types)


def derivative(func: Callable[..., Any], x0: float, dx: float = 1.0, n: int = 1, args: Any = (), order: int = 3) -> Any:
    """The first derivative by a central difference of three points, as `scipy.misc.derivative` computed it."""
    return (func(x0 + dx, *args) - func(x0 - dx, *args)) / (2 * dx)


def symeig(input: Any, eigenvectors: bool = False, upper: bool = True) -> Any:
    """`torch.linalg.eigh` by its former name."""
    return torch.linalg.eigh(input, UPLO="U" if upper else "L")


def lstsq(input: Any, A: Any) -> Any:
    """`torch.linalg.lstsq` with its former order of arguments."""
    found = torch.linalg.lstsq(A, input)
    return found.solution, found.residuals


def solve(input: Any, A: Any) -> Any:
    """`torch.linalg.solve` with its former order of arguments, and a factorisation."""
    return torch.linalg.solve(A, input), torch.linalg.lu_factor(A)[0]


def matrix_rank(input: Any, tol: Any = None, symmetric: bool = False) -> Any:
    """`torch.linalg.matrix_rank` by its former name."""
    return torch.linalg.matrix_rank(input, tol=tol, hermitian=symmetric)


def _later(name: str) -> Callable[..., Any]:
    """A function of `scipy.special`, which is loaded when it is called."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return getattr(scipy.special, name)(*args, **kwargs)

    return call


def _numpy_in_scipy(original: Any) -> Callable[[str], Any]:
    """SciPy once gave all names of NumPy."""

    def find(name: str) -> Any:
        try:
            return original(name)
        except AttributeError:
            if name.startswith("_") or not hasattr(np, name):
                raise
            return getattr(np, name)

    return find


def _without_verbose(scheduler: Any) -> None:
    """Let a scheduler accept the argument `verbose`, which only printed."""
    original = scheduler.__init__
    if "verbose" in inspect.signature(original).parameters:
        return

    @functools.wraps(original)
    def start(self: nn.Module, *args: Any, verbose: Any = None, **kwargs: Any) -> None:
        original(self, *args, **kwargs)

    scheduler.__init__ = start
