"""What a notebook may leave changed in its process is put back, wherever it was set."""

import contextlib
import decimal
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
import torch

from graders.sandbox.inside.switches import Switches


def turn_gradients_off_for_good() -> None:
    """Enter inference mode and never leave it."""
    torch.inference_mode().__enter__()


def rebind_filters() -> None:
    """Put another list in the place of the filters."""
    warnings.filters = [("error", None, Warning, None, 0)]


CHANGES: dict[str, Callable[[], object]] = {
    "default dtype": lambda: torch.set_default_dtype(torch.float64),
    "default device": lambda: torch.set_default_device("meta"),
    "gradients": lambda: torch.set_grad_enabled(False),
    "inference mode": turn_gradients_off_for_good,
    "anomalies": lambda: torch.autograd.set_detect_anomaly(True),
    "deterministic algorithms": lambda: torch.use_deterministic_algorithms(True),
    "precision": lambda: torch.set_float32_matmul_precision("medium"),
    "autocast": lambda: torch.set_autocast_enabled("cpu", True),
    "hooks": lambda: torch.nn.modules.module.register_module_forward_hook(lambda *_: torch.zeros(3)),
    "NumPy's errors": lambda: np.seterr(all="raise"),
    "NumPy's printing": lambda: np.set_printoptions(precision=1),
    "warnings": lambda: warnings.simplefilter("error"),
    "other filters": rebind_filters,
    "recursion": lambda: sys.setrecursionlimit(200),
    "streams": lambda: setattr(sys, "stdout", None),
    "environment": lambda: os.environ.update(HOME="/nowhere", GRADERS_TEST="1"),
    "lost environment": lambda: os.environ.pop("PATH"),
    "folder": lambda: os.chdir("/"),
    "decimals": lambda: setattr(decimal.getcontext(), "prec", 2),
    "logging": lambda: logging.disable(logging.CRITICAL),
    "figures": lambda: mpl.rcParams.update({"figure.figsize": (1.0, 1.0)}),
}
MATTER = {
    "default dtype": "torch.set_default_dtype",
    "default device": "torch.set_default_device",
    "recursion": "sys.setrecursionlimit",
    "environment": "os.environ",
    "lost environment": "os.environ",
    "folder": "os.chdir",
    "decimals": "decimal.setcontext",
}


@pytest.fixture
def switches() -> Iterator[Switches]:
    """The switches as they are; put back after the test, whatever it did."""
    found = Switches()
    yield found
    found.put_back()


@pytest.mark.parametrize("name", CHANGES)
def test_each_is_put_back(name: str, switches: Switches) -> None:
    """Every one is noticed, put back, and reported where an answer may rely on it."""
    before = [(switch.name, value) for switch, value in switches._start]
    CHANGES[name]()
    assert any(switch.read() != value for switch, value in switches._start)
    assert switches.moved() == ([MATTER[name]] if name in MATTER else [])
    switches.put_back()
    assert [(switch.name, switch.read()) for switch, _ in switches._start] == before


def test_gradients_flow_after_all_of_them(switches: Switches) -> None:
    """With everything changed at once, a plain training step works again."""
    for change in CHANGES.values():
        change()
    switches.put_back()
    layer = torch.nn.Linear(2, 1)
    layer(torch.ones(1, 2)).sum().backward()
    assert layer.weight.grad is not None and layer.weight.grad.dtype == torch.float32


def test_within_a_block_and_back(switches: Switches) -> None:
    """`at_start` is for a notebook that goes on: afterwards all is as its student had set it."""
    torch.set_default_dtype(torch.float64)
    with switches.at_start():
        assert torch.get_default_dtype() is torch.float32
    assert torch.get_default_dtype() is torch.float64


def test_what_cannot_be_put_back_stays(switches: Switches, tmp_path: Path) -> None:
    """A folder that is gone, or a thing that compares with nothing, keeps nothing else from being put back."""
    gone = tmp_path / "gone"
    gone.mkdir()
    with contextlib.chdir(gone):
        inside = Switches()
        gone.rmdir()
        np.seterr(all="raise")
        torch.set_grad_enabled(False)
        inside.put_back()
        assert torch.is_grad_enabled() and np.geterr()["divide"] == "warn"


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="there is no /proc here")
def test_a_very_deep_folder_is_read_without_walking_up(
    switches: Switches, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`getcwd` would take seconds there, in the time that is ours; the notebook's first folder comes back."""
    asked: list[int] = []
    monkeypatch.setattr("os.getcwd", lambda: asked.append(1) or "")
    before = os.stat(".")
    os.chdir(tmp_path)
    for _ in range(50):
        os.mkdir("d" * 100)
        os.chdir("d" * 100)
    assert "os.chdir" in switches.moved()
    with switches.at_start():
        assert os.stat(".") == before
    assert asked == []
