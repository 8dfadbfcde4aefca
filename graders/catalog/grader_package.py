"""Finds the grader package of an assignment, `graders.<id>`: the engine's only dynamic import of graders."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import pkgutil
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import graders
from graders.authoring.package import AssignmentPackage, Dataset
from graders.authoring.question import Question
from graders.errors import CatalogError

PACKAGE = Path(graders.__file__).parent


def load_package(id: str, own: Path) -> tuple[AssignmentPackage, Path]:
    """What the package of an assignment exports, and its folder.

    Args:
        own: the folder of the course's own grader packages; one that is there counts before one that is installed.

    Raises:
        CatalogError: there is none, or what it exports is not as it should be.
    """
    try:
        module = _module(id, folder_of(id, own))
    except ModuleNotFoundError as error:
        if error.name != f"graders.{id}":
            raise CatalogError(
                f"The grader package graders/{id} cannot be imported: {error}; install it, or mend the import."
            ) from error
        raise CatalogError(f"There is no grader package for {id}: write graders/{id}/__init__.py.") from error
    except CatalogError:
        raise
    except (Exception, SystemExit) as error:
        raise unusable(f"The grader package graders/{id}", error) from error
    package = getattr(module, "PACKAGE", None)
    if not isinstance(package, AssignmentPackage):
        raise CatalogError(f"graders/{id}/__init__.py must define `PACKAGE = AssignmentPackage(questions=...)`.")
    for what, asked in _broken(package):
        raise CatalogError(f"graders/{id}/__init__.py: {what} of PACKAGE must be {asked}.")
    folder = Path(str(module.__file__)).parent
    _look_at_what_runs_inside(id, folder)
    return package, folder


def _broken(package: Any) -> Iterator[tuple[str, str]]:
    """What of an exported package is not as `AssignmentPackage` says, and what it must be."""
    for what, value, kind in (("questions", package.questions, Question), ("datasets", package.datasets, Dataset)):
        if not isinstance(value, tuple | list) or not all(isinstance(item, kind) for item in value):
            yield what, f"a tuple of {kind.__name__} objects"
    ids = [question.id for question in package.questions]
    if len(set(ids)) < len(ids):
        yield "questions", "of different ids"
    if package.shown_results is not None and not callable(package.shown_results):
        yield "shown_results", "a function"
    measured = package.measures.values() if isinstance(package.measures, Mapping) else [None]
    if not all(isinstance(one, Mapping) and all(map(callable, one.values())) for one in measured):
        yield "measures", "a dict: (profile, device) -> question -> function"
    variants = package.measured_variants.values() if isinstance(package.measured_variants, Mapping) else [None]
    if not all(isinstance(names, tuple | list) for names in variants):
        yield "measured_variants", "a dict: question -> names of variants"


def _look_at_what_runs_inside(id: str, folder: Path) -> None:
    """Refuse what the sandbox could not load: modules in place of packages, and shims that lack a function.

    Shims are read and never imported here: they change the process that imports them.
    """
    for name in ("probes", "shims"):
        if (folder / f"{name}.py").exists():
            raise CatalogError(f"graders/{id}/{name}.py must be a package: move it to graders/{id}/{name}/__init__.py.")
    if not (folder / "shims").is_dir():
        return
    names: set[str] = set()
    for path in sorted((folder / "shims").rglob("*.py")):
        try:
            statements = ast.parse(path.read_bytes()).body
        except (SyntaxError, ValueError) as error:
            raise unusable(f"graders/{id}/shims/{path.name}", error) from error
        if path == folder / "shims" / "__init__.py":
            names = {name for statement in statements for name in _bound(statement)}
    if lacking := {"install", "warm_up"} - names:
        raise CatalogError(f"graders/{id}/shims/__init__.py must define {' and '.join(sorted(lacking))}.")


def _bound(statement: ast.stmt) -> list[str]:
    """The names that a statement at the top of a module defines or imports."""
    if isinstance(statement, ast.FunctionDef):
        return [statement.name]
    if isinstance(statement, ast.ImportFrom):
        return [alias.asname or alias.name for alias in statement.names]
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def unusable(what: str, error: BaseException) -> CatalogError:
    """The sentence for code of a course that cannot be imported: what it raised, and in which line."""
    if isinstance(error, ImportError | SyntaxError):
        return CatalogError(f"{what} cannot be imported: {error}.")
    frames = traceback.extract_tb(error.__traceback__)
    last = [frame for frame in frames if not frame.filename.startswith(str(PACKAGE / "authoring"))][-1]
    raised = f"{type(error).__name__}: {error}"
    return CatalogError(f"{what} cannot be imported: {raised} ({Path(last.filename).name}, line {last.lineno}).")


def folder_of(id: str, own: Path) -> Path:
    """Where the package of an assignment is: the course's own, or an installed one."""
    return own / id if (own / id / "__init__.py").is_file() else PACKAGE / id


def _module(id: str, folder: Path) -> ModuleType:
    """The package, imported once a process: under its name another one cannot stand next to it."""
    name, file = f"graders.{id}", folder / "__init__.py"
    if folder.resolve() == (PACKAGE / id).resolve():
        return importlib.import_module(name)
    if (PACKAGE / f"{id}.py").exists() or ((PACKAGE / id).exists() and not (PACKAGE / id / "probes").is_dir()):
        raise CatalogError(f"{folder}: {id} is the name of a part of graders itself; choose another id.")
    loaded = sys.modules.get(name)
    if loaded is None:
        spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=[str(folder)])
        if spec is None or spec.loader is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        loaded = sys.modules[name] = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(loaded)
        except BaseException:
            del sys.modules[name]
            raise
    elif Path(str(loaded.__file__)).resolve() != file.resolve():
        raise CatalogError(
            f"{folder} cannot be used: {Path(str(loaded.__file__)).parent} is in use under the same name."
        )
    return loaded


def load_probes(id: str, folder: Path) -> ModuleType | None:
    """The package `probes` of an assignment, with all its modules; None where it has none.

    It runs alongside student code, and on the trusted side next to the reference, so it imports only what both have:
    what shims put in it imports when it is called.

    Raises:
        CatalogError: it cannot be imported.
    """
    if not (folder / "probes").is_dir():
        return None
    try:
        package = importlib.import_module(name := f"graders.{id}.probes")
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{name}.{module.name}")
        return package
    except (Exception, SystemExit) as error:
        raise unusable(f"The probes graders/{id}/probes", error) from error
