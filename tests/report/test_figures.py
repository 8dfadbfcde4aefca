"""Tables of expected and got, the unfolded network, and intervals: right for what checks tell, nothing for the rest."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_reports import report, verdict

from graders.authoring.side_by_side import side_by_side
from graders.model import Outcome, QuestionReport
from graders.report.figures.charts import wilson
from graders.report.figures.evidence import figures
from graders.report.figures.network import network
from graders.report.figures.tables import table
from graders.report.html import render_report


def compared(shape: tuple[int, ...], *places: tuple[int, ...]) -> dict[str, Any]:
    """What a check tells of two arrays that differ in some places."""
    right = np.arange(np.prod(shape), dtype=float).reshape(shape)
    wrong = np.zeros(shape, bool)
    for place in places:
        wrong[place] = True
    return side_by_side(np.where(wrong, np.nan, right), right, wrong)


@pytest.mark.parametrize(
    ("shape", "place", "first", "columns"),
    [
        ((), (), (0, 0), ()),
        ((3,), (1,), (0, 1), ("0", "1", "2")),
        ((2, 3), (1, 0), (1, 0), ("0", "1", "2")),
        ((50, 20), (49, 19), (11, 7), tuple(map(str, range(12, 20)))),
        ((4, 30, 3), (2, 15, 1), (2, 1), ("0", "1", "2")),
    ],
)
def test_a_table_holds_the_first_difference(
    shape: tuple[int, ...], place: tuple[int, ...], first: tuple[int, int], columns: tuple[str, ...]
) -> None:
    """Whatever the shape: at its place, with what was expected above, and all other cells the same."""
    found = table(compared(shape, place))
    assert found is not None and found.columns == columns
    marked = {(i, j): p for i, row in enumerate(found.rows) for j, p in enumerate(row.pairs) if p.state != "same"}
    assert set(marked) == {first} and marked[first].state == "first"
    assert marked[first].got == "nan" and float(marked[first].expected) == float(np.ravel_multi_index(place, shape))
    assert bool(found.note) == (np.prod(shape, dtype=int) > sum(len(row.pairs) for row in found.rows))


def test_only_the_first_difference_is_marked_as_first() -> None:
    """The others differ."""
    found = table(compared((2, 3), (0, 1), (1, 2)))
    assert found is not None
    assert [pair.state for row in found.rows for pair in row.pairs] == ["same", "first", "same", "same", "same", "off"]


def test_a_page_shows_the_table_in_place_of_the_share() -> None:
    """Aligned, in a box that scrolls, with words for anyone who sees no colours."""
    told = {"values": 6, "wrong": 1, "compared": compared((2, 3), (0, 1))}
    found = verdict("x", Outcome.FAILED, 0.0, 1.0, public=True, evidence=told)
    text = render_report(report(questions=(QuestionReport("q", "Q", (found,), 1.0),)))
    assert "the first difference" in text and "numbers differ" not in text and 'aria-label="Expected and got"' in text


@pytest.mark.parametrize(
    ("states", "outputs", "first", "begins", "more"),
    [
        ([True, False], [False, False], "h2", True, 0),
        ([True, True], [False, True], "y1", True, 0),
        ([None, False], [None, None], "h2", True, 0),
        ([True] * 30 + [False] * 20, [True] * 30 + [False] * 20, "h31", False, 15),
    ],
)
def test_the_first_wrong_step_is_marked(
    states: list[bool], outputs: list[bool], first: str, begins: bool, more: int
) -> None:
    """A wrong state comes before wrong outputs; of a long sequence the steps around it are drawn."""
    found = network({"states": states, "outputs": outputs})
    assert found is not None and found.begins == begins and found.more == more
    nodes = [node for step in found.steps for node in (step.hidden, step.output)]
    assert [node.name for node in nodes if node.state == "first"] == [first] and first in found.sentence
    assert all(0 < step.x < 640 for step in found.steps)


def test_a_network_that_is_right_is_not_drawn() -> None:
    """Nor one of which nothing is reported."""
    assert network({"states": [True], "outputs": [True]}) is None
    assert network({"states": [None], "outputs": [None]}) is None


def test_bars_have_the_interval_of_their_draws() -> None:
    """Wilson's: around the share, within 0 and 1, and not of no width where nothing came."""
    low, high = wilson(0.0, 200)
    assert low == 0 and 0.01 < high < 0.03
    low, high = wilson(0.5, 400)
    assert 0.45 < low < 0.5 < high < 0.55
    told = {"frequencies": [0.5, 0.5], "probabilities": [0.4, 0.6], "draws": 100, "labels": ["a", "b"]}
    bars = figures(told).bars
    assert bars is not None and bars.draws == 100 and not figures(told).rows
    for bar in bars.bars:
        assert bar.interval is not None and bar.interval[0] < bar.top < bar.interval[1]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.floats() | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)
KEYS = ("shape", "before", "top", "left", "expected", "got", "wrong", "first", "states", "outputs")


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), ANYTHING))
def test_whatever_is_told_a_figure_or_none_results(told: dict[str, Any]) -> None:
    """Evidence comes in part from student code."""
    table(told)
    network(told)
    figures({"compared": told, "unfolded": told, "draws": told})
