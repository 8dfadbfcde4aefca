"""What code inside needs of NVIDIA's driver, found on this machine and let in by the least."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DEV = Path("/dev")
NODES = ("nvidia[0-9]*", "nvidiactl", "nvidia-uvm")  # the GPUs, what lists them, and their memory
FILES = ("libcuda.so*", "libnvidia-ptxjitcompiler.so*", "libnvidia-ml.so*")  # which runs, compiles and tells
CURIOSITIES = ("/proc/self/maps",)  # what its libraries read
PIPES = "CUDA_MPS_PIPE_DIRECTORY"  # where a server of MPS is found, if there is one
CHOICES = ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER")  # which GPU is ours
LOADING = """
import ctypes, json
class Link(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("name", ctypes.c_char_p)]
found = []
for name in ("libcuda.so.1", "libnvidia-ml.so.1"):
    try:
        library = ctypes.CDLL(name)
    except OSError:
        continue
    link = ctypes.POINTER(Link)()
    if ctypes.CDLL(None).dlinfo(ctypes.c_void_p(library._handle), 2, ctypes.byref(link)) == 0:
        found.append(link.contents.name.decode())
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Driver:
    """What is let in of it.

    Attributes:
        devices: its device nodes.
        libraries: its files that lie outside the folders of libraries that are shown anyway.
        search: folders in which libraries are looked for before the usual ones.
        pipes: the folder of a server of MPS, where processes may share one.
    """

    devices: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    pipes: str = ""


def find(shown: Sequence[str], alone: bool = True) -> Driver:
    """What this machine has of it.

    Args:
        shown: the folders of libraries that code inside sees anyway.
        alone: whether to share no server of MPS with others.
    """
    asked = subprocess.run([sys.executable, "-I", "-S", "-c", LOADING], capture_output=True, text=True, check=True)
    loaded = [Path(name) for name in json.loads(asked.stdout)]  # as the loader found them: links, mostly
    folders = {path.parent for found in loaded for path in (found, found.resolve())}
    outside = [folder for folder in folders if not any(folder.is_relative_to(known) for known in shown)]
    wanted = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    return Driver(
        devices=tuple(sorted(str(path) for name in NODES for path in DEV.glob(name))),
        libraries=tuple(sorted({str(path) for folder in outside for name in FILES for path in folder.glob(name)})),
        search=tuple(folder for folder in wanted if folder and Path(folder) in {path.parent for path in loaded}),
        pipes="" if alone else os.environ.get(PIPES, ""),
    )


def choice() -> dict[str, str]:
    """The variables of our environment that say which of the GPUs is ours."""
    return {name: os.environ[name] for name in CHOICES if name in os.environ}
