"""Probes run alongside a student's code: they report plain data, and they know nothing worth reading."""

import ast
import gc
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from alternatives import PROBES, named, probes, solution

from graders.errors import CallError
from graders.practical09.probes.hooks import weakly
from graders.practical09.rnn_cell.checks import random_case


def test_probes_import_nothing_of_ours() -> None:
    """Inside the sandbox there are the standard library, NumPy and torch, and nothing of the graders."""
    imported = set()
    for path in Path(str(probes.__file__)).parent.glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        imported |= {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
        imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in imported if name.split(".")[0] in ("graders", "reference", "scipy")}


def test_every_probe_says_what_it_does() -> None:
    """Each public function has a docstring."""
    assert len(PROBES) > 20 and all(function.__doc__ for function in PROBES.values())


def test_a_call_gives_back_its_arguments_as_they_are_afterwards() -> None:
    """An argument that is written into comes back changed; one that only gets another name does not."""

    def spoil(a: Any, b: Any) -> Any:
        a[0] = 7
        b = b + 1
        return [a, b]

    found = solution(spoil=spoil).probe("numpy_forward.called", "spoil", np.zeros(2), np.ones(2))
    assert np.array_equal(found["arguments"], [[7, 0], [1, 1]])
    assert np.array_equal(found["result"], [[7, 0], [2, 2]])


SIZES = [5, 4, 6]


def cell_calls(student: Any, weights: Any, calls: Any, *cotangent: Any) -> Any:
    """A reply of the probe that calls a cell."""
    return student.probe("rnn_cell.calls", SIZES, weights, calls, *cotangent)


def test_layers_are_data() -> None:
    """The parameters of a module come back as names and shapes, its modules as names of types."""
    found = solution().probe("rnn_cell.layers", SIZES)
    assert found["parameters"]["i2h.weight"] == [4, 5]
    assert found["modules"] == {"i2h": "Linear", "h2h": "Linear", "h2o": "Linear"}


def test_calls_carry_the_state_that_was_returned() -> None:
    """What an earlier call returned as its state goes into a later one; nothing else is judged or kept."""
    weights, xs, h = random_case(np.random.default_rng(1), 3, 2, *SIZES)
    whole = cell_calls(solution(), weights, [[xs[0], h], [xs[1], 0], [xs[2], 1]])["results"]
    assert [[np.shape(part) for part in pair] for pair in whole] == [[(2, 6), (2, 4)]] * 3
    again = cell_calls(solution(), weights, [[xs[1], whole[0][1]]])["results"]
    np.testing.assert_allclose(again[0][0], whole[1][0], rtol=1e-6)


def test_gradients_agree_with_finite_differences() -> None:
    """The gradient with respect to the first state is that of the last call's outputs, times the cotangent."""
    weights, xs, h = random_case(np.random.default_rng(3), 2, 2, *SIZES)
    cotangent = np.arange(12.0).reshape(2, 6) / 6
    start = cell_calls(solution(), weights, [[xs[0], h], [xs[1], 0]], cotangent)["start"]

    def outputs(state: Any) -> float:
        found = cell_calls(solution(), weights, [[xs[0], state], [xs[1], 0]])["results"]
        return float((found[-1][0] * cotangent).sum())

    for place in ((0, 0), (1, 3)):
        step = np.zeros_like(h)
        step[place] = 1e-2
        assert start[place] == pytest.approx((outputs(h + step) - outputs(h - step)) / 2e-2, abs=5e-3)


def test_gradients_that_are_cut_off_are_none() -> None:
    """No gradient is None, not zero."""
    weights, xs, h = random_case(np.random.default_rng(4), 2, 2, *SIZES)
    asked = weights, [[xs[0], h], [xs[1], 0]], np.ones((2, 6))
    found = cell_calls(solution(named("cell_with_detached_new_state")), *asked)
    assert {name for name, value in found["gradients"].items() if value is not None} == {"h2o.weight", "h2o.bias"}
    without = cell_calls(solution(named("cell_without_gradient")), *asked)
    assert set(without["gradients"].values()) | {without["start"]} == {None}


def test_two_results_are_demanded_in_words() -> None:
    """A tensor with two rows is not mistaken for two results when its state is to be carried on."""
    weights, xs, h = random_case(np.random.default_rng(5), 2, 2, *SIZES)
    single = named("cell_returns_outputs_alone")
    with pytest.raises(CallError, match="must return two things"):
        cell_calls(solution(single), weights, [[xs[0], h], [xs[1], 0]])


def test_hooks_keep_nothing_alive() -> None:
    """A model that was watched is freed with whatever watched it, though a parameter holds hooks out of sight."""

    class Watcher:
        def __init__(self, model: torch.nn.Module) -> None:
            self.model, self.heard = model, 0
            for parameter in model.parameters():
                parameter.register_hook(weakly(self.hears, 1))

        def hears(self, number: int, gradient: torch.Tensor) -> None:
            self.heard += number

    watcher = Watcher(torch.nn.Linear(2, 1))
    watcher.model(torch.ones(1, 2)).sum().backward()
    assert watcher.heard == 2
    model, found = watcher.model, weakref.ref(watcher)
    del watcher
    gc.collect()
    assert found() is None
    model(torch.ones(1, 2)).sum().backward()
