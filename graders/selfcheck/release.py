"""A release as a student has it: the assignment's public facts, and the reference's recorded answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from graders.authoring.package import AssignmentPackage
from graders.authoring.question import Question
from graders.catalog.grader_package import load_package, load_probes
from graders.errors import CatalogError, IntakeError, UsageError
from graders.grading.recorded import ANSWERS, CHECKS, GRADERS
from graders.model import Check
from graders.notebooks.notebook_file import read_notebook
from graders.sandbox.limits import Limits


@dataclass(frozen=True)
class Release:
    """What a release says about itself: see `authors.release.public_answers`.

    Attributes:
        folder: where it lies.
        assignment: the assignment's id.
        parameters: of the default profile.
        answers: question id -> the reference's recorded answers to its public checks.
        limits: what a cell and a call may use.
        packages: what an answer may import, as pip writes it; None where the release does not say.
        package: what the grader package exports.
        beside: the grader package's folder.
        probes: its probes; None where it has none.
    """

    folder: Path
    assignment: str
    parameters: Mapping[str, Any]
    answers: Mapping[str, Mapping[str, Any]]
    limits: Limits
    packages: tuple[str, ...] | None
    package: AssignmentPackage
    beside: Path
    probes: ModuleType | None

    @property
    def notebook(self) -> Path:
        """The notebook as it was handed out."""
        return self.folder / CHECKS / f"{self.assignment}.ipynb"

    @property
    def data(self) -> Path:
        """The public data."""
        return self.folder / "data"

    @property
    def written(self) -> frozenset[str]:
        """The questions that are answered in text alone.

        Raises:
            UsageError: the notebook that was handed out cannot be read.
        """
        try:
            cells = read_notebook(self.notebook.read_bytes(), self.notebook.suffix).cells
        except (IntakeError, OSError) as error:
            raise UsageError(f"{self.notebook} cannot be read; take the course's files again.") from error
        coded = {id for cell in cells if cell.kind == "code" for id in cell.questions}
        return frozenset(id for cell in cells for id in cell.questions) - coded

    def question(self, id: str) -> Question:
        """The grader module's question.

        Raises:
            UsageError: the release has no such question.
        """
        if id not in self.answers:
            raise UsageError(f"There is no question {id!r}; the questions are {', '.join(self.answers)}.")
        return next(question for question in self.package.questions if question.id == id)


def release_of(path: Path) -> Release:
    """The release in a folder, a file's folder, or above it.

    Raises:
        UsageError: there is none, or it cannot be read.
    """
    start = path.resolve()
    for folder in (start, *start.parents):
        answers = folder / CHECKS / ANSWERS
        if answers.is_file():
            return _read(folder, answers)
    raise UsageError(f"There is no folder {CHECKS!r} next to the notebook: keep the course's files together.")


def _read(folder: Path, answers: Path) -> Release:
    try:
        data = json.loads(answers.read_text("utf-8"))
        package, beside = load_package(data["assignment"], folder / CHECKS / GRADERS)
        return Release(
            folder,
            data["assignment"],
            data["parameters"],
            data["questions"],
            Limits(**data.get("limits", {})),
            tuple(data["packages"]) if "packages" in data else None,
            package,
            beside,
            load_probes(data["assignment"], beside),
        )
    except (OSError, ValueError, KeyError, TypeError, CatalogError) as error:
        raise UsageError(f"{answers} cannot be read ({error}); take the course's files again.") from error


def public_checks(question: Question) -> list[Check]:
    """The checks of a question that a student may run."""
    return [check for check in question.checks if check.public and not check.written]
