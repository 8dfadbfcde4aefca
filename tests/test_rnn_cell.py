"""The recurrent cell: correct in any style is right, and each misconception costs its own checks."""

from typing import Any

import numpy as np
import pytest
import torch
from alternatives import alternatives, lost, marks, named, refusal, solution

from graders import CallError, Outcome
from graders.practical09.rnn_cell import question, random_case

VALUES = {"agrees_on_random_weights", "carries_the_state", "gives_the_small_example", "takes_a_batch"}
NORMAL = {"outputs_are_log_probabilities"}
REACH = {"gradients_reach_all_parameters"}
THROUGH = {"gradients_flow_through_the_state"}

LOST = {
    "cell_without_recurrence": VALUES | REACH | THROUGH,
    "cell_starts_afresh": VALUES | REACH | THROUGH,
    "cell_returns_old_state": VALUES,
    "cell_output_from_old_state": VALUES | REACH,
    "cell_results_exchanged": VALUES | NORMAL | REACH | THROUGH,
    "cell_with_sigmoid": VALUES,
    "cell_with_relu": VALUES,
    "cell_without_tanh": VALUES,
    "cell_with_tanh_of_the_parts": VALUES,
    "cell_with_tanh_on_scores": VALUES,
    "cell_with_product": VALUES,
    "cell_without_recurrent_bias": VALUES | REACH,
    "cell_with_recurrent_weights_transposed": VALUES,
    "cell_with_softmax": VALUES | NORMAL,
    "cell_with_softmax_twice": VALUES,
    "cell_with_scores": VALUES | NORMAL,
    "cell_normalised_over_the_batch": VALUES | NORMAL | REACH,
    "cell_with_positive_logs": VALUES | NORMAL,
    "cell_with_detached_old_state": THROUGH,
    "cell_with_detached_new_state": REACH | THROUGH,
    "cell_without_gradient": REACH | THROUGH,
    "cell_mixes_the_batch": {"carries_the_state", "takes_a_batch"},
}
SEEDS = range(5)


class Cell(torch.nn.Module):
    """The reference's cell, to be spoilt."""

    def __init__(self, input_size: int, hidden_size: int, output_size: int) -> None:
        super().__init__()
        self.i2h = torch.nn.Linear(input_size, hidden_size)
        self.h2h = torch.nn.Linear(hidden_size, hidden_size)
        self.h2o = torch.nn.Linear(hidden_size, output_size)


def returning(result: Any) -> type[Cell]:
    """A cell whose forward returns this."""
    return type("Cell", (Cell,), {"forward": lambda self, x, h: result})


def test_the_reference_gets_full_marks() -> None:
    """The reference passes every check for many draws, and the points add up."""
    for seed in range(50):
        assert lost(question, solution(), seed) == set()
    assert sum(check.points for check in question.checks) == pytest.approx(question.points)


@pytest.mark.parametrize("name", [item.name for item in alternatives("variants", "rnn_cell")])
def test_correct_variants_get_full_marks(name: str) -> None:
    """Methods, matrices, in-place work, modules in __init__: nothing but numbers and gradients is judged."""
    for seed in SEEDS:
        assert lost(question, solution(named(name)), seed) == set()


def test_every_misconception_is_in_the_table() -> None:
    """The table speaks of all misconceptions of this question."""
    assert {item.name for item in alternatives("misconceptions", "rnn_cell")} == LOST.keys()


@pytest.mark.parametrize(("name", "checks"), LOST.items())
def test_misconceptions_fail_the_checks_that_they_concern(name: str, checks: set[str]) -> None:
    """Each misconception fails exactly these checks, whatever is drawn."""
    for seed in SEEDS:
        assert lost(question, solution(named(name)), seed) == checks


def test_one_right_result_of_two_earns_half() -> None:
    """A right state with wrong outputs earns half of what compares both; two wrong ones earn nothing."""
    assert marks(question, solution(named("cell_with_softmax")))["agrees_on_random_weights"] == pytest.approx(0.2)
    assert marks(question, solution(named("cell_with_relu")))["agrees_on_random_weights"] == 0


def test_a_class_that_is_not_there_is_missing() -> None:
    """Without RNN, every check says that the class is not defined."""
    student = solution()
    del student.namespace["RNN"]
    for check in question.checks:
        assert check.run is not None
        with pytest.raises(CallError) as caught:
            check.run(student, solution(), np.random.default_rng(0))
        assert caught.value.outcome is Outcome.MISSING


def test_a_cell_without_its_layers_is_an_error_of_the_students() -> None:
    """A renamed or resized layer raises in the student's session, which is told as an error of theirs."""
    for cell in (torch.nn.Module, lambda *sizes: Cell(*(size + 1 for size in sizes))):
        assert sum(marks(question, solution(RNN=cell)).values()) == 0


@pytest.mark.parametrize(
    "result",
    [
        None,
        1.0,
        "text",
        torch.zeros(2, 3),
        (torch.zeros(1, 3),),
        (torch.zeros(1, 3), torch.zeros(1, 2), 1),
        (None, None),
        ("a", "b"),
        (torch.full((1, 3), torch.nan), torch.full((1, 2), torch.nan)),
        (torch.zeros(1, 3), torch.zeros(1, 2)),
        (1.0, 2.0),
        [[1.0], [[2.0], [3.0, 4.0]]],
    ],
)
def test_any_result_is_judged(result: Any) -> None:
    """Whatever forward returns becomes a refusal or an error in words, and earns nothing."""
    assert sum(marks(question, solution(RNN=returning(result))).values()) == 0


def test_outputs_that_ignore_the_input_earn_nothing() -> None:
    """A uniform distribution is normalised, but no answer."""

    def forward(self: Cell, x: torch.Tensor, h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.log_softmax(torch.zeros(len(x), self.h2o.out_features), 1), torch.zeros_like(h)

    cell = type("Cell", (Cell,), {"forward": forward})
    assert sum(marks(question, solution(RNN=cell)).values()) == 0


def test_a_state_kept_in_the_module_is_noticed() -> None:
    """A cell that goes on from its own memory, and not from the state it is given, is wrong."""

    def forward(self: Any, x: torch.Tensor, h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        before = getattr(self, "memory", torch.zeros_like(h))
        self.memory = torch.tanh(self.i2h(x) + self.h2h(before))
        return torch.log_softmax(self.h2o(self.memory), 1), self.memory

    assert lost(question, solution(RNN=type("Cell", (Cell,), {"forward": forward}))) >= VALUES


def test_hidden_findings_hold_no_numbers() -> None:
    """Summaries and hints of hidden checks give neither inputs nor expected values."""
    for name, checks in LOST.items():
        if name == "cell_results_exchanged":  # raises in the second step
            continue
        for check in checks - {"gives_the_small_example"}:
            failed = refusal(question, check, solution(named(name)))
            assert failed.summary
            told = f"{failed.summary} {failed.hint}"
            for layer in ("i2h.", "h2h.", "h2o."):
                told = told.replace(layer, "")
            assert "." not in told.replace(". ", " ").replace(".data", "").rstrip(".")


def test_stuck_parameters_are_named() -> None:
    """The check of the gradients says which parameters cannot learn."""
    failed = refusal(question, "gradients_reach_all_parameters", solution(named("cell_without_recurrent_bias")))
    assert failed.message == "No gradient reaches h2h.bias."


def test_random_cases_are_tame() -> None:
    """No score is beyond 30, so that the logarithm of a softmax passes too."""
    for seed in range(200):
        weights, xs, h = random_case(np.random.default_rng(seed), 2, 3, 27, 16, 27)
        assert (np.abs(weights["h2o.weight"]).sum(axis=1) + np.abs(weights["h2o.bias"])).max() < 30
        assert np.array_equal(xs.sum(axis=2), np.ones((2, 3)))
        assert np.abs(h).max() < 1
