"""`graders doctor`: what this machine offers, and which walls of the sandbox hold on it."""

from __future__ import annotations

import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.console import Console
from rich.table import Table

import graders
from graders.catalog.course import find_root, ids, settings_of
from graders.catalog.grader_package import folder_of
from graders.errors import SandboxError, UsageError
from graders.report.clean import one_line
from graders.runners import mps
from graders.runners.local import cpus
from graders.sandbox.host.gpu.cards import gpus
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.host.walls import Walls
from graders.sandbox.limits import Limits
from graders.sandbox.offer import PACKAGES, wanting
from graders.sandbox.selftest.abilities import try_abilities
from graders.sandbox.selftest.attacks import BEHAVIOURS
from graders.sandbox.selftest.conformance import try_all
from graders.sandbox.selftest.gpu_trial import try_inside, why_not
from graders.sandbox.selftest.trials import REMEDY, TRIALS, try_walls

UNSAFE = 1
INSTALL = "Install what constraints.txt lists, or promise less in assignment.toml."


def doctor() -> int:
    """Print what is here and which walls hold; 1 when grading would not be safe."""
    console = Console(highlight=False)
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in machine().items():
        table.add_row(name, value)
    console.print(table)
    for line in about_gpu():
        console.print(line, markup=False)
    try:
        safe = _holds(console)
    except SandboxError as error:
        console.print(f"\nThere is no sandbox here: {one_line(str(error), 2000)}\n{REMEDY}", markup=False)
        return UNSAFE
    console.print("\nGrading is safe here." if safe else f"\nGrading would not be safe here. {REMEDY}", markup=False)
    return 0 if safe else UNSAFE


def _holds(console: Console) -> bool:
    """Try what answers may use, the walls, and every hostile behaviour, in each configuration that this machine has.

    One sandbox at a time, and without PyTorch in this process: a small container has memory for no more.
    """
    able = [_able(console, *promise) for promise in promises()]
    safe, seen = all(able), list[Walls]()
    for gpu in (False, True):
        for name in ("auto", "none"):
            with Sandbox(None, None, Limits(memory_mb=256), name, gpu=gpu) as sandbox:
                if sandbox.walls in seen:
                    continue
                seen.append(sandbox.walls)
                if len(seen) == 1:
                    safe = _tried(console, sandbox) and safe
                if gpu and name == "auto":
                    why = why_not(try_inside(sandbox))
                    console.print(f"\nStudent code can use a GPU here{f': no, {why}' if why else '.'}", markup=False)
                safe = _contained(console, sandbox) and safe
    return safe


def _tried(console: Console, sandbox: Sandbox) -> bool:
    found = try_walls(sandbox)
    console.print(f"\nThe sandbox here: {configuration(sandbox)}. Each wall, tried just now:", markup=False)
    for trial in TRIALS:
        word = "holds" if found[trial.name] else "MISSING" if trial.minimum else "missing"
        console.print(f"  {word:8} {trial.name}", markup=False)
    console.print()
    return all(found[trial.name] for trial in TRIALS if trial.minimum)


def _able(console: Console, assignment: str, beside: Path | None, packages: tuple[str, ...]) -> bool:
    """Try what an assignment says that answers may use, with all that its own package puts in."""
    with Sandbox(beside, None, Limits(memory_mb=256), packages=packages) as sandbox:
        able, short = try_abilities(sandbox), wanting(packages)
    console.print(f"\nWhat an answer{assignment and f' of {assignment}'} may use here:", markup=False)
    for name, problem in able.items():
        words = "works    " + name if problem is None else f"MISSING  {name} ({one_line(problem, 500)})"
        console.print(f"  {words}", markup=False)
    for phrase in short:
        console.print(f"  MISSING  {phrase}", markup=False)
    whole = not short and not any(able.values())
    if not whole:
        console.print(f"Answers may use less here than the course promises. {INSTALL}", markup=False)
    return whole


def _contained(console: Console, sandbox: Sandbox) -> bool:
    loose = {name: fault for name, fault in try_all(sandbox, BEHAVIOURS).items() if fault}
    kind = "behind bubblewrap" if sandbox.walls.bubblewrap else "without bubblewrap"
    kind += ", with a GPU let in" if sandbox.gpu else ""
    contained = len(BEHAVIOURS) - len(loose)
    console.print(f"{contained} of {len(BEHAVIOURS)} hostile behaviours are contained ({kind}).", markup=False)
    for name, fault in loose.items():
        console.print(f"  NOT CONTAINED: a notebook that {name} ({one_line(fault, 500)})", markup=False)
    return not loose


def about_gpu() -> list[str]:
    """Of each GPU that NVIDIA's tool shows: its memory, and how many students train on it at a time."""
    found = gpus()
    if not found:
        return []
    with mps.server() as served:
        sharing = "at the same time, over a server of MPS" if served else "by turns (no server of MPS starts here)"
    most = Limits().gpu_memory_mb
    return [
        f"GPU {one.index}: {one.name}, {one.free:,} of {one.total:,} MB are free; "
        f"{one.room(bool(served))} students train on it {sharing}; each may take {most:,} MB."
        for one in found
    ]


def promises() -> list[tuple[str, Path | None, tuple[str, ...]]]:
    """Of each assignment here its id, the folder of its grader package, and the packages that it promises.

    The usual packages alone where there are no assignments.
    """
    try:
        root = find_root()
    except UsageError:
        return [("", None, PACKAGES)]
    found = [(id, folder_of(id, root / "graders"), settings_of(id, root).get("packages", PACKAGES)) for id in ids(root)]
    return [(id, beside, tuple(packages)) for id, beside, packages in found] or [("", None, PACKAGES)]


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
    return {
        "graders": graders.__version__,
        "Python": platform.python_version(),
        **{name: _version(name) for name in ("torch", "numpy", "IPython", "SQLAlchemy")},
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "processors": str(cpus()),
        "GPU": ", ".join(gpu.name for gpu in gpus()) or "none (student code runs on the processor)",
        "bubblewrap": shutil.which("bwrap") or "not installed",
        "user": "root" if os.geteuid() == 0 else "not root",
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
