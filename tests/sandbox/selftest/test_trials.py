"""The trials of the walls: each tells a wall that holds from one that is not there."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from graders.commands import doctor as doctor_module
from graders.errors import SandboxError, WallsMissing
from graders.model import CellRun, Outcome
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.limits import Limits
from graders.sandbox.selftest.behaviours import Behaviour
from graders.sandbox.selftest.trials import QUICK, TRIALS, refuse_open_walls, try_walls

PRINTING = tuple(trial for trial in TRIALS if not trial.cut)
CUTTING = tuple(trial for trial in TRIALS if trial.cut)


class NoSandbox:
    """Executes cells in processes of this machine without any wall."""

    limits = Limits()

    @contextlib.contextmanager
    def attempt(self, cells: Any, seed: int, limits: Limits) -> Iterator[Any]:
        """Run each cell as a script."""
        runs = []
        for cell in cells:
            done = subprocess.run([sys.executable, "-c", cell.source], capture_output=True, text=True, check=True)
            output = {"output_type": "stream", "name": "stdout", "text": done.stdout}
            runs.append(CellRun(cell.index, None, cell.source, (output,)))
        yield SimpleNamespace(cells=runs)


def test_without_walls_everything_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each trial gets through where nothing is in its way; privileges depend on who runs the test."""
    monkeypatch.setenv("GRADERS_TRIAL", "a value that only we have")
    found = try_walls(NoSandbox(), PRINTING)  # type: ignore[arg-type]
    privileges = next(trial.name for trial in PRINTING if "privileges" in trial.name)
    if os.geteuid() != 0:
        found.pop(privileges)
    assert set(found.values()) == {False}, found


def test_grading_without_walls_is_refused() -> None:
    """With what is open and what to install."""
    with pytest.raises(WallsMissing, match=r"not so that files of this machine.*Install bubblewrap"):
        refuse_open_walls(NoSandbox())  # type: ignore[arg-type]


@pytest.mark.parametrize("trial", CUTTING, ids=lambda trial: trial.name)
def test_a_limit_holds_only_when_it_cuts(trial: Any) -> None:
    """A cell that ends by itself has found no limit."""
    assert not trial.holds(CellRun(0, None, ""))
    assert all(trial.holds(CellRun(0, None, "", outcome=outcome)) for outcome in trial.cut)


def test_a_trial_that_did_not_run_shows_nothing() -> None:
    """A cell that broke off is no wall that holds."""
    assert not PRINTING[0].holds(CellRun(0, None, "", outcome=Outcome.ERROR))


def test_the_sandbox_s_walls_hold_here(warm_behind: Callable[[str], Sandbox]) -> None:
    """All that grading is refused without; and a sandbox that has them is not refused."""
    found = try_walls(warm_behind("auto"))
    refuse_open_walls(warm_behind("auto"))
    assert all(found[trial.name] for trial in TRIALS if trial.minimum), found
    assert {trial.name for trial in QUICK} <= set(found)


def test_the_doctor_says_what_holds(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Which walls there are, each trial, in each configuration; and what a GPU can do."""
    monkeypatch.setattr(doctor_module, "BEHAVIOURS", (Behaviour("does nothing", "pass"),))
    assert doctor_module.doctor() == 0
    said = capsys.readouterr().out
    assert "The sandbox here: " in said and "1 of 1 hostile behaviours are contained" in said
    assert "(without bubblewrap, with a GPU let in)" in said and "Student code can use a GPU here" in said
    assert all(f"holds    {trial.name}" in said for trial in TRIALS if trial.minimum) and "is safe here" in said


def test_the_doctor_says_what_is_not_contained(
    warm_behind: Callable[[str], Sandbox], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each behaviour by its name; then it is not safe."""
    monkeypatch.setattr(doctor_module, "Sandbox", lambda *_, **__: contextlib.nullcontext(warm_behind("auto")))
    monkeypatch.setattr(doctor_module, "TRIALS", QUICK)
    monkeypatch.setattr(doctor_module, "try_walls", lambda sandbox: try_walls(sandbox, QUICK))
    monkeypatch.setattr(doctor_module, "promises", list)
    monkeypatch.setattr(doctor_module, "BEHAVIOURS", (Behaviour("walks in", "print('OPEN')"),))
    assert doctor_module.doctor() == 1
    assert "NOT CONTAINED: a notebook that walks in (it got through)" in capsys.readouterr().out


def test_the_doctor_finds_no_sandbox(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """And says what to install."""

    def nothing(*_: Any, **__: Any) -> Sandbox:
        raise SandboxError("Nothing starts here.")

    monkeypatch.setattr(doctor_module, "Sandbox", nothing)
    assert doctor_module.doctor() == 1
    assert "Nothing starts here." in (said := capsys.readouterr().out) and "Install bubblewrap" in said
