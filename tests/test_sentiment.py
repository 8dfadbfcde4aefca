"""The sentiment models: correct in any style is right, and each misconception costs its own checks."""

from typing import Any

import numpy as np
import pytest
import torch
from alternatives import alternatives, lost, named, solution

from graders import Question
from graders.practical09 import sentiment_lstm, sentiment_rnn

QUESTIONS = {"sentiment_rnn": sentiment_rnn.question, "sentiment_lstm": sentiment_lstm.question}
LAYERS, SHAPE = {"has_the_layers"}, {"gives_one_logit_a_review"}
PADDING, COMPANY = {"padding_changes_nothing"}, {"company_changes_nothing"}
WHOLE, BOTH = {"reads_the_whole_review"}, {"reads_in_both_directions"}
LOSSES, DEFAULTS, ADAM = {"training_reports_its_losses"}, {"training_has_the_defaults"}, {"steps_are_adams"}
FRESH, PROBABILITIES, LEARNT = {"every_batch_counts_afresh"}, {"predicts_probabilities"}, {"one_batch_can_be_learnt"}

LOST = {
    "rnn_reads_the_padding": PADDING | COMPANY,
    "rnn_mean_over_the_padding": PADDING | COMPANY,
    "rnn_leaves_out_the_last_word": WHOLE,
    "rnn_takes_the_first_state": WHOLE | LEARNT,
    "rnn_with_sigmoid": SHAPE | LEARNT,
    "rnn_returns_a_column": SHAPE | LEARNT,
    "rnn_in_sorted_order": COMPANY,
    "rnn_normalises_over_the_batch": LAYERS | COMPANY,
    "rnn_detached_from_its_embedding": LAYERS,
    "RnnWithTimeFirst": COMPANY | WHOLE,
    "LstmForRnn": LAYERS,
    "GruForRnn": LAYERS,
    "RnnOfFixedSizes": LAYERS,
    "classifier_with_sgd": ADAM,
    "classifier_with_sigmoid_twice": LOSSES | ADAM | FRESH,
    "classifier_with_squares": LOSSES,
    "classifier_without_zero_grad": FRESH,
    "classifier_sees_the_first_batch": LOSSES | FRESH,
    "classifier_for_one_epoch": LOSSES | FRESH | LEARNT | DEFAULTS,
    "classifier_with_its_own_rate": LOSSES | ADAM,
    "classifier_returns_the_last_loss": LOSSES | DEFAULTS,
    "classifier_goes_uphill": LOSSES | ADAM | LEARNT,
    "classifier_without_steps": ADAM | LEARNT,
    "predict_logits": PROBABILITIES,
    "predict_labels": PROBABILITIES,
    "predict_the_negative": PROBABILITIES,
    "predict_in_training_mode": PROBABILITIES,
    "predict_the_last_batch": PROBABILITIES,
    "predict_with_softmax": PROBABILITIES,
    "lstm_forward_state_twice": BOTH,
    "lstm_backward_state_twice": BOTH,
    "lstm_output_at_the_last_word": BOTH,
    "lstm_reads_the_padding": PADDING | COMPANY,
    "lstm_mean_over_the_padding": PADDING | COMPANY,
    "lstm_with_sigmoid": SHAPE | LEARNT,
    "lstm_in_sorted_order": COMPANY,
    "lstm_mixes_the_batch": COMPANY | BOTH,
    "lstm_never_learns": LAYERS,
    "lstm_loses_its_weights": LAYERS | LEARNT,
    "LstmOfOneDirection": LAYERS | BOTH,
    "GruForLstm": LAYERS,
}
MAYBE = LEARNT | LOSSES | FRESH | ADAM  # of these, what a wrong model or training fails may depend on the draw


def both(kind: str) -> list[str]:
    """The names of the alternatives of both questions."""
    return [item.name for id in QUESTIONS for item in alternatives(kind, id)]


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_the_reference_gets_full_marks(question: Question) -> None:
    """For many draws, and the points add up."""
    for seed in range(40):
        assert lost(question, solution(), seed) == set()
    assert sum(check.points for check in question.checks) == pytest.approx(question.points)


@pytest.mark.parametrize("name", both("variants"))
def test_correct_variants_get_full_marks(name: str) -> None:
    """Packed or gathered, pooled or looped, one layer or two, any optimiser of Adam's kind, any container."""
    item = named(name)
    for seed in range(5):
        assert lost(QUESTIONS[item.question], solution(item), seed) == set()


def test_every_misconception_is_in_the_table() -> None:
    """The table speaks of all misconceptions of both questions."""
    assert set(both("misconceptions")) == LOST.keys()


@pytest.mark.parametrize(("name", "checks"), LOST.items())
def test_misconceptions_fail_the_checks_that_they_concern(name: str, checks: set[str]) -> None:
    """Those checks and no others."""
    item = named(name)
    for seed in range(2):
        found = lost(QUESTIONS[item.question], solution(item), seed)
        assert found - MAYBE == checks - MAYBE
        assert found & checks, found


ODD: list[Any] = [None, "a", [], {}, float("nan"), np.zeros((2, 3)), torch.full((6,), float("nan")), [1, "a"], 10**400]


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_odd_results_are_findings(value: Any) -> None:
    """Whatever a function returns, there is a verdict and no points for it."""

    class Model(torch.nn.Module):
        """A model that returns the value."""

        def __init__(self, *args: Any) -> None:
            super().__init__()

        def forward(self, tokens: Any, lengths: Any) -> Any:
            """The value."""
            return value

    for name in ("train_classifier", "predict"):
        assert lost(QUESTIONS["sentiment_rnn"], solution(**{name: lambda *args, **kwargs: value})), name
    assert lost(QUESTIONS["sentiment_rnn"], solution(SentimentRNN=Model)) >= SHAPE | PADDING | COMPANY | WHOLE
    assert lost(QUESTIONS["sentiment_lstm"], solution(SentimentLSTM=Model)) >= SHAPE | PADDING | COMPANY | BOTH


def test_a_wrong_training_costs_the_lstm_nothing() -> None:
    """Each fault is charged once."""
    assert lost(QUESTIONS["sentiment_lstm"], solution(named("classifier_without_steps"))) == set()
