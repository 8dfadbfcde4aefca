"""Sampling: correct in any style is right, and each misconception costs its own checks."""

import itertools
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from alternatives import PROBES, alternatives, lost, marks, named, namespace, refusal, solution
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_values import VALUES

from graders import CallError, Failed, Outcome
from graders.authoring.asking import Callbacks
from graders.authoring.solution import ModuleSolution
from graders.catalog.assignment import Assignment
from graders.grading.engine import grade
from graders.intake.submissions import find_submissions
from graders.practical09.sampling.checks import question
from graders.practical09.sampling.names import Dictator
from graders.sandbox.host.sandbox import Sandbox

ONE = {"draws_one_symbol"}
RANDOM = {"draws_differ"}
ALL = {"follows_the_distribution", "follows_any_distribution"}
TOP = {"renormalises_the_k"}
WITHIN = {"stays_within_the_k"} | TOP
FIRST = {"one_is_the_likeliest"}
LARGE = {"large_k_is_everything"}
LOOK = {"names_are_letters"}
NAMES = {"names_follow_the_model"}
ALONE = {"leaves_the_model_alone"}

LOST = {
    "sample_takes_the_likeliest": RANDOM | ALL | LARGE | TOP,
    "sample_likeliest_without_k": RANDOM | ALL | LARGE,
    "sample_evenly": ALL | FIRST | WITHIN,
    "sample_evenly_of_the_top": TOP,
    "sample_ignores_k": FIRST | WITHIN,
    "sample_of_the_least_likely": FIRST | WITHIN,
    "sample_of_the_top_where_nobody_asks": LARGE,
    "sample_one_too_many": FIRST | WITHIN,
    "sample_one_too_few": LARGE | TOP,
    "sample_place_for_symbol": FIRST | WITHIN,
    "sample_of_the_first": FIRST | WITHIN,
    "sample_without_renormalising": TOP,
    "sample_rest_falls_on_the_last": TOP,
    "sample_the_logarithms": ALL | TOP,
    "sample_the_logarithms_of_the_top": TOP,
    "sample_softmax_of_probabilities": ALL | TOP,
    "sample_softmax_of_the_top_probabilities": TOP,
    "sample_too_cold": ALL | TOP,
    "sample_too_hot": ALL | TOP,
    "sample_a_little_cold": ALL | TOP,
    "sample_a_little_hot": ALL | TOP,
    "sample_of_rounded_probabilities": ALL | TOP,
    "sample_of_probabilities_rounded_first": ALL | WITHIN,
    "sample_of_probabilities_rounded_to_tenths": RANDOM | ALL | LARGE | WITHIN,
    "sample_of_rounded_logarithms": {"follows_any_distribution"} | FIRST | WITHIN,
    "sample_with_one_seed": RANDOM | ALL | LARGE | TOP,
    "sample_as_text": ONE,
    "sample_as_tensor": ONE,
    "sample_as_a_list": ONE,
    "sample_first_row_only": ONE,
    "sample_k_lost_for_a_row": ONE,
    "name_with_a_k_of_its_own": NAMES,
    "name_without_state": NAMES,
    "name_without_feedback": NAMES,
    "name_with_the_last_name_s_state": NAMES,
    "name_from_a_random_state": NAMES,
    "name_of_another_model": NAMES | {"names_are_letters"},
    "name_read_as_likeliest": NAMES,
    "name_too_cold": NAMES,
    "name_too_hot": NAMES,
    "name_with_one_seed": NAMES,
    "name_with_its_end": NAMES,
    "name_with_its_start": LOOK,
    "name_that_does_not_stop": NAMES,
    "name_too_long": LOOK,
    "name_too_short": LOOK,
    "name_of_any_length": LOOK,
    "name_of_the_likeliest": NAMES,
    "name_without_k": NAMES,
    "name_as_a_list": LOOK,
    "name_that_trains": ALONE,
    "name_that_freezes": ALONE,
    "name_from_a_letter_of_its_own": NAMES,
}
COSTLIEST = {
    "sample_next": 0.9,
    "generate": 0.3,
}  # points of a single mistake, of 1.4 and 0.6; a `generate` that never asks its model breaks all of it


def test_the_reference_gets_full_marks() -> None:
    """For many draws of the cases, and the points add up."""
    for seed in range(4):
        assert lost(question, solution(), seed) == set()
    assert sum(check.points for check in question.checks) == pytest.approx(question.points)


@pytest.mark.parametrize("name", [item.name for item in alternatives("variants", "sampling")])
def test_correct_variants_get_full_marks(name: str) -> None:
    """Any generator, any way to draw, any kind of number, any loop."""
    for seed in range(2):
        assert lost(question, solution(named(name)), seed) == set()


def test_every_misconception_is_in_the_table() -> None:
    """The table speaks of all misconceptions of this question."""
    assert {item.name for item in alternatives("misconceptions", "sampling")} == LOST.keys()


@pytest.mark.parametrize(("name", "checks"), LOST.items())
def test_misconceptions_fail_the_checks_that_they_concern(name: str, checks: set[str]) -> None:
    """Those checks and no others, and none costs more than a part of what it breaks."""
    assert checks == lost(question, solution(named(name)), 1)
    cost = question.points - sum(marks(question, solution(named(name)), 2).values())
    assert cost <= (0.5 if name == "name_of_another_model" else COSTLIEST[named(name).replaces])


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


@pytest.mark.parametrize("name", [name for name, checks in LOST.items() if name.startswith("sample")])
def test_a_wrong_sampler_does_not_cost_the_names(name: str) -> None:
    """generate is tried with symbols from outside where it fails with those of `sample_next`."""
    assert not lost(question, solution(named(name)), 3) & (LOOK | NAMES | ALONE)


def test_what_fails_in_both_shapes_is_not_the_shape_s_fault() -> None:
    """A sampler that lets every symbol come now and then is charged where frequencies are compared."""

    def sample_next(log_probs: torch.Tensor, k: int | None = None) -> int:
        top = log_probs.flatten().topk(27 if k is None else min(k, 27))
        return int(top.indices[torch.multinomial(top.values.exp().clamp(min=0.01), 1)])

    for seed in range(8):
        assert not lost(question, solution(sample_next=sample_next), seed) & ONE


def test_numbers_that_only_fill_the_interval_are_not_random() -> None:
    """A golden-ratio sequence draws each symbol as often as it should, and the message says what was observed."""
    turn = itertools.count()

    def sample_next(log_probs: torch.Tensor, k: int | None = None) -> int:
        top = torch.topk(log_probs.flatten(), 27 if k is None else min(k, 27))
        edges = torch.softmax(top.values.double(), 0).cumsum(0)
        return int(top.indices[int((edges[:-1] <= next(turn) * 0.6180339887498949 % 1).sum())])

    assert RANDOM <= lost(question, solution(sample_next=sample_next), 2) <= RANDOM | LARGE
    assert "depends on those" in refusal(question, "draws_differ", solution(sample_next=sample_next)).in_full


def test_each_documented_parameter_matters() -> None:
    """Anyone who ignores one, or puts its default in its place, is caught."""
    from_names = {"sample_next": namespace()["sample_next"], "generate": namespace()["generate"]}
    even = torch.full((len(namespace()["VOCAB"]),), -1.0)
    other = namespace()["RNN"](27, 128, 27)
    ignoring: dict[str, dict[str, Any]] = {
        "log_probs": {"sample_next": lambda log_probs, k=None: from_names["sample_next"](even, k)},
        "k of sample_next": {"sample_next": lambda log_probs, k=None: from_names["sample_next"](log_probs)},
        "rnn": {"generate": lambda rnn, k=None, max_length=20: from_names["generate"](other, k, max_length)},
        "k of generate": {"generate": lambda rnn, k=None, max_length=20: from_names["generate"](rnn, None, max_length)},
        "max_length": {"generate": lambda rnn, k=None, max_length=20: from_names["generate"](rnn, k)},
    }
    for what, names in ignoring.items():
        assert lost(question, solution(**names), 6), what


@pytest.mark.parametrize("name", PROBES)
def test_nothing_that_runs_inside_is_an_answer(name: str) -> None:
    """Every function of the probes, handed in for one of the two answers, earns nothing of what that is worth."""
    mine = PROBES[name]
    kept = 0.6  # what the reference's own other function is worth, or what does not ask for it
    assert sum(marks(question, solution(sample_next=mine)).values()) <= kept
    assert sum(marks(question, solution(generate=mine)).values()) <= 1.4 + 1e-9


FORGED: list[Any] = [
    None,
    True,
    1,
    "a",
    [],
    {},
    [[]],
    [{}],
    [[3] * 600],
    {"type": "str", "text": "abcdefghijklmnopqrst"},
]


@pytest.mark.parametrize("reply", FORGED, ids=repr)
def test_probes_that_lie_earn_nothing(reply: Any) -> None:
    """Anyone who puts other functions in place of all probes has findings of their own in every check, never faults of
    ours.
    """
    forged = ModuleType("probes")
    for module, name in (probe.split(".") for probe in PROBES):
        setattr(vars(forged).setdefault(module, ModuleType(module)), name, lambda *args, **kwargs: reply)
    student = ModuleSolution(dict(namespace()), forged)
    assert lost(question, student) == {check.name for check in question.checks}


@settings(max_examples=60, deadline=None)
@given(st.lists(VALUES, max_size=3), st.sampled_from(["step", "draw"]))
def test_the_dictator_reads_whatever_it_is_asked(asked: list[Any], what: str) -> None:
    """A forged question is a finding about the student, never a fault of ours."""
    model = Dictator(np.random.default_rng(0), [1, 2, 0], 8)
    for question_ in ([what, *asked], asked, ["step", np.eye(27)[:1], np.zeros((1, 8))], [what, *asked]):
        try:
            Callbacks(model.answer).answer(question_)
        except (CallError, Failed):
            continue


def test_in_the_sandbox_as_here(practical09: Assignment, sandbox: Sandbox) -> None:
    """The sample class's argmax sampler is named for what it is; the correct notebook passes."""
    folder = practical09.folder.parents[1] / "submissions" / "practical09"
    for student, name in (("correct", None), ("argmax_sampler", "sample_likeliest_without_k")):
        (submission,) = find_submissions(folder / student, practical09.id)
        report = next(q for q in grade(submission, practical09, sandbox).questions if q.id == "sampling")
        found = {v.misconception for v in report.verdicts if v.outcome is not Outcome.PASSED}
        assert found - {None} == ({name} if name else set())
