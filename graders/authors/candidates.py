"""Who takes an audit: the reference, an unwritten answer, variants, misconceptions, wrong answers, mutants."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from graders.authoring.alternative import Alternative
from graders.authoring.solution import ModuleSolution
from graders.authors.mutation import Mutant, mutants
from graders.catalog.assignment import Assignment


@dataclass(frozen=True)
class Candidate:
    """Someone who takes the audit on one question.

    Attributes:
        kind: `reference`, `unwritten`, `variant`, `misconception`, `wrong` or `mutant`.
        name: an alternative's name, or a mutant's place and change.
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
    return assignment.solution(assignment.default_profile, _alternative(assignment, candidate))


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
