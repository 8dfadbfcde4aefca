"""Whose marks changed between two gradings, and why."""

from dataclasses import replace

from sample_reports import report, submission, verdict

from graders.commands.changes import changes
from graders.model import Outcome, QuestionReport


def question(*outcomes: tuple[str, Outcome, float, float], digest: str = "a") -> QuestionReport:
    """A question whose checks came out like this: name, outcome, points, possible."""
    return QuestionReport("area", "Area", tuple(verdict(*outcome) for outcome in outcomes), 2.0, digest)


GOOD = question(("one", Outcome.PASSED, 1.0, 1.0), ("two", Outcome.PASSED, 1.0, 1.0))


def told(before: QuestionReport, after: QuestionReport) -> list[str]:
    """The lines about a student with one question."""
    made = report("ada", submission=submission("ada"), questions=(before,))
    return list(changes(made, replace(made, questions=(after,))))


def test_equal_marks_are_not_mentioned() -> None:
    """Neither is a new message, nor a question that was not there before."""
    assert told(GOOD, replace(GOOD, digest="b")) == []
    assert told(replace(GOOD, id="other"), GOOD) == []


def test_a_changed_mark_is_told_with_its_checks_and_its_reason() -> None:
    """Student, question, marks before and after, the checks that came out differently, whose doing it is."""
    worse = question(("one", Outcome.PASSED, 1.0, 1.0), ("two", Outcome.FAILED, 0.5, 1.0), digest="b")
    assert told(GOOD, worse) == ["ada: area 2 -> 1.5 (two: passed 1/1 -> failed 0.5/1; its grader has changed)"]
    assert told(worse, replace(GOOD, digest="b"))[0].endswith("its grader is the same as before)")


def test_checks_that_came_went_or_changed_their_worth_are_named() -> None:
    """Four of them at the most."""
    after = question(("two", Outcome.PASSED, 1.5, 1.5), ("three", Outcome.PENDING, 0.0, 0.5), digest="b")
    assert told(GOOD, after) == [
        "ada: area 2 -> 1.5 (+ 0.5 to mark) "
        "(three: new, one: gone, two: passed 1/1 -> passed 1.5/1.5; its grader has changed)"
    ]
    many = question(*((f"check {i}", Outcome.PASSED, 0.1, 0.1) for i in range(9)))
    assert "and 7 more" in told(GOOD, many)[0]
