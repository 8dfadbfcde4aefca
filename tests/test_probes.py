"""Probes run beside a student's code: they report plain data, and they know nothing worth reading."""

import ast
import gc
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from alternatives import named, solution

from graders.errors import CallError
from graders.practical09 import probes
from graders.practical09.probes import training_facts
from graders.practical09.probes.hooks import weakly
from graders.practical09.rnn_cell import random_case


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
    for name in set(probes.__all__) - {"SLOW"}:
        assert getattr(probes, name).__doc__, name


def test_a_call_gives_back_its_arguments_as_they_are_afterwards() -> None:
    """An argument that is written into comes back changed; one that only gets another name does not."""

    def spoil(a: Any, b: Any) -> Any:
        a[0] = 7
        b = b + 1
        return [a, b]

    found = solution(spoil=spoil).probe("called", "spoil", np.zeros(2), np.ones(2))
    assert np.array_equal(found["arguments"], [[7, 0], [1, 1]])
    assert np.array_equal(found["result"], [[7, 0], [2, 2]])


def test_steps_carry_the_state_that_was_returned() -> None:
    """What the cell returns as its state goes into the next step."""
    weights, xs, h = random_case(np.random.default_rng(1), 3, 2, 5, 4, 6)
    whole = solution().probe("rnn_steps", weights, xs, h)
    assert [[np.shape(part) for part in pair] for pair in whole] == [[(2, 6), (2, 4)]] * 3
    again = solution().probe("rnn_steps", weights, xs[1:], whole[0][1])
    np.testing.assert_allclose(again[0][0], whole[1][0], rtol=1e-6)


def test_steps_use_the_given_weights() -> None:
    """The cell's own initial weights do not matter."""
    weights, xs, h = random_case(np.random.default_rng(2), 1, 1, 5, 4, 6)
    one, other = (solution().probe("rnn_steps", weights, xs, h) for _ in range(2))
    np.testing.assert_array_equal(one[0][0], other[0][0])


def test_gradients_agree_with_finite_differences() -> None:
    """The gradient with respect to the first state is that of the last step's loss."""
    weights, xs, h = random_case(np.random.default_rng(3), 2, 2, 5, 4, 6)
    gradients = solution().probe("rnn_gradients", weights, xs, h, [1, 4])
    assert set(gradients) == {*weights, "h"}

    def loss(state: Any) -> float:
        log_probs = solution().probe("rnn_steps", weights, xs, state)[-1][0]
        return -float(log_probs[0, 1] + log_probs[1, 4])

    for place in ((0, 0), (1, 3)):
        step = np.zeros_like(h)
        step[place] = 1e-2
        assert gradients["h"][place] == pytest.approx((loss(h + step) - loss(h - step)) / 2e-2, abs=2e-3)


def test_gradients_that_are_cut_off_are_none() -> None:
    """No gradient is None, not zero."""
    weights, xs, h = random_case(np.random.default_rng(4), 2, 2, 5, 4, 6)
    detached = solution(named("cell_with_detached_new_state")).probe("rnn_gradients", weights, xs, h, [1, 4])
    assert {name for name, value in detached.items() if value is None} == {
        "i2h.weight",
        "i2h.bias",
        "h2h.weight",
        "h2h.bias",
        "h",
    }
    without = solution(named("cell_without_gradient")).probe("rnn_gradients", weights, xs, h, [1, 4])
    assert set(without.values()) == {None}


def test_two_results_are_demanded_in_words() -> None:
    """A tensor with two rows is not mistaken for two results."""
    weights, xs, h = random_case(np.random.default_rng(5), 1, 2, 5, 4, 6)
    names = dict(solution().namespace)
    single = type("RNN", (names["RNN"],), {"forward": lambda self, x, h: self.h2o(h)})
    with pytest.raises(CallError, match="must return two things"):
        solution(RNN=single).probe("rnn_steps", weights, xs, h)


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


def test_a_loss_of_zero_is_a_loss() -> None:
    """A model that knows its only name by heart has a loss of exactly 0, by which nothing can be divided."""
    assert training_facts._tracks([0.5, 0.25, 0.0], [1.0, 0.5, 0.0, 0.0])
    assert not training_facts._tracks([0.0], [0.0, 0.0])
