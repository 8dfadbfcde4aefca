"""Questions collect their checks and refuse what a student could not read."""

import pytest

from graders import Question, RubricItem


def test_a_docstring_becomes_the_line_that_the_student_reads() -> None:
    """The title is the docstring's first paragraph, on one line."""
    question = Question("q", title="Q", points=1)

    @question.check(points=1, public=True)
    def adds_up(student, reference, rng):
        """The sum
        is right.

        A note for colleagues.
        """

    assert adds_up.title == "The sum is right."
    assert question.checks == (adds_up,)


def test_a_check_without_docstring_is_refused() -> None:
    """A check that says nothing to the student is an authoring error."""
    question = Question("q", title="Q", points=1)
    with pytest.raises(ValueError, match="no docstring"):

        @question.check(points=1)
        def silent(student, reference, rng):
            pass


def test_two_checks_of_one_name_are_refused() -> None:
    """Verdicts are found by their check's name, so it is unique."""
    question = Question("q", title="Q", points=1)
    question.written("essay", "Essay.", RubricItem("a", 1, "Says a."))
    with pytest.raises(ValueError, match="two checks named essay"):
        question.written("essay", "Essay.", RubricItem("a", 1, "Says a."))


def test_a_written_part_is_worth_its_rubric() -> None:
    """A part that a person marks carries the sum of its rubric's points and no function."""
    question = Question("q", title="Q", points=2)
    check = question.written("essay", "Essay.", RubricItem("a", 0.5, "Says a."), RubricItem("b", 1.5, "Says b."))
    assert check.written
    assert check.points == 2.0


def test_a_predecessor_is_named_by_reference() -> None:
    """`after` takes the check itself and keeps its name."""
    question = Question("q", title="Q", points=2)

    @question.check(points=1)
    def first(student, reference, rng):
        """First."""

    @question.check(points=1, after=first)
    def second(student, reference, rng):
        """Second."""

    assert second.after == "first"


def test_checks_that_share_their_draws_name_the_first_of_them() -> None:
    """A whole chain has the draws of its first check; public and hidden checks never share any."""
    question = Question("q", title="Q", points=3)

    @question.check(points=1)
    def first(student, reference, rng):
        """First."""

    @question.check(points=1, draws=first)
    def second(student, reference, rng):
        """Second."""

    @question.check(points=1, draws=second)
    def third(student, reference, rng):
        """Third."""

    assert (first.draws, second.draws, third.draws) == (None, "first", "first")
    with pytest.raises(ValueError, match="public all or hidden all"):
        question.check(points=1, public=True, draws=first)


def test_a_rubric_item_is_read_by_an_earlier_check_that_is_worth_nothing() -> None:
    """Else its points would be given twice, or before anything is known."""
    question, other = Question("q", title="Q", points=2), Question("other", title="O", points=2)

    @question.check(points=1)
    def worth_something(student, reference, rng):
        """It holds."""

    @other.check(points=0)
    def elsewhere(student, reference, rng):
        """It holds."""

    for check in (worth_something, elsewhere):
        with pytest.raises(ValueError, match="read by an earlier check of its question, worth 0"):
            question.written("essay", "Essay.", RubricItem("a", 1, "Says a.", read_by=check))


def test_a_machines_marks_can_be_switched_off() -> None:
    """What it reads is advice then; where it reads nothing there is nothing to switch off."""
    question = Question("q", title="Q", points=1)
    with pytest.raises(ValueError, match="no rubric item of q is read by a machine"):
        question.by_person_alone()

    @question.check(points=0)
    def reads(student, reference, rng):
        """It holds."""

    question.written("essay", "Essay.", RubricItem("a", 1, "Says a.", read_by=reads))
    assert [check.machine_marks for check in question.by_person_alone().checks] == [False, False]
    assert all(check.machine_marks for check in question.checks)
