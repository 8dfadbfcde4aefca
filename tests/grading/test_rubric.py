"""The machine gives what it has read and found right; everything else of a written answer waits for a person."""

from types import ModuleType

import numpy as np
import pytest

from graders import Failed, Outcome, Passed, Pending, Question, RubricItem
from graders.authoring.solution import ModuleSolution, Solution
from graders.grading.checking import grade_question
from graders.grading.rubric import BOTH, BY_MACHINE, BY_PERSON
from graders.model import Verdict

SOLUTION = ModuleSolution({}, ModuleType("probes"))
READINGS = {
    "right": Passed("It agrees."),
    "wrong": Failed("It differs."),
    "unread": Pending("It could not be read."),
    "ours": ZeroDivisionError("ours"),
}


def essay(*readings: str, machine_marks: bool = True, unread_item: bool = False) -> Verdict:
    """The verdict on a written answer with an item of one point for each reading, perhaps one that none reads."""
    question = Question("q", title="Q", points=len(readings) + unread_item)
    items = [RubricItem("style", 1, "Reads well.")] if unread_item else []
    for number, name in enumerate(readings):

        def reads(student: Solution, reference: Solution, rng: np.random.Generator, name: str = name) -> Passed:
            """It is right."""
            found = READINGS[name]
            if isinstance(found, Passed):
                return found
            raise found

        reads.__name__ = f"reads_{number}"
        check = question.check(points=0, public=True)(reads)
        items.append(RubricItem(f"item_{number}", 1, "It is there.", read_by=check))
    question.written("essay", "Essay.", *items)
    if not machine_marks:
        question = question.by_person_alone()
    report, _ = grade_question(question, lambda check: SOLUTION, SOLUTION, 1)
    assert report.points + report.pending == report.possible
    return report.verdicts[-1]


def test_all_that_is_read_and_right_is_given() -> None:
    """Nothing waits for a person then, and each item says that a machine has given it, and what it read."""
    found = essay("right", "right")
    assert (found.outcome, found.points, found.pending, found.by_machine) == (Outcome.PASSED, 2.0, 0.0, 2.0)
    assert found.message == BY_MACHINE
    assert all((item.points, item.by_machine, item.reading) == (1, True, "It agrees.") for item in found.items)


@pytest.mark.parametrize("reading", ["wrong", "unread", "ours"])
def test_what_is_not_found_right_waits_for_a_person_and_costs_nothing(reading: str) -> None:
    """Wrong, unread, or a fault of ours: the item stays open, with the machine's reading next to it."""
    found = essay("right", reading)
    assert (found.outcome, found.points, found.pending, found.message) == (Outcome.PENDING, 1.0, 1.0, BOTH)
    open_item = found.items[1]
    assert (open_item.points, open_item.by_machine) == (None, False) and open_item.reading
    assert essay(reading).message == BY_PERSON


def test_what_no_machine_reads_waits_for_a_person() -> None:
    """An item without a reader, and every item where the course wants no marks of machines."""
    assert [item.points for item in essay("right", unread_item=True).items] == [None, 1]
    found = essay("right", "wrong", machine_marks=False)
    assert (found.outcome, found.points, found.pending) == (Outcome.PENDING, 0.0, 2.0)
    assert [item.reading for item in found.items] == ["It agrees.", "It differs."]
