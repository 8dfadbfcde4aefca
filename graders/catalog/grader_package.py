"""Finds the grader package of an assignment, `graders.<id>`: the engine's only dynamic import of graders."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import graders
from graders.authoring.package import AssignmentPackage
from graders.errors import CatalogError

PACKAGE = Path(graders.__file__).parent


def look_in(folder: Path) -> None:
    """Find grader packages in a folder, too, after those that are installed."""
    if folder.is_dir() and str(folder) not in graders.__path__ and folder != PACKAGE:
        graders.__path__.append(str(folder))
        importlib.invalidate_caches()


def load_package(id: str) -> tuple[AssignmentPackage, Path]:
    """What the package of an assignment exports, and its folder.

    Raises:
        CatalogError: there is none, or what it exports is not as it should be.
    """
    name = f"graders.{id}"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise CatalogError(f"The grader package graders/{id} cannot be imported: {error}.") from error
        raise CatalogError(f"There is no grader package for {id}: write graders/{id}/__init__.py.") from error
    except (ImportError, SyntaxError, TypeError, ValueError) as error:
        raise CatalogError(f"The grader package graders/{id} cannot be imported: {error}.") from error
    package = getattr(module, "PACKAGE", None)
    if not isinstance(package, AssignmentPackage):
        raise CatalogError(f"graders/{id}/__init__.py must define `PACKAGE = AssignmentPackage(questions=...)`.")
    return package, Path(str(module.__file__)).parent


def load_probes(id: str, folder: Path) -> ModuleType | None:
    """The package `probes` of an assignment; None where it has none.

    It runs beside student code, and on the trusted side beside the reference, so it imports only what both have: what
    shims put in it imports when it is called.

    Raises:
        CatalogError: it cannot be imported.
    """
    if not (folder / "probes").is_dir():
        return None
    try:
        return importlib.import_module(f"graders.{id}.probes")
    except (ImportError, SyntaxError) as error:
        raise CatalogError(f"The probes graders/{id}/probes cannot be imported: {error}.") from error
