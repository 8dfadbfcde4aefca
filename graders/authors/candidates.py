"""Who takes an audit: the reference, unwritten and borrowed answers, variants, misconceptions, wrong ones, mutants."""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from graders.authoring.alternative import Alternative
from graders.authoring.solution import ModuleSolution
from graders.authors.mutation import Mutant, mutants
from graders.catalog.assignment import Assignment


@dataclass(frozen=True)
class Candidate:
    """Someone who takes the audit on one question.

    Attributes:
        kind: `reference`, `unwritten`, `borrowed`, `variant`, `misconception`, `wrong` or `mutant`.
        name: an alternative's name, a mutant's place and change, or the function that is borrowed.
        explanation: what a student with the misconception reads.
        index: which mutant of the question's reference module.
        breaks: the rubric's item that a wrong answer must not be given.
    """

    kind: str
    question: str
    name: str
    explanation: str = ""
    index: int = 0
    breaks: str = ""


def candidates(assignment: Assignment, root: Path) -> Iterator[Candidate]:
    """All who take the audit of an assignment, question by question, then its alternatives."""
    for question in assignment.questions:
        if all(check.written for check in question.checks):
            continue
        yield Candidate("reference", question.id, "reference")
        yield Candidate("unwritten", question.id, "unwritten")
        if _own(assignment, question.id):
            yield from (Candidate("borrowed", question.id, name) for name in functions_inside(assignment))
        for number, mutant in enumerate(mutants(_source(assignment, root, question.id))):
            yield Candidate("mutant", question.id, f"line {mutant.line}: {mutant.change}", index=number)
    yield from (Candidate("variant", item.question, item.name) for item in assignment.variants)
    for item in assignment.wrong:
        yield Candidate("wrong", item.question, item.name, breaks=item.breaks)
    for item in assignment.misconceptions:
        yield Candidate("misconception", item.question, item.name, item.explanation)


def solution_of(assignment: Assignment, root: Path, candidate: Candidate) -> ModuleSolution:
    """What a candidate hands in."""
    if candidate.kind == "mutant":
        mutant = mutants(_source(assignment, root, candidate.question))[candidate.index]
        return _mutated(assignment, root, candidate.question, mutant)
    if candidate.kind == "unwritten":
        return _unwritten(assignment, candidate.question)
    if candidate.kind == "borrowed":
        return _borrowed(assignment, candidate.question, functions_inside(assignment)[candidate.name])
    return assignment.solution(assignment.default_profile, _alternative(assignment, candidate))


def functions_inside(assignment: Assignment) -> dict[str, Callable[..., Any]]:
    """Every function and method of the assignment's probes, which run alongside student code, by its full name."""
    probes = assignment.reference.probes
    if probes is None:
        return {}
    found: dict[str, Callable[..., Any]] = {}
    for module in [value for name, value in sorted(sys.modules.items()) if name.startswith(f"{probes.__name__}.")]:
        for name, value in _defined_in(module).items():
            found |= _with_methods(f"{module.__name__.removeprefix(probes.__name__ + '.')}.{name}", value)
    return found


def _with_methods(name: str, value: Any) -> dict[str, Callable[..., Any]]:
    methods = vars(value) if inspect.isclass(value) else {}
    return {name: value} | {f"{name}.{key}": part for key, part in methods.items() if inspect.isfunction(part)}


def _defined_in(module: Any) -> dict[str, Any]:
    """The functions and classes that a module defines itself."""
    return {
        name: value
        for name, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", None) == module.__name__
    }


def _own(assignment: Assignment, question: str) -> dict[str, Any]:
    """The functions and classes of the reference's answer to a question that a student hands in under these names."""
    assignment.load_reference()
    module = sys.modules[f"graders_reference_{assignment.id}.{question}"]
    handed_out = " ".join(cell.source for cell in assignment.release.cells if question in cell.questions)
    return {
        name: value
        for name, value in _defined_in(module).items()
        if re.search(rf"\b(?:def|class) {name}\b", handed_out)
    }


def _borrowed(assignment: Assignment, question: str, function: Callable[..., Any]) -> ModuleSolution:
    """The reference, whose answer to one question is a function that runs alongside student code."""
    solution = assignment.solution(assignment.default_profile)
    for name, value in _own(assignment, question).items():
        solution.namespace[name] = _in_place_of(value, function)
    return solution


def _in_place_of(value: Any, function: Callable[..., Any]) -> Any:
    """The function, or a class like the one given that computes by it."""
    if not inspect.isclass(value):
        return function
    module = issubclass(value, torch.nn.Module)
    methods = ["forward"] if module else [name for name in vars(value) if not name.startswith("__")]
    return type(value.__name__, (value,), dict.fromkeys(methods, function))


def _alternative(assignment: Assignment, candidate: Candidate) -> Alternative | None:
    kinds = {
        "variant": assignment.variants,
        "misconception": assignment.misconceptions,
        "wrong": assignment.wrong,
    }
    known = kinds.get(candidate.kind, ())
    return next((item for item in known if (item.question, item.name) == (candidate.question, candidate.name)), None)


def _source(assignment: Assignment, root: Path, question: str) -> str:
    return (root / "reference" / assignment.id / f"{question}.py").read_text("utf-8")


def _mutated(assignment: Assignment, root: Path, question: str, mutant: Mutant) -> ModuleSolution:
    """The reference with one question's module run from changed source; a module that fails to run defines nothing."""
    package = f"graders_reference_{assignment.id}"
    spec = importlib.util.spec_from_loader(f"{package}.{question}", loader=None)
    if spec is None:
        raise ImportError(question)
    module, solution = importlib.util.module_from_spec(spec), assignment.solution(assignment.default_profile)
    before = vars(sys.modules[f"{package}.{question}"])
    own = {name for name, value in before.items() if getattr(value, "__module__", None) == before["__name__"]}
    plain_values = {name for name in before if name == question}
    for name in own | plain_values:
        solution.namespace.pop(name, None)
    code = compile(mutant.source, f"<mutant of {question}>", "exec")
    try:
        exec(code, vars(module))  # the reference's own source with one change: trusted code
    except Exception:  # noqa: BLE001 - a mutant that cannot even be imported is a student whose cell raises
        return solution
    solution.namespace.update({name: value for name, value in vars(module).items() if not name.startswith("__")})
    return solution


def _unwritten(assignment: Assignment, question: str) -> ModuleSolution:
    """The reference with the names of one question's module taken away."""
    solution = assignment.solution(assignment.default_profile)
    module = sys.modules[f"graders_reference_{assignment.id}.{question}"]
    for name, value in vars(module).items():
        if getattr(value, "__module__", None) == module.__name__ or name == question:
            solution.namespace.pop(name, None)
    return ModuleSolution(solution.namespace, assignment.reference.probes, solution.parameters)
