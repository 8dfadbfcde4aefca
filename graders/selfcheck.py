"""The public checks on a student's own machine: no reference, no secret, no sandbox, the official verdicts.

from graders import check
check("numpy_forward")                                  in a notebook, on what its cells have defined so far
graders check practical09.ipynb numpy_forward           in a terminal, on the file
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

from graders import notebook
from graders.authoring import Question
from graders.checking import check_seed, run_check, seed_everything
from graders.endings import NOTEBOOK, true_suffix
from graders.errors import IntakeError, UsageError
from graders.model import Check, Outcome, QuestionReport, Verdict
from graders.notebook_file import read_notebook
from graders.recorded import ANSWERS, CHECKS, Recorded
from graders.restoring import restore
from graders.solution import ModuleSolution
from graders.standins.desk import Desk, laid

MARKS = {Outcome.PASSED: "✓", Outcome.SKIPPED: "–"}


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


class SelfCheck:
    """The public checks of a release, on what a notebook has defined.

    Args:
        release: see `release_of`.
        namespace: the names that the notebook's cells have defined.
        answers: question id -> source of the answer cell, for questions answered in writing.
        broken: question id -> the error that its answer cell raised.
    """

    def __init__(
        self,
        release: Release,
        namespace: Mapping[str, Any],
        answers: Mapping[str, str] | None = None,
        broken: Mapping[str, str] | None = None,
    ) -> None:
        self.release = release
        self._broken = dict(broken or {})
        probes = importlib.import_module(f"graders.{release.assignment}.probes")
        self._student = ModuleSolution(namespace, probes, release.parameters, answers)
        self._verdicts: dict[str, dict[str, Verdict]] = {}

    @staticmethod
    def release_of(path: Path) -> Release:
        """The release in a folder, a file's folder, or above it.

        Raises:
            UsageError: there is none, or it cannot be read.
        """
        start = path.resolve()
        for folder in (start, *start.parents):
            answers = folder / CHECKS / ANSWERS
            if answers.is_file():
                try:
                    data = json.loads(answers.read_text("utf-8"))
                    return Release(folder, data["assignment"], data["parameters"], data["questions"])
                except (OSError, ValueError, KeyError) as error:
                    raise UsageError(f"{answers} cannot be read ({error}); take the course's files afresh.") from error
        raise UsageError(f"There is no folder {CHECKS!r} beside the notebook: keep the course's files together.")

    @classmethod
    def of_notebook(cls, path: Path) -> SelfCheck:
        """Execute a notebook's cells in this process, provided cells as they were handed out.

        Raises:
            UsageError: there is no such file, it is no notebook, or there is no release beside it.
        """
        if not path.is_file():
            raise UsageError(f"There is no notebook {path}.")
        release = cls.release_of(path)
        pristine = release.folder / CHECKS / f"{release.assignment}.ipynb"
        try:
            content = path.read_bytes()
            handed_in = read_notebook(content, true_suffix(path.name, content) or NOTEBOOK)
            restored = restore(handed_in, read_notebook(pristine.read_bytes(), pristine.suffix)).notebook
        except IntakeError as error:
            raise UsageError(str(error)) from error
        names, broken = execute(restored, dict(release.parameters) | {"DATA": str(release.folder / "data")})
        return cls(release, names, notebook.answers(restored), broken)

    def verdict(self, question: str, check: Check) -> Verdict:
        """The verdict of one public check; checks that it builds on must have been asked for before."""
        earlier = self._verdicts.setdefault(question, {})
        reference = Recorded(self.release.answers[question], self.release.parameters)
        with _own_randomness():
            seed_everything(check_seed(0, question, check))
            verdict = run_check(check, self.release.question(question), self._student, reference, 0, earlier)
        if verdict.outcome is Outcome.MISSING and question in self._broken:
            verdict = replace(verdict, message=f"{verdict.message} Its cell raised {self._broken[question]}")
        earlier[check.name] = verdict
        return verdict

    def report(self, id: str) -> QuestionReport:
        """The verdicts of all public checks of a question."""
        question = self.release.question(id)
        checks = [check for check in question.checks if check.public and not check.written]
        verdicts = tuple(self.verdict(id, check) for check in checks)
        return QuestionReport(id, question.title, verdicts, sum(check.points for check in checks))


def check(question: str) -> None:
    """Run the public checks of a question on what the notebook has defined so far, and print what they say."""
    try:
        found = SelfCheck(SelfCheck.release_of(Path.cwd()), vars(sys.modules["__main__"]))
        print(text(found.report(question)))
    except UsageError as error:
        print(error)


def check_notebook(path: Path, questions: Sequence[str] = ()) -> Iterator[QuestionReport]:
    """Execute a notebook and run the public checks of some questions, or of all that have any."""
    found = SelfCheck.of_notebook(path)
    for id in questions or tuple(found.release.answers):
        report = found.report(id)
        if report.verdicts:
            yield report


def execute(restored: notebook.Notebook, parameters: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Run the cells; the names that they define, and the question -> error of answer cells that raised."""
    names: dict[str, Any] = {"__name__": "__main__"}
    broken: dict[str, str] = {}
    desk = Desk(names)
    names |= {"get_ipython": lambda: desk, "display": print}
    for cell in notebook.executable(restored, parameters):
        try:
            with laid():
                desk.run(cell.source, f"<cell {cell.index + 1}>")
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a student's cell raises is told, and the rest goes on
            broken[cell.question or ""] = "".join(traceback.format_exception_only(error)).strip()
    return names, broken


def text(report: QuestionReport) -> str:
    """The verdicts as lines for a person."""
    lines = [f"{report.id}: {report.title}"]
    for verdict in report.verdicts:
        lines.append(f"  {MARKS.get(verdict.outcome, '✗')} {verdict.title}")
        if verdict.outcome is not Outcome.PASSED:
            lines += [f"      {note}" for note in (verdict.message, verdict.hint) if note]
    if not report.verdicts:
        lines.append("  There is nothing here that can be checked without a person.")
    return "\n".join(lines)


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
