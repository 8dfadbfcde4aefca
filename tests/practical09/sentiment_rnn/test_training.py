"""What is said of the training of a sentiment classifier."""

from typing import Any

import numpy as np
import pytest
import torch
from alternatives import marks, named, solution
from sentiment_shared import ACCURACY, lost_quickly, only, without

from graders import Failed, Skipped
from graders.practical09.sentiment import training as training
from graders.practical09.sentiment_rnn.checks import question

RETURNS = {"training_returns_one_loss_an_epoch"}
REPORTS = {"training_reports_its_losses"}


def test_losses_that_are_made_up_are_not_believed() -> None:
    """A smooth curve that is not the model's own loses what asks for the losses, though it trains as it should."""
    right = solution().namespace["train_classifier"]

    def train(model: Any, batches: Any, n_epochs: int = 5, lr: float = 0.001, device: str = "cpu") -> list[float]:
        right(model, batches, n_epochs, lr, device)
        return [0.7 / (1 + i) for i in range(n_epochs)]

    assert lost_quickly(question, solution(train_classifier=train)) == REPORTS


def test_graphs_on_the_losses_cost_half_of_one_check() -> None:
    """The numbers are right, so half of the points stay."""
    earned = marks(without(question, ACCURACY), solution(named("losses_with_their_graphs")))
    assert earned["training_returns_one_loss_an_epoch"] == pytest.approx(
        only(question, "training_returns_one_loss_an_epoch").points / 2
    )


def test_the_profiles_epochs_count_as_the_default() -> None:
    """n_epochs=IMDB_EPOCHS in the signature is the parameters cell's own name for it."""
    right = solution().namespace["train_classifier"]

    def train(model: Any, batches: Any, n_epochs: int = 1, lr: float = 0.001, device: str = "cpu") -> Any:
        return right(model, batches, n_epochs, lr, device)

    student = solution(train_classifier=train)
    assert lost_quickly(question, student) == RETURNS
    student.parameters = {"IMDB_EPOCHS": 1}
    assert lost_quickly(question, student) == set()


def test_worked_out_gradients_are_torchs() -> None:
    """The loss and the gradients that are written down agree with what torch makes of the same model."""
    rng = np.random.default_rng(2)
    weights, (batch,) = training.new_weights(rng), training.labelled(rng, (7,))
    found = training.Trainer(solution(), weights, [batch]).train(1, 0.001)
    seen = found.passes[0]
    assert seen.gradients is not None
    np.testing.assert_allclose(
        training.flat(seen.gradients), training.flat(training.gradients(weights, batch)), atol=1e-6
    )
    assert found.losses[0] == pytest.approx(training.review_losses(weights, batch).mean(), rel=1e-5)
    assert training.likeness(seen.gradients, {name: np.zeros_like(value) for name, value in weights.items()}) == 0


def test_training_on_something_else_is_noticed() -> None:
    """Where a model of their own is trained, or one on words that nobody gave, the message says so."""

    def elsewhere(model: Any, batches: Any, n_epochs: int = 5, lr: float = 0.001, device: str = "cpu") -> list[float]:
        return [0.0] * n_epochs

    def shifted(model: Any, batches: Any, n_epochs: int = 5, lr: float = 0.001, device: str = "cpu") -> Any:
        return solution().namespace["train_classifier"](
            model, [(t.clamp(max=3), n, y) for t, n, y in batches], n_epochs
        )

    for train, says in ((elsewhere, "never asks the model"), (shifted, "other reviews")):
        with pytest.raises(Failed, match=says):
            only(question, "steps_are_adams").run(
                solution(train_classifier=train), solution(), np.random.default_rng(0)
            )


def test_what_only_a_gpu_can_do_waits_for_a_person() -> None:
    """Mixed precision that is switched off passes; numbers asked of the device before the model is called stay open."""
    run = only(question, "runs_on_the_device").run
    assert run is not None
    right = solution().namespace["train_classifier"]

    def counting(model: Any, batches: Any, n_epochs: int = 5, lr: float = 0.001, device: str = "cpu") -> Any:
        if torch.cuda.is_available():
            print(torch.cuda.get_device_properties("no such device"))
        assert sum(float(labels.to(device).sum()) for *_, labels in batches) >= 0
        return right(model, batches, n_epochs, lr, device)

    def printing(model: Any, batches: Any, n_epochs: int = 5, lr: float = 0.001, device: str = "cpu") -> Any:
        if torch.cuda.is_available():
            print(torch.cuda.get_device_properties("no such device"))
        return right(model, batches, n_epochs, lr, device)

    rng = np.random.default_rng(0)
    with pytest.raises(Skipped, match="a person looks at it"):
        run(solution(train_classifier=counting), solution(), rng)
    for name in ("classifier_drawing_its_order", None):
        run(solution(named(name) if name else None), solution(), rng)
    run(solution(train_classifier=printing), solution(), rng)
