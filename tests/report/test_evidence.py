"""Any evidence is drawn to its scale, or listed."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_checks import check_is_harmless
from sample_reports import report, verdict

from graders.model import Outcome, QuestionReport
from graders.report.figures.evidence import figures
from graders.report.html import render_report

evidence_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


KEYS = ["losses", "baselines", "band", "frequencies", "probabilities", "symbols", "labels", "expected", "got", "values"]


KEYS += ["population", "population_of", "marks"]


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from([*KEYS, "wrong", "note"]), evidence_values, max_size=6))
def test_any_evidence_is_shown_or_listed(evidence: dict[str, object]) -> None:
    """Evidence comes in part from student code: whatever it is, a page results."""
    found = verdict("x", Outcome.FAILED, 0.0, 1.0, evidence=evidence)
    check_is_harmless(render_report(report(questions=(QuestionReport("q", "Q", (found,), 1.0),))))


@pytest.mark.parametrize(
    "losses",
    [[1.0, 1.0], [0.0, 1e99], [-1e99, 1e99], list(range(5000)), [1e-300, 2e-300], np.linspace(3, 2, 50).tolist()],
)
def test_curves_of_any_scale_stay_in_the_plot(losses: list[float]) -> None:
    """All coordinates are finite and within the picture."""
    curve = figures({"losses": losses}).curve
    assert curve is not None
    places = [float(number) for line in (curve.raw, curve.smooth) for number in re.split("[ ,]", line.points)]
    assert all(0 <= place <= 640 for place in places) and len(places) < 4 * 401


@pytest.mark.parametrize("values", [[1.0, 1.0], [0.0, 1e99], [-1e99, 1e99], [1e-300, 2e-300], [0.5, 0.6, 0.55]])
def test_histograms_of_any_scale_stay_in_the_plot(values: list[float]) -> None:
    """Every value is counted once, in the picture, and so is each mark."""
    found = figures({"population": values, "marks": {"yours": 0.4, "note": "text"}}).histogram
    assert found is not None and len(found.marks) == 1
    assert sum(int(column.tip) for column in found.columns) == len(values)
    assert all(0 <= column.x <= column.x + column.width <= 640 and 0 <= column.top <= 260 for column in found.columns)
    assert all(0 <= mark.at <= 640 for mark in found.marks)


def test_losses_that_cannot_be_drawn_are_listed() -> None:
    """NaN, too few, too large, or no numbers at all."""
    for losses in ([1.0, float("nan")], [1.0], [1e200, 1.0], ["a", "b"], "text", [[1.0], [2.0]]):
        found = figures({"losses": losses})
        assert found.curve is None and found.rows[0][0] == "losses"
