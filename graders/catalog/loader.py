"""Finds assignments by folder, and checks that their notebook, reference and grader modules agree."""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from graders.authoring.question import Question
from graders.authoring.solution import Alternative, ModuleSolution
from graders.catalog.reference import Reference, load_reference, sources
from graders.course import find_root, settings_of
from graders.errors import CatalogError, IntakeError, UsageError
from graders.notebooks.notebook import Notebook, answers
from graders.notebooks.notebook_file import read_notebook
from graders.practical09.datasets.imdb import Prepared
from graders.sandbox import Limits
from graders.sandbox.offer import PACKAGES

PACKAGE = Path(__file__).parent
SHARED = (
    "after_marks",
    "authoring",
    "checking",
    "compare",
    "diagnose",
    "engine",
    "plain",
    "replies",
    "restoring",
    "switches",
)


@dataclass(frozen=True)
class Assignment:
    """An ordered set of questions, one notebook, one folder of public data, and the reference that grades them.

    Attributes:
        profiles: profile name -> values of the notebook's parameters cell.
        digests: question id -> hex digest of all that its marks depend on.
        packages: those that an answer may import, as pip writes them.
        with_reviews: the profiles that train on the film reviews.
        reviews: these, where they are needed and here.
        load_reference: gives the reference.
    """

    id: str
    title: str
    folder: Path
    questions: tuple[Question, ...]
    release: Notebook
    limits: Limits
    profiles: Mapping[str, Mapping[str, Any]]
    load_reference: Callable[[], Reference]
    digests: Mapping[str, str]
    packages: tuple[str, ...] = PACKAGES
    with_reviews: frozenset[str] = frozenset()
    reviews: Prepared | None = None

    @property
    def reference(self) -> Reference:
        """The answers that grade it, imported when first asked for."""
        return self.load_reference()

    @property
    def misconceptions(self) -> tuple[Alternative, ...]:
        """Known wrong answers."""
        return self.reference.misconceptions

    @property
    def variants(self) -> tuple[Alternative, ...]:
        """Other right answers."""
        return self.reference.variants

    @property
    def wrong(self) -> tuple[Alternative, ...]:
        """Wrong written answers."""
        return self.reference.wrong

    @property
    def data(self) -> Path:
        """The folder of public data."""
        return self.folder / "data" if self.reviews is None else self.reviews.public

    @property
    def probes_path(self) -> Path:
        """The folder of functions that run beside the student's code."""
        return PACKAGE / self.id / "probes"

    @property
    def digest(self) -> str:
        """One digest of all questions."""
        return hashlib.sha256("".join(self.digests.values()).encode()).hexdigest()

    @property
    def points(self) -> float:
        """Marks of the whole assignment."""
        return sum(question.points for question in self.questions)

    def parameters(self, profile: str) -> Mapping[str, Any]:
        """The parameters of a profile."""
        if profile not in self.profiles:
            raise UsageError(f"{self.id} has no profile {profile!r}; it has {', '.join(self.profiles)}.")
        return self.profiles[profile]

    def prepared(self, profile: str, parameters: Mapping[str, Any], reviews: Prepared | None = None) -> Assignment:
        """The assignment with other parameters for a profile, or with the film reviews; its digests tell of both."""
        changes = [] if parameters == self.parameters(profile) else sorted(parameters.items())
        told = repr((changes, reviews and reviews.public.parent.name))
        digests = {id: hashlib.sha256((digest + told).encode()).hexdigest() for id, digest in self.digests.items()}
        return replace(
            self,
            profiles={**self.profiles, profile: parameters},
            digests=digests if changes or reviews else self.digests,
            reviews=reviews,
        )

    def solution(self, profile: str, alternative: Alternative | None = None) -> ModuleSolution:
        """The reference as a solution, or the reference with one alternative put in."""
        reference = self.reference
        namespace = dict(reference.names)
        if profile in self.with_reviews:
            namespace["REVIEW_LABELS"] = None if self.reviews is None else str(self.reviews.labels)
        written = dict(reference.answers)
        if alternative is not None and alternative.replaces in written:
            written[alternative.question] = alternative.function()
        elif alternative is not None:
            namespace = alternative.applied_to(namespace)
        return ModuleSolution(namespace, reference.probes, self.parameters(profile), written)


def load(id: str, root: Path | None = None) -> Assignment:
    """Load an assignment.

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
        raise CatalogError(f"There is no reference folder for {id}.")
    questions = tuple(
        _with_options(_question(id, name, points), settings.get(name, {}))
        for name, points in settings["questions"].items()
    )
    absent = {question.id for question in questions} - set(answers(release))
    if absent:
        raise CatalogError(f"The notebook of {id} has no answer cell for {', '.join(sorted(absent))}.")
    return Assignment(
        id=id,
        title=settings["title"],
        folder=folder,
        questions=questions,
        release=release,
        limits=_limits(settings.get("limits", {}), folder),
        profiles={name: profile.get("parameters", {}) for name, profile in settings["profiles"].items()},
        packages=tuple(settings.get("packages", PACKAGES)),
        with_reviews=frozenset(name for name, profile in settings["profiles"].items() if profile.get("reviews")),
        load_reference=functools.partial(load_reference, id, answers_in),
        digests={q.id: _digest(root, id, q.id, settings, release) for q in questions},
    )


def _limits(values: Mapping[str, Any], folder: Path) -> Limits:
    known = {field.name for field in fields(Limits)}
    if set(values) - known:
        raise CatalogError(
            f"assignment.toml of {folder.name}: unknown limits {', '.join(sorted(set(values) - known))}."
        )
    return Limits(**values)


def _release(path: Path) -> Notebook:
    try:
        return read_notebook(path.read_bytes(), ".ipynb")
    except (OSError, IntakeError) as error:
        raise CatalogError(f"The notebook {path.name} cannot be read: {error}.") from error


def _question(assignment: str, name: str, points: float) -> Question:
    try:
        module = importlib.import_module(f"graders.{assignment}.{name}")
    except ModuleNotFoundError as error:
        raise CatalogError(f"{assignment} has no grader module for {name} ({error}).") from error
    question = module.question
    if not isinstance(question, Question) or question.id != name:
        raise CatalogError(f"The grader module of {name} must define `question = Question({name!r}, ...)`.")
    shared_out = round(sum(check.points for check in question.checks), 6)
    if shared_out != points or question.points != points:
        raise CatalogError(
            f"{name}: {points} points in assignment.toml, {question.points} declared, {shared_out} shared out."
        )
    return question


def _with_options(question: Question, options: Any) -> Question:
    """The question as its own table in `assignment.toml` wants it."""
    given = options if isinstance(options, Mapping) else {"": None}
    if unknown := sorted(given.keys() - {"machine_marks"}):
        raise CatalogError(f"assignment.toml: {question.id} has no option {', '.join(unknown)!r}.")
    machine_marks = given.get("machine_marks", True)
    if not isinstance(machine_marks, bool):
        raise CatalogError(f"assignment.toml: machine_marks of {question.id} must be true or false.")
    try:
        return question if machine_marks else question.by_person_alone()
    except ValueError as error:
        raise CatalogError(f"assignment.toml: machine_marks of {question.id}: {error}.") from error


def _digest(root: Path, id: str, name: str, settings: Mapping[str, Any], release: Notebook) -> str:
    """What a question's marks depend on: grader and reference, shared modules, limits, and the release's cells."""
    grader, reference = PACKAGE / id, root / "reference" / id
    files = {reference / f"{name}.py", reference / "provided.py"}
    probes = [path for path in (grader / "probes").glob("*.py") if _akin(path.stem, name, settings["questions"])]
    for path in (grader / f"{name}.py", *probes, *(PACKAGE / f"{module}.py" for module in SHARED)):
        _with_imports(path, files)
    files |= {path for folder in ("sandbox", "standins") for path in (PACKAGE / folder).glob("*.py")}
    if _is_calibrated(grader / "calibrated.py", name):
        files |= {grader / "calibrated.py", reference / "calibration.json"}
    hasher = hashlib.sha256()
    for path in sorted(files):
        hasher.update(path.read_bytes() if path.is_file() else b"-")
    for source in sources(reference, name):
        hasher.update(source.encode())
    hasher.update(
        repr(
            (
                (settings["questions"][name], settings.get(name)),
                *(settings.get(key) for key in ("packages", "limits", "profiles")),
            )
        ).encode()
    )
    hasher.update(repr([(cell.grade_id, cell.source) for cell in release.cells if cell.locked]).encode())
    hasher.update(answers(release)[name].encode())
    return hasher.hexdigest()


def _is_calibrated(path: Path, question: str) -> bool:
    """Whether a threshold of this question comes from `calibration.json`."""
    return path.is_file() and f'"{question}"' in path.read_text("utf-8")


def _akin(stem: str, question: str, questions: Container[str]) -> bool:
    """Whether a module of probes serves a question: `training_facts` serves `training`, `sentiment` `sentiment_rnn`.

    One that is named after no question, as `sentiment_imdb`, serves all whose name begins as its own does.
    """
    family = stem.partition("_")[0] == question.partition("_")[0] and stem not in questions
    return family or f"{stem}_".startswith(f"{question}_") or f"{question}_".startswith(f"{stem}_")


def _with_imports(path: Path, found: set[Path]) -> None:
    """Add a file of this package, and the files of this package that it imports."""
    if path in found or not path.is_file():
        return
    found.add(path)
    for name in _imports(path, path.read_bytes(), PACKAGE):
        _with_imports(name.with_suffix(".py"), found)
        if name != PACKAGE:
            _with_imports(name / "__init__.py", found)


@functools.cache
def _imports(path: Path, content: bytes, package: Path) -> tuple[Path, ...]:
    """What a file imports of a package, as paths without an ending."""
    found: list[Path] = []
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.ImportFrom):
            base = path.parents[node.level - 1] if node.level else package.parent
            module = base.joinpath(*(node.module or "").split("."))
            found += [module, *(module / alias.name for alias in node.names)]
    return tuple(name for name in found if name.is_relative_to(package))
