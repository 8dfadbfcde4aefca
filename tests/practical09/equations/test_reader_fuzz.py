"""Hostile answers: reading and judging never raises, and the work on any answer is bounded."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
import pytest
from equation_styles import Style, laid_out, styles
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graders.practical09.equations.reader import ModelPart, PartStatus, judge, read_equations

FRAGMENTS = [
    *(
        "$",
        "$$",
        r"\[",
        r"\]",
        r"\(",
        r"\)",
        "```",
        "`",
        "\n",
        " ",
        "<!--",
        "-->",
        "⟦0⟧",
        r"\begin{align}",
        r"\end{align}",
    ),
    *(
        r"\begin{cases}",
        r"\end{cases}",
        r"\begin{pmatrix}",
        r"\end{pmatrix}",
        r"\begin{array}{c}",
        r"\end{array}",
        "&",
        r"\\",
    ),
    *(
        "h_t",
        "h_{t-1}",
        "x_t",
        "h_0",
        "W_{xh}",
        "W",
        "b",
        r"\hat{y}_t",
        "y_{t,k}",
        "z_t",
        "L",
        "L_t",
        "t",
        "k",
        "_",
        "^",
        "'",
    ),
    *("=", "+", "-", "*", "/", ",", ";", ":", "|", r"\|", "(", ")", "[", "]", "{", "}", r"\{", r"\}", "<", ">", r"\in"),
    *(
        r"\tanh",
        "softmax",
        r"\sigma",
        r"\phi",
        r"\log",
        r"\exp",
        "e^{z_t}",
        r"\sum_t",
        r"\sum_{k=1}^K",
        r"\sum",
        r"\frac",
    ),
    *(
        r"\hat",
        r"\mathbf",
        r"\text{and}",
        r"\mathbb{R}",
        r"\times",
        r"\cdot",
        r"\odot",
        r"\top",
        "^T",
        r"\left",
        r"\right",
    ),
    *(
        "0",
        "1",
        "0.1",
        "9" * 400,
        "²",
        "①",
        "٣",
        "ŷ",
        "ₜ₋₁",
        "∑",
        "σ",
        "\x00",
        "\ud83d\ude00",
        "\u202e",
        r"\mathbb{1}[y_t=k]",
    ),
]
soups = st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join)

BOMBS = {
    "braces": "$h_t = " + "{" * 4000 + "x" + "}" * 4000 + "$",
    "brackets": "$h_t = " + "(" * 3000 + "x_t" + ")" * 3000 + "$",
    "left and right": "$h_t = " + r"\left(" * 800 + "x_t" + r"\right)" * 800 + "$",
    "environments": "$$" + r"\begin{aligned}" * 300 + "h_t = x_t" + r"\end{aligned}" * 300 + "$$",
    "open environments": r"\begin{align}" * 1500,
    "open brackets": r"\( " * 6000,
    "open squares": r"\[ " * 6000,
    "dollars": "$" * 20000,
    "double dollars": "$$ " * 6000,
    "fences": "```\n" * 5000,
    "ticks": "`" * 20000,
    "sums": "$L = " + r"\sum_t " * 900 + "y_t$",
    "logs": "$L = " + r"\log " * 900 + "y_t$",
    "fractions": "$h_t = " + r"\frac" * 900 + "$",
    "hats": "$h_t = " + r"\hat" * 1200 + "x$",
    "texts": "$" + r"\text{" * 900 + "}" * 900 + "$",
    "scripts": "$h" + "_t" * 1500 + " = x_t$",
    "powers": "$h_t = x" + "^2" * 1500 + "$",
    "primes": "$h" + "'" * 3000 + " = x_t$",
    "minuses": "$h_t = " + "-" * 3000 + "x_t$",
    "products": "$h_t = " + "W " * 2000 + "x_t$",
    "terms": "$h_t = " + "+".join(["W x_t"] * 700) + "$",
    "rows": "$$" + r"h_t = x_t \\ " * 400 + "$$",
    "equalities": "$h_t " + "= x_t " * 900 + "$",
    "segments": "$h_t = W x_t$ " * 1500,
    "doubling": " ".join(f"$z_{{{i},t}} = z_{{{i + 1},t}} + z_{{{i + 1},t}}$" for i in range(60)),
    "doubling names": "$$"
    + r" \\ ".join(
        f"{a}_t = {b}_t + {b}_t + {b}_t"
        for a, b in zip("abcdefgijklmnopqrsuvwz", "bcdefgijklmnopqrsuvwzx", strict=True)
    )
    + "$$",
    "cycle": r"$a_t = b_t$ $b_t = c_t$ $c_t = a_t$ $h_t = \tanh(a_t + h_{t-1})$",
    "itself": r"$h_t = h_t + h_{t-1}$ $\hat{y}_t = \hat{y}_t$ $L_t = L_t$ $L = \sum_t L_t$",
    "losses": r"$L = \sum_t L_t$ $L_t = \sum_k M_{t,k}$ $M_{t,k} = L_t$",
    "matrix": r"$$h_t = \begin{pmatrix}" + (r"1 & 2 \\ ") * 900 + r"\end{pmatrix}$$",
    "indices": "$h_{t,i} = " + "".join(rf"\sum_{{{c}}} W_{{{c}}} " for c in "abcdefgjklmnopqrsuvw") + "x_{t,i}$",
    "huge numbers": f"$h_t = {'9' * 3000} x_t + h_{{t-{'9' * 900}}}$",
    "huge powers": r"$h_t = \tanh(x_t^{999999999}) + e^{e^{e^{e^{x_t}}}}$",
    "division by nothing": r"$h_t = \frac{W x_t}{0} + U h_{t-1}$ $L = \log 0$",
    "long line": "h_t = " + "x" * 19000,
    "markers": "⟦999999⟧ ⟦0⟧ $f$ ⟦1⟧",
    "shapes": "$W_{xh}$ is H by D, " * 900,
    "shapes of nothing": "H × D " * 3000,
    "names": "W_xh " * 4000 + "H × D",
    "fonts": r"$\mathbf{" * 600 + "W" + "}" * 600 + "$: H × D",
    "a long sum": "h_t = " + " + ".join(["W x_t"] * 2500),
    "surrogates": "$h_t = \ud800 x_t$",
}
WORK = 6_000_000  # function calls; an ordinary answer costs some ten thousand


class TooMuch(BaseException):
    """The work on one answer went beyond its bound."""


def within_bounds(work: Callable[[], Any]) -> Any:
    """Do some work and count the calls that it makes: a clock that does not depend on the machine."""
    calls = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event == "call"
        if calls > WORK:
            raise TooMuch

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        return work()
    finally:
        sys.setprofile(before)


def judged(markdown: str) -> list[ModelPart]:
    """The parts that were judged, in order."""
    return [found.part for found in judge(read_equations(markdown), np.random.default_rng(0))]


@given(st.text(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_text_gets_one_finding_a_part(markdown: str) -> None:
    """Reading is total."""
    assert judged(markdown) == list(ModelPart)


@given(soups)
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_soup_of_latex_gets_one_finding_a_part(markdown: str) -> None:
    """Half-written mathematics is no fault of ours."""
    assert judged(markdown) == list(ModelPart)


@given(style=styles, data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_damaged_answer_gets_one_finding_a_part(style: Style, data: st.DataObject) -> None:
    """Characters lost from or put into a right answer never break the reader."""
    answer = laid_out([style.initial(), style.recurrence(), style.predicted(), style.cross_entropy()], "display")
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(answer)))
        lost = data.draw(st.integers(0, 4))
        answer = answer[:place] + data.draw(st.sampled_from(["", *FRAGMENTS])) + answer[place + lost :]
    assert judged(answer) == list(ModelPart)


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_a_bomb_costs_little_and_accuses_nobody_of_more_than_it_says(name: str) -> None:
    """Nesting, doubling and repetition are bounded."""
    assert within_bounds(lambda: judged(BOMBS[name])) == list(ModelPart)


def test_what_is_too_long_is_said_to_be_unread() -> None:
    """An answer beyond the bounds goes to a person."""
    reading = read_equations("$h_t = W x_t$ " * 1500)
    assert reading.unread
    found = judge(reading, np.random.default_rng(0))
    assert all(item.status is not PartStatus.AGREES for item in found)
