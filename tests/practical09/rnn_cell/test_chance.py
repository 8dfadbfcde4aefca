"""Cells that draw random numbers: named for what is random in them, and charged where their numbers count."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from alternatives import named, refusal, solution
from torch import nn

from graders.practical09.rnn_cell.calls import StudentCell
from graders.practical09.rnn_cell.chance import found_in
from graders.practical09.rnn_cell.checks import question
from graders.practical09.rnn_cell.layers import TRIAL, asked

Forward = Callable[[Any, torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
SMALL, CARRIED = "gives_the_small_example", "carries_the_state"


def a_new_recurrent_layer(self: Any, x: torch.Tensor, h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Two of the three layers have no part in it."""
    state = nn.RNNCell(x.shape[1], self.hidden_size)(x, h)
    return torch.log_softmax(self.h2o(state), 1), state


def a_new_output_layer(self: Any, x: torch.Tensor, h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The state is right."""
    state = torch.tanh(self.i2h(x) + self.h2h(h))
    return torch.log_softmax(nn.Linear(self.hidden_size, self.h2o.out_features)(state), 1), state


def weights_drawn_with_numpy(self: Any, x: torch.Tensor, h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The old state meets a matrix that is drawn in every call."""
    drawn = torch.tensor(np.random.randn(self.hidden_size, self.hidden_size)).float()
    state = torch.tanh(self.i2h(x) + h @ drawn)
    return torch.log_softmax(self.h2o(state), 1), state


def layers_begun_afresh(self: Any, x: torch.Tensor, h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The given layers compute, with other weights each time."""
    for layer in (self.i2h, self.h2h, self.h2o):
        layer.reset_parameters()
    state = torch.tanh(self.i2h(x) + self.h2h(h))
    return torch.log_softmax(self.h2o(state), 1), state


def a_little_noise(self: Any, x: torch.Tensor, h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """All three layers compute."""
    state = torch.tanh(self.i2h(x) + self.h2h(h)) + 0.01 * torch.randn(self.hidden_size)
    return torch.log_softmax(self.h2o(state), 1), state


def cell_of(forward: Forward) -> Any:
    """An answer with the reference's layers and this step."""
    right = solution().namespace["RNN"]
    return solution(RNN=type("RNN", (right,), {"forward": forward}))


@pytest.mark.parametrize(
    ("forward", "idle"),
    [
        (a_new_recurrent_layer, "i2h, h2h"),
        (a_new_output_layer, "h2o"),
        (weights_drawn_with_numpy, "h2h"),
        (layers_begun_afresh, "i2h, h2h, h2o"),
    ],
)
def test_layers_that_do_not_compute_are_named(forward: Forward, idle: str) -> None:
    """Weights that are new in every call show in numbers that change, and in layers whose weights change nothing."""
    for seed in range(3):
        failed = refusal(question, SMALL, cell_of(forward), seed)
        assert failed.finding.endswith(f"whatever the weights of {idle} are.")
        assert failed.misconception == "cell_with_new_layers_in_every_call"


def test_noise_is_no_new_layer() -> None:
    """Where all layers compute and numbers change all the same, chance is named and nothing else."""
    for student in (cell_of(a_little_noise), solution(named("cell_is_random"))):
        assert refusal(question, SMALL, student).misconception == "cell_is_random"


def test_nothing_is_found_in_cells_that_always_give_the_same() -> None:
    """Right ones, wrong ones and those that keep a state are not random."""
    for student in (solution(), *map(solution, map(named, ("cell_keeps_its_state", "cell_with_relu")))):
        assert found_in(StudentCell(student)) is None


def test_random_numbers_go_on_as_if_nothing_had_been() -> None:
    """A cell that is judged by one seed leaves the generators as they were."""
    weights = {name: np.zeros(shape) for name, shape in asked(TRIAL).items()}
    found = []
    for seed in (None, 1):
        torch.manual_seed(4)
        np.random.seed(4)
        StudentCell(solution(), seed=seed).pairs(weights, [[np.eye(1, 3), np.zeros((1, 5))]])
        found.append((torch.rand(1).item(), np.random.random()))
    assert found[0] == found[1]
