"""A fresh environment with a wheel of this tree and what it asks for, linked from here: nothing is downloaded."""

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@dataclass(frozen=True)
class FreshEnvironment:
    """Its folder; `python` is its interpreter."""

    folder: Path

    @classmethod
    def made_in(cls, folder: Path, wheel: Path, *extras: str) -> "FreshEnvironment":
        """Make it, with the wheel and what it needs with some of its extras."""
        venv.create(folder, with_pip=False)
        (packages,) = folder.glob("lib/python*/site-packages")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(packages)
        (own,) = packages.glob("graders-*.dist-info")
        lines = metadata.Distribution.at(own).requires or []
        for name in needed(lines, extras):
            for place in places(metadata.distribution(name)):
                if not (packages / place.name).exists():
                    (packages / place.name).symlink_to(place)
        return cls(folder)

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    def run(self, *arguments: str, where: Path) -> subprocess.CompletedProcess[str]:
        """Run its interpreter in a folder; its own packages are all that there is."""
        settings = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GRADERS"))}
        return subprocess.run(
            [str(self.python), *arguments],
            cwd=where,
            env=settings,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


def needed(lines: Iterable[str], extras: Iterable[str]) -> set[str]:
    """The names of all distributions that these requirements ask for, and those ask for in turn."""
    found: set[str] = set()
    waiting = [(line, extra) for line in lines for extra in ("", *extras)]
    while waiting:
        line, extra = waiting.pop()
        one = Requirement(line)
        if one.marker is not None and not one.marker.evaluate({"extra": extra}):
            continue
        name = str(canonicalize_name(one.name))
        if name == "graders":  # one extra that is made of others
            waiting += [(other, inner) for other in lines for inner in one.extras]
        elif name not in found:
            found.add(name)
            inner_lines = metadata.distribution(name).requires or []
            waiting += [(other, inner) for other in inner_lines for inner in ("", *one.extras)]
    return found


def places(distribution: metadata.Distribution) -> Iterator[Path]:
    """The files and folders of a distribution next to those of others."""
    heads = {file.parts[0] for file in distribution.files or () if file.parts[0] not in ("..", "__pycache__")}
    for head in sorted(heads):
        yield Path(str(distribution.locate_file(head)))


def wheel_in(folder: Path) -> Path:
    """Build the wheel of this tree, in a copy: what an earlier build has left in the tree is not of it any more."""
    root, tree = Path(__file__).parents[1], folder / "tree"
    shutil.copytree(root / "graders", tree / "graders", ignore=shutil.ignore_patterns("__pycache__"))
    for path in root.iterdir():
        if path.is_file():
            shutil.copy(path, tree)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([*command, str(tree)], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel
