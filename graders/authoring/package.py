"""What a grader package exports as `PACKAGE`: all that an assignment adds to the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from graders.authoring.question import Question
from graders.authoring.solution import Solution
from graders.model import QuestionReport, ShownResult

Shown = Sequence[tuple[str | None, str]]  # of each cell its name, where it has one, and the text that it printed


class Measure(Protocol):
    """What `graders calibrate` measures of a correct solution, for one seed: named numbers."""

    def __call__(self, solution: Solution, rng: np.random.Generator, /) -> Mapping[str, float]:
        """The numbers."""
        ...


@dataclass(frozen=True)
class Prepared:
    """Where a prepared data set is.

    Attributes:
        public: a folder whose contents student code finds in `DATA`.
        private: what only checks may see, by `reference.private(name)`: a file or a folder.
    """

    public: Path
    private: Path


@dataclass(frozen=True)
class Dataset:
    """A data set that is too large, or too private, to lie next to the notebook.

    Attributes:
        name: as `assignment.toml` names it: `datasets = [name]` in a profile.
        find: from the path that the instructor gave, or None, to where the data set is; it raises `UsageError`, whose
            sentence says what to do, where it is not there.
        prepare: prepares what was found, or finds it prepared, in a folder: `prepare(source, folder, progress)`. The
            folder is another one for each content of the source; `progress(n)` is called with how many steps are done.
        steps: how many steps that takes.
    """

    name: str
    find: Callable[[Path | None], Path]
    prepare: Callable[[Path, Path, Callable[[int], None]], Prepared]
    steps: int = 1


@dataclass(frozen=True)
class AssignmentPackage:
    """What the engine takes from the package `graders.<id>`, besides its sub-packages `probes` and `shims`.

    `probes` holds functions that run alongside student code (`Solution.probe`). `shims`, where there is one, defines
    `install(data)`, called in the warm process before anything else is imported, and `warm_up()`, called before the
    first attempt is forked.

    Attributes:
        questions: in any order; `assignment.toml` says which count, and for how much.
        datasets: those that a profile may ask for.
        shown_results: what a handed-in notebook claims of its results, to be shown next to the verdicts: given what its
            cells printed and the reports of its questions, question id -> result. It never changes a mark.
        measures: (profile, device) -> question id -> what `graders calibrate` measures of a correct solution.
        measured_variants: question id -> the variants of the reference that are measured, too.
    """

    questions: tuple[Question, ...]
    datasets: tuple[Dataset, ...] = ()
    shown_results: Callable[[Shown, Sequence[QuestionReport]], Mapping[str, ShownResult]] | None = None
    measures: Mapping[tuple[str, str], Mapping[str, Measure]] = field(default_factory=dict)
    measured_variants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
