"""Functions of libraries that a notebook replaced are put back and reported; honest use is no replacement."""

import builtins
import math
import random
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from graders.sandbox.inside import originals as remembering
from graders.sandbox.inside.originals import Originals, QuickLook


@pytest.fixture(scope="module")
def remembered() -> Originals:
    """The functions as they are before any test here."""
    return Originals()


@pytest.fixture
def originals(remembered: Originals) -> Iterator[Originals]:
    """The same, with everything put back after the test."""
    yield remembered
    remembered.put_back()


def fake(*args: object, **options: object) -> int:
    """What an attacker, or a tired student, puts in a function's place."""
    return 0


REPLACED: dict[str, tuple[Callable[[], object], str]] = {
    "builtin": (lambda: setattr(builtins, "len", fake), "len"),
    "builtins that are needed to put back": (lambda: setattr(builtins, "isinstance", fake), "isinstance"),
    "function": (lambda: setattr(F, "softmax", F.relu), "torch.nn.functional.softmax"),
    "NumPy": (lambda: setattr(np, "exp", np.log), "numpy.exp"),
    "random": (lambda: setattr(random, "choice", fake), "random.choice"),
    "Python": (lambda: setattr(math, "log", fake), "math.log"),
    "method": (lambda: setattr(torch.optim.Adam, "step", fake), "torch.optim.adam.Adam.step"),
    "inherited method": (lambda: setattr(torch.Tensor, "exp", fake), "torch.Tensor.exp"),
    "call": (lambda: setattr(torch.nn.Module, "__call__", fake), "torch.nn.modules.module.Module.__call__"),
    "code": (lambda: setattr(F.cross_entropy, "__code__", fake.__code__), "torch.nn.functional.cross_entropy"),
    "defaults": (lambda: setattr(F.dropout, "__defaults__", (0.0, False, False)), "torch.nn.functional.dropout"),
    "gone": (lambda: delattr(torch, "multinomial"), "torch.multinomial"),
    "class": (lambda: setattr(torch.nn, "LSTM", torch.nn.GRU), "torch.nn.LSTM"),
}


@pytest.mark.parametrize("name", REPLACED)
def test_what_is_replaced_is_put_back_and_told(name: str, originals: Originals) -> None:
    """Builtins, functions, methods, inherited ones, and the insides of functions that stay."""
    change, title = REPLACED[name]
    change()
    assert originals.put_back() == [title]
    assert originals.put_back() == []
    assert len("ab") == 2 and F.softmax(torch.zeros(2), 0).tolist() == [0.5, 0.5]


def test_honest_use_is_no_replacement(originals: Originals) -> None:
    """Training with every optimiser, another default type, names of one's own on a library: nothing to tell."""
    layer = torch.nn.Linear(2, 1)
    for make in (torch.optim.SGD, torch.optim.RMSprop, torch.optim.Adagrad, torch.optim.NAdam):
        optimiser = make(layer.parameters(), lr=0.1)
        scheduler = torch.optim.lr_scheduler.StepLR(optimiser, 1)
        layer(torch.ones(1, 2)).sum().backward()
        optimiser.step()
        scheduler.step()
    torch.set_default_dtype(torch.float64)
    torch.set_default_dtype(torch.float32)
    vars(np)["float_of_old"] = float
    try:
        assert originals.put_back() == []
        assert vars(np)["float_of_old"] is float
    finally:
        del vars(np)["float_of_old"]


def test_a_quick_look_sees_every_change() -> None:
    """Of a namespace and of a function's insides; or, in a Python that is built otherwise, that anything may be."""
    namespace, other = {"a": 1}, {"a": 1}

    def function(a: int = 1) -> int:
        return a

    look = QuickLook([namespace, other], [function])
    assert look.changed() == ([], False)
    namespace["a"] = 2
    assert look.changed() == ([0], False)
    function.__defaults__ = (2,)
    assert look.changed() == ([0], True)


def test_without_a_quick_look_everything_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a Python whose dictionaries have no versions there."""
    monkeypatch.setattr(remembering, "VERSION", 8)
    slow, before = Originals(), F.softmax
    try:
        F.softmax = F.relu
        assert slow.put_back() == ["torch.nn.functional.softmax"]
    finally:
        F.softmax = before
