"""`graders doctor`: what this machine offers, and which walls of the sandbox hold on it."""

from __future__ import annotations

import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version

import torch
from rich.console import Console
from rich.table import Table

import graders
from graders.errors import SandboxError
from graders.report.clean import one_line
from graders.runners.local import cpus
from graders.runners.trials import REMEDY, TRIALS, try_walls
from graders.sandbox import Limits, Sandbox

UNSAFE = 1


def doctor() -> int:
    """Print what is here and which walls hold; 1 when grading would not be safe."""
    console = Console(highlight=False)
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in machine().items():
        table.add_row(name, value)
    console.print(table)
    try:
        with Sandbox(None, None, Limits(memory_mb=512)) as sandbox:
            found = try_walls(sandbox)
    except SandboxError as error:
        console.print(f"\nThere is no sandbox here: {one_line(str(error), 2000)}\n{REMEDY}", markup=False)
        return UNSAFE
    console.print("\nThe sandbox, each wall tried just now:")
    for trial in TRIALS:
        word = "holds" if found[trial.name] else "MISSING" if trial.minimum else "missing"
        console.print(f"  {word:8} {trial.name}", markup=False)
    safe = all(found[trial.name] for trial in TRIALS if trial.minimum)
    console.print("\nGrading is safe here." if safe else f"\nGrading would not be safe here. {REMEDY}", markup=False)
    return 0 if safe else UNSAFE


def machine() -> dict[str, str]:
    """What matters for grading: versions, processors, GPUs, tools."""
    gpus = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    return {
        "graders": graders.__version__,
        "Python": platform.python_version(),
        **{name: _version(name) for name in ("torch", "numpy", "IPython", "SQLAlchemy")},
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "processors": str(cpus()),
        "GPU": ", ".join(gpus) or "none (sentiment training runs on the processor)",
        "bubblewrap": shutil.which("bwrap") or "not installed",
        "user": "root" if os.geteuid() == 0 else "not root",
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
