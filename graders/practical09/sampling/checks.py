"""Sampling symbols and names, from all symbols or from the k most likely (programming 2.3).

All is judged here, from what comes out of the sandbox: the symbols that `sample_next` draws from distributions made
here, and the names that `generate` writes with a model whose every answer is dictated here (`sampling_names`). False
alarms: each comparison of frequencies at 1e-8, a proven bound (`sequential.decided`), of which a submission has at most
9, so below 1e-7 in all; a letter that is all but certain stays away with a probability of 3e-11. Power: a temperature
of 0.9 or below, or of 1.1 or above, is found in more than 99 of 100 cases, without k, with k, and in `generate`;
probabilities that are rounded to two decimals are found as surely.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from graders import CallError, Failed, Outcome, Passed, Question, Rng, Solution
from graders.authoring.sequential import depends_on_the_past, period
from graders.practical09.sampling.draws import (
    ALPHA,
    ALWAYS,
    VOCAB,
    Array,
    DrawReply,
    DrawTask,
    Sampler,
    V,
    largest,
    nearly_even,
    neighbours,
    shown,
    steep,
    sure_of,
    temperatures,
    tempered,
    told,
    whole_logarithms,
    without_division,
)
from graders.practical09.sampling.letters import draws_letters
from graders.practical09.sampling.names import Dictator, ModelLeft, hidden_size, written_alone_or_aided
from graders.practical09.sampling.rules import follows, keeps_to, leaning, letters_only, looks, three

question = Question("sampling", title="Sampling and top-k sampling", points=2)

KINDS = 4  # symbols among which independence is tried
STREAM = 300  # draws that it is tried on
SEEDED = (
    "The same call gives the same symbol every time, and not the likeliest one. Is a seed set, or a generator with a "
    "fixed seed made, in every call? Then all calls draw alike; seed once, outside."
)
STREAMS = "Every draw takes a new random number, which tells nothing of the next one."
TOP = "Take the k largest, and draw among them with their probabilities divided by their sum."
MEND = "Among the k the draws are off in the same way as without k: mend that first."
ALONE = "A single symbol came, so it is not for the size of k: look at how a symbol is drawn."
FLAT = f"log_probs.flatten() has the shape ({V},) either way."
DEFAULT = "Where nobody says k, it is None, and all symbols are in: keep the signature that the answer cell came with."
LARGE = "k may be larger than the number of symbols: then all of them are in."
NAMES = {"str", "list", "tuple", "ndarray", "Tensor"}
NO_GRAD = "Generating is using the model, not training it: torch.no_grad()."


@question.check(points=0.2, public=True)
def draws_one_symbol(student: Solution, reference: Solution, rng: Rng) -> None:
    """`sample_next` returns one whole number from 0 to V - 1, and minds k, for log_probs of shape (V,) and (1, V).

    False alarm: none. Power: where k is one too many for both shapes, one of them looks right in 1 of 100,000 cases.
    """
    symbol, right = int(rng.integers(1, V)), []
    tasks = [[np.log(sure_of(symbol)), row] for row in (False, False, False, True, True, True)]
    replies = student.probe("sampling.kinds_of_draws", tasks, returns=list[DrawReply])
    for (_, row), found in zip(tasks, replies, strict=False):
        how = f"For log_probs of shape {f'(1, {V})' if row else f'({V},)'} it returned"
        if type(found["value"]) is not int:
            what = f"the text {found['value']!r}" if isinstance(found["value"], str) else told(found["value"])
            raise Failed(f"{how} {what}, not a whole number.")
        if not 0 <= found["value"] < V:
            raise Failed(f"{how} a number that is no index of {V} symbols.")
        if found["shape"]:
            kind = found["type"] if found["type"] in ("list", "tuple") else "array"
            text = f"{how} {'a' if kind != 'array' else 'an'} {kind} with one number in it; return the number."
            raise Failed(text, hint="int(...) or .item() makes a number of an array, [0] of a list.", keep=0.5)
        right.append(found["value"] == symbol)
    if len(right) != len(tasks):
        raise Failed("Draws are missing.", values="There are not as many draws as were asked for.")
    if all(right[:3]) is not all(right[3:]) and _is_certain(student, symbol, row=all(right[3:])):
        shape = f"(1, {V})" if all(right[:3]) else f"({V},)"
        text = f"For log_probs of shape {shape} it does not return the symbol that is all but certain."
        raise Failed(text, hint=FLAT)
    _minds_k_in_both_shapes(student, rng)


def _is_certain(student: Solution, symbol: int, row: bool) -> bool:
    """Whether a symbol that is all but certain comes every time in this shape."""
    given = [[np.log(sure_of(symbol)), None, 40, row]]
    return bool(student.probe("sampling.draws", given, returns=list[list[Any]]) == [[symbol] * 40])


def _minds_k_in_both_shapes(student: Solution, rng: Rng) -> None:
    """Whether k is lost, or an error, in one of the two shapes alone; in both it is the other checks' finding."""
    given, right, fallen = nearly_even(rng), [False, False], list[CallError]()
    for row in (False, True):
        try:
            (found,) = student.probe("sampling.draws", [[np.log(given), 1, 20, row]], returns=list[list[Any]])
            right[row] = found == [int(given.argmax())] * 20
        except CallError as error:
            if error.outcome is not Outcome.ERROR:
                raise
            fallen.append(error)
    if right[0] is right[1]:
        return
    if fallen:
        raise fallen[0]
    shape = f"(1, {V})" if right[0] else f"({V},)"
    text = f"For log_probs of shape {shape} and k = 1 there came a symbol that is not the most likely one."
    raise Failed(text, hint=f"{FLAT} len(log_probs) is 1 for a row.")


@question.check(points=0.2, public=True)
def draws_differ(student: Solution, reference: Solution, rng: Rng) -> None:
    """Draws are random: they differ, and none tells what the next one will be.

    False alarm: twenty equal draws from even probabilities have a probability below 1e-24, a sequence that repeats
    itself one below 1e-90; dependence is tried at 1e-8 (`sequential.depends_on_the_past`). Power: seeding in every
    call, or a sequence that only fills the unit interval evenly, is always found.
    """
    rows = [nearly_even(rng) for _ in range(2)]
    few = np.full(V, 0.02 / (V - KINDS))
    few[rng.choice(V, KINDS, replace=False)] = 0.98 / KINDS
    tasks = [DrawTask(row, None, 20) for row in rows]
    *found, stream = Sampler(student, rng).draw(*tasks, DrawTask(few, None, STREAM))
    if all(len(set(symbols)) == 1 for symbols in found):
        greedy = all(symbols[0] == int(row.argmax()) for symbols, row in zip(found, rows, strict=True))
        text = "In 20 draws from nearly even probabilities there is only one symbol."
        raise Failed(text, hint=ALWAYS if greedy else SEEDED)
    again = period(stream, STREAM // 3)
    if again is not None:
        text = f"After {again} draws with the same log_probs the same symbols come again, in the same order."
        raise Failed(text, hint=STREAMS)
    places = {int(symbol): place for place, symbol in enumerate(np.argsort(few)[::-1][:KINDS], start=1)}
    if depends_on_the_past([places.get(symbol, 0) for symbol in stream], KINDS + 1) < ALPHA:
        text = "Which symbol comes depends on those that came before, though log_probs are the same."
        raise Failed(text, hint=STREAMS)


@question.check(points=0.2, public=True)
def follows_the_distribution(student: Solution, reference: Solution, rng: Rng) -> Passed:
    """Without k, symbols come as often as their probabilities say.

    False alarm: one comparison at 1e-8. Power: as above for temperatures; what is 0.15 nats away passes in fewer than 1
    of 1,000 cases.
    """
    given = steep(rng)
    return Passed(evidence=_compared(Sampler(student, rng), given, None, *neighbours(given), show=True))


@question.check(points=0.1)
def follows_any_distribution(student: Solution, reference: Solution, rng: Rng) -> None:
    """So they do for other probabilities.

    False alarm: two comparisons at 1e-8 each. Power: as above.
    """
    sampler, given = Sampler(student, rng), steep(rng, top=0.78)
    _compared(sampler, given, None, *neighbours(given))
    even = tempered(nearly_even(rng), 0.25)
    _compared(sampler, even, None, whole_logarithms(even))


@question.check(points=0.2)
def stays_within_the_k(student: Solution, reference: Solution, rng: Rng) -> None:
    """With k, only the k most likely symbols come.

    False alarm: none; a symbol outside the k never comes in correct work. Power: one symbol too many with every k is
    missed in 1 of 100 million cases, with k = 2 or 3 alone in 1 of 1,000.
    """
    tasks = [DrawTask(nearly_even(rng), k, number) for k, number in ((2, 30), (3, 30), (7, 40))]
    for task, found in zip(tasks, Sampler(student, rng).draw(*tasks), strict=True):
        if not set(found) <= set(np.flatnonzero(largest(task.probabilities, task.k or V)).tolist()):
            raise Failed(f"With k = {task.k} there came symbols that are not among the {task.k} most likely.", hint=TOP)


@question.check(points=0.3, after=stays_within_the_k)
def renormalises_the_k(student: Solution, reference: Solution, rng: Rng) -> None:
    """Among the k most likely symbols the frequencies are their probabilities, divided by their sum.

    False alarm: two comparisons at 1e-8 each. Power: as above for temperatures. Draws that are as far off without k,
    and in the same way, lose half the points.
    """
    sampler = Sampler(student, rng)
    head = np.array([0.23, 0.14, 0.08]) * rng.uniform(0.95, 1.05, 3)
    third = rng.permutation([*head, *np.full(V - 3, (1 - head.sum()) / (V - 3)) * rng.uniform(0.9, 1.1, V - 3)])
    third /= third.sum()
    _compared(sampler, third, 3, *without_division(third, 3))
    given = steep(rng)
    _compared(sampler, given, V - 7, *temperatures(largest(given, V - 7)))


@question.check(points=0.1)
def one_is_the_likeliest(student: Solution, reference: Solution, rng: Rng) -> None:
    """With k = 1 the most likely symbol comes, always; where several are equally likely, one of them.

    False alarm: none.
    """
    rows, allowed = list[DrawTask](), list[set[int]]()
    for ties in (1, 3):
        row, best = nearly_even(rng), rng.choice(V, ties, replace=False)
        row[best] = row.max() * 1.5
        rows.append(DrawTask(row / row.sum(), 1, 20))
        allowed.append({int(symbol) for symbol in best})
    for due, found in zip(allowed, Sampler(student, rng).draw(*rows), strict=True):
        if set(found) - due:
            raise Failed("With k = 1 there came a symbol that is not the most likely one.", hint=TOP)


@question.check(points=0.1)
def large_k_is_everything(student: Solution, reference: Solution, rng: Rng) -> None:
    """With k equal to the number of symbols, or larger, or with no k at all, every symbol can come.

    False alarm: a symbol stays away in 1,000 draws with a probability below 3e-10.
    """
    sampler = Sampler(student, rng)
    for k, said in ((V, f"With k = {V}"), (V + 13, f"With k = {V + 13}"), (None, "Where k is left out,")):
        given, missing = nearly_even(rng), set(range(V))
        for number in (110, 60, 60, 770):
            missing -= set(sampler.draw(DrawTask(given, k, number, omitted=k is None))[0])
            if not missing:
                break
        if missing:
            count = f"{len(missing)} of {V} symbols" if len(missing) > 1 else f"one of {V} symbols"
            text = f"{said} {count} never came in 1,000 draws from nearly even probabilities."
            hint = DEFAULT if k is None else LARGE if len(missing) < V - 1 else ALONE
            raise Failed(text, hint=hint)


@question.check(points=0.2, public=True)
def names_are_letters(student: Solution, reference: Solution, rng: Rng) -> None:
    """`generate` returns a string of letters alone, 20 of them at the most, or as many as max_length says."""
    hidden = hidden_size(student)
    for length in (None, 1, 5):
        judge = partial(looks, length=length, most=20 if length is None else length)
        written_alone_or_aided(student, partial(Dictator, rng, [], hidden), None, length, judge)


@question.check(points=0.3)
def names_follow_the_model(student: Solution, reference: Solution, rng: Rng) -> None:
    """Each letter of a name is drawn from what the model says after the letters before, and "." ends the name.

    False alarm: below 1e-9 for letters that are all but certain; one comparison of frequencies at 1e-8. Power: a step
    that reads another letter, or takes another state, leads to other letters with a probability of 25 in 26 a step; a
    temperature as above, or seen in what `sample_next` is given. What only a wrong `sample_next` makes wrong is not
    charged again.
    """
    hidden = hidden_size(student)
    for length in (5, 3, 6):
        path = [*(int(symbol) for symbol in rng.integers(1, V, length)), 0]
        written_alone_or_aided(student, partial(Dictator, rng, path, hidden), None, None, follows)
    for k, row in ((1, leaning), (3, three)):
        written_alone_or_aided(student, partial(Dictator, rng, [], hidden, row), k, 8, partial(keeps_to, k=k, most=8))
    draws_letters(student, rng, hidden)


@question.check(points=0.1)
def leaves_the_model_alone(student: Solution, reference: Solution, rng: Rng) -> None:
    """`generate` changes neither the model's weights nor their gradients."""
    hidden = hidden_size(student)
    shapes = {"i2h": (hidden, V), "h2h": (hidden, hidden), "h2o": (V, hidden)}
    weights = {f"{part}.weight": rng.normal(0, 0.1, shape).astype(np.float32) for part, shape in shapes.items()}
    weights |= {f"{part}.bias": rng.normal(0, 0.1, shape[0]).astype(np.float32) for part, shape in shapes.items()}
    found = student.probe("sampling.left_behind", weights, np.log(letters_only(nearly_even(rng))), returns=ModelLeft)
    if not NAMES & set(found["returned"]):
        raise Failed("`generate` returned nothing in which a name could be.")
    same = found["weights"].keys() == weights.keys() and all(
        np.array_equal(found["weights"][name], value) for name, value in weights.items()
    )
    clean = not any(value is not None and value.any() for value in found["gradients"].values())
    asking = all(found["requires_grad"].get(name) is True for name in weights)
    for good, what in ((same, "weights"), (clean, "gradients"), (asking, "trainable parameters")):
        if not good:
            raise Failed(f"After generating, the model's {what} are not what they were.", hint=NO_GRAD)


def _compared(
    sampler: Sampler, given: Array, k: int | None, *others: Array, show: bool = False
) -> dict[str, Any] | None:
    """Draws as often as is due; what there is to show of a public check's."""
    due = given if k is None else largest(given, k)
    found = sampler.decide(given, k, due, *others)
    frequencies = found.counts / found.draws
    counted = {"frequencies": frequencies, "probabilities": due, "draws": int(found.draws)}
    evidence = {"labels": list(VOCAB), **counted} if show else None
    if found.refuted:
        numbers, words = shown(found, due)
        how = f"With k = {k}: " if k else ""
        itself = k is not None and sampler.follows_itself(given, k, found.counts)
        hint, keep = (MEND, 0.5) if itself else (words if show else None, 0.0)
        raise Failed(how + words, values=how + numbers, hint=hint, keep=keep, evidence=evidence)
    return evidence
