"""An assignment: its questions, its notebook, its data, and the reference that grades it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from graders.authoring.alternative import Alternative
from graders.authoring.package import AssignmentPackage
from graders.authoring.question import Question
from graders.authoring.solution import ModuleSolution
from graders.catalog.reference import Reference
from graders.errors import UsageError
from graders.notebooks.notebook import Notebook
from graders.sandbox.limits import Limits
from graders.sandbox.offer import PACKAGES


@dataclass(frozen=True)
class Data:
    """The data sets of a profile, as they are on this machine.

    Attributes:
        public: the folder that student code sees, with the assignment's own public data.
        private: of each data set its private part; None where it is not here.
        keys: of each data set that is here what depends on its content.
    """

    public: Path | None
    private: Mapping[str, Path | None] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Assignment:
    """An ordered set of questions, one notebook, one folder of public data, and the reference that grades them.

    Attributes:
        package: what `graders.<id>` exports.
        beside: the folder of that package: its `probes` and `shims` run alongside the student's code.
        profiles: profile name -> values of the notebook's parameters cell.
        default_profile: the one that counts where none is named.
        digests: question id -> hex digest of all that its marks depend on.
        packages: those that an answer may import, as pip writes them.
        datasets: profile name -> names of the data sets that it asks for.
        prepared_data: these, once they have been prepared.
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
    package: AssignmentPackage
    beside: Path
    default_profile: str
    packages: tuple[str, ...] = PACKAGES
    datasets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    prepared_data: Data | None = None

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
    def data(self) -> Path | None:
        """The folder of public data; None where there is none."""
        if self.prepared_data is not None:
            return self.prepared_data.public
        return self.own_data

    @property
    def own_data(self) -> Path | None:
        """The folder `data` next to the notebook; None where there is none."""
        return folder if (folder := self.folder / "data").is_dir() else None

    @property
    def in_words(self) -> frozenset[str]:
        """The questions that are answered by text, not by code."""
        return frozenset(question for cell in self.release.cells if cell.kind != "code" for question in cell.questions)

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

    def prepared(self, profile: str, parameters: Mapping[str, Any], data: Data | None = None) -> Assignment:
        """The assignment with other parameters for a profile, or with its data sets; its digests depend on both."""
        changes = [] if parameters == self.parameters(profile) else sorted(parameters.items())
        added = repr((changes, data and [(name, data.keys.get(name)) for name in sorted(data.private)]))
        digests = {id: hashlib.sha256((digest + added).encode()).hexdigest() for id, digest in self.digests.items()}
        return replace(
            self,
            profiles={**self.profiles, profile: parameters},
            digests=digests if changes or data else self.digests,
            prepared_data=data,
        )

    def solution(self, profile: str, alternative: Alternative | None = None) -> ModuleSolution:
        """The reference as a solution, or the reference with one alternative put in."""
        reference = self.reference
        namespace = dict(reference.names)
        here = self.prepared_data.private if self.prepared_data else {}
        private = {name: here.get(name) for name in self.datasets.get(profile, ())}
        written = dict(reference.answers)
        if alternative is not None and alternative.replaces in written:
            written[alternative.question] = alternative.function()
        elif alternative is not None:
            namespace = alternative.applied_to(namespace)
        return ModuleSolution(namespace, reference.probes, self.parameters(profile), written, private)
