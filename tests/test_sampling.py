"""Sampling: correct in any style is right, and each misconception costs its own checks."""

from typing import Any

import numpy as np
import pytest
import torch
from alternatives import alternatives, lost, named, solution

from graders import Outcome
from graders.catalog import Assignment
from graders.engine import grade
from graders.intake import find_submissions
from graders.practical09.sampling import question
from graders.sandbox import Sandbox

ONE = {"draws_one_symbol"}
DIFFER = {"draws_differ"}
ALL = {"follows_the_distribution", "follows_any_distribution"}
TOP = {"renormalises_the_k"}
WITHIN = {"stays_within_the_k"} | TOP
FIRST = {"one_is_the_likeliest"}
LARGE = {"large_k_is_everything"}
LOOK = {"names_are_letters"}
NAMES = {"names_follow_the_model"}
ALONE = {"leaves_the_model_alone"}
DRAWS = DIFFER | ALL | WITHIN | FIRST | LARGE

LOST = {
    "sample_takes_the_likeliest": DIFFER | ALL | LARGE | TOP,
    "sample_likeliest_without_k": DIFFER | ALL | LARGE,
    "sample_evenly": ALL | LARGE | FIRST | WITHIN,
    "sample_evenly_of_the_top": LARGE | TOP,
    "sample_ignores_k": FIRST | WITHIN,
    "sample_of_the_least_likely": FIRST | WITHIN,
    "sample_one_too_many": FIRST | WITHIN,
    "sample_one_too_few": LARGE | TOP,
    "sample_place_for_symbol": LARGE | FIRST | WITHIN,
    "sample_without_renormalising": TOP,
    "sample_rest_falls_on_the_last": TOP,
    "sample_the_logarithms": ALL | LARGE | TOP,
    "sample_softmax_of_probabilities": ALL | LARGE | TOP,
    "sample_too_cold": ALL | LARGE | TOP,
    "sample_too_hot": ALL | TOP,
    "sample_with_one_seed": DIFFER | ALL | LARGE | TOP,
    "sample_as_text": ONE | DRAWS,
    "sample_as_tensor": ONE,
    "sample_first_row_only": DRAWS,
    "name_without_state": NAMES,
    "name_without_feedback": NAMES,
    "name_with_its_end": NAMES,
    "name_with_its_start": LOOK | NAMES,
    "name_that_does_not_stop": NAMES,
    "name_too_long": LOOK,
    "name_too_short": LOOK | NAMES,
    "name_of_any_length": LOOK,
    "name_of_the_likeliest": NAMES,
    "name_without_k": NAMES,
    "name_as_a_list": LOOK | NAMES,
    "name_that_trains": ALONE,
    "name_that_freezes": ALONE,
}


def test_the_reference_gets_full_marks() -> None:
    """For many draws of the cases, and the points add up."""
    for seed in range(10):
        assert lost(question, solution(), seed) == set()
    assert sum(check.points for check in question.checks) == pytest.approx(question.points)


@pytest.mark.parametrize("name", [item.name for item in alternatives("variants", "sampling")])
def test_correct_variants_get_full_marks(name: str) -> None:
    """Any generator, any way to draw, any kind of number, any loop."""
    for seed in range(3):
        assert lost(question, solution(named(name)), seed) == set()


def test_every_misconception_is_in_the_table() -> None:
    """The table speaks of all misconceptions of this question."""
    assert {item.name for item in alternatives("misconceptions", "sampling")} == LOST.keys()


@pytest.mark.parametrize(("name", "checks"), LOST.items())
def test_misconceptions_fail_the_checks_that_they_concern(name: str, checks: set[str]) -> None:
    """Those checks and no others, whatever the draw."""
    for seed in range(2):
        found = lost(question, solution(named(name)), seed)
        assert found - DIFFER - LARGE == checks - DIFFER - LARGE
        assert checks <= found | DIFFER | LARGE


ODD: list[Any] = [
    None,
    "a",
    [],
    [3],
    {},
    float("nan"),
    float("inf"),
    1.5,
    -1,
    27,
    10**30,
    np.zeros(3),
    torch.zeros(2),
    b"x",
]


@pytest.mark.parametrize("value", ODD, ids=repr)
def test_odd_results_are_findings(value: Any) -> None:
    """Whatever sample_next or generate returns, there is a verdict and no points for it."""
    for name in ("sample_next", "generate"):
        found = lost(question, solution(**{name: lambda *args, **kwargs: value}))
        assert found, name


def test_a_wrong_sampler_does_not_cost_the_names() -> None:
    """generate is tried with scripted symbols, so that one mistake is charged once."""
    assert not lost(question, solution(named("sample_takes_the_likeliest"))) & (LOOK | NAMES | ALONE)


@pytest.mark.xdist_group("sandbox")
def test_in_the_sandbox_as_here(practical09: Assignment, sandbox: Sandbox) -> None:
    """The sample class's argmax sampler is told what it is; the correct notebook passes."""
    folder = practical09.folder.parents[1] / "submissions" / "practical09"
    for student, name in (("correct", None), ("argmax_sampler", "sample_likeliest_without_k")):
        (submission,) = find_submissions(folder / student, practical09.id)
        report = next(q for q in grade(submission, practical09, sandbox).questions if q.id == "sampling")
        found = {v.misconception for v in report.verdicts if v.outcome is not Outcome.PASSED}
        assert found - {None} == ({name} if name else set())
