"""The NumPy forward pass: correct in any style is right, and each misconception costs its own checks."""

from typing import Any

import numpy as np
import pytest
from alternatives import alternatives, lost, marks, named, refusal, solution

from graders.practical09.numpy_forward import question, random_case

STATES = {"agrees_on_random_weights", "gives_the_small_example", "starts_from_the_given_state", "takes_any_length"}
BY_HAND = {"gives_the_sequence_done_by_hand"}
SOFTMAX = {"probabilities_add_up_to_one", "survives_large_scores"}
LOSS = {"cross_entropy_of_a_small_example", "cross_entropy_agrees_on_random_probabilities"}

LOST = {
    "recurrence_forgotten": STATES | BY_HAND,
    "state_not_carried": STATES | BY_HAND,
    "initial_state_ignored": {"starts_from_the_given_state"},
    "initial_state_included": STATES | BY_HAND,
    "states_before_the_input": STATES | BY_HAND,
    "sigmoid_for_tanh": STATES | BY_HAND,
    "relu_for_tanh": STATES | BY_HAND,
    "tanh_missing": STATES | BY_HAND,
    "tanh_of_the_parts": STATES | BY_HAND,
    "bias_after_tanh": STATES | BY_HAND,
    "hidden_bias_forgotten": STATES | BY_HAND,
    "hidden_bias_twice": STATES | BY_HAND,
    "recurrent_weights_transposed": STATES,
    "read_backwards": STATES | BY_HAND,
    "inputs_modified": {"leaves_its_inputs_alone"},
    "one_state_remembered": STATES | BY_HAND,
    "old_state_for_output": STATES,
    "output_bias_forgotten": STATES,
    "tanh_on_output": STATES | {"survives_large_scores"},
    "sigmoid_for_softmax": STATES | BY_HAND | SOFTMAX,
    "softmax_missing": STATES | BY_HAND | SOFTMAX,
    "softmax_over_time": STATES | BY_HAND | SOFTMAX,
    "softmax_over_everything": STATES | BY_HAND | SOFTMAX,
    "softmax_overflows": {"survives_large_scores"},
    "last_output_only": STATES | BY_HAND | SOFTMAX,
    "loss_averaged": LOSS,
    "loss_averaged_over_all_entries": LOSS,
    "loss_in_bits": LOSS,
    "loss_to_base_ten": LOSS,
    "loss_negative": LOSS,
    "loss_summed_over_time_only": LOSS,
    "loss_not_summed": LOSS,
    "loss_of_the_last_step": LOSS,
    "loss_binary": LOSS,
    "loss_without_logarithm": LOSS,
    "loss_squared": LOSS,
    "loss_with_second_softmax": LOSS,
    "loss_with_roles_exchanged": LOSS,
}
SEEDS = range(5)


def test_the_reference_gets_full_marks() -> None:
    """The reference passes every check for many draws, and the points add up."""
    for seed in range(50):
        assert lost(question, solution(), seed) == set()
    assert sum(check.points for check in question.checks) == pytest.approx(question.points)


@pytest.mark.parametrize("name", [item.name for item in alternatives("variants", "numpy_forward")])
def test_correct_variants_get_full_marks(name: str) -> None:
    """Loops, einsum, float32, lists, torch: nothing but the numbers and shapes is judged."""
    for seed in SEEDS:
        assert lost(question, solution(named(name)), seed) == set()


def test_every_misconception_is_in_the_table() -> None:
    """The table speaks of all misconceptions of this question."""
    assert {item.name for item in alternatives("misconceptions", "numpy_forward")} == LOST.keys()


@pytest.mark.parametrize(("name", "checks"), LOST.items())
def test_misconceptions_fail_the_checks_that_they_concern(name: str, checks: set[str]) -> None:
    """Each misconception fails exactly these checks, whatever is drawn."""
    for seed in SEEDS:
        assert lost(question, solution(named(name)), seed) == checks


@pytest.mark.parametrize(("wrong", "right"), [("old_state_for_output", 1), ("one_state_remembered", 0)])
def test_one_right_result_of_two_earns_half(wrong: str, right: int) -> None:
    """Right states with wrong outputs, or the other way round, earn half of what compares both."""
    earned = marks(question, solution(named(wrong)))
    assert earned["agrees_on_random_weights"] == pytest.approx(0.35)
    assert refusal(question, "gives_the_small_example", solution(named(wrong))).fraction == 0.5


def test_the_loss_is_judged_apart_from_the_forward_pass() -> None:
    """Without any rnn_forward, cross_entropy still earns its marks, and the other way round."""

    def broken(*args: Any) -> None:
        raise ZeroDivisionError

    assert sum(marks(question, solution(rnn_forward=broken)).values()) == pytest.approx(0.6)
    assert sum(marks(question, solution(cross_entropy=broken)).values()) == pytest.approx(2.4)


@pytest.mark.parametrize(
    "result",
    [
        None,
        1.0,
        "h",
        (),
        [np.zeros(3)],
        (None, None),
        ([[1, 2], [3]], "y"),
        (np.full((2, 2), np.nan), np.full((2, 3), np.nan)),
        (np.zeros((2, 2)), np.zeros((2, 3)), 1),
        np.zeros((2, 2, 2)),
        {"h": 1},
        lambda: 0,
    ],
)
def test_any_result_is_judged(result: Any) -> None:
    """Whatever comes back becomes a refusal in words, and earns nothing."""
    student = solution(rnn_forward=lambda *args: result, cross_entropy=lambda *args: result)
    assert sum(marks(question, student).values()) == 0


def test_a_constant_answer_earns_nothing() -> None:
    """Even probabilities that add up to 1 are worth nothing when they do not depend on the input."""

    def constant(x: Any, h0: Any, *weights: Any) -> tuple[Any, Any]:
        classes = len(weights[-1])
        return np.zeros((len(x), len(h0))), np.full((len(x), classes), 1 / classes)

    assert sum(marks(question, solution(rnn_forward=constant, cross_entropy=lambda *args: 0.0)).values()) == 0


def test_changed_arguments_are_named() -> None:
    """The check that inputs stay as they are says which one changed, and only after the numbers were right."""
    failed = refusal(question, "leaves_its_inputs_alone", solution(named("inputs_modified")))
    assert failed.message == "The call changes h0."
    assert marks(question, solution(named("relu_for_tanh")))["leaves_its_inputs_alone"] == 0


def test_hidden_findings_hold_no_numbers() -> None:
    """Summaries and hints of hidden checks give neither inputs nor expected values."""
    for name, checks in LOST.items():
        for check in checks:
            failed = refusal(question, check, solution(named(name)))
            told = f"{failed.summary} {failed.hint}".replace("1,000", "").replace("outside 0 to 1", "")
            public = next(item.public for item in question.checks if item.name == check)
            assert public or failed.summary
            assert public or "." not in told.replace(". ", " ").rstrip(".")


def test_random_cases_are_tame() -> None:
    """Recurrent weights do not blow differences up, and the spread of scores stays below 20."""
    for seed in range(200):
        x, h0, _, W_hh, b_h, W_hy, b_y = random_case(np.random.default_rng(seed), 3, 4, 5, 3, start=1.0)
        assert np.linalg.norm(W_hh, 2) < 1
        assert np.ptp(np.abs(W_hy).sum(axis=1) + np.abs(b_y)) < 20
        assert np.abs(h0).min() >= 0.5
        assert np.abs(b_h).min() >= 0.2
        assert x.shape == (3, 4)
