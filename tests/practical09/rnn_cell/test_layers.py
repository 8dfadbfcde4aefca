"""What a student's RNN is made of, and how it begins."""

from types import ModuleType
from typing import Any

import pytest
import torch
from alternatives import lost, marks, named, namespace, refusal, solution

from graders.authoring.solution import ModuleSolution
from graders.practical09.rnn_cell.checks import question

SMALL, BATCH = "gives_the_small_example", "takes_a_batch"


def test_other_layers_are_told_and_what_they_compute_is_judged() -> None:
    """The small example says what is asked and what is there; a cell that computes the same keeps all other marks."""
    for name in ("cell_with_joined_layer", "cell_with_a_ready_made_cell", "cell_with_layers_without_bias"):
        failed = refusal(question, SMALL, solution(named(name)))
        assert "asked are i2h.weight 5×3" in failed.in_full
        assert failed.misconception == name
        assert sum(marks(question, solution(named(name))).values()) == pytest.approx(1.7)


@pytest.mark.parametrize("shape", [[-1], [10**30, 2], [], [0, 5], [1, 1, 1, 1, 1, 1], [5, "x"], None])
def test_forged_layers_are_an_error_of_the_students(shape: Any) -> None:
    """Whatever a probe claims about the layers ends in a finding or an error, never in a fault of ours."""
    forged, cell = ModuleType("probes"), ModuleType("rnn_cell")
    vars(forged)["rnn_cell"] = cell
    vars(cell)["layers"] = lambda ns, sizes: {"parameters": {"i2h.weight": shape}, "modules": {}, "begins": True}
    vars(cell)["calls"] = lambda *args, **options: {"results": shape}
    student = ModuleSolution(namespace(), forged)
    assert sum(marks(question, student).values()) == 0


@pytest.mark.parametrize(
    "begin",
    [
        lambda self: torch.zeros(1, self.hidden_size),
        lambda self, batch_size=2: torch.zeros(batch_size, self.hidden_size),
        lambda self, batch_size=1: torch.zeros(1, self.hidden_size),
        lambda self, batch_size=1: torch.zeros(1, batch_size, self.hidden_size),
        lambda self, batch_size=1: torch.randn(batch_size, self.hidden_size),
        lambda self, batch_size=1: None,
        None,
    ],
)
def test_another_first_state_costs_little(begin: Any) -> None:
    """`init_hidden` is given; what gives something else, or is gone, costs a fifth of one check."""
    student = solution(RNN=type("Other", (namespace()["RNN"],), {"init_hidden": begin}))
    assert lost(question, student) == {BATCH}
    assert marks(question, student)[BATCH] == pytest.approx(0.2)


def test_a_first_state_of_zeros_may_be_made_in_any_way() -> None:
    """Zeros like a weight, and another name of the argument, are right."""

    def begin(self: Any, rows: int = 1) -> torch.Tensor:
        return self.h2h.weight.new_zeros((rows, self.h2h.in_features))

    assert lost(question, solution(RNN=type("Other", (namespace()["RNN"],), {"init_hidden": begin}))) == set()
