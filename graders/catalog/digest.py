"""What a question's marks depend on, as one digest: a change of it, and of nothing else, grades the question again."""

from __future__ import annotations

import ast
import functools
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from graders.authoring.package import AssignmentPackage
from graders.catalog.grader_package import PACKAGE
from graders.catalog.reference import sources
from graders.errors import CatalogError
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


def digests(
    grader: Path,
    reference: Path,
    package: AssignmentPackage,
    names: Iterable[str],
    settings: Mapping[str, Any],
    release: Notebook,
) -> dict[str, str]:
    """Question -> its digest: grader and reference, what all share, limits, and the release's cells.

    Args:
        grader: the folder of the grader package.
        reference: the folder of the reference.
        names: the questions.
    """
    sources = Sources(grader.parent)
    return {name: _digest(grader, reference, package, name, settings, release, sources) for name in names}


class Sources:
    """The source files of a grader package and the engine, each read and parsed once.

    Args:
        package: the folder of which the grader package is a part.
    """

    def __init__(self, package: Path) -> None:
        self._package = package
        self._imported: dict[Path, tuple[Path, ...]] = {}
        self.read = functools.cache(Path.read_bytes)
        self.is_file = functools.cache(Path.is_file)

    def with_imports(self, path: Path, found: set[Path]) -> None:
        """Add a file of `graders`, and the files of `graders` that it imports, those of the engine too."""
        if path in found or not self.is_file(path):
            return
        found.add(path)
        for imported in self._imports(path):
            self.with_imports(imported, found)

    def _imports(self, path: Path) -> tuple[Path, ...]:
        """The files that a file imports."""
        if path not in self._imported:
            names = _imports(path, self.read(path), self._package)
            modules = [place / name for name in names for place in {self._package, PACKAGE}]
            places = [module.with_suffix(".py") for module in modules if module.name]
            places += [module / "__init__.py" for module in modules if module not in (self._package, PACKAGE)]
            self._imported[path] = tuple(filter(self.is_file, places))
        return self._imported[path]


def _digest(
    grader: Path,
    reference: Path,
    package: AssignmentPackage,
    name: str,
    settings: Mapping[str, Any],
    release: Notebook,
    files_of: Sources,
) -> str:
    files = {reference / f"{name}.py", reference / "provided.py"}
    for path in (grader / f"{name}.py", *(grader / name).rglob("*.py")):
        files_of.with_imports(path, files)
    for path in _probes_named(files, grader):
        files_of.with_imports(path, files)
    for module in SHARED:
        files_of.with_imports(PACKAGE / f"{module}.py", files)
    files |= {path for folder in INSIDE for path in (PACKAGE / folder).rglob("*.py")}
    files |= set((grader / "shims").rglob("*.py"))
    if any(name in measured for measured in package.measures.values()):
        files.add(reference / CALIBRATION)
    hasher = hashlib.sha256()
    for path in sorted(files):
        hasher.update(files_of.read(path) if files_of.is_file(path) else b"-")
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


@functools.cache
def _imports(path: Path, content: bytes, package: Path) -> tuple[Path, ...]:
    """What a file imports of `graders`, as paths below it without an ending."""
    found: list[Path] = []
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError) as error:
        raise CatalogError(f"{path.parent.name}/{path.name} cannot be read: {error}.") from error
    for node in _statements(tree):
        if isinstance(node, ast.ImportFrom):
            base = path.parents[node.level - 1] if node.level else package.parent
            module = base.joinpath(*(node.module or "").split("."))
            found += [module, *(module / alias.name for alias in node.names)]
    within = [name for name in found if name.is_relative_to(package)]
    return tuple(name.relative_to(package) for name in within)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """All statements, those within others too; expressions, which import nothing, are passed over."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        within = getattr(node, field, ())
        for statement in within if isinstance(within, list) else ():
            yield statement
            yield from _statements(statement)
