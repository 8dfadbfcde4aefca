"""What the graders know of right and wrong answers: the modules of a reference folder.

They are imported when they are first asked for. Code that only wants to know which questions there are, or which files
marks depend on, is spared importing torch.
"""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from graders.authoring.alternative import Alternative
from graders.catalog.grader_package import load_probes, unusable
from graders.errors import CatalogError

NOT_NAMES = ("misconceptions", "variants", "wrong")


@dataclass(frozen=True)
class Reference:
    """The answers of an assignment, right and wrong.

    Attributes:
        names: every name that the reference and the notebook's provided cells define.
        answers: question id -> model answer of a written question.
        misconceptions: known wrong answers.
        variants: other right answers.
        wrong: wrong written answers, each with the rubric's item that no machine may give it.
        probes: the functions that run alongside a student's code.
    """

    names: Mapping[str, Any]
    answers: Mapping[str, str]
    misconceptions: tuple[Alternative, ...]
    variants: tuple[Alternative, ...]
    probes: ModuleType | None
    wrong: tuple[Alternative, ...] = ()

    @property
    def slow_probes(self) -> frozenset[str]:
        """The probes that modules of probes call `SLOW`: not to be replayed on every misconception."""
        modules = vars(self.probes) if self.probes else {}
        return frozenset(f"{name}.{slow}" for name, module in modules.items() for slow in getattr(module, "SLOW", ()))


@functools.cache
def load_reference(id: str, folder: Path, beside: Path) -> Reference:
    """Import the reference of an assignment, and the probes of its grader package, whose folder is `beside`."""
    modules = _modules(folder)
    found = [item for module in modules.values() for item in _alternatives(module)]
    return Reference(
        names=_names(modules),
        answers={stem: str(vars(module)["ANSWER"]) for stem, module in modules.items() if "ANSWER" in vars(module)},
        misconceptions=tuple(item for item, kind in found if kind == "misconceptions"),
        variants=tuple(item for item, kind in found if kind == "variants"),
        wrong=tuple(item for item, kind in found if kind == "wrong"),
        probes=load_probes(id, beside),
    )


def sources(folder: Path, question: str) -> list[str]:
    """The source of every misconception about a question, and of the files they import, without importing any."""
    found: list[str] = []
    for path in sorted(folder.glob("misconceptions*.py")):
        try:
            own = [source for about, source in _decorated(path.read_text("utf-8")) if about == question]
        except (SyntaxError, ValueError) as error:
            raise unusable(f"The reference {folder.name}/{path.name}", error) from error
        beside = _beside(path.read_text("utf-8")) if own else ()
        found += [*own, *((folder / f"{name}.py").read_text("utf-8") for name in beside)]
    return found


@functools.cache
def _beside(text: str) -> tuple[str, ...]:
    """The modules of the same folder that a module imports from."""
    imports = [node for node in ast.parse(text).body if isinstance(node, ast.ImportFrom) and node.level == 1]
    return tuple(dict.fromkeys(node.module for node in imports if node.module))


@functools.cache
def _decorated(text: str) -> tuple[tuple[Any, str], ...]:
    """The first argument of each decorator in a module, and the source of what it decorates."""
    found: list[tuple[Any, str]] = []
    for node in ast.parse(text).body:
        for mark in getattr(node, "decorator_list", ()):
            if isinstance(mark, ast.Call) and mark.args and isinstance(mark.args[0], ast.Constant):
                found.append((mark.args[0].value, ast.unparse(node)))
    return tuple(found)


def _modules(folder: Path) -> dict[str, ModuleType]:
    """The modules of a reference folder, imported as a package of their own so that relative imports work."""
    package = f"graders_reference_{folder.name}"
    spec = importlib.util.spec_from_loader(package, loader=None, is_package=True)
    if spec is None or not folder.is_dir():
        raise CatalogError(f"There is no reference folder {folder}: write the model answers there.")
    spec.submodule_search_locations = [str(folder)]
    sys.modules[package] = importlib.util.module_from_spec(spec)
    stems = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    found: dict[str, ModuleType] = {}
    for stem in stems:
        try:
            found[stem] = importlib.import_module(f"{package}.{stem}")
        except (Exception, SystemExit) as error:
            raise unusable(f"The reference {folder.name}/{stem}.py", error) from error
    return found


def _alternatives(module: ModuleType) -> list[tuple[Alternative, str]]:
    kind = module.__name__.rpartition(".")[2].partition("_")[0]
    return [(value, kind) for value in vars(module).values() if isinstance(value, Alternative) and _own(value, module)]


def _own(alternative: Alternative, module: ModuleType) -> bool:
    return getattr(alternative.function, "__module__", None) == module.__name__


def _names(modules: Mapping[str, ModuleType]) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for stem, module in modules.items():
        if stem.partition("_")[0] not in NOT_NAMES:
            names |= {name: value for name, value in vars(module).items() if not name.startswith("__")}
    return names
