"""Settings of a whole process that a notebook may leave changed, and puts back to how they were; nothing secret.

A cell that makes double precision the default, turns gradients off, or lets NumPy raise must not take marks from
answers that were right when they were written. Runs inside the sandbox, and in the student's own self-check.
"""

from __future__ import annotations

import contextlib
import decimal
import errno
import gc
import locale
import logging
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import matplotlib as mpl
import numpy as np
import torch

UNIMPORTANT = (
    "PYTHON",
    "CUDA",
    "CUBLAS",
    "TOKENIZERS",
    "TORCH",
    "TRITON",
    "KMP",
    "OMP",
    "MKL",
    "TF_",
    "MPL",
    "WANDB",
    "PYTEST",
    "COLUMNS",
    "LINES",
)


@dataclass(frozen=True)
class Switch:
    """One setting.

    Attributes:
        name: what it is, for staff.
        read: gives its value now, which compares with `==`.
        write: gives it a value.
        matters: whether an answer may need what its notebook has set; else it is worth no second try.
    """

    name: str
    read: Callable[[], Any]
    write: Callable[[Any], Any]
    matters: bool = False


def every_switch() -> tuple[Switch, ...]:
    """All that are known here."""
    return (*_torch(), *_numpy(), *_python(), *_system())


class Switches:
    """Remembers how all switches are when it is made, and puts them back."""

    def __init__(self, leave: tuple[str, ...] = ()) -> None:
        """Read them all, but for those whose names begin with one of `leave`."""
        self._leave = leave
        self._start = tuple((switch, switch.read()) for switch in every_switch() if not switch.name.startswith(leave))

    def moved(self) -> list[str]:
        """The names of those that are not as they were, and on which an answer may rely."""
        return [switch.name for switch, value in self._start if switch.matters and not _is(switch, value)]

    def put_back(self) -> None:
        """Set all those that are not as they were."""
        for switch, value in self._start:
            _set(switch, value)

    @contextlib.contextmanager
    def at_start(self) -> Iterator[None]:
        """Within the block they are as they were; afterwards as they are now."""
        now = Switches(self._leave)
        self.put_back()
        try:
            yield
        finally:
            now.put_back()


def _is(switch: Switch, value: Any) -> bool:
    try:
        return bool(switch.read() == value)
    except Exception:  # noqa: BLE001 - a notebook may have put anything there, so it is not what it was
        return False


def _set(switch: Switch, value: Any) -> None:
    if not _is(switch, value):
        with contextlib.suppress(Exception):  # such as a folder that the notebook removed: then it stays as it is
            switch.write(value)


def _torch() -> Iterator[Switch]:
    yield Switch("torch.inference_mode", torch.is_inference_mode_enabled, _inference_mode())
    yield Switch("torch.set_grad_enabled", torch.is_grad_enabled, torch._C._set_grad_enabled)
    yield Switch("torch.set_default_dtype", torch.get_default_dtype, torch.set_default_dtype, matters=True)
    yield Switch("torch.set_default_device", _default_device, torch.set_default_device, matters=True)
    yield Switch("torch.set_anomaly_enabled", torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly)
    yield Switch("torch.use_deterministic_algorithms", _determinism, _set_determinism)
    yield Switch(
        "torch.autocast", lambda: torch.is_autocast_enabled("cpu"), lambda on: torch.set_autocast_enabled("cpu", on)
    )
    yield Switch("torch.set_float32_matmul_precision", *_precision())
    yield Switch("torch.backends.cudnn", _cudnn, _set_cudnn)
    yield Switch("global hooks of torch.nn.Module", *_module_hooks())


def _numpy() -> Iterator[Switch]:
    yield Switch("numpy.seterr", np.geterr, lambda kinds: np.seterr(**kinds))
    yield Switch("numpy.seterrcall", np.geterrcall, np.seterrcall)
    yield Switch("numpy.set_printoptions", _print_options, lambda options: np.set_printoptions(**dict(options)))


def _python() -> Iterator[Switch]:
    filters = warnings.filters
    yield Switch("warnings.filters", lambda: (warnings.filters is filters, list(filters)), _set_filters(filters))
    yield Switch("sys.setrecursionlimit", sys.getrecursionlimit, sys.setrecursionlimit, matters=True)
    yield Switch("sys.set_int_max_str_digits", sys.get_int_max_str_digits, sys.set_int_max_str_digits, matters=True)
    yield Switch("sys.setswitchinterval", sys.getswitchinterval, sys.setswitchinterval)
    yield Switch("sys.settrace", sys.gettrace, sys.settrace)
    yield Switch("sys.setprofile", sys.getprofile, sys.setprofile)
    yield Switch("threading.stack_size", threading.stack_size, threading.stack_size)
    yield Switch("gc.enable", gc.isenabled, lambda on: gc.enable() if on else gc.disable())
    yield Switch("gc.set_threshold", gc.get_threshold, lambda numbers: gc.set_threshold(*numbers))
    yield Switch("logging.disable", lambda: logging.root.manager.disable, logging.disable)
    yield Switch("decimal.setcontext", _decimal, _set_decimal, matters=True)
    yield Switch("locale.setlocale", lambda: locale.setlocale(locale.LC_ALL), partial(locale.setlocale, locale.LC_ALL))
    for name in ("stdin", "stdout", "stderr", "__stdout__", "__stderr__", "displayhook", "excepthook"):
        yield Switch(f"sys.{name}", *_attribute(sys, name))
    yield Switch("matplotlib.rcParams", _rc, _set_rc)


def _system() -> Iterator[Switch]:
    yield Switch("os.environ", _environment, lambda before: None, matters=True)
    yield Switch("os.environ, all of it", lambda: dict(os.environ), _set_environment)
    yield Switch("os.chdir", _folder, os.chdir, matters=True)
    if hasattr(signal, "SIGALRM"):  # not on Windows
        yield Switch("signal.SIGALRM", lambda: signal.getsignal(signal.SIGALRM), _handle(signal.SIGALRM))
        yield Switch("signal.setitimer", lambda: _alarm() > 0, lambda on: signal.setitimer(signal.ITIMER_REAL, 0))


def _inference_mode() -> Callable[[bool], None]:
    guards: list[Any] = []  # a guard holds for as long as it is there

    def write(on: bool) -> None:
        guards.append(torch.inference_mode(on))
        guards[-1].__enter__()

    return write


def _default_device() -> torch.device | None:
    """The default device as `set_default_device` takes it: None where none was ever chosen."""
    chosen = getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None)
    return None if chosen is None else torch.device(chosen.device)


def _determinism() -> tuple[bool, bool]:
    return torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()


def _set_determinism(value: tuple[bool, bool]) -> None:
    torch.use_deterministic_algorithms(value[0], warn_only=value[1])


def _precision() -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    return torch.get_float32_matmul_precision, torch.set_float32_matmul_precision


def _cudnn() -> tuple[bool, bool, bool]:
    cudnn = torch.backends.cudnn
    return cudnn.enabled, cudnn.benchmark, cudnn.deterministic


def _set_cudnn(value: tuple[bool, bool, bool]) -> None:
    cudnn = torch.backends.cudnn
    cudnn.enabled, cudnn.benchmark, cudnn.deterministic = value


def _module_hooks() -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """Hooks that `register_module_forward_hook` and its kin have put on every module there is."""
    module = torch.nn.modules.module
    names = [name for name, value in vars(module).items() if name.startswith("_global_") and isinstance(value, dict)]

    def write(before: list[dict[Any, Any]]) -> None:
        for name, hooks in zip(names, before, strict=True):
            current = getattr(module, name)
            current.clear()
            current.update(hooks)

    return lambda: [dict(getattr(module, name)) for name in names], write


def _print_options() -> list[tuple[str, Any]]:
    return sorted((name, value) for name, value in np.get_printoptions().items() if name != "override_repr")


def _set_filters(filters: Any) -> Callable[[Any], None]:
    def write(value: tuple[bool, list[Any]]) -> None:
        warnings.filters = filters
        warnings.resetwarnings()  # which tells the warnings' own cache that the filters are others
        filters[:] = value[1]

    return write


def _decimal() -> tuple[int, str]:
    context = decimal.getcontext()
    return context.prec, context.rounding


def _set_decimal(value: tuple[int, str]) -> None:
    context = decimal.getcontext()
    context.prec, context.rounding = value


def _attribute(owner: Any, name: str) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    return lambda: getattr(owner, name, None), lambda value: setattr(owner, name, value)


def _rc() -> dict[str, Any]:
    """Matplotlib's settings; item by item, as its own class would copy them, takes eight times as long."""
    return dict(dict.items(mpl.rcParams)) | {"backend": mpl.rcParams["backend"]}


def _set_rc(values: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mpl.rcParams.update(values)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(UNIMPORTANT)}


def _set_environment(before: dict[str, str]) -> None:
    for name in set(os.environ) - set(before):
        del os.environ[name]
    os.environ.update(before)
    if hasattr(time, "tzset"):
        time.tzset()


def _folder() -> str:
    """The current folder; empty where nobody could go back to it: it is gone, or its name is too long."""
    try:
        return os.readlink("/proc/self/cwd")  # noqa: PTH115 - at once; in a very deep folder `getcwd` takes seconds
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return ""
    try:
        return os.getcwd()  # noqa: PTH109 - as it is given to `chdir`
    except OSError:
        return ""


def _handle(number: int) -> Callable[[Any], Any]:
    return lambda handler: signal.signal(number, handler if handler is not None else signal.SIG_DFL)


def _alarm() -> float:
    return signal.getitimer(signal.ITIMER_REAL)[0]
