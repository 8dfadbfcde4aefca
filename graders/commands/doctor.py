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
from graders.sandbox.attacks import BEHAVIOURS
from graders.sandbox.conformance import try_all

UNSAFE = 1


def doctor() -> int:
    """Print what is here and which walls hold; 1 when grading would not be safe."""
    console = Console(highlight=False)
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in machine().items():
        table.add_row(name, value)
    console.print(table)
    try:
        with Sandbox(None, None, Limits(memory_mb=256)) as sandbox:
            found = try_walls(sandbox)
            console.print(f"\nThe sandbox here: {configuration(sandbox)}. Each wall, tried just now:", markup=False)
            for trial in TRIALS:
                word = "holds" if found[trial.name] else "MISSING" if trial.minimum else "missing"
                console.print(f"  {word:8} {trial.name}", markup=False)
            loose = {name: fault for name, fault in try_all(sandbox, BEHAVIOURS).items() if fault}
    except SandboxError as error:
        console.print(f"\nThere is no sandbox here: {one_line(str(error), 2000)}\n{REMEDY}", markup=False)
        return UNSAFE
    console.print(f"\n{len(BEHAVIOURS) - len(loose)} of {len(BEHAVIOURS)} hostile behaviours are contained.")
    for name, fault in loose.items():
        console.print(f"  NOT CONTAINED: a notebook that {name} ({one_line(fault, 500)})", markup=False)
    safe = not loose and all(found[trial.name] for trial in TRIALS if trial.minimum)
    console.print("\nGrading is safe here." if safe else f"\nGrading would not be safe here. {REMEDY}", markup=False)
    return 0 if safe else UNSAFE


def configuration(sandbox: Sandbox) -> str:
    """What the sandbox is made of on this machine, in words."""
    holds, walls, group = sandbox.warm().holds, sandbox.walls, sandbox.warm().group
    words = ["behind bubblewrap" if walls.bubblewrap else "without bubblewrap"]
    words += ["namespaces for each attempt"] if holds["nested"] else []
    words += ["another user"] if walls.user is not None else []
    words += [f"Landlock {holds['landlock']}"] if holds["landlock"] else []
    words += ["a filter of system calls"] if holds["seccomp"] else []
    words += [f"a control group for {' and '.join(sorted(group.folders))}"] if group else []
    return ", ".join(words)


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
