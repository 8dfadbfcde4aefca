"""What came back from a run of a student's `train`, read as hostile: losses, weights, and what was seen on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypedDict

import numpy as np

from graders import CallError, Failed, Outcome
from graders.practical09.training.cell import SYMBOLS, Floats, Ints, shapes, size

MOST_READS = 400  # reads that are looked at
MOST_VERSIONS = 100  # versions that a probe keeps
LETTERS = frozenset(SYMBOLS[1:])


@dataclass(frozen=True)
class NamePass:
    """One pass over a name.

    Attributes:
        name: the letters that the model was given after a ".".
        version: which of the versions of the weights it met.
        graded: whether gradients were being recorded.
        carried: the largest value of the state that it began with, NaN where that was not seen.
    """

    name: str
    version: int
    graded: bool
    carried: float


@dataclass(frozen=True)
class Trace:
    """One run of `train`.

    Attributes:
        names: the list that it was given.
        n_epochs: how many epochs it was asked for.
        start: (P,) the weights that it was given.
        end: (P,) those that it left.
        kind: the type of what it returned.
        single: the number that it returned in place of a list.
        losses: the list that it returned, None for items that are no numbers; None where it returned no list.
        graphs: how many of these are tensors with a graph.
        stopped: whether it was stopped after far too many steps.
        copied: whether copies of the model were read.
        versions: (N, P) the different weights that the reads met; the first `MOST_VERSIONS` of them.
        standing: (N, P) the gradients that stood there last, NaN where none had arrived.
        reads: the passes over names in their order, as far as the versions go.
        steps: what each step of an optimiser found: the size of the gradients, -1 for none.
    """

    names: Sequence[str]
    n_epochs: int
    hidden: int
    start: Floats
    end: Floats
    kind: str
    single: float | None
    losses: list[float | None] | None
    graphs: int
    stopped: bool
    copied: bool = False
    versions: Floats = field(default_factory=lambda: np.empty((0, 0)))
    standing: Floats = field(default_factory=lambda: np.empty((0, 0)))
    reads: tuple[NamePass, ...] = ()
    steps: Floats = field(default_factory=lambda: np.empty(0))

    @property
    def whole(self) -> bool:
        """Whether it was seen to the end."""
        return len(self.versions) < MOST_VERSIONS and len(self.reads) < MOST_READS


class RunReply(TypedDict):
    """What came of a run of `train`, as it comes back; see `Trace`."""

    kind: str
    single: float | None
    losses: list[float | None] | None
    graphs: int
    stopped: bool
    weights: dict[str, np.ndarray | None]


class WatchedReply(RunReply):
    """The same with all that was seen on the way."""

    rows: np.ndarray | None
    places: np.ndarray
    sizes: np.ndarray
    versions: np.ndarray
    standing: np.ndarray
    steps: np.ndarray


def outcome_of(reply: RunReply, names: Sequence[str], n_epochs: int, start: Floats, hidden: int) -> Trace:
    """The run that the probe `training.run` reports, without what was seen on the way.

    Raises:
        Failed: the model has other layers than before.
    """
    return Trace(
        names=names,
        n_epochs=n_epochs,
        hidden=hidden,
        start=start,
        end=_flat(reply["weights"], hidden),
        kind=reply["kind"],
        single=reply["single"],
        losses=reply["losses"],
        graphs=reply["graphs"],
        stopped=reply["stopped"],
    )


def trace_of(found: WatchedReply, names: Sequence[str], n_epochs: int, start: Floats, hidden: int) -> Trace:
    """The run that the probe `training.run` reports, with all that was seen.

    Raises:
        CallError: what was seen does not fit together.
        Failed: the model has other layers than before.
    """
    run = outcome_of(found, names, n_epochs, start, hidden)
    places = found["places"].astype(np.int64)
    versions, standing = found["versions"].astype(np.float64), found["standing"].astype(np.float64)
    rows = np.empty((0, len(SYMBOLS))) if found["rows"] is None else found["rows"]
    fitting = places.ndim == 2 and places.shape[1:] == (4,) and bool((places[:, 0] >= 0).all())
    fitting = fitting and rows.ndim == 2 and int(places[:, 0].sum()) == len(rows)
    fitting = fitting and versions.shape == standing.shape == (len(versions), size(hidden)) and len(versions) > 0
    if not fitting or found["steps"].ndim != 1 or not np.isfinite(versions).all():
        text = "What came back when your `train` was tried cannot be read."
        raise CallError.in_our_words(Outcome.ERROR, text)
    reads = _reads(rows, places, found["sizes"], len(versions))
    return replace(
        run,
        copied=bool((places[:, 2] == 0).any()),
        versions=versions,
        standing=standing,
        reads=reads,
        steps=found["steps"].astype(np.float64),
    )


def _flat(weights: dict[str, Any], hidden: int) -> Floats:
    found = []
    for name, shape in shapes(hidden).items():
        part = weights.get(name)
        if part is None or part.shape != shape:
            text = f"After training, the model has no {name} of the shape that it had before."
            raise Failed(text, hint="Training changes the numbers in the layers, not the layers.")
        found.append(part.astype(np.float64).ravel())
    return np.concatenate(found)


def _reads(rows: Any, places: Ints, sizes: Floats, versions: int) -> tuple[NamePass, ...]:
    """The passes over names through the model itself.

    A call of the first layer gives one symbol of a name, or one symbol of each of several, or all symbols of one.
    """
    text = _text(rows)
    known = sizes if sizes.ndim == 1 and len(sizes) == len(places) else np.full(len(places), np.nan)
    found: list[NamePass] = []
    group: list[int] = []
    at = 0
    for (count, version, own, graded), carried in zip(places.tolist(), known.tolist(), strict=True):
        given, at = text[at : at + count], at + count
        if not own or not given or not 0 <= version < versions or len(found) >= MOST_READS:
            continue
        if given[0] == ".":
            begun = [""] * count if set(given) == {"."} else [given[1:]]
            group = list(range(len(found), len(found) + len(begun)))
            found += [NamePass(name, version, bool(graded), carried) for name in begun]
        elif count == len(group):
            for i, letter in zip(group, given, strict=True):
                found[i] = replace(found[i], name=found[i].name + letter)
        else:
            found.append(NamePass("?", version, bool(graded), carried))
    return tuple(read for read in found if read.name and set(read.name) <= LETTERS)


def _text(rows: Any) -> str:
    if rows.shape[1] != len(SYMBOLS) or not len(rows):
        return "?" * len(rows)
    return "".join(SYMBOLS[i] for i in rows.argmax(axis=1))
