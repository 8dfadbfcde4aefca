"""Numbers are found in what students write, and matched with what they were rounded from."""

import math
from decimal import ROUND_DOWN, Decimal
from typing import Any

import numpy as np
import pytest
from alternatives import lost, marks, solution
from hypothesis import given
from hypothesis import strategies as st

from graders.authoring.solution import ModuleSolution
from graders.practical09.by_hand.checks import question
from graders.practical09.by_hand.reading import numbers
from graders.practical09.by_hand.rounding import Written

RIGHT: dict[str, Any] = {"h1": [0.46] * 3, "y1": [0.5] * 2, "h2": [0.85] * 3, "y2": [0.5] * 2, "loss": 1.39}


def written(**changes: Any) -> dict[str, Any]:
    """A right answer to two decimals, with some parts changed."""
    return RIGHT | changes


@pytest.mark.parametrize(
    "answer",
    [
        written(h1=0.46, y1=0.5, h2=0.85, y2=0.5),
        {"H1": (0.46,) * 3, "Y_1": [0.5] * 2, "h_2": [0.85] * 3, "ŷ2": [0.5] * 2, "Loss": 1.39},
        {"h": [[0.46] * 3, [0.85] * 3], "y": np.full((2, 2), 0.5), "total loss": 1.39},
        {"step 1": {"h": 0.46, "y": 0.5}, "step 2": {"h": 0.85, "y": 0.5}, "L": [[1.39]]},
        {"h1": {"unit 1": 0.46, "unit 2": 0.46, "unit 3": 0.46}, "y": 0.5} | written(h1=[[0.46] * 3]),
        written(h1="[0,46; 0,46; 0,46]", y1="50 %", h2="≈ 0.85", y2="1/2", loss="2 ln 2 = 1,39 nats"),
        written(h1=[0, 46, 0, 46, 0, 46], y1=(0, 5), h2=(0, 85), y2=[0, 50, 0, 50], loss=(1, 39)),
        written(y1=[50, 50], y2=["50%", "50%"]),
        list(RIGHT.values()),
        [0.46, 0.46, 0.46, 0.5, 0.5, 0.85, 0.85, 0.85, 0.5, 0.5, 1.39],
        np.array([0.46] * 3 + [0.5] * 2 + [0.85] * 3 + [0.5] * 2 + [1.39]),
        written(h1=[None] * 3) | {"H1": 0.46},
        written(h1=np.full((3, 1), 0.46 + 0j)),
    ],
)
def test_what_is_plainly_there_counts(answer: Any) -> None:
    """One number a layer, other keys, texts, fractions, percent, decimal commas, tables and lists earn all marks."""
    assert lost(question, solution(by_hand=answer)) == set()


@pytest.mark.parametrize(("by_hand", "defined"), [({"h1": [None] * 3}, True), (None, True), (None, False)])
def test_variables_that_the_answer_cell_sets_count(by_hand: Any, defined: bool) -> None:
    """Numbers in variables of the same names are read where the dict does not hold them, and no others are."""
    student = solution(by_hand=by_hand, **RIGHT)
    if not defined:
        del student.namespace["by_hand"]
    assert sum(marks(question, student).values()) == 0
    cell = "\n".join(f"{name} = {value}" for name, value in RIGHT.items())
    told = ModuleSolution(student.namespace, answers={"by_hand": cell})
    assert lost(question, told) == set()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"h1": 0.46}, "h1: one number was read for all of the layer"),
        ({"h1": [0, 46] * 3, "loss": (1, 39)}, "h1, loss: Python takes a comma for the end of a number"),
        ({"y1": [50, 50]}, "read as percent"),
    ],
)
def test_how_it_was_read_is_said(changes: dict[str, Any], words: str) -> None:
    """The public check passes with a remark, so that nobody wonders."""
    (check,) = [check for check in question.checks if check.name == "has_the_five_parts"]
    assert check.run is not None
    found = check.run(solution(by_hand=written(**changes)), solution(), None)
    assert found is not None
    assert words in str(found.message)


@given(st.floats(0.001, 5), st.integers(2, 5))
def test_a_rounded_number_matches_what_it_was_rounded_from(exact: float, decimals: int) -> None:
    """Rounding and cutting off both match, and a number two units away does not."""
    unit = Decimal(1).scaleb(-decimals)
    cut_off = Decimal(exact).quantize(unit, ROUND_DOWN)
    assert Written((round(exact, decimals),)).match([(exact, exact)]) == [True]
    if Decimal(exact) - cut_off < unit * 9 / 10:
        assert Written((float(cut_off),)).match([(exact, exact)]) == [True]
    for away in (cut_off + 2 * unit, cut_off - 2 * unit):
        written = Written((float(away),))
        assert written.decimals < decimals or written.match([(exact, exact)]) == [False]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("0.46", [0.46]),
        (" 0,46 ", [0.46]),
        (".5", [0.5]),
        ("-1", [-1.0]),
        ("1e-3", [0.001]),
        ("1e-999", [None]),
        ("46 %", [0.46]),
        ("½", [0.5]),
        ("1 / 0", [None]),
        ("tanh(0.5) = 0,46", [0.46]),
        ("0.46 0.46; 0.46, each", [0.46] * 3),
        ("2 ln 2", [2.0, None, 2.0]),
        (np.array([0.46 + 0j]), [0.46]),
        ("", [None]),
        (True, [None]),
        (10**400, [math.inf]),
        ([[1, [2]], "x"], [1.0, 2.0, None]),
        ({"unit 1": 0.46, "unit 2": "0,46"}, [0.46, 0.46]),
    ],
)
def test_numbers_are_found_however_nested(value: Any, found: list[float | None]) -> None:
    """Plain numbers in any nesting, and short texts that hold one."""
    assert numbers(value) == found
