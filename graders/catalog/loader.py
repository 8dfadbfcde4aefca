"""Finds assignments by folder, and checks that their notebook, reference and grader package agree."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graders.authoring.package import AssignmentPackage
from graders.authoring.question import Question
from graders.catalog.agreement import refuse_disagreement
from graders.catalog.assignment import Assignment
from graders.catalog.course import find_root, settings_of
from graders.catalog.digest import digests
from graders.catalog.grader_package import load_package
from graders.catalog.reference import Reference, load_reference
from graders.errors import CatalogError, IntakeError
from graders.notebooks.notebook import Notebook, answers
from graders.notebooks.notebook_file import read_notebook
from graders.sandbox.limits import Limits
from graders.sandbox.offer import PACKAGES


def load(id: str, root: Path | None = None, *, known: Mapping[str, str] | None = None) -> Assignment:
    """Load an assignment.

    Args:
        known: the digests of its questions, where they have been computed a moment ago.

    Raises:
        UsageError: there is no such assignment.
        CatalogError: its files disagree with each other.
    """
    root = root or find_root()
    settings = settings_of(id, root)
    folder = root / "assignments" / id
    release = _release(folder / f"{id}.ipynb")
    answers_in = (root / "reference" / id).resolve()
    if not answers_in.is_dir():
        raise CatalogError(f"There is no reference folder for {id}: write the model answers in reference/{id}/.")
    package, beside = load_package(id, root / "graders")
    questions = tuple(
        _with_options(_question(package, id, name, points), settings.get(name, {}))
        for name, points in settings["questions"].items()
    )
    if not questions:
        raise CatalogError(f"assignment.toml of {id} has no question under [questions]; write `name = points` there.")
    for question in questions:
        _agrees(question.id, id, release, answers_in)
    profiles = settings["profiles"]
    return Assignment(
        id=id,
        title=settings["title"],
        folder=folder,
        questions=questions,
        release=release,
        limits=Limits(**settings.get("limits", {})),
        profiles={name: profile.get("parameters", {}) for name, profile in profiles.items()},
        load_reference=functools.partial(
            _reference,
            id,
            answers_in,
            beside,
            tuple(question.id for question in package.questions),
            tuple(question.id for question in questions if all(check.written for check in question.checks)),
            tuple(settings.get("limits", {}).get("calls", {})),
        ),
        digests=known or digests(beside, answers_in, package, [q.id for q in questions], settings, release),
        package=package,
        beside=beside,
        default_profile=_default_profile(settings, id),
        packages=tuple(settings.get("packages", PACKAGES)),
        datasets={name: _datasets(package, id, name, profile) for name, profile in profiles.items()},
    )


@functools.cache
def _reference(
    id: str, folder: Path, beside: Path, known: tuple[str, ...], written: tuple[str, ...], calls: tuple[str, ...]
) -> Reference:
    """The reference, imported and looked at when it is first asked for."""
    found = load_reference(id, folder, beside)
    refuse_disagreement(found, id, known, written, calls)
    return found


def _agrees(question: str, id: str, release: Notebook, reference: Path) -> None:
    """Check that a question has an answer cell in the notebook, and an answer in the reference."""
    if question not in answers(release):
        raise CatalogError(
            f"The notebook of {id} has no answer cell for {question}: give one in assignments/{id}/{id}.ipynb this "
            "grade_id in its nbgrader metadata."
        )
    if sum(cell.grade_id == question and question in cell.questions for cell in release.cells) > 1:
        raise CatalogError(f"The notebook of {id} has more than one answer cell for {question}: leave one of them.")
    if not (reference / f"{question}.py").is_file():
        raise CatalogError(f"The reference has no answer to {question}: write reference/{id}/{question}.py.")


def _release(path: Path) -> Notebook:
    try:
        return read_notebook(path.read_bytes(), ".ipynb")
    except (OSError, IntakeError) as error:
        why = "it is not there" if isinstance(error, FileNotFoundError) else str(error).rstrip(".")
        raise CatalogError(f"The notebook {path.parent.name}/{path.name} cannot be read: {why}.") from error


def _question(package: AssignmentPackage, assignment: str, name: str, points: float) -> Question:
    question = next((question for question in package.questions if question.id == name), None)
    if question is None:
        known = ", ".join(question.id for question in package.questions) or "none"
        raise CatalogError(f"graders/{assignment} has no question {name}; its PACKAGE has {known}.")
    shared_out = round(sum(check.points for check in question.checks), 6)
    if shared_out != points or question.points != points or not points > 0:
        raise CatalogError(
            f"{name}: {points} points in assignment.toml, {question.points} declared in graders/{assignment}, "
            f"{shared_out} shared out among its checks; make the three equal, and more than 0."
        )
    return question


def _with_options(question: Question, options: Any) -> Question:
    """The question as its own table in `assignment.toml` wants it."""
    given = options if isinstance(options, Mapping) else {"": None}
    if unknown := sorted(given.keys() - {"machine_marks"}):
        raise CatalogError(
            f"assignment.toml: {question.id} has no option {', '.join(unknown)!r}; it has machine_marks."
        )
    machine_marks = given.get("machine_marks", True)
    if not isinstance(machine_marks, bool):
        raise CatalogError(f"assignment.toml: machine_marks of {question.id} must be true or false.")
    try:
        return question if machine_marks else question.by_person_alone()
    except ValueError as error:
        raise CatalogError(f"assignment.toml: machine_marks of {question.id}: {error}.") from error


def _default_profile(settings: Mapping[str, Any], assignment: str) -> str:
    name = str(settings.get("default_profile", next(iter(settings["profiles"]), "")))
    if name not in settings["profiles"]:
        raise CatalogError(
            f"assignment.toml of {assignment} has no profile {name!r} to take for default_profile: write "
            f"[profiles.{name or 'quick'}.parameters], or name one that is there."
        )
    return name


def _datasets(package: AssignmentPackage, assignment: str, name: str, profile: Mapping[str, Any]) -> tuple[str, ...]:
    wanted, known = tuple(profile.get("datasets", ())), [dataset.name for dataset in package.datasets]
    if absent := set(wanted) - set(known):
        raise CatalogError(
            f"Profile {name} of {assignment} asks for the data set {', '.join(sorted(absent))}, which its grader "
            f"package does not have; it has {', '.join(known) or 'none'}: add a Dataset to PACKAGE."
        )
    return wanted
