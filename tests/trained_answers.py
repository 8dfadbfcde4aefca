"""Answers to `training`, and how they are tried."""

import random
from typing import Any

import numpy as np
import torch
from alternatives import named, solution

from graders import Passed
from graders.authoring.solution import ModuleSolution
from graders.grading.checking import grade_question
from graders.model import Outcome, Verdict
from graders.practical09.training.checks import question

VALUES = {"nll_of_two_names", "nll_of_any_name"}
FORGETS = {"nll_forgets_other_names"}
GRADIENTS = {"nll_has_the_right_gradients"}
CHANGES = {"train_changes_the_model"}
RETURNS = {"train_returns_one_loss_an_epoch"}
REPORTS = {"train_reports_the_models_losses"}
REACHES = {"train_reaches_every_parameter"}
STEPS = {"train_takes_a_fresh_step_each_epoch"}
DRAWS = {"train_draws_one_name_an_epoch"}
RATE = {"train_follows_the_learning_rate"}
BETTER = {"the_trained_model_is_better"}
DEFAULTS = {"train_has_the_defaults_asked_for"}
TRAIN = CHANGES | RETURNS | REPORTS | REACHES | STEPS | DRAWS | RATE | BETTER | DEFAULTS
QUICK = 40  # epochs of the long run


def student(alternative: str | None = None, epochs: int = QUICK, **changes: Any) -> ModuleSolution:
    """The reference, with an alternative or other functions put in, whose profile has few epochs."""
    random.seed(5)
    np.random.seed(5)
    torch.manual_seed(5)
    found = solution(named(alternative) if alternative else None, **changes)
    found.parameters = {"N_EPOCHS": epochs, "LEARNING_RATE": 0.0005}
    return found


def written(source: str) -> ModuleSolution:
    """The reference with a student's cell run after it, whose functions find each other by name."""
    found = student()
    exec(source, found.namespace)  # this file's own text
    return found


def failing(solved: ModuleSolution, seed: int = 0) -> dict[str, Verdict]:
    """The checks that do not pass; those that build on one of these are not tried."""
    report, _ = grade_question(question, lambda check: solved, solution(), seed)
    good = (Outcome.PASSED, Outcome.SKIPPED)
    return {verdict.check: verdict for verdict in report.verdicts if verdict.outcome not in good}


def run(check: str, solved: ModuleSolution, seed: int = 0) -> Passed | None:
    """One check on one student."""
    (found,) = [item for item in question.checks if item.name == check]
    assert found.run is not None
    return found.run(solved, solution(), np.random.default_rng(seed))
