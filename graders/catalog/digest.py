"""What a question's marks depend on, as one digest: a change of it, and of nothing else, grades the question again."""

from __future__ import annotations

import ast
import functools
import hashlib
from collections.abc import Container, Mapping
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
    probes = [path for path in (grader / "probes").glob("*.py") if _akin(path.stem, name, settings["questions"])]
    own = [grader / f"{name}.py", *(grader / name).rglob("*.py")]
    for path in (*own, *probes):
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


def _akin(stem: str, question: str, questions: Container[str]) -> bool:
    """Whether a module of probes serves a question: `training_facts` serves `training`, `sentiment` `sentiment_rnn`.

    One that is named after no question, as `waves_common`, serves all whose name begins as its own does.
    """
    family = stem.partition("_")[0] == question.partition("_")[0] and stem not in questions
    return family or f"{stem}_".startswith(f"{question}_") or f"{question}_".startswith(f"{stem}_")


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
