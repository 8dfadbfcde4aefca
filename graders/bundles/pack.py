"""Packs a course's assignment, the engine and what starts them into one archive."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from graders.lms.archive import archive

PACKAGE = Path(__file__).parents[1]
FILES = Path(__file__).parent / "files"
EXTRA = "grade"
STARTERS = {"gradescope": ("setup.sh", "run_grader", "run_autograder")}
OTHERS = ("setup.sh", "run_grader")
LEFT_OUT = re.compile(r"^(\..*|__pycache__|.*\.pyc)$")


def bundle(
    system: str,
    root: Path,
    assignment: str,
    *,
    profile: str | None,
    secret: bytes,
    limit: int | None = None,
    hours: float = 24.0,
    torch_index: str = "",
) -> bytes:
    """The archive for a system's container: its root holds `setup.sh` and what that system starts.

    Args:
        limit: how many submissions within `hours` are graded.
        torch_index: where smaller builds of PyTorch are.
    """
    told = {"assignment": assignment, "profile": profile, "secret": secret.hex(), "limit": limit, "hours": hours}
    names = STARTERS.get(system, OTHERS)
    files = {name: (FILES / name).read_bytes() for name in names}
    files["requirements.txt"] = requirements().encode()
    files["bundle.json"] = json.dumps(told, indent=1).encode()
    if torch_index:
        files["torch-index.txt"] = torch_index.encode()
    files |= {f"engine/graders/{path}": content for path, content in _tree(PACKAGE)}
    for part in (f"assignments/{assignment}", f"reference/{assignment}", f"graders/{assignment}"):
        if (root / part).is_dir() and (root / part).resolve().parent != PACKAGE:
            files |= {f"course/{part}/{path}": content for path, content in _tree(root / part)}
    return archive(files, frozenset(names))


def requirements() -> str:
    """What the engine needs, each as it is installed here."""
    found = {}
    for line in metadata.requires("graders") or []:
        one = Requirement(line)
        if one.name == "graders" or (one.marker and not one.marker.evaluate({"extra": EXTRA})):
            continue
        marker = str(one.marker).partition(" and extra")[0] if one.marker and "extra" not in str(one.marker) else ""
        version = metadata.version(one.name).partition("+")[0]
        found[one.name] = f"{one.name}=={version}" + (f"; {marker}" if marker else "")
    return "".join(f"{line}\n" for line in sorted(found.values()))


def workflow(notebook: str) -> str:
    """GitHub Classroom's workflow for one notebook."""
    return (FILES / "classroom.yml").read_text("utf-8").replace("NOTEBOOK", notebook)


def _tree(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not path.is_symlink() and not any(LEFT_OUT.match(part) for part in parts):
            yield "/".join(parts), path.read_bytes()
