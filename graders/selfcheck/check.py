"""The public checks on a student's own machine: no reference, no secret, no sandbox, the official verdicts.

from graders import check
check("numpy_forward")                                  in a notebook, on what its cells have defined so far
graders check NOTEBOOK.ipynb numpy_forward              in a terminal, on the file
"""

from __future__ import annotations

import json
import random
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from graders.authoring.package import AssignmentPackage
from graders.authoring.question import Question
from graders.authoring.solution import ModuleSolution
from graders.catalog.grader_package import load_package, load_probes
from graders.errors import CatalogError, IntakeError, UsageError
from graders.grading.checking import better, check_seed, run_check, seed_everything, worth_another
from graders.grading.recorded import ANSWERS, CHECKS, GRADERS, Recorded
from graders.grading.recording import Recording
from graders.model import Check, Outcome, QuestionReport, Verdict
from graders.notebooks import notebook
from graders.notebooks.endings import NOTEBOOK, true_suffix
from graders.notebooks.notebook_file import read_notebook
from graders.notebooks.restore import restore
from graders.notebooks.sections import section_ends
from graders.sandbox.inside.standins.desk import NotebookShell, laid
from graders.sandbox.inside.switches import Switches

LEFT_ALONE = ("sys.", "os.environ, all of it")  # a student's own streams, and what a test runner keeps there
MARKS = {Outcome.PASSED: "✓", Outcome.SKIPPED: "–", Outcome.PENDING: "–"}


@dataclass(frozen=True)
class Release:
    """What a release says about itself: see `release.public_answers`."""

    folder: Path
    assignment: str
    parameters: Mapping[str, Any]
    answers: Mapping[str, Mapping[str, Any]]
    package: AssignmentPackage
    probes: ModuleType | None

    def question(self, id: str) -> Question:
        """The grader module's question.

        Raises:
            UsageError: the release has no such question.
        """
        if id not in self.answers:
            raise UsageError(f"There is no question {id!r}; the questions are {', '.join(self.answers)}.")
        return next(question for question in self.package.questions if question.id == id)


class SelfCheck:
    """The public checks of a release, on what a notebook has defined.

    Args:
        release: see `release_of`.
        namespace: the names that the notebook's cells have defined.
        answers: question id -> source of the answer cell, for questions answered in writing.
        broken: question id -> the error that its answer cell raised.
        switches: settings of this process, as they were before the notebook.
    """

    def __init__(
        self,
        release: Release,
        namespace: Mapping[str, Any],
        answers: Mapping[str, str] | None = None,
        broken: Mapping[str, str] | None = None,
        switches: Switches | None = None,
    ) -> None:
        self.release = release
        self.broken = dict(broken or {})
        self._probes, self._answers = release.probes, answers
        self._switches = switches or Switches(LEFT_ALONE)
        self._namespace = namespace
        self._best: dict[str, dict[str, Verdict]] = {}
        self._records: dict[tuple[str, str], Recording] = {}

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
                return _read_release(folder, answers)
        raise UsageError(f"There is no folder {CHECKS!r} beside the notebook: keep the course's files together.")

    @classmethod
    def of_notebook(cls, path: Path, questions: Sequence[str] = ()) -> SelfCheck:
        """Execute a notebook's cells in this process, provided cells as they were handed out.

        Each question is judged where its section ends, as it is officially, where later cells may matter at all.

        Args:
            questions: those that will be asked for; all that have public checks when it is empty.

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
            handed_out = read_notebook(pristine.read_bytes(), pristine.suffix)
            restored = restore(handed_in, handed_out).notebook
        except IntakeError as error:
            raise UsageError(str(error)) from error
        cells = notebook.executable(restored, dict(release.parameters) | {"DATA": str(release.folder / "data")})
        names: dict[str, Any] = {"__name__": "__main__", "display": print}
        desk = NotebookShell(names)
        names["get_ipython"] = lambda: desk
        found = cls(release, names, notebook.answers(restored))
        ends = section_ends(restored, handed_out, cells)
        for position, cell in enumerate(cells):
            asked = [id for id in questions or release.answers if ends.get(id) == position]
            found.judge_here(asked)
            if (raised := execute(cell, desk)) is not None:
                found.broken[cell.question or ""] = raised
        return found

    def judge_here(self, questions: Sequence[str]) -> None:
        """Run the public checks of some questions on what is defined now; names that they change are put back."""
        before = dict(self._namespace)
        for id in questions:
            for check in public_checks(self.release.question(id)):
                self._improve(id, check)
        if questions and isinstance(self._namespace, dict):
            self._namespace.clear()
            self._namespace.update(before)

    def verdict(self, question: str, check: Check) -> Verdict:
        """The verdict of one public check; checks that it builds on must have been asked for before."""
        self._improve(question, check)
        verdict = self._best[question][check.name]
        if verdict.outcome is Outcome.MISSING and question in self.broken:
            verdict = replace(verdict, message=f"{verdict.message} Its cell raised {self.broken[question]}")
        return verdict

    def _improve(self, id: str, check: Check) -> None:
        """Run a check on what is defined now, unless it has passed before; the better verdict counts."""
        best = self._best.setdefault(id, {})
        student = ModuleSolution(self._namespace, self._probes, self.release.parameters, self._answers)
        for settings in (self._switches.at_start, nullcontext):
            known = best.get(check.name)
            if known and not worth_another(check, known, self._records[id, check.name], (), best):
                return
            if settings is nullcontext and not self._switches.moved():
                return
            record = Recording(student)
            reference = Recorded(self.release.answers[id], self.release.parameters)
            with settings(), _own_randomness():
                seed_everything(check_seed(0, id, check))
                verdict = run_check(check, self.release.question(id), record, reference, 0, best)
            if known is None or better(verdict, known):
                best[check.name], self._records[id, check.name] = verdict, record

    def report(self, id: str) -> QuestionReport:
        """The verdicts of all public checks of a question."""
        question = self.release.question(id)
        checks = public_checks(question)
        verdicts = tuple(self.verdict(id, check) for check in checks)
        return QuestionReport(id, question.title, verdicts, sum(check.points for check in checks))


def _read_release(folder: Path, answers: Path) -> Release:
    try:
        data = json.loads(answers.read_text("utf-8"))
        package, beside = load_package(data["assignment"], folder / CHECKS / GRADERS)
        probes = load_probes(data["assignment"], beside)
        return Release(folder, data["assignment"], data["parameters"], data["questions"], package, probes)
    except (OSError, ValueError, KeyError, CatalogError) as error:
        raise UsageError(f"{answers} cannot be read ({error}); take the course's files afresh.") from error


def public_checks(question: Question) -> list[Check]:
    """The checks of a question that a student may run."""
    return [check for check in question.checks if check.public and not check.written]


def check(question: str) -> None:
    """Run the public checks of a question on what the notebook has defined so far, and print what they say."""
    try:
        found = SelfCheck(SelfCheck.release_of(Path.cwd()), vars(sys.modules["__main__"]))
        print(text(found.report(question)))
    except UsageError as error:
        print(error)


def check_notebook(path: Path, questions: Sequence[str] = ()) -> Iterator[QuestionReport]:
    """Execute a notebook and run the public checks of some questions, or of all that have any."""
    found = SelfCheck.of_notebook(path, questions)
    for id in questions or tuple(found.release.answers):
        report = found.report(id)
        if report.verdicts:
            yield report


def execute(cell: notebook.ExecCell, desk: NotebookShell) -> str | None:
    """Run a cell, which defines names; the error that it raised, if it did."""
    try:
        with laid():
            desk.run(cell.source, f"<cell {cell.index + 1}>")
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a student's cell raises is told, and the rest goes on
        return "".join(traceback.format_exception_only(error)).strip()
    return None


def text(report: QuestionReport) -> str:
    """The verdicts as lines for a person."""
    lines = [f"{report.id}: {report.title}"]
    for verdict in report.verdicts:
        lines.append(f"  {MARKS.get(verdict.outcome, '✗')} {verdict.title}")
        if verdict.outcome is not Outcome.PASSED:
            before = report.said_before.get(verdict.check)
            hint = f"The same as above, at “{before}”." if before else verdict.hint
            lines += [f"      {note}" for note in (verdict.message, hint) if note]
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
