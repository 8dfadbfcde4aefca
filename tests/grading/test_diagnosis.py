"""A mistake is named when a misconception gives the student's very answers, and never by guess."""

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from graders import AssignmentPackage, Question, close, misconception, switched
from graders.authoring.alternative import Alternative
from graders.authoring.solution import ModuleSolution
from graders.catalog.assignment import Assignment
from graders.catalog.reference import Reference
from graders.grading.checking import grade_question
from graders.grading.diagnosis import _together, explain
from graders.model import QuestionReport
from graders.notebooks.notebook import Notebook
from graders.sandbox.limits import Limits

question = Question("area", title="Area", points=3)


@question.check(points=1, public=True)
def area_is_right(student, reference, rng):
    """The area is right."""
    sides = rng.uniform(1, 2, 2)
    close(student.call("area", *sides), reference.call("area", *sides))


@question.check(points=1)
def edge_is_right(student, reference, rng):
    """The edge is right."""
    sides = rng.uniform(1, 2, 2)
    close(student.call("edge", *sides), reference.call("edge", *sides))


@question.check(points=1)
def large_area_is_right(student, reference, rng):
    """The area of large sides is right."""
    sides = rng.uniform(6, 7, 2)
    close(student.call("area", *sides), reference.call("area", *sides))


def area(a, b):
    """The right answer."""
    return a * b


def edge(a, b):
    """A misconception."""
    return 2 * (a + b)


@misconception("area", replaces="area")
def adds_the_sides(a, b):
    """You add the sides where you should multiply them."""
    return a + b


@misconception("area", replaces="area")
def sums_up(a, b):
    """You take the sum of the sides for the area."""
    return np.sum([a, b])


@misconception("area", replaces="edge")
def forgets_two_sides(a, b):
    """A rectangle has four sides; you count two of them."""
    return a + b


def counted(factor=1, shift=0, late=0):
    """An area, made of switches."""

    def area(a, b):
        return factor * a * b + shift + (late if a > 5 else 0)

    return area


@switched("area", replaces="area", builder=counted)
def halves_it():
    """You take half of the rectangle."""
    return {"factor": 0.5}


@switched("area", replaces="area", builder=counted)
def adds_the_border():
    """You add a border of one."""
    return {"shift": 1}


@switched("area", replaces="area", builder=counted)
def adds_on_long_sides():
    """You add one where the sides are long."""
    return {"late": 1}


@misconception("area", replaces="area")
def divides_by_nothing(a, b):
    """You divide by zero."""
    return int(a) // 0


def diagnosed(known: tuple[Alternative, ...], **student: Any) -> QuestionReport:
    """Grade a student's functions in this process and explain the verdicts."""
    names = {"area": area, "edge": edge}
    assignment = Assignment(
        "toy", "Toy", Path(), (question,), Notebook(()), Limits(), {"quick": {}},
        lambda: Reference(names, {}, known, (), ModuleType("probes")), {"area": "0"},
        AssignmentPackage((question,)), Path(), "quick",
    )  # fmt: skip
    report, records = grade_question(question, lambda _: ModuleSolution(names | student), ModuleSolution(names), 1)
    return explain(report, records, assignment, "quick")


def test_the_one_fitting_misconception_is_named() -> None:
    """The verdict carries the misconception's name and its explanation as the hint."""
    verdict = diagnosed((adds_the_sides, forgets_two_sides), area=lambda a, b: b + a).verdicts[0]
    assert verdict.misconception == "adds_the_sides"
    assert verdict.hint == adds_the_sides.explanation


def test_right_answers_are_not_diagnosed() -> None:
    """A verdict that passed names nothing."""
    report = diagnosed((adds_the_sides, forgets_two_sides))
    assert [v.misconception for v in report.verdicts] == [None, None, None]


def test_another_mistake_is_not_named() -> None:
    """An answer that no misconception gives is left without a name."""
    assert diagnosed((adds_the_sides,), area=lambda a, b: a - b).verdicts[0].misconception is None


def test_two_that_fit_are_both_told() -> None:
    """Where two explanations give the same answers, the hint offers both."""
    verdict = diagnosed((adds_the_sides, sums_up), area=lambda a, b: b + a).verdicts[0]
    assert verdict.hint is not None
    assert adds_the_sides.explanation in verdict.hint
    assert sums_up.explanation in verdict.hint
    assert verdict.hint.startswith("More than one mistake")


def test_two_mistakes_in_one_function_are_named_together() -> None:
    """Where no single mistake fits, mistakes made of switches are tried in pairs, each alone first."""
    known = (halves_it, adds_the_border, adds_the_sides)
    both = diagnosed(known, area=lambda a, b: a * b / 2 + 1).verdicts[0]
    assert both.misconception == "halves_it"
    assert both.hint is not None
    assert both.hint.startswith("Two things together")
    assert halves_it.explanation in both.hint
    assert adds_the_border.explanation in both.hint
    assert diagnosed(known, area=lambda a, b: a * b + 1).verdicts[0].misconception == "adds_the_border"
    assert diagnosed(known, area=lambda a, b: a * b / 2 + 2).verdicts[0].misconception is None


def test_of_two_mistakes_one_may_show_elsewhere_only() -> None:
    """Both are reported where only one of them shows, once they are proven together elsewhere."""
    report = diagnosed((halves_it, adds_on_long_sides), area=lambda a, b: a * b / 2 + (a > 5))
    assert [v.misconception for v in report.verdicts] == ["halves_it", None, "halves_it"]
    first, _, third = report.verdicts
    assert first.hint is not None
    assert first.hint.startswith("Two things together")
    assert third.hint == first.hint


def test_a_class_and_a_method_of_it_are_no_pair() -> None:
    """What takes the place of a whole class is not joined with a method of the class that it replaces."""
    whole, method = (
        Alternative("one", "area", replaces, "One.", lambda *sizes: None) for replaces in ("Model", "Model.forward")
    )
    assert _together(whole, method) == []
    assert _together(method, whole) == []


def test_what_is_not_there_speaks_for_nobody() -> None:
    """A call that found nothing, as of another question's function, does not stand against a mistake."""

    def unwritten(a: float, b: float) -> float:
        raise NotImplementedError("to be written")

    report = diagnosed((adds_the_sides, forgets_two_sides), area=lambda a, b: a + b, edge=unwritten)
    assert report.verdicts[0].misconception == "adds_the_sides"
    assert report.verdicts[1].misconception is None


def test_what_wants_the_same_switch_is_no_pair() -> None:
    """Two mistakes in one place, or such as are not made of switches, cannot be made together."""
    assert halves_it.joined(halves_it) is None
    assert halves_it.joined(adds_the_sides) is None
    assert adds_the_sides.joined(sums_up) is None


def test_another_exception_is_another_mistake() -> None:
    """A misspelt name is not explained by a misconception that divides by zero."""

    def misspelt(a: float, b: float) -> float:
        raise NameError("name 'histroy' is not defined")

    assert diagnosed((divides_by_nothing,), area=misspelt).verdicts[0].misconception is None
    assert (
        diagnosed((divides_by_nothing,), area=lambda a, b: int(b) // 0).verdicts[0].misconception
        == "divides_by_nothing"
    )


def test_each_mistake_is_named_at_its_own_check() -> None:
    """Two independent mistakes get a name each."""
    report = diagnosed((adds_the_sides, forgets_two_sides), area=lambda a, b: a + b, edge=lambda a, b: a + b)
    assert [v.misconception for v in report.verdicts] == ["adds_the_sides", "forgets_two_sides", "adds_the_sides"]


def test_equations_in_another_notation_are_named(practical09: Assignment) -> None:
    """A written answer is explained by the misconception of which the machine says the same."""
    equations = next(question for question in practical09.questions if question.id == "equations")
    mine = r"""
$$s_0 = 0$$
$$s_t = \tanh(U x_t + c)$$
$$o_t = \mathrm{softmax}(V s_t + d)$$
$$E = -\sum_t \sum_j t_{t,j} \ln o_{t,j}$$
"""
    student = ModuleSolution({}, practical09.reference.probes, {}, {"equations": mine})
    report, records = grade_question(equations, lambda _: student, practical09.solution("quick"), 1)
    named = {v.check: v.misconception for v in explain(report, records, practical09, "quick").verdicts}
    assert named["recurrence_is_right"] == "recurrence_not_written"
    assert set(named.values()) == {None, "recurrence_not_written"}
