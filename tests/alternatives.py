"""Shared by the tests of grader modules: the reference of Practical 9, its alternatives, and marks in this process."""

import functools
import importlib
import importlib.util
import random
import sys
from collections.abc import Mapping
from inspect import isfunction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from graders import CallError, Failed, Question
from graders.authoring.alternative import Alternative
from graders.authoring.solution import ModuleSolution
from graders.catalog.grader_package import PACKAGE, load_probes

FOLDER = Path(__file__).parents[1] / "reference" / "practical09"
probes = load_probes("practical09", PACKAGE / "practical09")
PROBES: Mapping[str, Any] = {
    f"{module}.{name}": value
    for module, inner in vars(probes).items()
    if isinstance(inner, ModuleType)
    for name, value in vars(inner).items()
    if isfunction(value) and value.__module__ == inner.__name__ and not name.startswith("_")
}


@functools.cache
def reference_modules() -> dict[str, ModuleType]:
    """The modules of the reference folder, as a package of their own."""
    package = "tested_reference_practical09"
    spec = importlib.util.spec_from_loader(package, loader=None, is_package=True)
    assert spec is not None
    spec.submodule_search_locations = [str(FOLDER)]
    sys.modules[package] = importlib.util.module_from_spec(spec)
    return {path.stem: importlib.import_module(f"{package}.{path.stem}") for path in sorted(FOLDER.glob("*.py"))}


@functools.cache
def namespace() -> Mapping[str, Any]:
    """Every name that the reference defines."""
    names: dict[str, Any] = {}
    for stem, module in reference_modules().items():
        if not stem.startswith(("misconceptions", "variants")):
            names |= {name: value for name, value in vars(module).items() if not name.startswith("__")}
    return names


def alternatives(kind: str, question: str) -> list[Alternative]:
    """The misconceptions or variants of a question."""
    modules = [module for stem, module in reference_modules().items() if stem.startswith(kind)]
    found = {
        value.name: value for module in modules for value in vars(module).values() if isinstance(value, Alternative)
    }
    return [value for value in found.values() if value.question == question]


def named(name: str) -> Alternative:
    """One misconception or variant."""
    for stem, module in reference_modules().items():
        if stem.startswith(("misconceptions", "variants")) and isinstance(vars(module).get(name), Alternative):
            return vars(module)[name]
    raise KeyError(name)


def solution(alternative: Alternative | None = None, **changes: Any) -> ModuleSolution:
    """The reference, with one alternative put in or with some names changed."""
    names = alternative.applied_to(namespace()) if alternative else dict(namespace())
    return ModuleSolution(names | changes, probes)


def marks(question: Question, student: ModuleSolution, seed: int = 0) -> dict[str, float]:
    """The points that each check gives; predecessors count."""
    earned: dict[str, float] = {}
    passed: set[str] = set()
    for check in question.checks:
        earned[check.name] = 0.0
        if check.run is None or (check.after is not None and check.after not in passed):
            continue
        try:
            check.run(student, solution(), np.random.default_rng(seed))
        except Failed as failed:
            earned[check.name] = failed.keep * check.points
        except CallError:
            continue
        else:
            earned[check.name] = check.points
            passed.add(check.name)
    return earned


def lost(question: Question, student: ModuleSolution, seed: int = 0) -> set[str]:
    """The names of the checks that do not pass, whatever they are worth."""
    failing = set()
    for check in question.checks:
        try:
            assert check.run is not None
            _seed(seed)
            check.run(student, solution(), np.random.default_rng(seed))
        except (Failed, CallError):
            failing.add(check.name)
    return failing


def _seed(seed: int) -> None:
    """Seed what student code draws with, as a session does before each check: power then does not depend on the day."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def refusal(question: Question, check: str, student: ModuleSolution, seed: int = 0) -> Failed:
    """The Failed that a check raises."""
    (found,) = [item for item in question.checks if item.name == check]
    assert found.run is not None
    _seed(seed)
    try:
        found.run(student, solution(), np.random.default_rng(seed))
    except Failed as failed:
        return failed
    raise AssertionError(f"{check} passes")
