"""The recurrent cell: correct in any style is right, and each misconception costs its own checks."""

from typing import Any

import numpy as np
import pytest
import torch
from alternatives import alternatives, lost, marks, named, refusal, solution
from hypothesis import given, settings
from wild_values import WILD

from graders import CallError, Outcome, Passed
from graders.practical09.rnn_cell.checks import BEGINNING, OUTSIDE, question, random_case
from graders.practical09.rnn_cell.layers import CONSTRUCTOR

SMALL, RANDOM, BATCH = "gives_the_small_example", "agrees_on_random_weights", "takes_a_batch"
NORMAL, CARRIED = "outputs_are_log_probabilities", "carries_the_state"
REACH, THROUGH = "gradients_reach_all_parameters", "gradients_flow_through_the_state"
STATES, OUTPUTS, REMEMBERED = {RANDOM, SMALL}, {NORMAL, RANDOM, SMALL}, {CARRIED, RANDOM, SMALL, THROUGH}

LOST = {
    "cell_without_recurrence": REMEMBERED,
    "cell_starts_afresh": REMEMBERED,
    "cell_keeps_its_state": REMEMBERED,
    "cell_returns_old_state": {CARRIED, RANDOM, SMALL},
    "cell_output_from_old_state": STATES,
    "cell_results_exchanged": {SMALL},
    "cell_returns_outputs_alone": {BATCH, CARRIED, NORMAL, RANDOM, SMALL, THROUGH},
    "cell_with_sigmoid": STATES,
    "cell_with_relu": STATES,
    "cell_without_tanh": STATES,
    "cell_with_softmax_state": STATES,
    "cell_with_tanh_of_the_parts": STATES,
    "cell_with_tanh_of_the_input_alone": STATES,
    "cell_with_product": STATES,
    "cell_with_tanh_on_scores": OUTPUTS,
    "cell_with_relu_on_scores": OUTPUTS,
    "cell_with_clipped_scores": {NORMAL},
    "cell_without_input_bias": STATES,
    "cell_without_recurrent_bias": STATES,
    "cell_without_output_bias": STATES,
    "cell_with_recurrent_weights_transposed": STATES,
    "cell_with_new_layers_in_every_call": {RANDOM, REACH, SMALL},
    "cell_is_random": {BATCH, RANDOM, SMALL},
    "cell_with_bare_old_state": STATES,
    "cell_with_softmax": OUTPUTS,
    "cell_with_softmax_twice": STATES,
    "cell_with_scores": OUTPUTS,
    "cell_with_log_of_sigmoid": OUTPUTS,
    "cell_normalised_over_the_batch": OUTPUTS | {BATCH},
    "cell_with_positive_logs": OUTPUTS,
    "cell_with_detached_old_state": {THROUGH},
    "cell_with_detached_new_state": {REACH, THROUGH},
    "cell_without_gradient": {REACH, THROUGH},
    "cell_mixes_the_batch": {BATCH, RANDOM},
    "cell_with_joined_layer": {SMALL},
    "cell_with_two_joined_layers": STATES,
    "cell_with_a_ready_made_cell": {SMALL},
    "cell_with_other_names": {SMALL},
    "cell_with_layers_without_bias": {SMALL},
}
COSTLIEST = {  # of 2 points; any other costs 1.0 at the most
    "cell_returns_outputs_alone": 1.35,
    "cell_with_new_layers_in_every_call": 1.1,  # nothing reaches the three layers that are given
}
SEEDS = range(3)


class Cell(torch.nn.Module):
    """The reference's cell, to be spoilt."""

    def __init__(self, input_size: int, hidden_size: int, output_size: int) -> None:
        super().__init__()
        self.i2h = torch.nn.Linear(input_size, hidden_size)
        self.h2h = torch.nn.Linear(hidden_size, hidden_size)
        self.h2o = torch.nn.Linear(hidden_size, output_size)

    def init_hidden(self, batch_size: int = 1) -> torch.Tensor:
        """The state before the first symbol."""
        return torch.zeros(batch_size, self.h2h.in_features)


def returning(result: Any) -> type[Cell]:
    """A cell whose forward returns this."""
    return type("Cell", (Cell,), {"forward": lambda self, x, h: result})


def test_the_reference_gets_full_marks() -> None:
    """The reference passes every check for many draws, and the points add up."""
    for seed in range(20):
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
    """A right state with wrong outputs earns half, and so do outputs that follow from a wrong state."""
    for name in ("cell_with_softmax", "cell_with_relu"):
        assert marks(question, solution(named(name)))[RANDOM] == pytest.approx(0.3)


def test_no_single_mistake_costs_more_than_what_it_breaks() -> None:
    """One mistake is charged once: what works in spite of it keeps its marks."""
    for name in LOST:
        cost = 2 - sum(marks(question, solution(named(name))).values())
        assert cost <= COSTLIEST.get(name, 1.0) + 1e-9, name


@given(WILD, WILD)
@settings(deadline=None, max_examples=30)
def test_whatever_comes_back_is_judged(outputs: Any, state: Any) -> None:
    """Complex, ragged, huge, of objects, nested: each is a refusal or an error in words, and earns next to nothing."""
    student = solution(RNN=returning((outputs, state)))
    assert sum(marks(question, student).values()) <= 0.2


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
    """A renamed or resized layer raises in the student's session, which is reported as an error of theirs."""
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

    student = solution(RNN=type("Cell", (Cell,), {"forward": forward}))
    assert lost(question, student) >= REMEMBERED
    assert "again" in str(refusal(question, CARRIED, student).hint)


def test_a_state_kept_outside_of_the_cell_is_noticed() -> None:
    """What a global variable keeps from one new cell to the next is neither chance nor a memory in the cell."""
    kept: list[torch.Tensor] = []

    def forward(self: Any, x: torch.Tensor, h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        kept.append(torch.tanh(self.i2h(x) + self.h2h(kept[-1] if kept and len(kept[-1]) == len(h) else h)).detach())
        return torch.log_softmax(self.h2o(kept[-1]), 1), kept[-1]

    failed = refusal(question, CARRIED, solution(RNN=type("Cell", (Cell,), {"forward": forward})))
    assert failed.misconception is None
    assert failed.hint == OUTSIDE


@pytest.mark.parametrize("parameters", [(), ("sizes",), ("V", "H"), ("V", "H", "K", "layers")])
def test_a_changed_constructor_is_explained(parameters: tuple[str, ...]) -> None:
    """A cell that cannot be made from three sizes says how it is made, in every check."""
    made: dict[str, Any] = {"Cell": Cell}
    exec(f"class RNN(Cell):\n    def __init__(self, {', '.join(parameters)}):\n        super().__init__(3, 5, 7)", made)
    for check in question.checks:
        assert check.run is not None
        with pytest.raises(CallError) as caught:
            check.run(solution(RNN=made["RNN"]), solution(), np.random.default_rng(0))
        assert caught.value.outcome is Outcome.ERROR and caught.value.hint == CONSTRUCTOR


def test_an_error_inside_the_constructor_is_not_taken_for_its_arguments() -> None:
    """A layer that is made wrongly is reported by the meaning of its own message."""

    class Broken(Cell):
        """Makes a layer before the module is one."""

        def __init__(self, *sizes: int) -> None:
            self.i2h = torch.nn.Linear(3, 5)

    with pytest.raises(CallError) as caught:
        question.checks[0].run(solution(RNN=Broken), solution(), np.random.default_rng(0))  # type: ignore[misc]
    assert "super().__init__()" in str(caught.value.hint)


def test_a_missing_first_state_is_told() -> None:
    """An RNN without `init_hidden` passes the small example, and hears what it lacks."""

    def forward(self: Any, x: torch.Tensor, h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        state = torch.tanh(self.i2h(x) + self.h2h(h))
        return torch.log_softmax(self.h2o(state), 1), state

    student = solution(RNN=type("Cell", (Cell,), {"forward": forward, "init_hidden": None}))
    small = question.checks[0]
    assert small.run is not None
    assert small.run(student, solution(), np.random.default_rng(0)) == Passed(BEGINNING)
    assert small.run(solution(), solution(), np.random.default_rng(0)) is None


def test_hidden_findings_hold_no_numbers() -> None:
    """Summaries and hints of hidden checks give neither inputs nor expected values."""
    for name, checks in LOST.items():
        for check in checks - {SMALL}:
            if name in (
                "cell_returns_outputs_alone",
                "cell_with_two_joined_layers",
            ):  # their messages say what layers there are
                continue
            failed = refusal(question, check, solution(named(name)))
            assert failed.finding
            told = f"{failed.finding} {failed.hint}"
            for layer in ("i2h.", "h2h.", "h2o."):
                told = told.replace(layer, "")
            assert "." not in told.replace(". ", " ").replace(".data", "").rstrip(".")


def test_stuck_parameters_are_named() -> None:
    """The check of the gradients says which parameters cannot learn; a wrong gradient is noticed, too."""
    failed = refusal(question, REACH, solution(named("cell_with_detached_new_state")))
    assert failed.in_full == "No right gradient reaches i2h.weight, i2h.bias, h2h.weight, h2h.bias."

    def forward(self: Any, x: torch.Tensor, h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        new = torch.tanh(self.i2h(x) + self.h2h(h))
        half = (new + new.detach()) / 2
        return torch.log_softmax(self.h2o(half), 1), half

    student = solution(RNN=type("Cell", (Cell,), {"forward": forward}))
    assert lost(question, student) == {REACH, THROUGH}


def test_random_cases_are_tame() -> None:
    """No score is beyond 30, so that the logarithm of a softmax passes too."""
    for seed in range(200):
        weights, xs, h = random_case(np.random.default_rng(seed), 2, 3, 27, 16, 27)
        assert (np.abs(weights["h2o.weight"]).sum(axis=1) + np.abs(weights["h2o.bias"])).max() < 30
        assert np.array_equal(xs.sum(axis=2), np.ones((2, 3)))
        assert np.abs(h).max() < 1
