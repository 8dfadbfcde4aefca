"""How the checks of `training` run the student's functions: models and names to run them on, and second chances."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from graders import CallError, Failed, Outcome, Rng, Solution, finite_numbers
from graders.practical09.training.cell import SYMBOLS, Floats, gradients, losses, model, parts, shapes, size
from graders.practical09.training.held_out import HeldOut, held_out
from graders.practical09.training.judge import Judge
from graders.practical09.training.trace import RunReply, Trace, WatchedReply, outcome_of, trace_of

LETTERS = SYMBOLS[1:]
LIVELY = {"i2h": 1.0, "h2h": 1.7, "h2o": 3.4}  # reach of the weights, the last two over sqrt(H): no step is as another
SHEET = 128  # the notebook's size of the state, which answers may have written down
SIZES = (24, 48)  # other sizes, tried first
EPOCHS, LISTED, PATIENCE = 20, 120, 30  # of a short run: epochs, names in the list, and times the steps that it needs
RATE = 0.004  # the learning rate of a short run
UNSEEN, MANY = 500, 1000  # names of the long run: to measure on, and to train on

Found = TypeVar("Found")


class Unclear(Exception):
    """A run cannot tell: where the next one cannot either, nothing is held against the student."""


def word(rng: Rng, length: int) -> str:
    """Random letters; no two next to each other are the same."""
    letters = [int(rng.integers(26))]
    while len(letters) < length:
        letters.append((letters[-1] + int(rng.integers(1, 26))) % 26)
    return "".join(LETTERS[i] for i in letters)


def some_names(rng: Rng) -> list[str]:
    """As many different short names as a short run needs, of two to four letters."""
    found: dict[str, None] = {}
    while len(found) < LISTED:
        found[word(rng, int(rng.integers(2, 5)))] = None
    return list(found)


def hidden_size(rng: Rng) -> int:
    """A size of the state that nobody can know."""
    return int(rng.integers(*SIZES, endpoint=True))


def weights(rng: Rng, hidden: int, *, lively: bool = True) -> Floats:
    """The weights (P,) of a new model, as float32 holds them; without `lively` as PyTorch draws those of new layers."""
    found = np.empty(size(hidden))
    for name, part in parts(found, hidden).items():
        layer = name.partition(".")[0]
        reach = 1 / np.sqrt(shapes(hidden)[f"{layer}.weight"][1])
        if lively:
            reach = LIVELY[layer] * (1.0 if layer == "i2h" else reach)
        part[...] = rng.uniform(-reach, reach, part.shape).astype(np.float32)
    return found


@dataclass(frozen=True)
class TrainingTask:
    """What `train` is run on.

    Attributes:
        start: (P,) the weights of the model.
        names: the list.
        unseen: names that are not in it.
    """

    hidden: int
    start: Floats
    names: Sequence[str]
    n_epochs: int
    rate: float
    unseen: Sequence[str] = ()

    def run(self, student: Solution, *, asking: bool, whole: bool = True) -> Trace:
        """Train once; with `asking`, `train` finds a `sequence_nll` that asks the grader, in place of the student's.

        Args:
            whole: whether all that is seen on the way is wanted, or what comes of it alone.
        """
        student.require("train")
        most = (PATIENCE if whole else 8) * self.n_epochs * (max(map(len, self.names)) + 1)
        cell = model(self.start, self.hidden)
        options: dict[str, Any] = {"outside": Nll(self.hidden).answer} if asking else {}
        asked = (cell, list(self.names), self.n_epochs, self.rate, most, whole, asking)
        given = (self.names, self.n_epochs, self.start, self.hidden)
        if whole:
            return trace_of(student.probe("training.run", *asked, returns=WatchedReply, **options), *given)
        return outcome_of(student.probe("training.run", *asked, returns=RunReply, **options), *given)


class Nll:
    """Answers what the loss of a name is under some weights, and its gradients."""

    def __init__(self, hidden: int) -> None:
        self.hidden = hidden

    def answer(self, name: Any, given: Any) -> list[Any]:
        """The loss, and the gradient at each weight and bias in order.

        Raises:
            Failed: it is no name, or these are no weights of the model.
        """
        expected = shapes(self.hidden).values()
        if not isinstance(name, str) or not set(name) <= set(LETTERS) or not isinstance(given, list):
            text = "`train` gives `sequence_nll` something that is no name."
            raise Failed(text, hint="Its second argument is one of the names of the list, a string.")
        flat = np.concatenate(
            [
                finite_numbers(part, shape, what="a weight of the model").ravel()
                for part, shape in zip(given, expected, strict=True)
            ]
        )
        found = parts(gradients(flat, self.hidden, [name])[0], self.hidden)
        return [float(losses(flat, self.hidden, [name])[0]), *([part.astype(np.float32) for part in found.values()],)]


def short_task(rng: Rng, rate: float, hidden: int | None = None) -> TrainingTask:
    """Few epochs on short names, with a lively model."""
    hidden = hidden or hidden_size(rng)
    return TrainingTask(hidden, weights(rng, hidden), some_names(rng), EPOCHS, rate)


def short_tasks(rng: Rng) -> list[TrainingTask]:
    """The short run, and the same at the notebook's size; checks with the same draws have the same."""
    return [short_task(rng, RATE), short_task(rng, RATE, SHEET)]


def judged(student: Solution, rng: Rng, judge: Callable[[Judge], None]) -> None:
    """Judge a short run of `train`; see `best_of` for its second chances."""
    best_of(short_tasks(rng), lambda task, asking: judge(Judge(task.run(student, asking=asking))))


def best_of(tasks: Sequence[TrainingTask], judge: Callable[[TrainingTask, bool], Found]) -> Found | None:
    """What the first run says that finds nothing wrong; None where no run can tell.

    The student's two functions were written together, so they are tried together first. Where that raises an error,
    they are tried on the next task, whose model has the size that the notebook speaks of. Where it is not good, `train`
    is tried with the grader's loss, so that a wrong `sequence_nll` is charged once. Where nothing is good, a finding
    that names a mistake is reported, else the first one, else the first error.

    Raises:
        Failed, CallError: no run is good.
    """
    findings: list[Failed | CallError | Unclear] = []
    for task, asking in _chances(tasks, findings):
        try:
            return judge(task, asking)
        except (Failed, Unclear) as finding:
            findings.append(finding)
        except CallError as error:
            if error.outcome is not Outcome.ERROR:
                raise
            findings.append(error)
    failures = [finding for finding in findings if isinstance(finding, Failed)]
    named = [finding for finding in failures if finding.misconception]
    errors = [finding for finding in findings if isinstance(finding, CallError)]
    if not failures and len(errors) < len(findings):
        return None
    raise [*named[-1:], *failures, *errors][0]


def _chances(tasks: Sequence[TrainingTask], findings: Sequence[Exception]) -> Iterator[tuple[TrainingTask, bool]]:
    yield tasks[0], False
    if isinstance(findings[-1], CallError):
        yield tasks[1], False
    yield tasks[0], True


def long_task(rng: Rng, names: list[str], student: Solution, hidden: int) -> TrainingTask:
    """A long run as the profile says, and names to measure on, all with their letters exchanged for others."""
    exchanged = str.maketrans(LETTERS, "".join(rng.permutation(list(LETTERS))))
    chosen = [names[i].translate(exchanged) for i in rng.choice(len(names), UNSEEN + MANY, replace=False)]
    epochs, rate = student.parameters.get("N_EPOCHS", 200), student.parameters.get("LEARNING_RATE", 0.0005)
    start = weights(rng, hidden, lively=False)
    return TrainingTask(hidden, start, chosen[UNSEEN:], epochs, rate, tuple(chosen[:UNSEEN]))


def measured(task: TrainingTask, run: Trace) -> tuple[HeldOut, HeldOut]:
    """How well the model predicts the unseen names before the run, and after it."""
    return held_out(task.start, task.hidden, task.unseen), held_out(run.end, task.hidden, task.unseen)
