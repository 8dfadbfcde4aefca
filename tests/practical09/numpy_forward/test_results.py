"""Results of the NumPy forward pass that are not as documented: put right, or explained."""

from typing import Any

import pytest
from alternatives import marks, namespace, refusal, solution

from graders.practical09.numpy_forward.checks import ROUNDED, WHOLE, question

SMALL, RANDOM = "gives_the_small_example", "agrees_on_random_weights"


def with_states(change: Any) -> Any:
    """The right answer, whose states are changed at the end."""
    right = namespace()["rnn_forward"]

    def rnn_forward(*case: Any) -> Any:
        h, y_hat = right(*case)
        return change(h), y_hat

    return solution(rnn_forward=rnn_forward)


@pytest.mark.parametrize("decimals", [2, 3, 4])
def test_rounded_numbers_are_called_rounded(decimals: int) -> None:
    """The hint speaks of the rounding, not of the formula, wherever it shows."""
    student = with_states(lambda h: h.round(decimals))
    assert refusal(question, SMALL, student).hint == ROUNDED.format(decimals)
    assert refusal(question, RANDOM, student).hint == ROUNDED.format(decimals)


def test_whole_numbers_are_the_array_s_fault() -> None:
    """States that were written into an array of whole numbers are 0, and the hint says why."""
    assert refusal(question, SMALL, with_states(lambda h: h.astype(int))).hint == WHOLE


def test_a_state_that_is_cut_off_is_no_input_left_out() -> None:
    """Where every input is read and a row is missing all the same, nothing is put right."""
    student = with_states(lambda h: h[1:])
    failed = refusal(question, SMALL, student)
    assert failed.misconception is None
    assert "input" not in failed.finding
    assert sum(marks(question, student).values()) < 2.0
