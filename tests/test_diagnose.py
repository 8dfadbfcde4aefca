"""A mistake is named when a misconception gives the student's very answers, and never by guess."""

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from graders import Question, close, misconception
from graders.catalog import Assignment
from graders.checking import grade_question
from graders.diagnose import explain
from graders.model import QuestionReport
from graders.notebook import Notebook
from graders.reference import Reference
from graders.sandbox import Limits
from graders.solution import Alternative, ModuleSolution

question = Question("area", title="Area", points=2)


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


def diagnosed(known: tuple[Alternative, ...], **student: Any) -> QuestionReport:
    """Grade a student's functions in this process and explain the verdicts."""
    names = {"area": area, "edge": edge}
    assignment = Assignment(
        "toy", "Toy", Path(), (question,), Notebook(()), Limits(), {"quick": {}},
        lambda: Reference(names, {}, known, (), ModuleType("probes")), {"area": "0"},
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
    assert [v.misconception for v in report.verdicts] == [None, None]


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


def test_each_mistake_is_named_at_its_own_check() -> None:
    """Two independent mistakes get a name each."""
    report = diagnosed((adds_the_sides, forgets_two_sides), area=lambda a, b: a + b, edge=lambda a, b: a + b)
    assert [v.misconception for v in report.verdicts] == ["adds_the_sides", "forgets_two_sides"]


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
