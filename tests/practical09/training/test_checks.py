"""Training on names: any way that works is right, and each mistake costs its own checks."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from alternatives import FOLDER, alternatives, marks, named, namespace, refusal
from trained_answers import (
    BETTER,
    CHANGES,
    DRAWS,
    FORGETS,
    GRADIENTS,
    RATE,
    REACHES,
    REPORTS,
    RETURNS,
    STEPS,
    TRAIN,
    VALUES,
    failing,
    run,
    student,
)

from graders import Failed
from graders.authors.mutation import mutants
from graders.grading.checking import grade_question
from graders.grading.diagnosis import explain
from graders.model import Outcome
from graders.practical09.training.checks import question
from graders.practical09.training.findings import STEP, TOO_LARGE
from graders.report.figures.evidence import figures

# The checks that a mistake fails; those that build on a failed one are not tried.
LOST = {
    "nll_summed": VALUES,
    "nll_from_a_random_state": VALUES | GRADIENTS,
    "nll_from_an_evenly_random_state": VALUES | GRADIENTS,
    "nll_from_a_state_of_ones": VALUES | GRADIENTS,
    "nll_per_letter": VALUES,
    "nll_per_letter_of_the_alphabet": VALUES,
    "nll_of_the_same_symbol": VALUES,
    "nll_two_symbols_ahead": VALUES,
    "nll_without_the_end": VALUES,
    "nll_without_the_first_letter": VALUES,
    "nll_of_the_last_symbol": VALUES,
    "nll_last_over_length": VALUES,
    "nll_with_a_fresh_state": VALUES | GRADIENTS,
    "nll_with_the_last_names_state": FORGETS,
    "nll_with_something_else": {"nll_of_two_names"},
    "nll_with_detached_state": GRADIENTS,
    "nll_as_a_float": GRADIENTS,
    "nll_as_a_new_tensor": GRADIENTS,
    "nll_without_the_minus": VALUES,
    "nll_of_probabilities": VALUES,
    "nll_of_softmax_as_scores": VALUES,
    "nll_of_softmax": VALUES,
    "nll_in_bits": VALUES,
    "nll_of_the_likeliest": VALUES,
    "nll_reading_its_own_output": VALUES,
    "nll_product_of_probabilities": VALUES,
    "train_without_zero_grad": STEPS,
    "train_without_step": CHANGES,
    "train_without_backward": CHANGES,
    "train_zeroes_before_the_step": CHANGES,
    "train_output_layer_only": REACHES,
    "train_weights_only": REACHES,
    "train_a_copy": CHANGES,
    "train_uphill": STEPS | BETTER,
    "train_on_the_first_name": DRAWS,
    "train_on_one_drawn_name": DRAWS,
    "train_on_a_few_names": DRAWS,
    "train_on_the_whole_list": DRAWS,
    "train_on_a_batch": DRAWS,
    "train_on_all_names": DRAWS,
    "train_steps_at_the_end": STEPS,
    "train_steps_now_and_then": STEPS,
    "train_for_epochs_of_its_own": RETURNS,
    "train_one_epoch_short": RETURNS,
    "train_at_its_own_rate": RATE,
    "train_carries_the_state_on": REPORTS,
    "train_returns_before_the_second": RETURNS,
    "train_returns_graphs": RETURNS,
    "train_returns_the_last_loss": RETURNS,
    "train_returns_nothing": RETURNS,
    "train_returns_the_model_too": RETURNS,
    "train_returns_running_means": REPORTS,
    "train_returns_running_sums": REPORTS,
    "train_returns_sums": REPORTS,
    "train_makes_losses_up": CHANGES,
}
# What follows from a mistake in some draws and not in others: a model spoilt by it, a mean that is near a single loss.
PERHAPS = {
    "train_without_zero_grad": BETTER,
    "train_on_the_first_name": BETTER,
    "train_on_one_drawn_name": BETTER,
    "train_on_a_few_names": BETTER,
    "train_on_all_names": BETTER,
    "train_steps_at_the_end": BETTER,
    "train_returns_before_the_second": BETTER,
}
HIDDEN = {check.name for check in question.checks if not check.public}


def test_the_reference_gets_full_marks() -> None:
    """The reference passes every check for many draws, and the points add up."""
    for seed in range(5):
        assert failing(student(), seed) == {}
    assert sum(check.points for check in question.checks) == pytest.approx(question.points)


@pytest.mark.parametrize("name", [item.name for item in alternatives("variants", "training")])
def test_correct_variants_get_full_marks(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Losses in any style, optimisers of any kind, steps by hand, names in any order."""
    for seed in range(2):
        assert failing(student(name), seed) == {}
    capsys.readouterr()


def test_ten_names_in_turn_are_too_few() -> None:
    """Names that come again and again are found also where they are more than a handful; twenty in turn are right."""
    source = (FOLDER / "training.py").read_text("utf-8").replace("from .provided import encode", "")
    source = source.replace("for _ in range", "for epoch in range")
    for names, due in (("names[epoch % 10]", {"train_draws_one_name_an_epoch"}), ("names[epoch % len(names)]", set())):
        changed = student()
        exec(source.replace("random.choice(names)", names), changed.namespace)
        assert failing(changed).keys() - BETTER == due


def test_every_misconception_is_in_the_table() -> None:
    """The table speaks of all misconceptions of this question."""
    assert {item.name for item in alternatives("misconceptions", "training")} == LOST.keys()


@pytest.mark.parametrize(("name", "checks"), LOST.items())
def test_misconceptions_fail_the_checks_that_they_concern(name: str, checks: set[str]) -> None:
    """Each misconception fails these checks, and no others but those that may follow from it; and `train`'s are named.

    What a hidden check says holds no numbers, neither inputs nor expected values.
    """
    failed = failing(student(name))
    assert checks <= failed.keys() <= checks | PERHAPS.get(name, set())
    causes = {verdict.misconception for verdict in failed.values()} - {None}
    assert causes <= {name} and (causes or name.startswith("nll"))
    for check in failed.keys() & HIDDEN - BETTER:
        told = f"{failed[check].message} {failed[check].hint}"
        for layer in ("i2h", "h2h", "h2o"):
            told = told.replace(layer, "")
        assert failed[check].outcome is Outcome.FAILED and not any(sign.isdigit() for sign in told)


@pytest.mark.parametrize(
    "name", ["nll_with_detached_state", "nll_with_the_last_names_state", "nll_summed", "train_without_zero_grad"]
)
def test_mistakes_are_named(name: str) -> None:
    """Where a student does what a misconception does, the feedback says so in its words."""
    known = tuple(alternatives("misconceptions", "training"))
    course: Any = SimpleNamespace(
        misconceptions=known,
        reference=SimpleNamespace(slow_probes=frozenset({"training.run"})),
        solution=lambda profile, item=None: student(item and item.name),
    )
    solved = student(name)
    report, records = grade_question(question, lambda check: solved, student(), seed=11)
    report = explain(report, records, course, "quick")
    told = " ".join(verdict.hint or "" for verdict in report.verdicts)
    assert named(name).explanation in told


def test_mutants_of_the_reference_lose_marks() -> None:
    """All changes of the reference are noticed, but for a check of lengths that are always equal."""
    source = (FOLDER / "training.py").read_text("utf-8").replace("from .provided import encode", "")
    survivors = []
    for mutant in mutants(source):
        changed = student(epochs=10)
        exec(mutant.source, changed.namespace)  # the reference's own text with one change
        if not failing(changed):
            survivors.append(mutant.change)
    assert survivors == ["True -> False"]


def test_an_answer_that_is_not_there_earns_nothing() -> None:
    """Stubs that raise NotImplementedError, and names that are not defined."""

    def sequence_nll(rnn: Any, name: str) -> Any:
        raise NotImplementedError

    def train(rnn: Any, names: list[str], n_epochs: int = 1000, lr: float = 0.0005) -> Any:
        raise NotImplementedError

    assert sum(marks(question, student(sequence_nll=sequence_nll, train=train)).values()) == 0
    absent = student()
    del absent.namespace["sequence_nll"], absent.namespace["train"]
    assert sum(marks(question, absent).values()) == 0


UNTRAINED = ["train_makes_losses_up", "train_without_step", "train_without_backward", "train_a_copy"]


@pytest.mark.parametrize("name", UNTRAINED)
def test_a_model_that_was_never_trained_earns_nothing(name: str) -> None:
    """Neither the list of losses nor the signature is worth anything by itself."""
    earned = marks(question, student(name))
    assert sum(points for check, points in earned.items() if check in TRAIN) == 0


def test_one_mistake_costs_less_than_what_it_breaks() -> None:
    """A wrong loss keeps at least 0.4 of the 1.3 points of the loss; a training that learns keeps 0.9 of its 1.7."""
    worth = {check.name: check.points for check in question.checks}
    for name, checks in LOST.items():
        cost = sum(worth[check] for check in checks | PERHAPS.get(name, set()))
        if name.startswith("nll"):
            assert cost < 1.3 - 0.15
        elif checks != CHANGES:
            assert cost <= 0.7 + 1e-9


def test_graphs_cost_half_of_one_small_check() -> None:
    """Tensors with their graphs cost 0.05 of 3."""
    assert sum(marks(question, student("train_returns_graphs")).values()) == pytest.approx(2.95)


def test_the_long_run_has_something_to_show() -> None:
    """Losses, the grader's own measurement and the baselines become a plot."""
    passed = run("the_trained_model_is_better", student())
    assert passed is not None and passed.evidence is not None
    drawn = figures(passed.evidence)
    assert drawn.curve is not None
    assert {"uniform", "unigram", "bigram"} < {level.label for level in drawn.curve.levels}
    assert passed.evidence["after"] < passed.evidence["before"]


def test_losses_that_claim_too_much_cost_half() -> None:
    """A model that is better, with losses far lower than it has, earns half of the long run."""
    train = namespace()["train"]

    def boasts(rnn: Any, names: list[str], n_epochs: int = 1000, lr: float = 0.0005) -> list[float]:
        return [loss / 2 for loss in train(rnn, names, n_epochs, lr)]

    failed = refusal(question, "the_trained_model_is_better", student(train=boasts, epochs=100))
    assert failed.keep == 0.5


@pytest.mark.parametrize(("factor", "hint"), [(1000, TOO_LARGE), (-1, STEP)])
def test_steps_that_are_far_too_large_are_called_so(factor: float, hint: str) -> None:
    """A multiple of the rate that spoils the model is kept apart from steps that go uphill."""
    train = namespace()["train"]

    def scaled(rnn: Any, names: list[str], n_epochs: int = 1000, lr: float = 0.0005) -> list[float]:
        for parameter in rnn.parameters():
            parameter.register_hook(lambda gradient: gradient * np.sign(factor))
        losses: list[float] = train(rnn, names, n_epochs, lr * abs(factor))
        return losses

    assert refusal(question, "the_trained_model_is_better", student(train=scaled, epochs=100)).hint == hint


@pytest.mark.parametrize("layer", [torch.nn.Identity(), torch.nn.Linear(3, 27), None])
def test_a_model_whose_layers_are_exchanged_is_not_better(layer: Any) -> None:
    """Weights of other shapes, or none at all, are refused in words."""
    train = namespace()["train"]

    def tampers(rnn: Any, names: list[str], n_epochs: int = 1000, lr: float = 0.0005) -> list[float]:
        losses: list[float] = train(rnn, names, n_epochs, lr)
        rnn.h2o = layer
        return losses

    with pytest.raises(Failed, match="h2o"):
        run("the_trained_model_is_better", student(train=tampers))
