"""The student's `sample_next` as `sampling` tries it: the distributions, the draws, and what they show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from graders import CallError, Failed, Outcome, Rng, Solution
from graders.authoring.sequential import SequentialResult, decided, same_distribution
from graders.authoring.stochastic import fits, refuted

Array = NDArray[np.float64]

VOCAB = ".abcdefghijklmnopqrstuvwxyz"
V = len(VOCAB)
ALPHA = 1e-8  # error rate of one comparison; a submission has at most 9, so below 1e-7 in all
SURE = 1e-12  # probability of each symbol that is not to come
ALIKE = 1e-3  # p-value from which draws with k count as those without k, restricted to the k
OWN_DRAWS = 1500
ALWAYS = "It is always the likeliest symbol. Is it drawn at random? The likeliest is not the only one."
INDEX = "A place in the list of the top k is not yet a symbol: look up which symbol stands there."


def steep(rng: Rng, top: float = 0.74) -> Array:
    """(V,): one symbol has the probability `top`, half of the others are 2.6 times as likely as the other half.

    The logarithms of such probabilities vary about as much as those of 27 symbols can, so that a temperature shows
    soonest; and the less likely ones are 0.01 after rounding, all alike, so that this shows as soon.
    """
    spread = np.linspace(0.98, 1.02, (V - 1) // 2)  # no two are so near that float32 takes them for equal
    rest = np.concatenate([1.44 * spread, 0.56 * spread]) * rng.uniform(0.9995, 1.0005, V - 1)
    return np.asarray(rng.permutation([top, *(1 - top) * rest / rest.sum()]))


def nearly_even(rng: Rng) -> Array:
    """(V,): no two alike, the likeliest about twice as likely as the least likely one."""
    steps = 1.025 ** np.arange(V) * rng.uniform(0.995, 1.005, V)
    return np.asarray(rng.permutation(steps / steps.sum()))


def sure_of(symbol: int) -> Array:
    """(V,): this symbol is all but certain."""
    row = np.full(V, SURE)
    row[symbol] = 1 - SURE * (V - 1)
    return row


def tempered(probabilities: Array, temperature: float) -> Array:
    """The probabilities at a temperature: below 1 they are sharper, above 1 flatter."""
    powers = np.zeros_like(probabilities)
    powers[probabilities > 0] = probabilities[probabilities > 0] ** (1 / temperature)
    return np.asarray(powers / powers.sum())


def temperatures(probabilities: Array) -> tuple[Array, Array]:
    """The probabilities a little sharper, and a little flatter: what is further off is found sooner."""
    return tempered(probabilities, 0.9), tempered(probabilities, 1.1)


def neighbours(probabilities: Array) -> tuple[Array, ...]:
    """The same, and the probabilities rounded to two decimals."""
    rounded = np.round(probabilities, 2)
    return (*temperatures(probabilities), np.asarray(rounded / rounded.sum()))


def whole_logarithms(probabilities: Array) -> Array:
    """The probabilities whose logarithms are rounded to whole numbers."""
    found = np.exp(np.round(np.log(probabilities)))
    return np.asarray(found / found.sum())


def without_division(given: Array, k: int) -> list[Array]:
    """What comes where the k probabilities are not divided by their sum: the rest falls on the first or the last, or
    softmax is taken of them; or all k come equally often.
    """
    due = largest(given, k)
    allowed = np.flatnonzero(due)
    found = [np.where(due > 0, given, 0.0) for _ in range(2)]
    for others, place in zip(found, (allowed[due[allowed].argmax()], allowed[due[allowed].argmin()]), strict=True):
        others[place] += 1 - others.sum()
    return [*found, np.where(due > 0, np.exp(given), 0.0), np.where(due > 0, 1.0, 0.0)]


def largest(probabilities: Array, k: int) -> Array:
    """The probabilities of the k most likely symbols, divided by their sum; 0 for the others."""
    kept = np.where(probabilities >= np.sort(probabilities)[-k], probabilities, 0.0)
    return np.asarray(kept / kept.sum())


class DrawReply(TypedDict):
    """What `sample_next` returned: its value, its type's name, and its shape."""

    value: Any
    type: str
    shape: list[int]


@dataclass(frozen=True)
class DrawTask:
    """Draws to be made: probabilities (V,), k, and how many; and whether k is left out of the call."""

    probabilities: Array
    k: int | None
    number: int
    omitted: bool = False


@dataclass
class Sampler:
    """The student's `sample_next`, given log_probs in whichever of the two shapes it can do with.

    That it must take both is one check's finding; here it is not to be charged again. Letters count as their indices.
    """

    student: Solution
    rng: Rng
    _row: bool | None = field(default=None, init=False)

    def draw(self, *tasks: DrawTask) -> list[list[int]]:
        """The symbols drawn, task by task, all of them indices.

        Raises:
            Failed: something else came.
            CallError: nothing came back.
        """
        return self._first(tasks) if self._row is None else self._asked(tasks, self._row)

    def _first(self, tasks: tuple[DrawTask, ...]) -> list[list[int]]:
        """The draws in the first shape in which a symbol that is all but certain comes, or else in which any come."""
        symbol, fallen = int(self.rng.integers(1, V)), list[Exception]()
        wrong: dict[bool, list[list[int]]] = {}
        for row in (False, True):
            try:
                found = self._asked((DrawTask(sure_of(symbol), None, 1), *tasks), row)
            except (Failed, CallError) as error:
                if isinstance(error, CallError) and error.outcome is not Outcome.ERROR:
                    raise
                fallen.append(error)
                continue
            wrong[row] = found[1:]
            if found[0] == [symbol]:
                self._row = row
                return found[1:]
        if not wrong:
            raise fallen[0]
        self._row = min(wrong)
        return wrong[self._row]

    def _asked(self, tasks: tuple[DrawTask, ...], row: bool) -> list[list[int]]:
        given = [[np.log(task.probabilities), "" if task.omitted else task.k, task.number, row] for task in tasks]
        found = self.student.probe("sampling.draws", given, returns=list[list[Any]])
        counts = [len(values) for values in found]
        if counts != [task.number for task in tasks]:
            raise Failed("Draws are missing.", values="There are not as many draws as were asked for.")
        return [_indices(values) for values in found]

    def decide(self, given: Array, k: int | None, due: Array, *others: Array) -> SequentialResult:
        """Draw until it is clear whether symbols come as often as is due, or as one of the others says."""
        return decided(lambda number: self.draw(DrawTask(given, k, number))[0], due, others, ALPHA)

    def follows_itself(self, given: Array, k: int, counts: Array) -> bool:
        """Whether draws with k are those without, restricted to the k, where those are already wrong."""
        own = np.bincount(self.draw(DrawTask(given, None, OWN_DRAWS))[0], minlength=V)
        allowed = largest(given, k) > 0
        return refuted(fits(own, given), ALPHA) and same_distribution(own[allowed], counts[allowed]) >= ALIKE


def _indices(values: list[Any]) -> list[int]:
    if set(map(type, values)) == {int} and min(values) >= 0 and max(values) < V:
        return values
    return [_index(value) for value in values]


def _index(value: Any) -> int:
    if isinstance(value, str) and len(value) == 1 and value in VOCAB:
        return VOCAB.index(value)
    if type(value) is int and 0 <= value < V:
        return value
    text = f"`sample_next` returned {told(value)}, which is no index of {V} symbols."
    raise Failed("`sample_next` returned something that is no index of a symbol.", values=text, hint=INDEX)


def shown(decision: SequentialResult, due: Array) -> tuple[str, str]:
    """What the draws show: with numbers, and without."""
    seen, top = decision.counts / decision.draws, int(due.argmax())
    if decision.counts.max() == decision.draws:
        return f"All {decision.draws} draws gave one symbol.", "All draws gave one symbol."
    outside = np.flatnonzero((due == 0) & (seen > 0))
    if len(outside):
        text = "Symbols came that should not come at all."
        return text, text
    if (lost := (due > 0.05) & (seen == 0)).any():
        text = f"{lost.sum()} of the symbols that should come never came in {decision.draws} draws."
        return text, "A symbol that should come never comes."
    numbers = f"The most likely symbol came in {seen[top]:.1%} of {decision.draws} draws; {due[top]:.1%} are due."
    off = abs(seen[top] - due[top]) > 4 * np.sqrt(due[top] * (1 - due[top]) / decision.draws)
    if not off:
        worst = int(np.argmax(np.abs(seen - due) / np.sqrt(np.maximum(due, 1e-9))))
        more = "more" if seen[worst] > due[worst] else "less"
        numbers = f"{VOCAB[worst]!r} came in {seen[worst]:.1%} of {decision.draws} draws; {due[worst]:.1%} are due."
        return numbers, f"The most likely symbol comes as often as it should; another comes {more} often."
    if seen[top] > due[top]:
        return numbers, "The most likely symbol comes too often: the draws follow a sharper distribution than is due."
    return numbers, "The most likely symbol comes too seldom: the draws follow a flatter distribution than is due."


def told(value: Any) -> str:
    """A result that is no number, in words."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return "nothing" if value[0] == "NoneType" else f"a {value[0]}"[:60]
    return "nothing" if value is None else f"{value!r}"[:40]
