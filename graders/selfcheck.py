"""The public checks on a student's own machine: no reference, no secret, no sandbox, the official verdicts.

from graders import check
check("numpy_forward")          # in a notebook, on what its cells have defined so far
$ graders check practical09.ipynb numpy_forward
"""

from __future__ import annotations

import importlib
import json
import random
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from IPython.core.inputtransformer2 import TransformerManager

from graders import notebook
from graders.authoring import Question
from graders.checking import check_seed, run_check, seed_everything
from graders.errors import UsageError
from graders.model import Outcome, QuestionReport, Verdict
from graders.recorded import ANSWERS, CHECKS, Recorded
from graders.solution import ModuleSolution

MARKS = {Outcome.PASSED: "✓", Outcome.PENDING: "…", Outcome.SKIPPED: "–"}


@dataclass(frozen=True)
class Release:
    """What a release says about itself: see `release.public_answers`."""

    folder: Path
    assignment: str
    parameters: Mapping[str, Any]
    answers: Mapping[str, Mapping[str, Any]]

    def question(self, id: str) -> Question:
        """The grader module's question.

        Raises:
            UsageError: the release has no such question.
        """
        if id not in self.answers:
            raise UsageError(f"There is no question {id!r}; the questions are {', '.join(self.answers)}.")
        question: Question = importlib.import_module(f"graders.{self.assignment}.{id}").question
        return question


def find_release(start: Path) -> Release:
    """The release in a folder or above it.

    Raises:
        UsageError: there is none, or it cannot be read.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        path = folder / CHECKS / ANSWERS
        if path.is_file():
            try:
                data = json.loads(path.read_text("utf-8"))
                return Release(folder, data["assignment"], data["parameters"], data["questions"])
            except (OSError, ValueError, KeyError) as error:
                raise UsageError(f"{path} cannot be read ({error}); take it afresh from the course's files.") from error
    raise UsageError(f"No folder {CHECKS!r} beside the notebook or above it: keep the course's files together.")


def check(question: str, *, namespace: Mapping[str, Any] | None = None) -> None:
    """Run the public checks of a question on what the notebook has defined so far, and print what they say."""
    try:
        found = find_release(Path.cwd())
        names = vars(sys.modules["__main__"]) if namespace is None else namespace
        report = check_question(found, question, names)
    except UsageError as error:
        print(error)
        return
    print(text(report))


def check_notebook(path: Path, questions: Sequence[str] = ()) -> Iterator[QuestionReport]:
    """Execute a notebook's cells in this process and run the public checks of some questions, or of all.

    Raises:
        UsageError: there is no such file or release.
        IntakeError: the file is no notebook.
    """
    if not path.is_file():
        raise UsageError(f"There is no file {path}.")
    found = find_release(path.parent)
    pristine = notebook.read_notebook((found.folder / CHECKS / f"{found.assignment}.ipynb").read_bytes(), ".ipynb")
    restored, _ = notebook.restore(notebook.read_notebook(path.read_bytes(), path.suffix), pristine)
    names, broken = execute(restored, dict(found.parameters) | {"DATA": str(found.folder / "data")})
    for id in questions or tuple(found.answers):
        report = check_question(found, id, names, notebook.answers(restored))
        if report.verdicts:
            yield _with_cause(report, broken.get(id))


def execute(restored: notebook.Notebook, parameters: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Run the cells; the names that they define, and the question -> error of answer cells that raised."""
    names: dict[str, Any] = {"__name__": "__main__"}
    broken: dict[str, str] = {}
    transform = TransformerManager().transform_cell
    for cell in notebook.executable(restored, parameters):
        try:
            exec(compile(transform(cell.source), f"<cell {cell.index + 1}>", "exec"), names)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a student's cell raises is told, and the rest goes on
            broken[cell.question or ""] = "".join(traceback.format_exception_only(error)).strip()
    return names, broken


def check_question(
    found: Release, id: str, namespace: Mapping[str, Any], answers: Mapping[str, str] | None = None
) -> QuestionReport:
    """The verdicts of a question's public checks."""
    question = found.question(id)
    probes = importlib.import_module(f"graders.{found.assignment}.probes")
    student = ModuleSolution(namespace, probes, found.parameters, answers)
    reference = Recorded(found.answers[id], found.parameters)
    verdicts: dict[str, Verdict] = {}
    for item in question.checks:
        if item.public and not item.written:
            with _own_randomness():
                seed_everything(check_seed(0, id, item))
                verdicts[item.name] = run_check(item, question, student, reference, 0, verdicts)
    possible = sum(verdict.possible for verdict in verdicts.values())
    return QuestionReport(id, question.title, tuple(verdicts.values()), possible)


def text(report: QuestionReport) -> str:
    """The verdicts as lines for a person."""
    lines = [f"{report.id}: {report.title}"]
    for verdict in report.verdicts:
        lines.append(f"  {MARKS.get(verdict.outcome, '✗')} {verdict.title}")
        if verdict.outcome not in (Outcome.PASSED, Outcome.PENDING):
            lines += [f"      {note}" for note in (verdict.message, verdict.hint) if note]
    if not report.verdicts:
        lines.append("  There is nothing here that can be checked without a person.")
    return "\n".join(lines)


def _with_cause(report: QuestionReport, error: str | None) -> QuestionReport:
    if error is None:
        return report
    note = f"Its cell raised {error}"
    verdicts = tuple(
        v if v.outcome is not Outcome.MISSING else replace(v, message=f"{v.message} {note}") for v in report.verdicts
    )
    return replace(report, verdicts=verdicts)


@contextmanager
def _own_randomness() -> Iterator[None]:
    """Leave the student's generators as they were."""
    state = random.getstate(), np.random.get_state(), torch.get_rng_state()
    try:
        yield
    finally:
        random.setstate(state[0])
        np.random.set_state(state[1])
        torch.set_rng_state(state[2])
