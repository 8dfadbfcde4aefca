"""What a student's process says of `training` is judged outside: pairs, forged replies, borrowed functions."""

import inspect
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from alternatives import marks, namespace, probes, solution

from graders import CallError, Failed
from graders.authoring.solution import ModuleSolution
from graders.practical09.probes import training as training_probes
from graders.practical09.probes import training_model
from graders.practical09.rnn_cell import checks as rnn_cell
from graders.practical09.training import cell
from graders.practical09.training.checks import question
from graders.practical09.training.runs import short_task, weights

TRAIN = {check.name for check in question.checks if "train" in check.name}


def student(**changes: Any) -> ModuleSolution:
    """The reference with other functions, whose profile has few epochs."""
    random.seed(3)
    np.random.seed(3)
    torch.manual_seed(3)
    found = solution(**changes)
    found.parameters = {"N_EPOCHS": 30, "LEARNING_RATE": 0.0005}
    return found


def written(source: str) -> ModuleSolution:
    """The reference with a student's cell run after it, whose functions find each other by name."""
    found = student()
    exec(source, found.namespace)  # this file's own text
    return found


def test_the_cell_computes_what_pytorch_does() -> None:
    """Losses and gradients agree with autograd's, for one set of weights and for one each."""
    rng = np.random.default_rng(0)
    names, hidden = ["mira", "o", "abcdefgh"], 7
    many = np.stack([weights(rng, hidden) for _ in names])
    for flat in (many[0], many):
        losses = cell.losses(flat, hidden, names)
        gradients = cell.gradients(flat, hidden, names)
        for i, name in enumerate(names):
            rnn = namespace()["RNN"](27, hidden, 27)
            own = cell.parts(flat[i] if flat.ndim == 2 else flat, hidden)
            rnn.load_state_dict({key: torch.tensor(part, dtype=torch.float32) for key, part in own.items()})
            loss = namespace()["sequence_nll"](rnn, name)
            loss.backward()
            assert losses[i] == pytest.approx(loss.item(), rel=1e-5)
            for key, part in cell.parts(gradients[i], hidden).items():
                np.testing.assert_allclose(part, dict(rnn.named_parameters())[key].grad, rtol=1e-3, atol=1e-6)


def test_a_state_that_no_gradient_flows_through_has_other_gradients() -> None:
    """Cut off, the output layer's gradients are the same, the others are not."""
    rng = np.random.default_rng(0)
    flat, inputs = weights(rng, 5), np.array([[0, 3, 4]])
    at_outputs = rng.normal(size=(1, 3, 27))
    whole, cut = (cell.backward(flat, 5, inputs, at_outputs, carried=carried) for carried in (True, False))
    for key, part in cell.parts(whole[0], 5).items():
        assert np.allclose(part, cell.parts(cut[0], 5)[key]) == key.startswith("h2o")


LOOP = """
def train(rnn, names, n_epochs=1000, lr=0.0005):
    global optimizer
    optimizer, losses = torch.optim.Adam(rnn.parameters(), lr=lr), []
    for _ in range(n_epochs):
        {lines}
    return losses
"""
LOSS = """
right = sequence_nll

def sequence_nll(rnn, name{more}):
    {before}
    loss = right(rnn, name)
    {after}
"""
PAIRS = {
    "zero_grad in the loss": (
        LOSS.format(more="", before="rnn.zero_grad()", after="return loss"),
        "loss = sequence_nll(rnn, random.choice(names)); loss.backward(); optimizer.step(); losses.append(loss.item())",
    ),
    "backward in the loss": (
        LOSS.format(more="", before="rnn.zero_grad()", after="loss.backward(); return loss"),
        "losses.append(sequence_nll(rnn, random.choice(names)).item()); optimizer.step()",
    ),
    "more parameters": (
        LOSS.format(more=", scale=1.0, h=None", before="", after="return loss * scale"),
        "loss = sequence_nll(rnn, random.choice(names), scale=1.0); optimizer.zero_grad(); loss.backward(); "
        "optimizer.step(); losses.append(loss.item())",
    ),
    "a global criterion": (
        """
criterion = nn.NLLLoss()

def sequence_nll(rnn, name):
    inputs, targets = encode(name)
    h, outputs = rnn.init_hidden(), []
    for x in inputs:
        y, h = rnn(x[None], h)
        outputs.append(y)
    return criterion(torch.cat(outputs), targets)
""",
        "loss = sequence_nll(rnn, random.choice(names)); optimizer.zero_grad(); loss.backward(); optimizer.step(); "
        "losses.append(loss.item())",
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_two_functions_that_were_written_together_are_tried_together(name: str) -> None:
    """However the two share their work, both get full marks."""
    loss, lines = PAIRS[name]
    earned = marks(question, written(loss + LOOP.format(lines=lines)))
    assert sum(earned.values()) == pytest.approx(question.points)


def test_what_is_returned_beside_the_loss_costs_little() -> None:
    """A loss that comes with the state costs 0.15, and nothing in the `train` that was made for it."""
    loss = LOSS.format(more="", before="", after="return loss, rnn.init_hidden()")
    lines = PAIRS["a global criterion"][1].replace("loss = ", "loss, _ = ")
    assert sum(marks(question, written(loss + LOOP.format(lines=lines))).values()) == pytest.approx(2.85)


class Forger(ModuleSolution):
    """A student whose process answers every probe itself.

    Args:
        forge: gives the reply to a probe.
    """

    def __init__(self, forge: Callable[..., Any]) -> None:
        super().__init__(namespace(), probes, {"N_EPOCHS": 30, "LEARNING_RATE": 0.0005})
        self._forge = forge

    def run_probe(self, function: str, args: Any, kwargs: Any, outside: Any = None) -> Any:
        """The forged reply."""
        return self._forge(function, *args)


def forged(change: Callable[[Any, np.random.Generator], Any]) -> Callable[..., Any]:
    """Replies that claim perfect work, with weights that have been changed in some way."""
    draw = np.random.default_rng(1)

    def reply(function: str, model: Any, names: Any, n_epochs: int = 0, *_: Any) -> Any:
        if function == "training.defaults":
            return {"n_epochs": 1000, "lr": 0.0005, "N_EPOCHS": 1000, "LEARNING_RATE": 0.0005}
        if function == "training.nll_values":
            return [3.3 for _ in names]
        found = {"value": np.array(3.3), "tensor": True, "at_outputs": np.zeros((1, 27)), "read": np.zeros((1, 27))}
        if function == "training.nll_gradients":
            return found | {"gradients": {key: draw.normal(size=part.shape) for key, part in model["weights"].items()}}
        flat = np.concatenate([part.ravel() for part in model["weights"].values()])
        end = {key: change(part, draw).astype(np.float32) for key, part in model["weights"].items()}
        rows = np.eye(27)[[0, *(".abcdefghijklmnopqrstuvwxyz".index(s) for s in names[0])]]
        return {
            "kind": "list",
            "single": None,
            "losses": [3.3 * 0.99**i for i in range(n_epochs)],
            "graphs": 0,
            "stopped": False,
            "aligned": True,
            "weights": end,
            "rows": rows,
            "places": np.array([[1, 0, 1, 1]] * len(rows)),
            "sizes": np.zeros(len(rows)),
            "versions": flat[None],
            "standing": np.full((1, len(flat)), np.nan),
            "steps": np.ones(n_epochs),
        }

    return reply


@pytest.mark.parametrize(
    "change",
    [
        lambda part, draw: part,
        lambda part, draw: part + draw.normal(scale=0.01, size=part.shape),
        lambda part, draw: part * 0.9,
        lambda part, draw: draw.normal(scale=0.1, size=part.shape),
        lambda part, draw: np.zeros(part.shape),
        lambda part, draw: np.full(part.shape, np.nan),
    ],
)
def test_forged_replies_earn_nothing(change: Any) -> None:
    """Anyone who replaces every probe, but does no training, gets no marks for any."""
    assert sum(marks(question, Forger(forged(change))).values()) == 0


@pytest.mark.parametrize("reply", [None, 1, [], {}, {"weights": {}}, {"losses": "many"}, "text", [None] * 9])
def test_replies_of_another_form_are_the_students_error(reply: Any) -> None:
    """No reply makes a check fail otherwise than with a finding about the student."""
    for check in question.checks:
        assert check.run is not None
        with pytest.raises((CallError, Failed)):
            check.run(Forger(lambda *_: reply), solution(), np.random.default_rng(0))


def functions_inside() -> dict[str, Callable[..., Any]]:
    """Every function and method that runs alongside the student's code for this question."""
    found: dict[str, Callable[..., Any]] = {}
    for module in (training_probes, training_model):
        for name, value in vars(module).items():
            if getattr(value, "__module__", None) == module.__name__:
                found[name] = value
                if inspect.isclass(value):
                    found |= {f"{name}.{key}": part for key, part in vars(value).items() if inspect.isfunction(part)}
    return found


@pytest.mark.parametrize("name", functions_inside())
def test_functions_that_run_inside_are_no_answers(name: str) -> None:
    """Handed in as `sequence_nll`, as `train` or as the cell's `forward`, each earns nothing."""
    borrowed = functions_inside()[name]
    earned = marks(question, student(sequence_nll=borrowed, train=borrowed))
    assert sum(earned.values()) == 0
    cell = type("RNN", (namespace()["RNN"],), {"forward": borrowed})
    assert sum(marks(rnn_cell.question, student(RNN=cell)).values()) == 0


def test_a_training_that_is_told_the_losses_is_still_a_training() -> None:
    """The grader's own loss answers for weights and names, and refuses what is neither."""
    task = short_task(np.random.default_rng(0), 0.005)
    run = task.run(student(), asking=True)
    assert run.losses is not None and len(run.losses) == task.n_epochs
    asks = student()
    asks.namespace["train"] = lambda rnn, names, n_epochs, lr: asks.namespace["sequence_nll"](rnn, 5)
    with pytest.raises(Failed, match="no name"):
        task.run(asks, asking=True)
