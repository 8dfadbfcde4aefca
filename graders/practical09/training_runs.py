"""How the checks of `training` run the student's functions: models and names to run them on, and second chances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graders import CallError, Failed, Outcome, Solution
from graders.practical09.training_held_out import HeldOut, held_out

LETTERS = "abcdefghijklmnopqrstuvwxyz"
UNUSED = "aeinrl"  # in nearly every real name, and in none of those of `some_names`
LIVELY = (1.0, 0.15, 0.3)  # reach of the three layers' weights: states and outputs that differ from step to step
RATE = 0.02  # large enough that the losses of one name differ from step to step
UNSEEN, LISTED = (
    500,
    1000,
)  # names to measure on, and names to train on: as many as there are epochs in the full profile
MANY = 100  # epochs for a `train` that cannot do few, because it reports every hundredth part, say

STILL = "An epoch is the loss of one name, its gradients, and one step of an optimiser that has rnn.parameters()."

Cell = dict[str, Any]
Facts = dict[str, Any]


def defined(solution: Solution, name: str) -> None:
    """Raise the CallError that says why a name is not there, where it is not."""
    if not solution.defines(name):
        solution.value(name)


def cell(rng: np.random.Generator, sizes: tuple[float, float, float] | None = None) -> Cell:
    """A model of the grader's own, for the probes: 128 units, and weights from a seed.

    `sizes` is the reach of its three layers' weights; None is torch's own choice for new layers.
    """
    return {"hidden": 128, "seed": int(rng.integers(2**31)), "sizes": list(sizes) if sizes else None}


def word(rng: np.random.Generator, length: int) -> str:
    """Random letters; no two beside each other are the same."""
    letters = [int(rng.integers(26))]
    while len(letters) < length:
        letters.append((letters[-1] + int(rng.integers(1, 26))) % 26)
    return "".join(LETTERS[i] for i in letters)


def some_names(rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """100 short names in random order, 20 of each kind, and the kinds: four letters each, and no letter in two."""
    used = rng.permutation([letter for letter in LETTERS if letter not in UNUSED])
    kinds = ["".join(used[i : i + 4]) for i in range(0, 20, 4)]
    names = ["".join(rng.choice(list(kind), rng.integers(2, 4))) for kind in kinds for _ in range(20)]
    return [str(name) for name in rng.permutation(names)], kinds


def facts_of(
    student: Solution,
    rng: np.random.Generator,
    name: str,
    n_epochs: int,
    sizes: tuple[float, float, float] | None = None,
    *,
    most: int = 0,
) -> Facts:
    """What `train` does on a list of one name, see the probe `train_facts`.

    Raises:
        Failed: the model is as it was: nothing else that `train` does is worth anything then.
    """
    model = cell(rng, sizes)
    facts: Facts = _chances(
        student,
        lambda own: student.probe("train_facts", model, name, n_epochs, RATE, own=own, most=most),
        lambda: student.probe("train_facts", model, name, MANY, RATE, own=True),
    )
    if not any(facts["moved"].values()):
        _unmoved()
    return facts


def epochs_of(student: Solution, rng: np.random.Generator, name: str, n_epochs: int) -> int:
    """How many losses `train` returns, -1 for no list, at most one more than asked for."""
    model = cell(rng)
    facts = _chances(student, lambda own: student.probe("train_facts", model, name, n_epochs, RATE, own=own))
    return int(facts["returned"])


def names_of(student: Solution, rng: np.random.Generator, n_epochs: int) -> Facts:
    """Which names `train` reads, see the probe `names_read`.

    Raises:
        Failed: the model is as it was.
    """
    names, kinds = some_names(rng)
    model, rate = cell(rng), 0.0005
    read: Facts = _chances(
        student,
        lambda own: student.probe("names_read", model, names, kinds, n_epochs, rate, own=own),
        lambda: student.probe("names_read", model, names, kinds, MANY, rate, own=True),
    )
    if not read["moved"]:
        _unmoved()
    return read


def long_run(student: Solution, rng: np.random.Generator, names: list[str]) -> tuple[HeldOut, HeldOut, list[float]]:
    """Train as the profile says: losses on unseen names before and after, and the losses that `train` returned."""
    defined(student, "train")
    chosen = [names[i] for i in rng.choice(len(names), UNSEEN + LISTED, replace=False)]
    unseen, listed = chosen[:UNSEEN], chosen[UNSEEN:]
    epochs, rate = student.parameters.get("N_EPOCHS", 200), student.parameters.get("LEARNING_RATE", 0.0005)
    model = cell(rng)
    before = held_out(student, student.probe("new_model", model), unseen)

    def run(own: bool) -> Any:
        fresh = student.probe("new_model", model)
        return student.probe("train_model", fresh, listed, epochs, rate, own=own)

    run_of = _chances(student, run)
    return before, held_out(student, run_of["model"], unseen), [float(loss) for loss in run_of["losses"]]


def _chances(student: Solution, run: Callable[[bool], Any], last: Callable[[], Any] | None = None) -> Any:
    """The first of up to three runs that does not raise.

    First `train` finds a right `sequence_nll`, so that a wrong one is charged once; then its own, for which it may be
    made; then there are many epochs. Where all raise, what its own raised is told.
    """
    defined(student, "train")
    try:
        return run(False)
    except CallError as error:
        if error.outcome is not Outcome.ERROR:
            raise
    try:
        return run(True)
    except CallError as error:
        if last is None or error.outcome is not Outcome.ERROR:
            raise
        told = error
    try:
        return last()
    except CallError:
        raise told from None


def _unmoved() -> None:
    text = "`train` leaves the model as it was."
    raise Failed(text, summary=text, hint=STILL)
