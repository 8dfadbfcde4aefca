"""What an answer may use: one table, which the notebook and the release state, doctor tries, and grade insists on.

Packages stand in `assignment.toml`, or are those of `PACKAGES`; whatever they need themselves may be imported, too, and
nothing else of what happens to be installed. How much memory, how many processes and files there are stands in its
limits.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import PurePosixPath
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from graders.errors import CatalogError

PACKAGES = (
    "numpy>=1.26",
    "scipy>=1.11",
    "torch>=2.3",
    "matplotlib>=3.8",
    "tqdm>=4.66",
    "ipython>=8.18",
    "matplotlib-inline>=0.1.6",
)
NAMES = {"numpy": "NumPy", "scipy": "SciPy", "torch": "PyTorch", "ipython": "IPython", "matplotlib": "Matplotlib"}


@functools.cache
def requirements(packages: tuple[str, ...]) -> tuple[Requirement, ...]:
    """The packages that are asked for on this version of Python.

    Raises:
        CatalogError: one of them is not written as pip has it.
    """
    try:
        wanted = [Requirement(package) for package in packages]
    except InvalidRequirement as error:
        raise CatalogError(
            f'The packages of assignment.toml are not written as pip has them, for instance "numpy>=1.26": {error}.'
        ) from error
    return tuple(one for one in wanted if one.marker is None or one.marker.evaluate())


@functools.cache
def importable(packages: tuple[str, ...] = PACKAGES) -> tuple[str, ...]:
    """The names that an answer may import: of these packages, and of those that they need themselves."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [one.name for one in requirements(packages)]
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in found:
            continue
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        waiting += _needs(found[name].requires or ())
    return tuple(sorted({name for one in found.values() for name in _top_level(one)}))


def _needs(lines: Iterable[str]) -> Iterator[str]:
    for one in map(Requirement, lines):
        if one.marker is None or one.marker.evaluate({"extra": ""}):
            yield one.name


def _top_level(package: metadata.Distribution) -> Iterator[str]:
    """The names under which a package is imported."""
    listed = package.read_text("top_level.txt")
    files = [PurePosixPath(str(file)) for file in (() if listed else package.files or ())]
    heads = {file.parts[0] if len(file.parts) > 1 else file.name.partition(".")[0] for file in files}
    for name in (listed or "").split() or sorted(heads):
        if name.isidentifier():
            yield name


def wanting(packages: tuple[str, ...] = PACKAGES) -> list[str]:
    """What this machine lacks of them, or has in another version: phrases for a person."""
    phrases = []
    for one in requirements(packages):
        try:
            version = metadata.version(one.name)
        except metadata.PackageNotFoundError:
            phrases.append(f"{one.name} is not installed")
            continue
        if not one.specifier.contains(version, prereleases=True):
            phrases.append(f"{one.name} is {version} and not {one.specifier}")
    return phrases


PAGE = """### What your code may use

- **Packages:** {packages},
  and what these need. Others can be imported, too, but are not there: an answer that truly needs one of them is left
  open, and a person looks at it.
- **The machine:** up to {processes} processes and threads at a time, so that a small pool or a `DataLoader` with a few
  workers is fine; {memory_mb} MB of memory; no network.
- **Files:** the folder `DATA`, which is read-only there, and what your own cells write beside the notebook, up to
  {file_mb} MB a file. Modules that you write with `%%writefile` can be imported.
- **Time:** {cell:g} seconds of processor time for a cell, {call:g} for a call of one of your functions; training by the
  marking itself gets what it needs.
- **Processor or GPU:** the marking sets `DEVICE` and gives it to your functions as `device`. Usually it is `"cpu"`;
  where the course trains at full size it may be `"cuda"`. So write `.to(device)`, never `.cuda()`.
- Lines for Colab, Kaggle, editors, plots and progress bars do no harm. `torch.compile` runs your code as it is."""


def page(packages: tuple[str, ...], limits: Any) -> str:
    """The notebook's page on what code may use, as Markdown.

    Args:
        packages: see `PACKAGES`.
        limits: of the assignment (`sandbox.limits.Limits`).
    """
    return PAGE.format(
        packages=words(packages).replace(", Matplotlib", ",\n  Matplotlib"),
        processes=limits.processes,
        memory_mb=limits.memory_mb,
        file_mb=limits.file_mb,
        cell=limits.cell_cpu_seconds,
        call=limits.call_cpu_seconds,
    )


def words(packages: tuple[str, ...] = PACKAGES) -> str:
    """The packages as a reader of the notebook sees them."""
    shown = []
    for one in map(Requirement, packages):
        least = next((str(spec.version) for spec in one.specifier if spec.operator in (">=", "~=", "==")), "")
        name = NAMES.get(one.name, one.name)
        if one.name != "matplotlib-inline":
            shown.append(f"{name} ({least} or newer)" if least else name)
    return ", ".join(shown[:-1]) + f" and {shown[-1]}"
