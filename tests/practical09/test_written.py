"""Tests of the questions that a person marks: their rubrics, and what a machine reads and gives beforehand."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from graders import Failed, Passed, Pending
from graders.authoring.alternative import Alternative
from graders.authoring.solution import ModuleSolution
from graders.model import Check
from graders.practical09 import sampling_discussion, sentiment_discussion
from graders.practical09.equations import checks as equations

REFERENCE = Path(__file__).parents[2] / "reference" / "practical09"
ADVISORY = [check for check in equations.question.checks if not check.written]


def reference(name: str) -> ModuleType:
    """A module of the reference, on its own."""
    spec = importlib.util.spec_from_file_location(f"written_test_{name}", REFERENCE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def outcome(check: Check, answer: str) -> Passed | Failed | Pending:
    """What a check says about an answer."""
    student: Any = ModuleSolution({}, answers={"equations": answer})
    assert check.run is not None
    try:
        found = check.run(student, student, np.random.default_rng(3))
    except (Failed, Pending) as other:
        return other
    assert found is not None
    return found


@pytest.mark.parametrize("module", [equations, sampling_discussion, sentiment_discussion])
def test_a_rubric_is_worth_what_its_question_is(module: ModuleType) -> None:
    """A person decides all points of a written question, over several items."""
    (written,) = [check for check in module.question.checks if check.written]
    assert len(written.rubric) >= 3
    assert sum(item.points for item in written.rubric) == pytest.approx(module.question.points)
    assert len({item.id for item in written.rubric}) == len(written.rubric)


def test_each_item_of_the_equations_is_read_by_machine() -> None:
    """By a check of its own, which is worth nothing itself and which the student may run as well."""
    assert all(check.points == 0 and check.public for check in ADVISORY)
    assert [item.read_by for item in equations.question.checks[-1].rubric] == ADVISORY


@pytest.mark.parametrize("check", ADVISORY, ids=lambda check: check.name)
def test_the_model_answer_passes_and_a_text_without_equations_waits_for_a_person(check: Check) -> None:
    """Nothing that the machine did not read counts for or against anybody."""
    assert isinstance(outcome(check, reference("equations").ANSWER), Passed)
    unread = outcome(check, "I do not know how to write this down, $h_t$ is the state.")
    assert isinstance(unread, Pending) and "could not" in str(unread)


@pytest.mark.parametrize("check", ADVISORY, ids=lambda check: check.name)
def test_every_check_is_failed_by_some_misconception(check: Check) -> None:
    """A check that nobody fails says nothing; a failure says where, why, and that a person decides."""
    wrong = [a for a in vars(reference("misconceptions_equations")).values() if isinstance(a, Alternative)]
    failures = [found for item in wrong if isinstance(found := outcome(check, item.function()), Failed)]
    assert failures
    for failed in failures:
        assert equations.BY_PERSON in failed.in_full
        assert failed.evidence is not None and failed.evidence["equation"]


def test_every_misconception_fails_some_check() -> None:
    """Each mistake on the list is seen."""
    for item in vars(reference("misconceptions_equations")).values():
        if isinstance(item, Alternative):
            assert any(isinstance(outcome(check, item.function()), Failed) for check in ADVISORY), item.name
