"""Right answers in a hundred further notations: what share of them is read whole, and of their items."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from graders.practical09.equations.reader import PartStatus, judge, read_equations

ANSWERS = dict(
    block.split("\n", 1)
    for block in re.split(r"^=== ", Path(__file__).with_name("read.md").read_text("utf-8"), flags=re.MULTILINE)[1:]
)
LEFT = {  # what goes to a person: a program with a loop, a loss without an equals sign, a bias that reads as an article
    "python_at",
    "greek_functions",
    "portuguese_words_with_a",
}


@pytest.mark.parametrize("name", ANSWERS)
def test_right_answers_are_read_whole(name: str) -> None:
    """All but those few that are left to a person."""
    found = judge(read_equations(ANSWERS[name]), np.random.default_rng(0))
    unread = [finding for finding in found if finding.status is not PartStatus.AGREES]
    assert bool(unread) is (name in LEFT), unread
