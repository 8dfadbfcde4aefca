"""The model of names that `sampling` gives to `generate`: dictated from outside, step by step, and a witness of it all.

Each state that it returns is new and says which symbols were read before: a tree, of which the student's code walks
one path. Its log-probabilities make the next letter all but certain, or leave a choice among a few; so whether a name
was written by reading the letter that was drawn last, with the state that the step before returned, is seen from the
name alone, however it was drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from graders import CallError, Failed, Outcome, Rng, Solution, read
from graders.practical09.sampling.draws import VOCAB, Array, V, sure_of

MOST_STEPS = 1000  # of one name; a `generate` that never stops is stopped here
MOST_ROWS = 64  # of one step
KEPT = "name_with_the_last_name_s_state"
OMITTED = ""  # stands in place of k where the call is made without it
GARBLED = "What `generate` gave to the model cannot be read."


@dataclass(frozen=True)
class Step:
    """One row of a step that was asked for.

    Attributes:
        before: the node whose state was given; None for a state that no step returned.
        symbol: what was read; None where it is not one-hot.
        node: the node that is reached.
    """

    before: int | None
    symbol: int | None
    node: int


class Dictator:
    """A model of names, on the trusted side.

    Args:
        rng: draws the states, and what comes off the path.
        path: the symbols of the name that it dictates; random letters come after them.
        hidden: H, the size of a state.
        row: a symbol, and a generator, to the probabilities (V,) that favour it.
    """

    def __init__(
        self,
        rng: Rng,
        path: Sequence[int],
        hidden: int,
        row: Callable[[int, Rng], Array] = lambda symbol, rng: sure_of(symbol),
    ) -> None:
        self.hidden = hidden
        self._rng, self._path, self._row = rng, list(path), row
        self._states: list[NDArray[np.float32]] = [np.zeros(hidden, np.float32)]
        self._children: dict[tuple[int | None, int | None], int] = {}
        self._levels = [0]  # how many symbols of the path lead to a node; -1 off the path
        self.rows: list[Array] = [np.ones(V) / V]
        self.favoured: list[int] = [0]
        self.steps: list[Step] = []
        self.drawn: list[tuple[bool, list[float]]] = []  # of each symbol asked for: whether as the model said; the rest
        self.aiding = False
        self.first: Array | None = None  # the state that the first step was given

    def answer(self, what: Any, *asked: Any) -> Any:
        """A step of the model ("step", x (B, V), h (B, H)), or what `sample_next` would draw ("draw", row, rest)."""
        if read(what, Literal["step", "draw"]) == "step":
            return self._step(*_arrays(asked, 2))
        if len(asked) != 2:
            raise CallError.in_our_words(Outcome.ERROR, GARBLED)
        return self._draw(read(asked[0], np.ndarray | None), read(asked[1], list[float]))

    def _step(self, x: Array, h: Array) -> list[Any]:
        if x.shape != (len(x), V) or h.shape != (len(x), self.hidden) or not 0 < len(x) <= MOST_ROWS:
            raise CallError.in_our_words(Outcome.ERROR, GARBLED)
        if len(self.steps) > MOST_STEPS:
            raise Failed(f"`generate` took more than {MOST_STEPS:,} steps for one name.")
        nodes = [self._reached(*pair) for pair in zip(x, h, strict=True)]
        return [np.log([self.rows[node] for node in nodes]), np.array([self._states[node] for node in nodes])]

    def _reached(self, x: Array, h: Array) -> int:
        self.first = h if self.first is None else self.first
        places = np.flatnonzero(x)
        symbol = int(places[0]) if len(places) == 1 and x[places[0]] == 1 else None
        known = np.abs(np.array(self._states) - h).max(axis=1) < 1e-3
        before = int(np.flatnonzero(known)[0]) if known.any() else None
        node = self._children.setdefault((before, symbol), len(self._states))
        if node == len(self._states):
            self._grow(before, symbol)
        self.steps.append(Step(before, symbol, node))
        return node

    def _grow(self, before: int | None, symbol: int | None) -> None:
        level = -1 if before is None else self._levels[before]
        due = 0 if before == 0 else -1 if before is None else self.favoured[before]
        on = level >= 0 and symbol == due
        favoured = self._path[level] if on and level < len(self._path) else int(self._rng.integers(1, V))
        self._states.append(self._rng.uniform(-0.9, 0.9, self.hidden).astype(np.float32))
        self._levels.append(level + 1 if on else -1)
        self.favoured.append(favoured)
        said = int(self._rng.integers(1, V)) if self.aiding else favoured  # what is given is not what is likeliest
        self.rows.append(self._row(said, self._rng))

    def _draw(self, row: Array | None, rest: list[float]) -> int:
        if not self.steps:
            raise CallError.in_our_words(Outcome.ERROR, "`generate` drew a symbol before it asked the model.")
        node = self.steps[-1].node
        due, given = np.log(self.rows[node]), np.zeros(0) if row is None else np.asarray(row, float).ravel()
        with np.errstate(all="ignore"):
            same = given.shape == (V,) and bool(np.allclose(given - given.max(), due - due.max(), rtol=1e-3, atol=1e-3))
        self.drawn.append((same, rest))
        return self.favoured[node]

    def due(self, most: int) -> str | None:
        """The name that the model made all but certain, or gave in place of draws; None where unasked for."""
        letters: list[int] = []
        node = self.node([0])
        while node is not None and len(letters) < most and self.favoured[node]:
            letters.append(self.favoured[node])
            node = self._children.get((node, letters[-1])) if len(letters) < most else node
        return None if node is None else "".join(VOCAB[symbol] for symbol in letters)

    def number(self) -> int | None:
        """The one number below V that came with the log_probs each time that a symbol was asked for, if there is one.

        It may be a k, or something else.
        """
        found = {tuple(rest) for _, rest in self.drawn}
        (rest,) = found if len(found) == 1 else ((),)
        return int(rest[0]) if len(rest) == 1 and rest[0] in range(1, V) else None

    def returned(self, state: Array | None) -> bool:
        """Whether a state is one that this model returned."""
        return state is not None and bool(
            (np.abs(np.array(self._states[1:]) - state).max(axis=1, initial=0) < 1e-3).any()
        )

    def node(self, symbols: Sequence[int]) -> int | None:
        """The node that is reached by reading these symbols from the first state on, if the model was asked."""
        node: int | None = 0
        for symbol in symbols:
            node = self._children.get((node, symbol)) if node is not None else None
        return node


def _arrays(asked: Sequence[Any], number: int) -> list[Array]:
    if len(asked) != number:
        raise CallError.in_our_words(Outcome.ERROR, GARBLED)
    arrays = [read(value, np.ndarray) for value in asked]
    if any(array.ndim != 2 or not np.isfinite(array).all() for array in arrays):
        raise CallError.in_our_words(Outcome.ERROR, GARBLED)
    return arrays


class NameReply(TypedDict):
    """What `generate` returned: its type's name, and its text."""

    type: str
    text: str


class ModelLeft(TypedDict):
    """A model after three names were written with it, and the names of the types in which they came."""

    weights: dict[str, np.ndarray]
    gradients: dict[str, np.ndarray | None]
    requires_grad: dict[str, Any]
    returned: list[str]


@dataclass(frozen=True)
class WrittenName:
    """A name that `generate` wrote with a dictated model: the type's name, the text, and the model that saw it all."""

    type: str
    text: str
    model: Dictator


def hidden_size(student: Solution) -> int:
    """H of the models that students write names with."""
    size = student.parameters.get("HIDDEN", 128)
    return size if type(size) is int and 0 < size <= 1024 else 128


def written_alone_or_aided(
    student: Solution,
    make: Callable[[], Dictator],
    k: int | None,
    length: int | None,
    judge: Callable[[WrittenName], None],
) -> None:
    """Let the student's `generate` write a name, and judge it; where it fails, again with symbols from here.

    The second time whatever `sample_next` is asked for is answered here, by letters that are not the likeliest, so
    that a wrong `sample_next` costs nothing here, and so that what reads the likeliest letter shows.

    Args:
        make: makes the model, a new one for each name.
        judge: raises `Failed`.
    """
    findings, models = list[Failed | CallError](), list[Dictator]()
    for aided in (False, True):
        model = make()
        model.aiding = aided
        models.append(model)
        try:
            judge(_write(student, model, k, length, aided))
            return
        except (Failed, CallError) as finding:
            if isinstance(finding, CallError) and finding.outcome is not Outcome.ERROR:
                raise
            if not aided or (model.drawn and isinstance(finding, Failed)):
                findings.append(finding)
    last = findings[-1]
    if isinstance(last, Failed) and models[0].returned(models[1].first):
        raise Failed(last.finding, hint=last.hint, keep=last.keep, misconception=KEPT)
    raise last


def leaves_drawing_to_sample_next(student: Solution, model: Dictator) -> bool:
    """Whether each letter of a name is what `sample_next` gave for the log_probs of the model, and for nothing else.

    The name is written without k.
    """
    model.aiding = True
    try:
        name = _write(student, model, OMITTED, None, aided=True)
    except CallError as error:
        if error.outcome is not Outcome.ERROR:
            raise
        return False
    plainly = all(same and not rest for same, rest in model.drawn)
    return plainly and name.text.lstrip(".") == model.due(20) and len(model.drawn) >= len(name.text) > 0


def _write(student: Solution, model: Dictator, k: int | str | None, length: int | None, aided: bool) -> WrittenName:
    told = student.probe("sampling.write", model.hidden, k, length, aided, outside=model.answer, returns=NameReply)
    return WrittenName(told["type"], told["text"], model)
