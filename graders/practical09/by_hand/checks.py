"""Forward propagation by hand, with follow-through marks: what follows from the student's own values is right.

A value is right when some rounding of the values before it, each to the precision written or finer, leads to it. A
mistake that is made at both steps is charged at the first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import Any

from graders import CallError, Failed, Outcome, Passed, Question, Rng, Solution
from graders.practical09.by_hand.mistakes import INPUTS, UNITS, Mistake, Ranges, Unit, W, in_loss, in_output, in_state
from graders.practical09.by_hand.reading import SIZES, AnswerPart, counted, found_parts, read_part, shown
from graders.practical09.by_hand.rounding import Range, Written, mapped, point, rounded, roundings, total

question = Question("by_hand", title="Forward propagation by hand", points=2)

RIGHT = Unit()
ARITHMETIC = (
    "This is so close to what the formula gives that your method looks right: do the arithmetic again, and round "
    "only at the end."
)
COARSE = "One decimal is too coarse to tell this from a mistake: give two decimals or more."
FOLLOWS = "Your earlier values are not right, but this follows from them and earns its full marks."
AGAIN = "The same mistake as at step 1, where it is charged; here it costs nothing."
METHOD = {
    "h": "Each hidden unit adds up all inputs, all units of the state before and one bias, each input and each unit "
    "times its weight; the activation comes last.",
    "y": "Each class gets a score from all hidden units and a bias; softmax then makes probabilities of the scores.",
    "l": "At each step only the probability of the right class counts; the loss adds up both steps.",
}


@question.check(points=0, public=True)
def has_the_five_parts(student: Solution, reference: Solution, rng: Rng) -> Passed | None:
    """`by_hand` has the five parts h1, y1, h2, y2 and loss, each with as many numbers as asked."""
    parts = _parts(student)
    for name in SIZES:
        found = _read(parts, name).values
        if any(map(math.isnan, found)):
            raise Failed(
                f"{name}: not every value is a number.", values=f"{name}: expected {counted(name)}, got {shown(found)}."
            )
    remarks: dict[str, list[str]] = {}
    for name, part in parts.items():
        remarks.setdefault(part.remark, []).append(name)
    told = [f"{', '.join(names)}: {remark}." for remark, names in remarks.items() if remark]
    return Passed(" ".join(told)) if told else None


@question.check(points=0.6)
def first_state(student: Solution, reference: Solution, rng: Rng) -> Passed | None:
    """The hidden state of step 1 is right."""
    parts, exact = _parts(student), _exact(reference, "h1")[0]
    right = {point(exact)}
    h1, h2, coarse = _read(parts, "h1"), _attempt(parts, "h2"), _coarse(parts, reference)
    sure = h2 is not None and _is_made_again(h1, h2, _exact(reference, "h1"))
    return _judge("h1", h1, exact, right, right, in_state(INPUTS[0], (0.0, 0.0)), coarse=coarse, sure=sure)


@question.check(points=0.3)
def first_output(student: Solution, reference: Solution, rng: Rng) -> Passed | None:
    """The output of step 1 is right."""
    return _judge_output(_parts(student), reference, "y1", "h1")


@question.check(points=0.6)
def second_state(student: Solution, reference: Solution, rng: Rng) -> Passed | None:
    """The hidden state of step 2 is right, or follows from your own state of step 1."""
    parts, exact = _parts(student), _exact(reference, "h1")
    h2, h1 = _read(parts, "h2"), _attempt(parts, "h1")
    right, own = _followed(_next_state, [h1], [exact], h2.decimals)
    if h1 and _is_made_again(h1, h2, exact):
        return Passed(AGAIN)
    before = total(h1.behind(exact) if h1 else map(point, exact))
    coarse = _coarse(parts, reference)
    return _judge("h2", h2, _exact(reference, "h2")[0], right, own, in_state(INPUTS[1], before), coarse=coarse)


@question.check(points=0.2)
def second_output(student: Solution, reference: Solution, rng: Rng) -> Passed | None:
    """The output of step 2 is right."""
    parts = _parts(student)
    y1, y2 = _attempt(parts, "y1"), _attempt(parts, "y2")
    ways = zip(in_output(_before(parts, reference, "h1")), in_output(_before(parts, reference, "h2")), strict=True)
    for first, second in ways:
        if y1 and y2 and all(y1.match(first.ranges)) and all(y2.match(second.ranges)):
            return Passed(AGAIN)
    return _judge_output(parts, reference, "y2", "h2")


@question.check(points=0.3)
def summed_loss(student: Solution, reference: Solution, rng: Rng) -> Passed | None:
    """The loss is right, or follows from your own outputs."""
    parts, names = _parts(student), ("y1", "y2")
    loss, exact = _read(parts, "loss"), [_exact(reference, name) for name in names]
    right, own = _followed(_cross_entropy, [_attempt(parts, name) for name in names], exact, loss.decimals)
    value = float(reference.value("by_hand")["loss"])
    return _judge("loss", loss, value, right, own, in_loss(right | own))


def _judge_output(parts: dict[str, AnswerPart], reference: Solution, name: str, state: str) -> Passed | None:
    """Both classes get the same score, whatever the state, so there is but one right answer to either output."""
    output, value = _read(parts, name), _exact(reference, name)[0]
    right = {point(value)}
    return _judge(name, output, value, right, right, in_output(_before(parts, reference, state)))


def _before(parts: dict[str, AnswerPart], reference: Solution, state: str) -> Range:
    """The sum over the units of a state, as the student has it."""
    h, exact = _attempt(parts, state), _exact(reference, state)
    return total(h.behind(exact) if h else map(point, exact))


def _is_made_again(h1: Written, h2: Written, exact: Sequence[float]) -> bool:
    """Whether one known wrong unit gives both states that the student wrote."""
    units = [unit for _, unit in UNITS.values()]
    wrong = [unit for unit in units if all(h1.match([point(unit.activation(INPUTS[0] + unit.bias))]))]
    ways = [_followed(partial(_next_state, unit=unit), [h1], [exact], h2.decimals)[1] for unit in wrong]
    return any(all(h2.match(ranges)) for ranges in ways)


# --- reading ----------------------------------------------------------------------------------------------------------


def _parts(student: Solution) -> dict[str, AnswerPart]:
    """The parts of the student's answer; what the dict lacks may stand in variables that the answer cell sets."""
    try:
        answer = student.value(question.id)
    except CallError as error:
        if error.outcome is not Outcome.MISSING or not (beside := _beside(student, SIZES)):
            raise
        answer, found = {}, beside
    else:
        found = found_parts(answer)
    parts = {name: read_part(name, value) for name, value in found.items()}
    lacking = [name for name in SIZES if name not in parts or parts[name].empty]
    if lacking:
        parts |= {name: read_part(name, value) for name, value in _beside(student, lacking).items()}
    if not isinstance(answer, dict) and not parts:
        raise Failed(f"`by_hand` must be a dict with the keys {', '.join(SIZES)}.")
    return parts


def _beside(student: Solution, names: Sequence[str] | dict[str, int]) -> dict[str, Any]:
    """Variables of these names that the answer cell sets, such as `h1 = [0.1, 0.2, 0.3]`."""
    source = student.answer(question.id)
    written = [name for name in names if re.search(rf"^{name}[ \t]*=[^=]", source, re.MULTILINE)]
    return {name: student.value(name) for name in written if student.defines(name)}


def _read(parts: dict[str, AnswerPart], name: str) -> Written:
    """One part of the student's answer, NaN where a number is missing."""
    part = parts.get(name, AnswerPart())
    if part.trouble:
        raise Failed(f"{name}: {part.trouble}.")
    if part.empty:
        text = f'`by_hand["{name}"]` has no value yet.'
        raise CallError.in_our_words(Outcome.MISSING, text)
    return Written(part.values)


def _attempt(parts: dict[str, AnswerPart], name: str) -> Written | None:
    """The same, where the student wrote something to go on with."""
    part = parts.get(name, AnswerPart())
    finite = not part.trouble and bool(part.values) and all(map(math.isfinite, part.values))
    return Written(part.values) if finite else None


def _coarse(parts: dict[str, AnswerPart], reference: Solution) -> bool:
    """Whether both states are written to one decimal, and right as far as that goes."""
    written = {name: _attempt(parts, name) for name in ("h1", "h2")}
    return all(h and h.is_coarse_for(_exact(reference, name)) for name, h in written.items())


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


def _next_state(before: Sequence[Sequence[Range]], decimals: int, unit: Unit = RIGHT) -> Ranges:
    """Each unit of the second state; all are equal, for all their weights are."""
    sums = {total((round(W * lo, d), round(W * hi, d)) for lo, hi in before[0]) for d in roundings(decimals)}
    nets = {(INPUTS[1] + lo + unit.bias, INPUTS[1] + hi + unit.bias) for lo, hi in rounded(sums, decimals)}
    return mapped(unit.activation, rounded(nets, decimals))


def _cross_entropy(outputs: Sequence[Sequence[Range]], decimals: int) -> Ranges:
    """The loss: the first class is right at step 1, the second at step 2."""
    right_class = (outputs[0][0], outputs[1][1])
    if min(lo for lo, _ in right_class) <= 0:
        return set()
    first, second = (rounded(mapped(lambda p: -math.log(p), [p]), decimals) for p in right_class)
    return {total(pair) for pair in product(first, second)}


# --- judging ----------------------------------------------------------------------------------------------------------


def _judge(
    name: str,
    written: Written,
    exact: float,
    right: Ranges,
    own: Ranges,
    mistakes: Sequence[Mistake],
    *,
    coarse: bool = False,
    sure: bool = False,
) -> Passed | None:
    """Full marks for a right number, half for a slip of arithmetic or too few decimals, none for a wrong method.

    Args:
        right: the values that are right; `own` those that follow from the student's own.
        coarse: whether the whole answer is right but for its few decimals.
        sure: whether another part shows that a known mistake was made, so that few decimals are no excuse.
    """
    good = written.match(right | own)
    if all(good):
        return None if all(written.match(right)) else Passed(FOLLOWS)
    found = [mistake for mistake in mistakes if all(written.match(mistake.ranges))]
    known = found and not coarse
    near = written.near(right | own)
    slips = [(close or coarse) and not (fine or known) for fine, close in zip(good, near, strict=True)]
    only_slips = all(fine or slip for fine, slip in zip(good, slips, strict=True))
    too_coarse = coarse or (not sure and written.is_coarse_for([exact] * len(written.values)))
    which = "this is" if not any(good) else "one number is" if sum(good) == len(good) - 1 else "some numbers are"
    raise Failed(
        f"{name}: {which} not what the formulas give, whichever way it is rounded.",
        values=f"{name}: expected {exact:.6g}, got {shown(written.values)}.",
        hint=_told(found, name, only_slips=only_slips, too_coarse=too_coarse),
        keep=(sum(good) + 0.5 * sum(slips)) / len(good),
        misconception=found[0].name if len(found) == 1 and not too_coarse else None,
        evidence=_unfolded(name),
    )


def _unfolded(name: str) -> dict[str, Any] | None:
    """Where in the unfolded network a part is that is not right; nothing is said of the others."""
    if name == "loss":
        return None
    flags: dict[str, Any] = {"states": [None, None], "outputs": [None, None]}
    flags["states" if name[0] == "h" else "outputs"][int(name[1]) - 1] = False
    return {"unfolded": flags}


def _told(found: Sequence[Mistake], name: str, *, only_slips: bool, too_coarse: bool) -> str:
    """The hint: the mistake where one is known, too few decimals, a slip, or else the idea of the step."""
    texts = [mistake.text for mistake in found]
    if too_coarse:
        return " ".join([COARSE, *(f"If it is not rounded: {text}" for text in texts)])
    if len(texts) > 1:
        return "More than one mistake leads to these numbers; it is one of them. " + " Or: ".join(texts)
    return texts[0] if texts else ARITHMETIC if only_slips else METHOD[name[0]]
