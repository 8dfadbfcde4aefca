"""What a question's marks depend on, as one digest: a change of it, and of nothing else, grades the question again."""

from __future__ import annotations

import ast
import functools
import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from graders.authoring.package import AssignmentPackage
from graders.catalog.grader_package import PACKAGE
from graders.catalog.reference import sources
from graders.notebooks.notebook import Notebook, answers

SHARED = (  # what every mark depends on, with all that these import
    "authoring/question",
    "authoring/replies",
    "authoring/compare",
    "grading/engine",
    "notebooks/restore",
)
INSIDE = ("sandbox/host", "sandbox/inside")  # folders, whole
PROBE = re.compile(r"""["']([^\W\d]\w*)\.[^\W\d]\w*["']""")  # the module in a probe's name
CALIBRATION = "calibration.json"


def digest(
    grader: Path,
    reference: Path,
    package: AssignmentPackage,
    name: str,
    settings: Mapping[str, Any],
    release: Notebook,
) -> str:
    """The digest of a question: grader and reference, what all share, limits, and the release's cells.

    Args:
        grader: the folder of the grader package.
        reference: the folder of the reference.
    """
    files = {reference / f"{name}.py", reference / "provided.py"}
    for path in (grader / f"{name}.py", *(grader / name).rglob("*.py")):
        _with_imports(path, files, grader.parent)
    for path in _probes_named(files, grader):
        _with_imports(path, files, grader.parent)
    for module in SHARED:
        _with_imports(PACKAGE / f"{module}.py", files, PACKAGE)
    files |= {path for folder in INSIDE for path in (PACKAGE / folder).rglob("*.py")}
    files |= set((grader / "shims").rglob("*.py"))
    if any(name in measured for measured in package.measures.values()):
        files.add(reference / CALIBRATION)
    hasher = hashlib.sha256()
    for path in sorted(files):
        hasher.update(path.read_bytes() if path.is_file() else b"-")
    for source in sources(reference, name):
        hasher.update(source.encode())
    options = settings["questions"][name], settings.get(name)
    hasher.update(repr((options, *(settings.get(key) for key in ("packages", "limits", "profiles")))).encode())
    hasher.update(repr([(cell.grade_id, cell.source) for cell in release.cells if cell.locked]).encode())
    hasher.update(answers(release)[name].encode())
    return hasher.hexdigest()


def _probes_named(files: Iterable[Path], grader: Path) -> list[Path]:
    """The modules of probes that files of a grader package name, as `training` in `"training.run"`; and the package."""
    texts = "".join(path.read_text("utf-8") for path in files if path.is_relative_to(grader))
    return [grader / "probes" / f"{name}.py" for name in ("__init__", *sorted(set(PROBE.findall(texts))))]


def _with_imports(path: Path, found: set[Path], package: Path) -> None:
    """Add a file of `graders`, and the files of `graders` that it imports, those of the engine too."""
    if path in found or not path.is_file():
        return
    found.add(path)
    for name in _imports(path, path.read_bytes(), package):
        for place in {package, PACKAGE}:
            module = place / name
            _with_imports(module.with_suffix(".py"), found, package)
            if name != Path():
                _with_imports(module / "__init__.py", found, package)


@functools.cache
def _imports(path: Path, content: bytes, package: Path) -> tuple[Path, ...]:
    """What a file imports of `graders`, as paths below it without an ending."""
    found: list[Path] = []
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.ImportFrom):
            base = path.parents[node.level - 1] if node.level else package.parent
            module = base.joinpath(*(node.module or "").split("."))
            found += [module, *(module / alias.name for alias in node.names)]
    within = [name for name in found if name.is_relative_to(package)]
    return tuple(name.relative_to(package) for name in within)
