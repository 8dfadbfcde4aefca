"""The loss and the training are judged together and apart, whatever they return."""

import random
from copy import deepcopy
from typing import Any

import pytest
import torch
from alternatives import marks, namespace
from trained_answers import DEFAULTS, QUICK, REPORTS, RETURNS, TRAIN, VALUES, failing, student, written

from graders.practical09.training.checks import question


@pytest.mark.parametrize(
    "result",
    [None, 1.0, "text", [], torch.zeros(2), torch.tensor(float("nan")), torch.tensor(3.0), (torch.zeros(()), 1), {}],
)
def test_any_loss_is_judged(result: Any) -> None:
    """Whatever sequence_nll returns becomes a refusal or an error in words, and earns nothing."""
    earned = marks(question, student(sequence_nll=lambda rnn, name: result))
    assert sum(points for check, points in earned.items() if check not in TRAIN) == 0


@pytest.mark.parametrize(
    "result", [None, 1.0, "text", ["a", "b"], [None] * 6, [[1.0], [2.0, 3.0]], {"a": 1}, [10**400], [float("nan")] * 6]
)
def test_any_result_of_train_is_judged(result: Any) -> None:
    """Whatever train returns, what it did to the model keeps its marks, and the losses lose theirs."""
    train = namespace()["train"]

    def badly(rnn: Any, names: list[str], n_epochs: int = 1000, lr: float = 0.0005) -> Any:
        train(rnn, names, n_epochs, lr)
        return result

    assert failing(student(train=badly)).keys() <= RETURNS | REPORTS
    assert RETURNS & failing(student(train=badly)).keys() or isinstance(result, list)


def test_a_wrong_loss_is_charged_once() -> None:
    """A train that calls a wrong sequence_nll is judged with a right one, and the wrong one is put back."""
    source = """
def sequence_nll(rnn, name):
    inputs, targets = encode(name)
    h, total = rnn.init_hidden(), 0
    for x, target in zip(inputs, targets):
        log_probs, h = rnn(x.unsqueeze(0), h)
        total = total + log_probs[0, target]
    return total

def train(rnn, names, n_epochs=1000, lr=0.0005):
    optimizer, losses = torch.optim.Adam(rnn.parameters(), lr=lr), []
    for _ in range(n_epochs):
        loss = sequence_nll(rnn, random.choice(names))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
"""
    solved = written(source)
    own = solved.namespace["sequence_nll"]
    assert failing(solved).keys() == VALUES
    assert solved.namespace["sequence_nll"] is own


def test_train_may_be_made_for_its_own_loss() -> None:
    """A sequence_nll that returns more than it should costs its own checks; its train is not broken by ours."""
    source = """
right = sequence_nll

def sequence_nll(rnn, name):
    return right(rnn, name), len(name)

def train(rnn, names, n_epochs=1000, lr=0.0005):
    optimizer, losses = torch.optim.Adam(rnn.parameters(), lr=lr), []
    for _ in range(n_epochs):
        loss, _ = sequence_nll(rnn, random.choice(names))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
"""
    assert failing(written(source)).keys() == {"nll_of_two_names"}


def test_training_that_cannot_be_watched_is_believed() -> None:
    """Gradients that never pass the model's own parameters, and parameters that are replaced, cost nothing."""
    nll = namespace()["sequence_nll"]

    def on_copies(rnn: Any, names: list[str], n_epochs: int = 1000, lr: float = 0.0005) -> list[float]:
        copy = deepcopy(rnn)
        copy.load_state_dict(rnn.state_dict())
        losses: list[float] = namespace()["train"](copy, names, n_epochs, lr)
        rnn.load_state_dict(copy.state_dict())
        return losses

    def replacing(rnn: Any, names: list[str], n_epochs: int = 1000, lr: float = 0.0005) -> list[float]:
        losses = []
        for _ in range(n_epochs):
            loss = nll(rnn, random.choice(names))
            rnn.zero_grad()
            loss.backward()
            for layer in (rnn.i2h, rnn.h2h, rnn.h2o):
                for name, parameter in list(layer.named_parameters()):
                    setattr(layer, name, torch.nn.Parameter(parameter.detach() - lr * parameter.grad))
            losses.append(loss.item())
        return losses

    def beside(rnn: Any, names: list[str], n_epochs: int = 1000, lr: float = 0.0005) -> list[float]:
        own = namespace()["RNN"](27, rnn.hidden_size, 27)
        own.load_state_dict(rnn.state_dict())
        losses: list[float] = namespace()["train"](own, names, n_epochs, lr)
        rnn.load_state_dict(own.state_dict())
        return losses

    for train in (on_copies, replacing, beside):
        assert failing(student(train=train)) == {}


def test_a_training_without_end_is_ended() -> None:
    """A loop that goes on for ever, and catches every Exception, is stopped and loses what it returns."""
    nll = namespace()["sequence_nll"]

    def train(rnn: Any, names: list[str], n_epochs: int = 1000, lr: float = 0.0005) -> None:
        optimizer = torch.optim.SGD(rnn.parameters(), lr=lr)
        while True:
            try:
                optimizer.zero_grad()
                nll(rnn, random.choice(names)).backward()
                optimizer.step()
            except Exception:  # noqa: BLE001 - what such students write
                continue

    assert failing(student(train=train, epochs=10)).keys() == RETURNS


@pytest.mark.parametrize(
    ("n_epochs", "lr", "right"),
    [(1000, 0.0005, True), (QUICK, 0.0005, True), (100, 0.0005, False), (1000, 0.001, False), (None, 0.0005, False)],
)
def test_defaults_are_the_sheets_or_the_parameter_cells(n_epochs: Any, lr: float, right: bool) -> None:
    """1,000 and 0.0005, or what the profile puts in their place."""
    train = namespace()["train"]

    def defaults(rnn: Any, names: list[str], n_epochs: Any = n_epochs, lr: float = lr) -> Any:
        return train(rnn, names, n_epochs, lr)

    assert failing(student(train=defaults)).keys() == (set() if right else DEFAULTS)
