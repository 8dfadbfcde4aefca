"""Forward propagation by hand, with follow-through marks: what follows from the student's own values is right.

A value is right when some rounding of the values before it, each to the precision written or finer, leads to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import product

import numpy as np

from graders import CallError, Failed, Outcome, Passed, Question, Solution
from graders.practical09.by_hand_rounding import Range, Written, mapped, numbers, point, rounded, roundings, total

question = Question("by_hand", title="Forward propagation by hand", points=2)

Ranges = set[Range]
Mistakes = Mapping[str, Iterable[Range]]  # what went wrong, told to the student -> the values that this gives

W = 0.1  # every weight and every bias
INPUTS = (W * 4, W * (8 + 2))  # what the inputs of a step bring to each hidden unit
SIZES = {"h1": 3, "y1": 2, "h2": 3, "y2": 2, "loss": 1}
ARITHMETIC = (
    "This is so close to what the formula gives that your method looks right: do the arithmetic again, and round "
    "only at the end."
)
METHOD = {
    "h": "Each hidden unit adds up all inputs, all units of the state before and one bias, each input and each unit "
    "times its weight; the activation comes last.",
    "y": "Each class gets a score from all hidden units and a bias; softmax then makes probabilities of the scores.",
    "l": "At each step only the probability of the right class counts; the loss adds up both steps.",
}


@question.check(points=0, public=True)
def has_the_five_parts(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """`by_hand` has the five parts h1, y1, h2, y2 and loss, each with as many numbers as asked."""
    for name in SIZES:
        found = _read(student, name).values
        if any(map(math.isnan, found)):
            raise Failed(f"{name}: expected {_count(name)}, got {_shown(found)}.")


@question.check(points=0.6)
def first_state(student: Solution, reference: Solution, rng: np.random.Generator) -> Passed | None:
    """The hidden state of step 1 is right."""
    exact = _exact(reference, "h1")[0]
    right = {point(exact)}
    return _judge("h1", _read(student, "h1"), exact, right, right, _mistakes_in_state(INPUTS[0], (0.0, 0.0)))


@question.check(points=0.3)
def first_output(student: Solution, reference: Solution, rng: np.random.Generator) -> Passed | None:
    """The output of step 1 is right."""
    return _judge_output(student, reference, "y1", "h1")


@question.check(points=0.6)
def second_state(student: Solution, reference: Solution, rng: np.random.Generator) -> Passed | None:
    """The hidden state of step 2 is right, or follows from your own state of step 1."""
    h2, h1, exact = _read(student, "h2"), _attempt(student, "h1"), _exact(reference, "h1")
    right, own = _followed(_next_state, [h1], [exact], h2.decimals)
    if h1 and all(h1.match([point(math.tanh(INPUTS[0] + 2 * W))])):  # a second recurrent bias costs h1 alone
        own |= _followed(partial(_next_state, bias=2 * W), [h1], [exact], h2.decimals)[1]
    before = total(h1.behind(exact) if h1 else map(point, exact))
    return _judge("h2", h2, _exact(reference, "h2")[0], right, own, _mistakes_in_state(INPUTS[1], before))


@question.check(points=0.2)
def second_output(student: Solution, reference: Solution, rng: np.random.Generator) -> Passed | None:
    """The output of step 2 is right."""
    return _judge_output(student, reference, "y2", "h2")


@question.check(points=0.3)
def summed_loss(student: Solution, reference: Solution, rng: np.random.Generator) -> Passed | None:
    """The loss is right, or follows from your own outputs."""
    loss, names = _read(student, "loss"), ("y1", "y2")
    exact = [_exact(reference, name) for name in names]
    right, own = _followed(_cross_entropy, [_attempt(student, name) for name in names], exact, loss.decimals)
    return _judge("loss", loss, float(reference.value("by_hand")["loss"]), right, own, _mistakes_in_loss(right | own))


def _judge_output(student: Solution, reference: Solution, name: str, state: str) -> Passed | None:
    """Both classes get the same score, whatever the state, so there is but one right answer to either output."""
    output, h, exact = _read(student, name), _attempt(student, state), _exact(reference, state)
    value = _exact(reference, name)[0]
    right, before = {point(value)}, total(h.behind(exact) if h else map(point, exact))
    return _judge(name, output, value, right, right, _mistakes_in_output(before))


# --- reading ----------------------------------------------------------------------------------------------------------


def _read(student: Solution, name: str) -> Written:
    """One part of the student's answer, NaN where a number is missing."""
    answer = student.value("by_hand")
    if not isinstance(answer, dict):
        text = f"`by_hand` must be a dict with the keys {', '.join(SIZES)}."
        raise Failed(text, summary=text)
    found = numbers(answer.get(name))
    if all(number is None for number in found):
        text = f'`by_hand["{name}"]` has no value yet.'
        raise CallError(Outcome.MISSING, text, text)
    values = tuple(math.nan if number is None else number for number in found)
    if len(values) != SIZES[name]:
        text = f"{name}: expected {_count(name)}, got {_shown(values)}."
        raise Failed(text, summary=text)
    return Written(values)


def _count(name: str) -> str:
    return f"{SIZES[name]} number{'s' if SIZES[name] > 1 else ''}"


def _attempt(student: Solution, name: str) -> Written | None:
    """The same, where the student wrote something to go on with."""
    try:
        written = _read(student, name)
    except (Failed, CallError):
        return None
    return written if all(map(math.isfinite, written.values)) else None


def _exact(reference: Solution, name: str) -> list[float]:
    return [float(value) for value in reference.value("by_hand")[name]]


# --- what follows from what -------------------------------------------------------------------------------------------


def _followed(
    follow: Callable[[Sequence[Sequence[Range]], int], Ranges],
    attempts: Sequence[Written | None],
    exact: Sequence[Sequence[float]],
    decimals: int,
) -> tuple[Ranges, Ranges]:
    """What follows from the right values, and what follows from the student's own (the right ones where missing)."""
    pairs = list(zip(attempts, exact, strict=True))
    decimals = min([decimals, *(written.spoils(values) for written, values in pairs if written)])
    own = follow(
        [written.behind(values) if written else list(map(point, values)) for written, values in pairs], decimals
    )
    right = follow([list(map(point, values)) for values in exact], decimals)
    if all(written.rounds(values) for written, values in pairs if written):
        right |= own
    return right, own


def _next_state(before: Sequence[Sequence[Range]], decimals: int, bias: float = W) -> Ranges:
    """Each unit of the second state; all are equal, for all their weights are."""
    sums = {total((round(W * lo, d), round(W * hi, d)) for lo, hi in before[0]) for d in roundings(decimals)}
    nets = {(INPUTS[1] + lo + bias, INPUTS[1] + hi + bias) for lo, hi in rounded(sums, decimals)}
    return mapped(math.tanh, rounded(nets, decimals))


def _cross_entropy(outputs: Sequence[Sequence[Range]], decimals: int) -> Ranges:
    """The loss: the first class is right at step 1, the second at step 2."""
    right_class = (outputs[0][0], outputs[1][1])
    if min(lo for lo, _ in right_class) <= 0:
        return set()
    first, second = (rounded(mapped(lambda p: -math.log(p), [p]), decimals) for p in right_class)
    return {total(pair) for pair in product(first, second)}


# --- known mistakes ---------------------------------------------------------------------------------------------------


def _mistakes_in_state(inputs: float, before: Range) -> Mistakes:
    """Wrong ways to a state; `before` is the sum over the state before it."""
    net = total([point(inputs + W), (W * before[0], W * before[1])])
    alone = total([point(inputs + W), (W * before[0] / 3, W * before[1] / 3)])
    again = total([net, point(INPUTS[0] - INPUTS[1])])
    mistakes = {
        "These are the sums that go into the activation: tanh is still to be applied.": [net],
        "This is the logistic function of the sum; the hidden activation here is tanh.": mapped(_logistic, [net]),
        "The bias of the hidden layer is missing from the sum.": mapped(lambda n: math.tanh(n - W), [net]),
        "The bias is counted twice: the hidden layer has one bias, not one for the inputs and another for the state "
        "before.": mapped(lambda n: math.tanh(n + W), [net]),
    }
    if inputs == INPUTS[0]:
        return mistakes
    return mistakes | {
        "The state of step 1 is left out: it is what makes the network recurrent.": [point(math.tanh(inputs + W))],
        "Each unit takes in all three units of the state before, not only itself.": mapped(math.tanh, [alone]),
        "This uses the inputs of step 1 once more.": mapped(math.tanh, [again]),
    }


def _mistakes_in_output(state: Range) -> Mistakes:
    """Wrong ways to an output; `state` is the sum over the hidden units."""
    score = total([point(W), (W * state[0], W * state[1])])
    return {
        "These are the scores of the classes: softmax is still to be applied.": [score],
        "This is the logistic function of each score; softmax adds up to 1 over the classes.": mapped(
            _logistic, [score]
        ),
        "These are the exponentials of the scores; softmax divides them by their sum.": mapped(_exp, [score]),
    }


def _mistakes_in_loss(right: Ranges) -> Mistakes:
    """Wrong ways from the right probabilities to the loss."""
    times = {
        "This is the loss of one step, or the mean of both; asked is the sum.": 1 / 2,
        "This is the loss with logarithms to base 2; cross-entropy takes the natural one.": 1 / math.log(2),
        "This is the loss with logarithms to base 10; cross-entropy takes the natural one.": 1 / math.log(10),
        "The sign is turned round: the logarithm of a probability is negative, the loss is not.": -1,
        "This counts both classes of each step; only the probability of the right class counts.": 2,
    }
    return {text: {(min(lo * k, hi * k), max(lo * k, hi * k)) for lo, hi in right} for text, k in times.items()}


def _exp(score: float) -> float:
    return math.exp(min(score, 700.0))  # beyond it, exp overflows


def _logistic(score: float) -> float:
    return 1 / (1 + _exp(-score))


# --- judging ----------------------------------------------------------------------------------------------------------


def _judge(name: str, written: Written, exact: float, right: Ranges, own: Ranges, mistakes: Mistakes) -> Passed | None:
    """Full marks for a right number, half for a slip of arithmetic, none for a wrong method."""
    good = written.match(right | own)
    if all(good):
        follows = "Your earlier values are not right, but this follows from them and earns its full marks."
        return None if all(written.match(right)) else Passed(follows)
    found = [text for text, ranges in mistakes.items() if all(written.match(ranges))]
    slips = [near and not (fine or found) for fine, near in zip(good, written.near(right | own), strict=True)]
    only_slips = all(fine or slip for fine, slip in zip(good, slips, strict=True))
    which = "this is" if not any(good) else "one number is" if sum(good) == len(good) - 1 else "some numbers are"
    raise Failed(
        f"{name}: expected {exact:.6g}, got {_shown(written.values)}.",
        summary=f"{name}: {which} not what the formulas give, whichever way it is rounded.",
        hint=_told(found) if found else ARITHMETIC if only_slips else METHOD[name[0]],
        fraction=(sum(good) + 0.5 * sum(slips)) / len(good),
    )


def _told(found: Sequence[str]) -> str:
    if len(found) == 1:
        return found[0]
    return "More than one mistake leads to these numbers; it is one of them. " + " Or: ".join(found)


def _shown(values: Sequence[float]) -> str:
    return ", ".join("nothing" if math.isnan(value) else f"{value:.6g}" for value in values)
