"""The bidirectional LSTM on reviews: correct in any style is right, and each mistake costs its own checks."""

from typing import Any

import numpy as np
import pytest
import torch
from alternatives import alternatives, lost, marks, named, refusal, solution
from sentiment_shared import ACCURACY, LEARNS, Model, is_told, lost_quickly, told, without
from torch import nn

from graders import CallError, Outcome
from graders.practical09.sentiment_lstm.checks import question

LAYERS = {"has_the_layers"}
SHAPE = {"gives_one_logit_a_review"}
PADDING = {"padding_changes_nothing"}
COMPANY = {"company_changes_nothing"}
DIRECTIONS = {"reads_in_both_directions"}

LOST = {
    "lstm_forward_state_twice": DIRECTIONS,
    "lstm_backward_state_twice": DIRECTIONS,
    "lstm_output_of_the_last_word": DIRECTIONS,
    "lstm_output_of_the_first_word": DIRECTIONS,
    "lstm_output_of_the_last_column": PADDING | DIRECTIONS,
    "lstm_reads_the_padding": PADDING,
    "lstm_picks_from_padded_outputs": PADDING,
    "lstm_averages_the_padding": PADDING,
    "lstm_mean_of_padded_outputs": PADDING,
    "lstm_states_reshaped": COMPANY,
    "lstm_with_a_sigmoid": SHAPE,
    "lstm_gives_a_column": SHAPE,
    "lstm_squeezes_a_batch_of_one": SHAPE,
    "lstm_wants_sorted_reviews": COMPANY,
    "lstm_keeps_the_sorted_order": COMPANY,
    "lstm_cut_from_its_states": LAYERS,
    "lstm_without_gradient": LAYERS,
    "lstm_in_one_direction": LAYERS | DIRECTIONS,
    "lstm_last_state_only": DIRECTIONS,
    "lstm_first_state_only": DIRECTIONS,
    "lstm_of_the_lower_layer": LAYERS,
    "lstm_is_a_gru": LAYERS,
    "lstm_with_a_written_size": LAYERS,
    "lstm_is_a_plain_rnn": LAYERS,
    "lstm_with_fixed_sizes": LAYERS,
    "lstm_with_a_frozen_embedding": LAYERS,
    "lstm_along_the_batch": COMPANY | DIRECTIONS,
    "lstm_last_column_after_unpacking": COMPANY | DIRECTIONS,
    "lstm_forward_half_of_the_last_column": COMPANY,
    "lstm_mean_of_unpacked_zeros": COMPANY,
    "lstm_largest_of_unpacked_zeros": COMPANY,
    "lstm_largest_of_the_padding": PADDING,
    "lstm_with_random_states": COMPANY,
    "lstm_that_keeps_its_states": COMPANY,
    "lstm_that_always_drops": COMPANY,
    "lstm_with_fixed_hidden_size": LAYERS,
    "lstm_with_fixed_embedding_size": LAYERS,
    "lstm_with_padding_zero": LAYERS,
    "lstm_without_negative_logits": SHAPE,
    "lstm_pair_taken_for_the_states": SHAPE | LAYERS | PADDING | COMPANY | DIRECTIONS,
    "lstm_cells_taken_for_the_last_state": SHAPE | LAYERS | PADDING | COMPANY | DIRECTIONS,
}


class Mine(Model):
    """In a student's own words."""

    kind = nn.LSTM
    both = True


ODD: list[Any] = [
    *(None, 1.0, "text", {}, [], 10**400, [1, "a"], [[1.0], [2.0, 3.0]], torch.zeros(3), np.zeros((2, 3))),
    torch.full((4,), torch.nan),
]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Small models are fastest on one thread."""
    torch.set_num_threads(1)


def test_the_reference_gets_full_marks() -> None:
    """The reference passes every check for many draws, and the points add up."""
    for seed in range(20):
        assert lost_quickly(question, None, seed) == set()
    assert sum(check.points for check in question.checks) == pytest.approx(question.points)
    assert lost_quickly(question, solution(SentimentLSTM=Mine)) == set()


@pytest.mark.parametrize("name", [item.name for item in alternatives("variants", "sentiment_lstm")])
def test_correct_variants_get_full_marks(name: str) -> None:
    """Last states, cell states, masked pools; 256 in each direction or 128 + 128; one layer or two."""
    for seed in range(3):
        assert lost_quickly(question, name, seed) == set()
    assert LEARNS not in lost(without(question, ACCURACY), solution(named(name)), 3)


def test_every_misconception_is_in_the_table() -> None:
    """The table speaks of all misconceptions of this question, and every check is failed by somebody."""
    assert {item.name for item in alternatives("misconceptions", "sentiment_lstm")} == LOST.keys()
    assert set().union(*LOST.values()) == {check.name for check in question.checks} - {LEARNS, ACCURACY}
    assert LEARNS in lost(without(question, ACCURACY), solution(named("lstm_without_gradient")))


@pytest.mark.parametrize(("name", "checks"), LOST.items())
def test_misconceptions_fail_the_checks_that_they_concern(name: str, checks: set[str]) -> None:
    """Each misconception fails exactly these checks, whatever is drawn."""
    for seed in range(2):
        assert lost_quickly(question, name, seed) == checks


@pytest.mark.parametrize("name", LOST)
def test_each_misconception_is_named(name: str) -> None:
    """The feedback says what the misconception's docstring says."""
    assert is_told(told(question, [name]), name)


def test_a_mistake_is_named_whatever_the_layers_are_called() -> None:
    """A student's own class with the classic mistake is recognised."""

    class LastOutput(Mine):
        def forward(self, tokens: Any, lengths: Any) -> Any:
            return self.to_logit(self.reader(self.words(tokens))[0][:, -1]).squeeze(1)

    assert is_told(told(question, SentimentLSTM=LastOutput), "lstm_output_of_the_last_column")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("lstm_forward_half_of_the_last_column", "unpacking"), ("lstm_keeps_the_sorted_order", "order of the rows")],
)
def test_the_hint_tells_company_from_order(name: str, hint: str) -> None:
    """Where only the longest review's length reaches the others, nobody is sent after the order of the rows."""
    assert hint in (refusal(question, "company_changes_nothing", solution(named(name))).hint or "")


def test_one_silent_direction_costs_half() -> None:
    """A direction that reads the whole review earns half of what asks for both; none of two earns nothing."""
    points = {check.name: check.points for check in question.checks}["reads_in_both_directions"]
    for name, share in (("lstm_first_state_only", 0.5), ("lstm_output_of_the_last_column", 0.5)):
        earned = marks(without(question, ACCURACY, LEARNS), solution(named(name)))
        assert earned["reads_in_both_directions"] == pytest.approx(share * points)
    message = refusal(question, "reads_in_both_directions", solution(named("lstm_output_of_the_last_word"))).in_full
    assert message == "Of what the backward direction reads, not every word reaches the logit."


def test_two_lstms_lose_the_layer_but_not_the_reading() -> None:
    """A second LSTM over reversed reviews does read in both directions, though nn.LSTM could do that itself."""

    class Pair(nn.Module):
        def __init__(self, vocab_size: int, embedding_dim: int = 128, hidden_dim: int = 256, pad_idx: int = 0) -> None:
            super().__init__()
            self.words = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
            self.there, self.back = (nn.LSTM(embedding_dim, hidden_dim, batch_first=True) for _ in range(2))
            self.out = nn.Linear(2 * hidden_dim, 1)

        def forward(self, tokens: Any, lengths: Any) -> Any:
            found = []
            for row, n in zip(tokens, lengths.tolist(), strict=True):
                words = self.words(row[:n])[None]
                states = [self.there(words)[1][0], self.back(words.flip(1))[1][0]]
                found.append(self.out(torch.cat(states, dim=2)).view(1))
            return torch.cat(found)

    assert lost_quickly(question, solution(SentimentLSTM=Pair)) == LAYERS


def test_wrong_training_costs_this_question_nothing() -> None:
    """The student's train_classifier and predict belong to the other question."""
    student = solution()
    del student.namespace["train_classifier"], student.namespace["predict"]
    assert lost(question, student) == set()


def test_a_class_that_is_not_there_is_missing() -> None:
    """Without SentimentLSTM, every check says that it is not defined."""
    student = solution()
    del student.namespace["SentimentLSTM"]
    for check in question.checks:
        assert check.run is not None
        with pytest.raises(CallError) as caught:
            check.run(student, solution(), np.random.default_rng(0))
        assert caught.value.outcome is Outcome.MISSING


@pytest.mark.parametrize("result", ODD, ids=range(len(ODD)))
def test_any_result_is_judged(result: Any) -> None:
    """Whatever forward returns becomes a refusal or an error in words, and earns nothing."""
    model = type("Model", (Mine,), {"forward": lambda self, tokens, lengths: result})
    assert sum(marks(without(question, ACCURACY), solution(SentimentLSTM=model)).values()) == 0
