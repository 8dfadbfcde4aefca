"""The plain RNN on reviews, its training and its use: any style is right, each mistake costs its own checks."""

from typing import Any

import numpy as np
import pytest
import torch
from alternatives import alternatives, lost, marks, named, refusal, solution
from sentiment_shared import ACCURACY, LEARNS, Model, is_told, lost_quickly, only, told, without
from torch import nn

from graders import CallError, Outcome
from graders.practical09.sentiment import training as training
from graders.practical09.sentiment_rnn.checks import question

LAYERS = {"has_the_layers"}
SHAPE = {"gives_one_logit_a_review"}
PADDING = {"padding_changes_nothing"}
COMPANY = {"company_changes_nothing"}
READS = {"reads_the_whole_review"}
RETURNS = {"training_returns_one_loss_an_epoch"}
REPORTS = {"training_reports_its_losses"}
ADAM = {"steps_are_adams"}
EVERY = {"trains_on_every_batch"}
FOLLOWS = {"steps_follow_the_loss"}
PREDICTS = {"predicts_probabilities"}
DEVICE = {"runs_on_the_device"}

LOST = {
    "rnn_reads_the_padding": PADDING,
    "rnn_averages_the_padding": PADDING,
    "rnn_sums_over_the_padding": PADDING,
    "rnn_largest_of_the_padding": PADDING,
    "rnn_mean_of_unpacked_zeros": PADDING,
    "rnn_one_place_too_far": PADDING,
    "rnn_drops_the_last_word": READS,
    "rnn_first_output": READS,
    "rnn_wants_sorted_reviews": COMPANY,
    "rnn_keeps_the_sorted_order": COMPANY,
    "rnn_with_a_sigmoid": SHAPE,
    "rnn_gives_a_column": SHAPE,
    "rnn_without_negative_logits": SHAPE,
    "predicts_a_column": PREDICTS,
    "rnn_squeezes_a_batch_of_one": SHAPE,
    "rnn_minus_the_batchs_mean": COMPANY,
    "rnn_cut_from_its_embedding": LAYERS,
    "rnn_cut_from_its_states": LAYERS,
    "rnn_that_is_not_used": LAYERS | SHAPE | PADDING | COMPANY | READS,
    "rnn_with_a_new_head_each_time": COMPANY,
    "rnn_is_an_lstm": LAYERS,
    "rnn_is_a_gru": LAYERS,
    "rnn_with_fixed_sizes": LAYERS,
    "rnn_with_swapped_sizes": LAYERS,
    "rnn_with_padding_zero": LAYERS,
    "rnn_with_a_written_size": LAYERS,
    "rnn_with_a_frozen_embedding": LAYERS,
    "rnn_with_two_outputs": SHAPE,
    "rnn_along_the_batch": COMPANY | READS,
    "rnn_of_the_lower_layer": LAYERS,
    "rnn_states_reshaped": COMPANY,
    "classifier_trained_by_sgd": ADAM,
    "classifier_trained_by_rmsprop": ADAM,
    "classifier_with_squared_error": REPORTS | FOLLOWS,
    "classifier_with_squared_error_of_logits": REPORTS | FOLLOWS,
    "classifier_with_two_sigmoids": REPORTS | FOLLOWS,
    "classifier_with_logits_as_probabilities": RETURNS | REPORTS | ADAM | EVERY | FOLLOWS,
    "classifier_with_labels_exchanged": REPORTS | FOLLOWS,
    "classifier_trained_uphill": REPORTS | FOLLOWS,
    "classifier_with_old_gradients": FOLLOWS,
    "classifier_with_gradients_of_an_epoch": FOLLOWS,
    "classifier_with_one_step_an_epoch": FOLLOWS,
    "classifier_that_forgets_its_gradients": ADAM | EVERY | FOLLOWS,
    "classifier_without_steps": ADAM | EVERY | FOLLOWS,
    "classifier_of_the_first_batch": EVERY,
    "classifier_without_the_last_batch": EVERY,
    "classifier_trained_in_evaluation_mode": EVERY,
    "classifier_with_its_own_rate": ADAM,
    "classifier_with_another_default_rate": RETURNS,
    "classifier_of_five_epochs": RETURNS,
    "classifier_of_one_epoch": RETURNS,
    "losses_of_every_batch": RETURNS,
    "losses_of_the_last_batch": REPORTS,
    "losses_that_pile_up": REPORTS,
    "losses_divided_by_reviews": REPORTS,
    "losses_with_their_graphs": RETURNS,
    "losses_not_returned": RETURNS | REPORTS,
    "rnn_last_column_after_unpacking": COMPANY,
    "rnn_largest_of_unpacked_zeros": COMPANY,
    "rnn_with_random_states": COMPANY,
    "rnn_that_keeps_its_state": COMPANY,
    "rnn_that_always_drops": COMPANY,
    "rnn_with_fixed_hidden_size": LAYERS,
    "rnn_with_fixed_embedding_size": LAYERS,
    "classifier_with_a_new_optimizer_each_batch": ADAM,
    "classifier_with_a_new_optimizer_each_epoch": ADAM,
    "classifier_on_one_device": DEVICE,
    "classifier_with_reviews_left_behind": DEVICE,
    "predicts_on_one_device": DEVICE,
    "predicts_logits": PREDICTS,
    "predicts_labels": PREDICTS,
    "predicts_labels_of_logits_above_a_half": PREDICTS,
    "predicts_negative_reviews": PREDICTS,
    "predicts_with_two_sigmoids": PREDICTS,
    "predicts_a_share_of_the_batch": PREDICTS,
    "predicts_in_training_mode": PREDICTS,
    "predicts_the_last_batch": PREDICTS,
    "predicts_batch_by_batch": PREDICTS,
    "predicts_the_longest_first": PREDICTS,
}

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


@pytest.mark.parametrize("name", [item.name for item in alternatives("variants", "sentiment_rnn")])
def test_correct_variants_get_full_marks(name: str) -> None:
    """Packing, picking, pooling; other losses of the same value; lists and arrays: only what is computed is judged."""
    for seed in range(3):
        assert lost_quickly(question, name, seed) == set()
    assert LEARNS not in lost(without(question, ACCURACY), solution(named(name)), 3)


def test_a_small_head_may_be_dead_in_one_model() -> None:
    """Where two ReLUs are both at zero nothing has a say, which is the luck of the draw and no mistake."""

    class Small(Model):
        def __init__(self, *sizes: int) -> None:
            super().__init__(*sizes)
            self.to_logit = nn.Sequential(nn.Linear(self.reader.hidden_size, 2), nn.ReLU(), nn.Linear(2, 1))

    check, student = only(question, *LAYERS), solution(SentimentRNN=Small)
    for seed in range(60):
        check.run(student, solution(), np.random.default_rng(seed))


def test_every_misconception_is_in_the_table() -> None:
    """The table speaks of all misconceptions of this question, and every check is failed by somebody."""
    assert {item.name for item in alternatives("misconceptions", "sentiment_rnn")} == LOST.keys()
    assert set().union(*LOST.values()) == {check.name for check in question.checks} - {LEARNS, ACCURACY}
    assert LEARNS in lost(without(question, ACCURACY), solution(named("rnn_with_two_outputs")))


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
    """The weights that are tried depend on the kinds of the layers, so a student's own class is recognised, too."""

    class Mine(Model):
        def forward(self, tokens: Any, lengths: Any) -> Any:
            return self.to_logit(self.reader(self.words(tokens))[0][:, -1]).squeeze(1)

    report = told(question, SentimentRNN=Mine)
    assert is_told(report, "rnn_reads_the_padding")
    assert {v.check for v in report.verdicts if v.outcome is not Outcome.PASSED} == PADDING
    assert lost_quickly(question, solution(SentimentRNN=Model)) == set()


def test_two_mistakes_are_named_together() -> None:
    """A wrong model and a wrong predict are distinguished, each in its own checks."""
    report = told(question, ["rnn_reads_the_padding", "predicts_logits"])
    assert is_told(report, "rnn_reads_the_padding") and is_told(report, "predicts_logits")


def test_columns_throughout_cost_the_shape_alone() -> None:
    """Who answers (B, 1) and trains and predicts accordingly has made one mistake, and pays for one."""

    def train(model: Any, batches: Any, n_epochs: int = 5, lr: float = 0.001, device: str = "cpu") -> list[float]:
        optimizer, sums = torch.optim.Adam(model.to(device).parameters(), lr=lr), []
        for _ in range(n_epochs):
            sums.append(0.0)
            for tokens, lengths, labels in batches:
                loss = nn.BCEWithLogitsLoss()(model(tokens.to(device), lengths), labels.to(device).unsqueeze(1))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                sums[-1] += loss.item()
        return sums

    def predict(model: Any, batches: Any, device: str = "cpu") -> Any:
        model.to(device).eval()
        return torch.cat([torch.sigmoid(model(tokens.to(device), lengths).squeeze(1)) for tokens, lengths in batches])

    column = named("rnn_gives_a_column").applied_to(solution().namespace)["SentimentRNN"]
    student = solution(SentimentRNN=column, train_classifier=train, predict=predict)
    assert lost_quickly(question, student) == SHAPE


def test_probabilities_throughout_cost_the_shape_alone() -> None:
    """Who answers by a sigmoid, and trains with BCELoss and predicts accordingly, has made one mistake."""

    def train(model: Any, batches: Any, n_epochs: int = 5, lr: float = 0.001, device: str = "cpu") -> list[float]:
        model.to(device).train()
        optimizer, means = torch.optim.Adam(model.parameters(), lr=lr), []
        for _ in range(n_epochs):
            losses = []
            for tokens, lengths, labels in batches:
                optimizer.zero_grad()
                loss = nn.BCELoss()(model(tokens.to(device), lengths), labels.to(device))
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
            means.append(sum(losses) / len(losses))
        return means

    @torch.no_grad()
    def predict(model: Any, batches: Any, device: str = "cpu") -> Any:
        model.to(device).eval()
        return torch.cat([model(tokens.to(device), lengths) for tokens, lengths in batches])

    squeezed = named("rnn_with_a_sigmoid").applied_to(solution().namespace)["SentimentRNN"]
    student = solution(SentimentRNN=squeezed, train_classifier=train, predict=predict)
    assert lost(without(question, LEARNS), student) == SHAPE


def test_what_is_not_there_is_missing() -> None:
    """Without its names, every check says which one is not defined."""
    student = solution()
    for name in ("SentimentRNN", "train_classifier", "predict"):
        del student.namespace[name]
    for check in question.checks:
        assert check.run is not None
        with pytest.raises(CallError) as caught:
            check.run(student, solution(), np.random.default_rng(0))
        assert caught.value.outcome is Outcome.MISSING


@pytest.mark.parametrize("result", ODD, ids=range(len(ODD)))
def test_any_result_is_judged(result: Any) -> None:
    """Whatever is returned becomes a refusal or an error in words, and earns nothing where it matters."""
    model = type("Mine", (Model,), {"forward": lambda self, tokens, lengths: result})
    student = solution(SentimentRNN=model, train_classifier=lambda *a, **k: result, predict=lambda *a, **k: result)
    assert sum(marks(without(question, ACCURACY), student).values()) == 0


def test_hidden_findings_hold_no_numbers() -> None:
    """Summaries of hidden checks give neither inputs nor expected values."""
    for name, checks in LOST.items():
        for check in (only(question, name) for name in checks):
            if not check.public and name not in ("rnn_wants_sorted_reviews", "classifier_with_logits_as_probabilities"):
                failed = refusal(question, check.name, solution(named(name)))
                told_of = (failed.finding or "").replace("array of 1", "").replace("has 2", "")
                assert told_of and not any(c.isdigit() for c in told_of)


def test_findings_say_what_is_wrong() -> None:
    """A message names the layer, the size or the shape that is not as it should be."""
    for name, says in {
        "rnn_is_an_lstm": "should be nn.RNN; there is nn.LSTM",
        "rnn_that_is_not_used": "should be nn.RNN; there is none",
        "rnn_cut_from_its_states": "No gradient of the logits reaches nn.Embedding and nn.RNN",
        "rnn_with_fixed_sizes": "no embedding of those sizes",
        "rnn_with_a_frozen_embedding": "nn.Embedding are frozen",
        "rnn_of_the_lower_layer": "not all have a say",
    }.items():
        assert says in refusal(question, "has_the_layers", solution(named(name))).in_full
    assert "expected shape (1,), got ()" in str(
        refusal(question, "gives_one_logit_a_review", solution(named("rnn_squeezes_a_batch_of_one")))
    )
