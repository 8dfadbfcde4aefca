"""Finds assignments by folder, and checks that their notebook, reference and grader modules agree."""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib
import importlib.util
import inspect
import os
import sys
import tomllib
from collections.abc import Container, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from graders.authoring import Question
from graders.errors import CatalogError, IntakeError, UsageError
from graders.imdb import Prepared
from graders.notebook import Notebook, answers
from graders.notebook_file import read_notebook
from graders.sandbox import Limits
from graders.solution import Alternative, ModuleSolution

PACKAGE = Path(__file__).parent
SHARED = ("authoring", "checking", "compare", "diagnose", "engine", "plain", "restoring")


@dataclass(frozen=True)
class Assignment:
    """An ordered set of questions, one notebook, one folder of public data, and the reference that grades them.

    Attributes:
        profiles: profile name -> values of the notebook's parameters cell.
        reference: every name that the reference and the notebook's provided cells define.
        reference_answers: question id -> model answer of a written question.
        digests: question id -> hex digest of all that its marks depend on.
        with_reviews: the profiles that train on the film reviews.
        reviews: these, where they are needed and here.
    """

    id: str
    title: str
    folder: Path
    questions: tuple[Question, ...]
    release: Notebook
    limits: Limits
    profiles: Mapping[str, Mapping[str, Any]]
    reference: Mapping[str, Any]
    reference_answers: Mapping[str, str]
    misconceptions: tuple[Alternative, ...]
    variants: tuple[Alternative, ...]
    probes: ModuleType
    digests: Mapping[str, str]
    with_reviews: frozenset[str] = frozenset()
    reviews: Prepared | None = None

    @property
    def data(self) -> Path:
        """The folder of public data."""
        return self.folder / "data" if self.reviews is None else self.reviews.public

    @property
    def probes_path(self) -> Path:
        """The folder of functions that run beside the student's code."""
        return Path(str(self.probes.__file__)).parent

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
        namespace = dict(self.reference)
        if profile in self.with_reviews:
            namespace["REVIEW_LABELS"] = None if self.reviews is None else str(self.reviews.labels)
        written = dict(self.reference_answers)
        if alternative is not None and alternative.replaces in written:
            written[alternative.question] = alternative.function()
        elif alternative is not None:
            namespace = alternative.applied_to(namespace)
        return ModuleSolution(namespace, self.probes, self.parameters(profile), written)


def find_root(start: Path | None = None) -> Path:
    """The folder that holds `assignments/` and `reference/`: from GRADERS_ROOT, here or above, or the package's own."""
    if "GRADERS_ROOT" in os.environ:
        return Path(os.environ["GRADERS_ROOT"])
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, PACKAGE.parent):
        if (folder / "assignments").is_dir() and (folder / "reference").is_dir():
            return folder
    raise UsageError(
        "No folder with assignments/ and reference/ here or above; run graders in one, or set GRADERS_ROOT."
    )


def load(id: str, root: Path | None = None) -> Assignment:
    """Load an assignment.

    Raises:
        UsageError: there is no such assignment.
        CatalogError: its files disagree with each other.
    """
    root = root or find_root()
    folder = root / "assignments" / id
    if not id.isidentifier() or not (folder / "assignment.toml").is_file():
        known = sorted(path.parent.name for path in (root / "assignments").glob("*/assignment.toml"))
        raise UsageError(f"There is no assignment {id!r}; this folder has {', '.join(known) or 'none'}.")
    settings = _settings(folder / "assignment.toml")
    release = _release(folder / f"{id}.ipynb")
    modules = _reference(root / "reference" / id)
    questions = tuple(_question(id, name, points) for name, points in settings["questions"].items())
    absent = {question.id for question in questions} - set(answers(release))
    if absent:
        raise CatalogError(f"The notebook of {id} has no answer cell for {', '.join(sorted(absent))}.")
    alternatives = [item for module in modules.values() for item in _alternatives(module)]
    probes = importlib.import_module(f"graders.{id}.probes")
    misconceptions = tuple(a for a, kind in alternatives if kind == "misconceptions")
    return Assignment(
        id=id,
        title=settings["title"],
        folder=folder,
        questions=questions,
        release=release,
        limits=_limits(settings.get("limits", {}), folder),
        profiles={name: profile.get("parameters", {}) for name, profile in settings["profiles"].items()},
        with_reviews=frozenset(name for name, profile in settings["profiles"].items() if profile.get("reviews")),
        reference=_namespace(modules),
        reference_answers={
            question.id: str(vars(modules[question.id])["ANSWER"])
            for question in questions
            if "ANSWER" in vars(modules[question.id])
        },
        misconceptions=misconceptions,
        variants=tuple(a for a, kind in alternatives if kind == "variants"),
        probes=probes,
        digests={q.id: _digest(root, id, q.id, settings, release, misconceptions) for q in questions},
    )


def _settings(path: Path) -> dict[str, Any]:
    try:
        settings = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CatalogError(f"{path.name} of {path.parent.name} cannot be read: {error}.") from error
    for key in ("title", "questions", "profiles"):
        if key not in settings:
            raise CatalogError(f"assignment.toml of {path.parent.name} has no {key!r}.")
    return settings


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


@functools.cache
def _reference(folder: Path) -> dict[str, ModuleType]:
    """The modules of a reference folder, imported as a package of their own so that relative imports work."""
    package = f"graders_reference_{folder.name}"
    spec = importlib.util.spec_from_loader(package, loader=None, is_package=True)
    if spec is None or not folder.is_dir():
        raise CatalogError(f"There is no reference folder for {folder.name}.")
    spec.submodule_search_locations = [str(folder)]
    sys.modules[package] = importlib.util.module_from_spec(spec)
    stems = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    return {stem: importlib.import_module(f"{package}.{stem}") for stem in stems}


def _alternatives(module: ModuleType) -> list[tuple[Alternative, str]]:
    kind = module.__name__.rpartition(".")[2].partition("_")[0]
    return [(value, kind) for value in vars(module).values() if isinstance(value, Alternative) and _own(value, module)]


def _own(alternative: Alternative, module: ModuleType) -> bool:
    return getattr(alternative.function, "__module__", None) == module.__name__


def _namespace(modules: Mapping[str, ModuleType]) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for stem, module in modules.items():
        if stem.partition("_")[0] not in ("misconceptions", "variants"):
            names |= {name: value for name, value in vars(module).items() if not name.startswith("__")}
    return names


def _digest(
    root: Path, id: str, name: str, settings: Mapping[str, Any], release: Notebook, known: tuple[Alternative, ...]
) -> str:
    """What a question's marks depend on: grader and reference, shared modules, limits, and the release's cells."""
    grader, reference = PACKAGE / id, root / "reference" / id
    files = {reference / f"{name}.py", reference / "provided.py"}
    probes = [path for path in (grader / "probes").glob("*.py") if _akin(path.stem, name, settings["questions"])]
    for path in (grader / f"{name}.py", *probes, *(PACKAGE / f"{module}.py" for module in SHARED)):
        _with_imports(path, files)
    files |= {*(PACKAGE / "sandbox").glob("*.py")}
    if _is_calibrated(grader / "calibrated.py", name):
        files |= {grader / "calibrated.py", reference / "calibration.json"}
    hasher = hashlib.sha256()
    for path in sorted(files):
        hasher.update(path.read_bytes() if path.is_file() else b"-")
    for item in known:
        if item.question == name:
            hasher.update(inspect.getsource(item.function).encode())
    hasher.update(repr((settings["questions"][name], settings.get("limits"), settings["profiles"])).encode())
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
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom):
            base = path.parents[node.level - 1] if node.level else PACKAGE.parent
            module = base.joinpath(*(node.module or "").split("."))
            for name in (module, *(module / alias.name for alias in node.names)):
                if name.is_relative_to(PACKAGE):
                    _with_imports(name.with_suffix(".py"), found)
                    if name != PACKAGE:
                        _with_imports(name / "__init__.py", found)
