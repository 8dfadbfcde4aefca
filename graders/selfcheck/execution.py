"""Executes a student's notebook in this process, cell by cell, by the shell of the official run.

The process (see `child`) belongs to the notebook: what stands in for packages, plot windows, commands and names of
older libraries stays in place, as it does in the sandbox.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

import graders
from graders.errors import IntakeError, UsageError
from graders.model import CellRun
from graders.notebooks.endings import NOTEBOOK, true_suffix
from graders.notebooks.notebook import ExecCell, Notebook, answers, executable, unanswered
from graders.notebooks.notebook_file import read_notebook
from graders.notebooks.restore import restore
from graders.notebooks.sections import section_ends
from graders.sandbox.host.faults import THINGS, THIS_CELL, Explainer, read_fault, stopped, things_in
from graders.sandbox.inside.describing import describe
from graders.sandbox.inside.randomness import Randomness
from graders.sandbox.inside.shell import Shell, new_shell
from graders.sandbox.inside.standins import everything, importing
from graders.sandbox.limits import KILOBYTE, Limits
from graders.sandbox.offer import importable
from graders.selfcheck.check import SelfCheck
from graders.selfcheck.release import Release, release_of
from graders.selfcheck.watch import ProcessLost, Watch


def execute(path: Path, questions: Sequence[str], watch: Callable[[Limits], Watch]) -> SelfCheck:
    """Execute a notebook's cells in this process, provided cells as they were handed out.

    Each question is judged where its section ends, as it is officially, where later cells may matter at all.

    Args:
        questions: those that will be asked for; all that have public checks when it is empty.
        watch: makes what runs cells and calls, of the assignment's limits.

    Raises:
        UsageError: there is no such file, it is no notebook, or there is no release next to it.
    """
    release = release_of(path)
    restored, handed_out = _read(path, release)
    cells = executable(restored, dict(release.parameters) | {"DATA": str(release.data)})
    shell, watching, runs = _shell(release), watch(release.limits), dict[int, CellRun]()
    things = THINGS | things_in(release.beside / "shims")
    explainer = Explainer({cell.index: cell.source for cell in cells}, runs, things)
    empty = unanswered(restored, handed_out)
    found = SelfCheck(release, shell.user_ns, answers(restored), explainer, watching, empty)
    ends = section_ends(restored, handed_out, cells)
    for position, cell in enumerate(cells):
        asked = [id for id in questions or release.answers if ends.get(id) == position and id not in empty]
        found.judge_here(asked, position)
        runs[cell.index] = _executed(position, cell, shell, watching, explainer, release.limits)
    return found


def _read(path: Path, release: Release) -> tuple[Notebook, Notebook]:
    """The notebook with its provided cells put back, and the one that was handed out."""
    try:
        content = path.read_bytes()
        handed_in = read_notebook(content, true_suffix(path.name, content) or NOTEBOOK)
        handed_out = read_notebook(release.notebook.read_bytes(), release.notebook.suffix)
        return restore(handed_in, handed_out).notebook, handed_out
    except (IntakeError, OSError) as error:
        raise UsageError(str(error)) from error


def _shell(release: Release) -> Shell:
    """The shell, in a process made as much like the sandbox's as a student's own machine allows."""
    torch.set_num_threads(1)
    if (release.beside / "shims").is_dir():
        importlib.import_module(f"graders.{release.assignment}.shims").install(str(release.data))
    shell = new_shell()
    shell.fresh()
    everything.install()
    importing.install(None if release.packages is None else importable(release.packages), everybody=False)
    vars(graders)["check"] = _nothing  # called by cells: what is asked for is checked once they have run
    Randomness().seed(0)
    return shell


def _nothing(*_: str) -> None:
    """Nothing, as in the official run."""


def _executed(
    position: int, cell: ExecCell, shell: Shell, watch: Watch, explainer: Explainer, limits: Limits
) -> CellRun:
    """Execute one cell; how it went."""
    try:
        with watch.cell(position, limits.cell_cpu_seconds):
            error = shell.run(cell.index, cell.source, limits.output_kb * KILOBYTE)
    except ProcessLost as lost:
        return stopped(cell, lost.loss.outcome, f"{THIS_CELL}{lost.loss.reason}.")
    if isinstance(error, KeyboardInterrupt):
        raise error
    if error is not None:
        return explainer.cell_run(cell, read_fault(describe(error)))
    return CellRun(cell.index, cell.question, cell.source)
