"""Tells whether an exception came about because this machine lacks something, and what."""

from __future__ import annotations

import importlib.util
import os
import re
import socket
import sys
from typing import Any
from urllib.error import URLError

import numpy as np

from graders.sandbox.inside.standins.absent import STATE, NotHere
from graders.sandbox.inside.standins.lines import HOSTED

DEPTH = 10  # how long a chain of exceptions is followed
NETWORK = "the network"
WINDOWS = frozenset(
    {"gaussian", "hann", "hanning", "hamming", "blackman", "bartlett", "boxcar", "kaiser", "cwt", "ricker"}
)
FORMER = {"ptp", "itemset", "newbyteorder", "tostring"}  # methods of arrays in NumPy 1


def lacking(error: BaseException) -> str | None:
    """What was lacking, in few words; None where the fault is the code's own."""
    try:
        return _lacking(error)
    except BaseException:  # noqa: BLE001 - the exception, and all that it tells, may be of the student's own class
        return None


def _lacking(error: BaseException) -> str | None:
    found: BaseException | None = error
    for _ in range(DEPTH):
        if isinstance(found, NotHere):
            return found.thing
        if isinstance(found, (socket.gaierror, URLError)) or _is_of(found, "requests", "urllib3"):
            return NETWORK
        found = found and (found.__cause__ or found.__context__)
    if isinstance(error, ModuleNotFoundError):
        return _package(error)
    if isinstance(error, NameError) and STATE.starred:
        return f"the package `{STATE.starred[0].partition('.')[0]}`"
    if isinstance(error, (FileNotFoundError, PermissionError)):
        return _file(error)
    if isinstance(error, ImportError):
        return _former_import(error)
    return _former(error) if isinstance(error, AttributeError) else None


def _package(error: ModuleNotFoundError) -> str | None:
    """A package that a library wants for what it was asked to do."""
    root = (error.name or "").partition(".")[0]
    return f"the package `{root}`" if root and root not in sys.modules and not importlib.util.find_spec(root) else None


def _file(error: OSError) -> str | None:
    """A file of a hosted service, or one that a command which was left out was to bring; a program, likewise."""
    name = os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes)) else ""
    frame = error.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    if frame and frame.tb_frame.f_code.co_filename.endswith("subprocess.py"):
        return "a program of another machine"
    absent = isinstance(error, FileNotFoundError)
    return "a file of another machine" if name.startswith(HOSTED) or (absent and STATE.undone) else None


def _former(error: AttributeError) -> str | None:
    """A name that NumPy 1 had, and that nothing stands in for."""
    if isinstance(error.obj, np.ndarray) and error.name in FORMER:
        return "an older NumPy"
    expired: Any = getattr(np, "__expired_attributes__", {})
    named = re.match(r"`np\.(\w+)` was removed|module 'numpy' has no attribute '(\w+)'", str(error))
    return "an older NumPy" if named and (named[1] or named[2]) in expired else None


def _former_import(error: ImportError) -> str | None:
    """A name that SciPy had, and that nothing stands in for."""
    named = re.match(r"cannot import name '(\w+)'", str(error))
    return "an older SciPy" if error.name == "scipy.signal" and named and named[1] in WINDOWS else None


def _is_of(error: BaseException | None, *packages: str) -> bool:
    """Whether a package's exception says that something could not be reached."""
    kinds = type(error).__mro__
    return isinstance(error, OSError) and any(kind.__module__.partition(".")[0] in packages for kind in kinds)
