"""A named misconception says where in the notebook its idea is explained."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sample_reports import report, verdict

from graders.catalog.assignment import Assignment
from graders.grading.diagnosis import _named
from graders.model import Outcome, QuestionReport
from graders.notebooks.notebook import HEADING
from graders.report.html import render_report


@pytest.fixture(scope="module")
def headings(practical09: Assignment) -> set[str]:
    """Every heading of the notebook."""
    lines = (line for cell in practical09.release.cells for line in cell.source.splitlines())
    return {line.strip("# \t") for line in lines if HEADING.match(line)}


def test_what_is_named_to_read_is_a_heading(practical09: Assignment, headings: set[str]) -> None:
    """Of every misconception that says it; the others have their question's own section."""
    said = {item.name: item.read for item in practical09.misconceptions if item.read}
    assert len(said) >= 90 and {name for name, read in said.items() if read not in headings} == set()


def test_the_page_says_where_the_idea_stands(practical09: Assignment) -> None:
    """The misconception's place, else the question's; of several that fit alike only a place that they share."""
    known = {item.name: item for item in practical09.misconceptions}
    failed = verdict("x", Outcome.FAILED, 0.0, 1.0)
    unfolded, equation, own = known["recurrence_forgotten"], known["tanh_missing"], known["softmax_overflows"]
    expected = [
        ([unfolded], "the notebook, “Part A. Pen and paper”"),
        ([equation], "section 1 of the notebook, “Model equations”"),
        ([own], "section 3 of the notebook, “Forward pass in NumPy”"),
        ([unfolded, equation], "section 3 of the notebook, “Forward pass in NumPy”"),
    ]
    for found, place in expected:
        question = QuestionReport("q", "Question", (_named(failed, found),), 1.0, section="3. Forward pass in NumPy")
        page = render_report(replace(report(), questions=(question,)))
        assert page.count(f"Read again: {place}") == 2, found
