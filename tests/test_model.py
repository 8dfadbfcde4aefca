"""The nouns refuse what cannot be a mark, and add up without rounding dust."""

import math

import pytest

from graders.model import ItemMark, Outcome, QuestionReport, Report, Submission, Verdict, total


def verdict(outcome: Outcome, points: float | None, possible: float = 1.0) -> Verdict:
    """A verdict with these marks."""
    return Verdict("name", "Title.", outcome, points, possible)


def test_outcomes_are_exactly_the_documented_ones() -> None:
    """The nine outcomes of the design, no more and no fewer."""
    assert set(map(str, Outcome)) == {
        "passed", "failed", "error", "timeout", "memory", "missing", "skipped", "pending", "internal",
    }  # fmt: skip


@pytest.mark.parametrize("points", [math.nan, math.inf, -0.1, 1.1])
def test_points_that_are_not_marks_are_refused(points: float) -> None:
    """NaN, infinite, negative and too many points can never be awarded."""
    with pytest.raises(ValueError, match="is not within"):
        verdict(Outcome.FAILED, points)


def test_internal_decides_no_points() -> None:
    """Our own fault leaves the points open, and only our own fault does."""
    assert verdict(Outcome.INTERNAL, None).pending == 1.0
    with pytest.raises(ValueError, match="exactly when"):
        verdict(Outcome.INTERNAL, 0.0)
    with pytest.raises(ValueError, match="exactly when"):
        verdict(Outcome.PASSED, None)


def test_marks_add_up() -> None:
    """Earned and pending points add up over questions and never exceed what is possible."""
    passed = (verdict(Outcome.PASSED, 0.1, 0.1), verdict(Outcome.PASSED, 0.2, 0.2))
    verdicts = (*passed, verdict(Outcome.PENDING, 0.0, 0.7))
    question = QuestionReport("q", "Q", verdicts, 1.0)
    report = Report("a", Submission("s", "a", b"", ".ipynb", "0" * 64), (question, question))
    assert (question.points, question.pending) == (0.3, 0.7)
    assert (report.points, report.pending, report.possible) == (0.6, 1.4, 2.0)


def test_totals_carry_no_dust() -> None:
    """Ten times a tenth is one."""
    assert total([0.1] * 10) == 1.0


def test_a_hint_that_was_given_is_known() -> None:
    """The second check with the same hint refers to the first; another hint, or none, stands for itself."""
    hints = {"one": "Count again.", "two": "Look up.", "three": "Count again.", "four": None, "five": "Count again."}
    verdicts = [Verdict(name, f"It is {name}.", Outcome.FAILED, 0.0, 1.0, hint=hint) for name, hint in hints.items()]
    question = QuestionReport("q", "Q", tuple(verdicts), 5.0)
    assert question.said_before == {"three": "It is one", "five": "It is one"}


def test_what_a_machine_has_given_is_earned_and_the_rest_is_pending() -> None:
    """A written answer's items add up to its points, and earned and pending to no more than what is possible."""
    given = ItemMark("a", "Says a.", 0.6, 0.6, by_machine=True)
    found = Verdict("essay", "Essay.", Outcome.PENDING, 0.6, 1.0, items=(given, ItemMark("b", "Says b.", 0.4)))
    question = QuestionReport("q", "Q", (found,), 1.0)
    assert (question.points, question.pending, question.by_machine) == (0.6, 0.4, 0.6)
    with pytest.raises(ValueError, match=r"0\.5 points, but its items give 0\.6"):
        Verdict("essay", "Essay.", Outcome.PENDING, 0.5, 1.0, items=(given,))
