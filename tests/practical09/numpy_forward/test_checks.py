"""The NumPy forward pass: correct in any style is right, and each misconception costs its own checks."""

from typing import Any

import numpy as np
import pytest
from alternatives import alternatives, lost, marks, named, namespace, refusal, solution
from hypothesis import example, given, settings
from wild_values import WILD

from graders.practical09.numpy_forward.checks import question, random_case

BY_HAND, LENGTH, START = "gives_the_sequence_done_by_hand", "takes_any_length", "starts_from_the_given_state"
SMALL, RANDOM, ALONE = "gives_the_small_example", "agrees_on_random_weights", "leaves_its_inputs_alone"
SUMS, LARGE = "probabilities_add_up_to_one", "survives_large_scores"
LOSS = {"cross_entropy_of_a_small_example", "cross_entropy_agrees_on_random_probabilities"}

STATES, CARRIED = {BY_HAND, RANDOM, SMALL}, {BY_HAND, RANDOM, SMALL, START}
OUTPUTS = {BY_HAND, LARGE, RANDOM, SMALL, SUMS}

LOST = {
    "recurrence_forgotten": CARRIED,
    "state_not_carried": CARRIED,
    "states_before_the_input": CARRIED,
    "first_input_only": CARRIED,
    "read_backwards": CARRIED | {LENGTH},
    "one_state_remembered": CARRIED | {LENGTH},
    "last_state_only": {SMALL},
    "last_step_only": {SMALL},
    "initial_state_ignored": {START},
    "initial_state_included": {SMALL},
    "last_input_left_out": {SMALL},
    "first_input_left_out": {SMALL},
    "results_exchanged": {SMALL},
    "steps_in_columns": {SMALL},
    "sigmoid_for_tanh": STATES,
    "relu_for_tanh": STATES,
    "softmax_for_tanh": STATES,
    "tanh_missing": STATES,
    "tanh_of_the_parts": STATES,
    "tanh_of_the_input_alone": STATES,
    "units_one_after_another": STATES,
    "bias_after_tanh": STATES,
    "state_added_after_tanh": STATES,
    "parts_multiplied": STATES,
    "hidden_bias_forgotten": STATES,
    "hidden_bias_twice": STATES,
    "hidden_bias_subtracted": STATES,
    "input_forgotten": STATES,
    "recurrent_weights_one_by_one": STATES,
    "state_fed_back_without_weights": STATES,
    "recurrent_weights_transposed": {RANDOM, SMALL},
    "inputs_modified": {ALONE},
    "old_state_for_output": {RANDOM, SMALL},
    "output_bias_forgotten": {RANDOM, SMALL},
    "output_bias_subtracted": {RANDOM, SMALL},
    "scores_cut_at_zero": {LARGE, RANDOM, SMALL},
    "largest_score_taken_off_above_alone": OUTPUTS,
    "softmax_twice": {RANDOM, SMALL},
    "last_state_for_all_outputs": {LARGE, RANDOM, SMALL, SUMS},
    "scores_divided_by_their_sum": {LARGE, RANDOM, SMALL, SUMS},
    "tanh_on_output": {LARGE, RANDOM, SMALL},
    "one_hot_outputs": STATES,
    "sigmoid_for_softmax": OUTPUTS,
    "softmax_missing": OUTPUTS,
    "tanh_for_softmax": OUTPUTS,
    "exponentials_for_softmax": OUTPUTS,
    "logarithms_of_softmax": OUTPUTS,
    "softmax_over_time": OUTPUTS,
    "softmax_over_everything": OUTPUTS,
    "last_output_only": {SMALL},
    "states_alone": OUTPUTS,
    "softmax_overflows": {LARGE},
    "largest_score_of_all_steps": {LARGE},
    "scores_clipped": {LARGE},
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
    "loss_of_the_likeliest": LOSS,
    "loss_logarithm_of_the_sum": LOSS,
    "loss_counts_errors": LOSS,
    "loss_guarded_too_much": {"cross_entropy_agrees_on_random_probabilities"},
    "loss_overwrites_its_argument": {"cross_entropy_agrees_on_random_probabilities"},
}
COSTLIEST = 1.25  # of 3 points, by any single misconception
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


@pytest.mark.parametrize("name", ["old_state_for_output", "one_state_remembered", "sigmoid_for_tanh"])
def test_one_right_result_of_two_earns_half(name: str) -> None:
    """Right states with wrong outputs, or outputs that follow from wrong states, earn half of what compares both."""
    assert marks(question, solution(named(name)))[RANDOM] == pytest.approx(0.45)


def test_no_single_mistake_costs_more_than_what_it_breaks() -> None:
    """One mistake is charged once: what works in spite of it keeps its marks."""
    for name in LOST:
        assert 3 - sum(marks(question, solution(named(name))).values()) <= COSTLIEST + 1e-9, name


@pytest.mark.parametrize("place", range(7))
@pytest.mark.parametrize("instead", [0, 0.1, "global"])
def test_an_argument_that_is_ignored_loses_marks(place: int, instead: Any) -> None:
    """Zeros, the sheet's 0.1 or the first call's array in place of an argument: each is caught, for each."""
    right, first = namespace()["rnn_forward"], []

    def forward(*arguments: Any) -> Any:
        first.append(arguments[place])
        changed = list(arguments)
        changed[place] = first[0] if instead == "global" else np.full_like(arguments[place], instead)
        return right(*changed)

    for seed in SEEDS:
        first.clear()
        assert sum(marks(question, solution(rnn_forward=forward), seed).values()) <= 3 - 0.2


@pytest.mark.parametrize("place", range(2))
def test_an_argument_of_the_loss_that_is_ignored_loses_marks(place: int) -> None:
    """A loss that looks at probabilities or targets of a global variable is caught."""
    right, first = namespace()["cross_entropy"], []

    def loss(*arguments: Any) -> Any:
        first.append(arguments[place])
        changed = list(arguments)
        changed[place] = first[0] if first[0].shape == arguments[place].shape else np.ones_like(arguments[place])
        return right(*changed)

    assert sum(marks(question, solution(cross_entropy=loss)).values()) <= 3 - 0.35


@pytest.mark.parametrize("own_start", [True, False])
def test_a_state_kept_between_calls_is_noticed(own_start: bool) -> None:
    """A function that goes on from its own memory is wrong, and the message says what it does."""
    memory: dict[int, Any] = {}

    def forward(x: Any, h0: Any, *weights: Any) -> Any:
        start = memory.get(len(h0), h0) if own_start else (memory.get(len(h0), 0) + h0) / 2
        h, y_hat = namespace()["rnn_forward"](x, start, *weights)
        memory[len(h0)] = h[-1]
        return h, y_hat

    memory[4] = np.zeros(4)
    failed = refusal(question, START, solution(rnn_forward=forward))
    assert failed.misconception == "state_kept_between_calls"
    assert "again" in str(failed.hint)


@pytest.mark.parametrize("limit", [10, 50, 100, 500, 700, 750])
def test_scores_that_are_clipped_are_noticed(limit: float) -> None:
    """Cutting scores off at any limit makes different scores equal, wherever they come from."""
    student = solution(rnn_forward=named("scores_clipped").builder(normalise=lambda z: _softmax(z.clip(-limit, limit))))
    for seed in SEEDS:
        assert LARGE in lost(question, student, seed)


def _softmax(z: Any) -> Any:
    weights = np.exp(z - z.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("layout", "words"),
    [
        (lambda h, y: (y, h), "the probabilities come first"),
        (lambda h, y: (h.T, y.T), "the steps are in columns"),
        (lambda h, y: (h[:, :, None], y[:, None]), "dimensions of size 1"),
        (lambda h, y: (h, y, 1.0 * h), "3 things came back"),
        (lambda h, y: {"h": h, "y": y}, "in a dict"),
    ],
)
def test_right_numbers_in_another_form_are_charged_once(layout: Any, words: str) -> None:
    """The small example says what is wrong with the form; every other check judges the numbers."""
    right = namespace()["rnn_forward"]
    student = solution(rnn_forward=lambda *args: layout(*right(*args)))
    for seed in SEEDS:
        assert lost(question, student, seed) == {SMALL}
    assert words in refusal(question, SMALL, student).in_full


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


@given(WILD, WILD)
@example((None, (0.0, 1.0)), None)
@example(np.float16(0), None)
@example(np.zeros(()), None)
@example(np.array(1j), None)
@settings(deadline=None, max_examples=60)
def test_whatever_comes_back_is_judged(result: Any, loss: Any) -> None:
    """Complex, ragged, huge, of objects, nested: each is a refusal or an error in words, and earns nothing."""
    student = solution(rnn_forward=lambda *args: result, cross_entropy=lambda *args: loss)
    assert sum(marks(question, student).values()) == 0


def test_a_constant_answer_earns_nothing() -> None:
    """Even probabilities that add up to 1 are worth nothing when they do not depend on the input."""

    def constant(x: Any, h0: Any, *weights: Any) -> tuple[Any, Any]:
        classes = len(weights[-1])
        return np.zeros((len(x), len(h0))), np.full((len(x), classes), 1 / classes)

    assert sum(marks(question, solution(rnn_forward=constant, cross_entropy=lambda *args: 0.0)).values()) == 0


def test_changed_arguments_are_named() -> None:
    """The check that inputs stay as they are says which one changed; a wrong activation changes nothing."""
    failed = refusal(question, "leaves_its_inputs_alone", solution(named("inputs_modified")))
    assert failed.in_full == "The call changes h0."
    assert marks(question, solution(named("relu_for_tanh")))["leaves_its_inputs_alone"] == 0.15


def test_hidden_findings_hold_no_numbers() -> None:
    """Summaries and hints of hidden checks give neither inputs nor expected values."""
    for name, checks in LOST.items():
        for check in checks:
            failed = refusal(question, check, solution(named(name)))
            told = f"{failed.finding} {failed.hint}".replace("1,000", "").replace("outside 0 to 1", "")
            public = next(item.public for item in question.checks if item.name == check)
            assert public or failed.finding
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
