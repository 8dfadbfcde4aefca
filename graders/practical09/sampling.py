"""Sampling symbols and names, from all symbols or from the k most likely (programming 2.3)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graders import Failed, Passed, Question, Solution, close
from graders.stochastic import Fit, fits, refuted, sequentially

question = Question("sampling", title="Sampling and top-k sampling", points=2)

Array = NDArray[np.float64]

VOCAB = ".abcdefghijklmnopqrstuvwxyz"
V = len(VOCAB)
ALPHA = 1e-8  # error rate of one comparison of frequencies; a submission has at most 9, so below 1e-7 in all
DRAWS = (600, 2400)  # looks at the draws so far; a clear case ends at the first
ALWAYS = "Is it drawn at random? The likeliest symbol is only the likeliest, not the only one."
EXP = "log_probs are logarithms: exp makes the probabilities of them."
TOP = "Take the k largest, and draw among them with their probabilities divided by their sum."
INDEX = "A place in the list of the top k is not yet a symbol: look up which symbol stands there."
LOOP = 'Each step takes the symbol that was drawn last and the state that the step before returned; "." ends the name.'


@question.check(points=0.2, public=True)
def draws_one_symbol(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`sample_next` returns one whole number from 0 to V - 1, for log_probs of shape (V,) and (1, V)."""
    for row in (False, True):
        found = student.probe("kind_of_draw", np.log(_distribution(rng, V)), row)
        found = found if isinstance(found, dict) else {}
        how = f"For log_probs of shape {f'(1, {V})' if row else f'({V},)'} it returned"
        if found.get("type") != "whole number":
            text = f"{how} {_told([found.get('type')])}, not a whole number."
            raise Failed(text, summary=text)
        if found.get("index") is not True:
            text = f"{how} a number that is no index of {V} symbols."
            raise Failed(text, summary=text)
        if found.get("single") is not True:
            text = f"{how} an array with one number in it; return the number."
            raise Failed(text, summary=text, hint="int(...) makes a plain int of it.", fraction=0.5)


@question.check(points=0.1, public=True)
def draws_differ(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """Forty draws from equal probabilities are not all the same.

    False alarm: 27^-39, below 1e-55.
    """
    found = _draws(student, np.full(V, 1 / V), None, 40)
    if len(set(found)) == 1:
        raise Failed(f"All 40 draws gave the symbol {found[0]}.", summary="All draws gave one symbol.", hint=ALWAYS)


@question.check(points=0.2, public=True)
def follows_the_distribution(student: Solution, reference: Solution, rng: np.random.Generator) -> Passed:
    """Without k, symbols come as often as their probabilities say.

    False alarm: one comparison at 1e-8 (`stochastic.sequentially`). Power: what is 0.1 nats away passes in fewer than
    1 of 1,000 cases.
    """
    given = _distribution(rng, V)
    return Passed(evidence=_compared(student, given, None, given, EXP, show=True))


@question.check(points=0.2)
def follows_any_distribution(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """So they do for other probabilities and other numbers of symbols.

    False alarm: two comparisons at 1e-8 each. Power: as above.
    """
    for size in (V, 5):
        given = _distribution(rng, size)
        _compared(student, given, None, given, EXP)


@question.check(points=0.2)
def stays_within_the_k(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """With k, only the k most likely symbols come.

    False alarm: none; a symbol outside the k never comes in correct work.
    """
    for k in (2, 3, 7):
        given = _distribution(rng, V)
        allowed = np.argsort(given)[::-1][:k]
        outside = sorted(set(_draws(student, given, k, 300)) - {int(i) for i in allowed})
        if outside:
            text = f"With k = {k} there came symbols that are not among the {k} most likely."
            raise Failed(text, summary=text, hint=f"{TOP} {INDEX}")


@question.check(points=0.3, after=stays_within_the_k)
def renormalises_the_k(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """Among the k most likely symbols the frequencies are their probabilities, divided by their sum.

    False alarm: two comparisons at 1e-8 each. Power: as for all symbols.
    """
    for k in (3, 6):
        given = _distribution(rng, V, steepness=1.5)
        due = np.where(given >= np.sort(given)[-k], given, 0.0)
        _compared(student, given, k, due / due.sum(), TOP)


@question.check(points=0.1)
def one_is_the_likeliest(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """With k = 1 the most likely symbol comes, always; where several are equally likely, one of them.

    False alarm: none.
    """
    for ties in (1, 3):
        given = _distribution(rng, V)
        best = rng.choice(V, ties, replace=False)
        given[best] = given.max() * 1.5
        if set(_draws(student, given / given.sum(), 1, 40)) - {int(i) for i in best}:
            text = "With k = 1 there came a symbol that is not the most likely one."
            raise Failed(text, summary=text, hint=TOP)


@question.check(points=0.1)
def large_k_is_everything(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """With k equal to the number of symbols, or larger, all symbols come as often as their probabilities say.

    False alarm: two comparisons at 1e-8 each.
    """
    for size, k in ((9, 9), (9, 20)):
        given = _distribution(rng, size)
        _compared(student, given, k, given, "k may be larger than the number of symbols: then all of them are in.")


@question.check(points=0.2, public=True)
def names_are_letters(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`generate` returns a string of letters alone, 20 of them at the most, or as many as max_length says."""
    for length in (None, 1, 5):
        most = 20 if length is None else length
        found = student.probe("look_of_names", _never_ending(), length, 10)
        found = found if isinstance(found, dict) else {}
        if found.get("types") != ["str"]:
            raise Failed(
                f"It returned {_told(found.get('types'))}, not a string.", hint='"".join makes one of letters.'
            )
        if found.get("others"):
            raise Failed(f"It returned characters that are not letters: {found['others']!r}.", hint=LOOP)
        if found.get("lengths") != [most]:
            how = "the default max_length" if length is None else f"max_length={length}"
            text = f"With {how} and a model that never ends a name it gave {found.get('lengths')} letters, not {most}."
            raise Failed(text, hint="A name stops at max_length letters; the letters are counted, not the steps.")


@question.check(points=0.3)
def names_follow_the_model(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """Each letter of a name is drawn from what the model says after the letters before, and "." ends the name.

    False alarm: none where `generate` uses `sample_next`, which is then given a script in place of chance; else two
    comparisons at 1e-8 each.
    """
    table, word = _chain(rng), [int(i) for i in rng.integers(1, V, 5)]
    for k, script in ((None, word), (4, word), (None, [*word[:3], 0, *word])):
        found = student.probe("scripted", table, k, script, 5)
        asked = found.get("k") if isinstance(found, dict) else None
        if not isinstance(found, dict) or not isinstance(asked, list) or not asked:
            _drawn_from_the_model(student, table)
            return
        _kept_to_the_script(found, table, k, script)


@question.check(points=0.1)
def leaves_the_model_alone(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`generate` changes neither the model's weights nor their gradients."""
    found = student.probe("untouched_by_generate", _chain(rng))
    for part, what in (("weights", "weights"), ("gradients", "gradients"), ("requires_grad", "trainable parameters")):
        if not isinstance(found, dict) or found.get(part) is not True:
            text = f"After generating, the model's {what} are not what they were."
            raise Failed(text, summary=text, hint="Generating is using the model, not training it: torch.no_grad().")


def _distribution(rng: np.random.Generator, size: int, steepness: float = 1.1) -> Array:
    """Random probabilities, no two alike: each is about so many times the next smaller one, but none below 1e-4."""
    steps = steepness ** np.arange(size, dtype=float) * rng.uniform(0.98, 1.02, size)
    steps = steps / steps.sum() + 1e-4
    return np.asarray(rng.permutation(steps / steps.sum()))


def _chain(rng: np.random.Generator) -> Array:
    """(3, V, V): at each of three steps and after each symbol, a few symbols are likely, and each has its own."""
    table = np.full((3, V, V), 0.002)
    for step in range(3):
        for symbol in range(V):
            table[step, symbol, rng.choice(V, 4, replace=False)] += np.array([0.4, 0.3, 0.2, 0.1])
    table[0, 0, 0] = 0.002
    return np.asarray(table / table.sum(axis=2, keepdims=True))


def _never_ending() -> Array:
    """A chain in which all letters are equally likely and "." all but impossible: below 1e-12 a step."""
    row = np.full(V, 1 / (V - 1))
    row[0] = 1e-12
    return np.asarray(np.broadcast_to(row, (1, V, V)).copy())


def _draws(student: Solution, given: Array, k: int | None, number: int) -> list[int]:
    """Draws by `sample_next`, all of them symbols."""
    found = student.probe("draws", np.log(given), k, number)
    values = found if isinstance(found, list) else [found]
    odd = next((value for value in values if type(value) is not int or not 0 <= value < len(given)), None)
    if odd is not None or len(values) != number:
        text = f"`sample_next` returned {_told(odd)}, which is no index of {len(given)} symbols."
        raise Failed(text, summary="`sample_next` returned something that is no index of a symbol.", hint=INDEX)
    return values


def _compared(
    student: Solution, given: Array, k: int | None, due: Array, hint: str, show: bool = False
) -> dict[str, Any] | None:
    """Draws as often as is due; what there is to show of a public check's."""
    drawn: list[int] = []

    def draw(number: int) -> list[int]:
        new = _draws(student, given, k, number)
        drawn.extend(new)
        return new

    fit = sequentially(draw, due, ALPHA, DRAWS)
    frequencies = np.bincount(drawn, minlength=len(given)) / len(drawn)
    evidence = {"labels": list(VOCAB), "frequencies": frequencies, "probabilities": due} if show else None
    _judge(fit, hint, "with" + (f" k = {k}" if k else "out k"), evidence)
    return evidence


def _judge(fit: Fit, hint: str, how: str, evidence: dict[str, Any] | None = None) -> None:
    if refuted(fit, ALPHA, len(DRAWS)):
        text = f"In {fit.draws:,} draws {how} the symbols do not come as often as they should."
        raise Failed(text, summary=text, hint=hint, evidence=evidence)


def _names(student: Solution, table: Array, k: int | None, length: int | None, number: int) -> list[str]:
    """Names by `generate`, all of them strings."""
    found = student.probe("names", table, k, length, number)
    values = found if isinstance(found, list) else [found]
    odd = next((value for value in values if not isinstance(value, str)), None)
    if odd is not None or len(values) != number:
        text = f"`generate` returned {_told(odd)}, not a string."
        raise Failed(text, summary=text)
    return values


def _kept_to_the_script(found: dict[str, Any], table: Array, k: int | None, script: list[int]) -> None:
    """The name is the script's letters, and each was asked for with this k and with the model's log-probabilities."""
    letters = script[: script.index(0)] if 0 in script else script
    if found.get("name") != "".join(VOCAB[i] for i in letters):
        text = 'The name is not made of the letters that `sample_next` gave, up to the first "." or to max_length.'
        raise Failed(text, summary=text, hint=LOOP)
    if any(asked != k for asked in found["k"]):
        text = "`generate` does not pass its k on to `sample_next`."
        raise Failed(text, summary=text, hint="generate(rnn, k) samples each letter with this k.", fraction=0.5)
    seen, steps = [0, *script], min(len(found["k"]), len(letters) + (0 in script))
    due = np.log([table[min(step, len(table) - 1), seen[step]] for step in range(steps)])
    given = np.asarray(found.get("log_probs"))[:steps]
    close(given, due, rtol=1e-3, atol=1e-4, what="what `sample_next` was given", hint=LOOP)


def _drawn_from_the_model(student: Solution, table: Array) -> None:
    """First letters, and second ones after the likeliest first, come as often as the model says; empty names apart."""
    names = [name for name in _names(student, table, None, 3, 1500) if name]
    for name in names:
        if set(name) - set(VOCAB[1:]) or len(name) > 3:
            text = "A name holds something other than letters, or more of them than max_length."
            raise Failed(text, summary=text, hint=LOOP)
    first, second = np.zeros(V), np.zeros(V)
    likeliest = int(np.argmax(table[0, 0]))
    for name in names:
        first[VOCAB.index(name[0])] += 1
        if VOCAB.index(name[0]) == likeliest:
            second[VOCAB.index(name[1]) if len(name) > 1 else 0] += 1
    due = np.where(np.arange(V) == 0, 0.0, table[0, 0])
    _judge(fits(first, due), LOOP, "of a first letter")
    _judge(fits(second, table[1, likeliest]), LOOP, "of a second letter")
    for name in _names(student, table, 2, 3, 50):
        path = [0, *(VOCAB.index(letter) for letter in name)]
        for step, (symbol, following) in enumerate(pairwise(path)):
            if table[step, symbol, following] < np.sort(table[step, symbol])[-2]:
                text = "With k = 2 a letter came that is not among the two most likely after the letters before it."
                raise Failed(text, summary=text, hint=LOOP, fraction=0.5)


def _told(value: Any) -> str:
    """A result that is no number, in words."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return f"a {value[0]}"[:60]
    return "nothing" if value is None else f"{value}"[:40]
