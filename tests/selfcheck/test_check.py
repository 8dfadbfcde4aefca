"""Students check themselves: the public checks alone, with the verdicts of the official grading.

That they are the same for the whole sample class is tried by tests/test_sample_class.py.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from graders.authors.release import release
from graders.catalog.assignment import Assignment
from graders.errors import UsageError
from graders.grading.engine import grade
from graders.model import Outcome, QuestionReport, Submission, Verdict
from graders.sandbox.host.sandbox import Sandbox
from graders.selfcheck.process import check_notebook
from graders.selfcheck.words import text

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def released(practical09: Assignment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release, far from the reference."""
    folder = tmp_path_factory.mktemp("release")
    release(practical09, folder)
    return folder


@pytest.fixture
def desk(released: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Puts a student's notebook into a fresh copy of the release."""

    def put(student: str) -> Path:
        shutil.copytree(released, tmp_path, dirs_exist_ok=True)
        (source,) = (ROOT / "submissions/practical09" / student).iterdir()
        (tmp_path / "practical09.ipynb").unlink()
        return Path(shutil.copyfile(source, tmp_path / f"practical09{source.suffix}"))

    return put


def test_a_repeated_hint_is_printed_once() -> None:
    """In the terminal, too, the second check with one hint refers to the first."""
    failed = [Verdict(name, f"It is {name}.", Outcome.FAILED, 0.0, 1.0, hint="Count again.") for name in ("one", "two")]
    lines = text(QuestionReport("q", "Q", tuple(failed), 2.0)).splitlines()
    assert [line.strip() for line in lines if "again" in line or "above" in line] == [
        "Count again.",
        "The same as above, at “It is one”.",
    ]


LATER = {
    "a name for another thing": (
        "numpy_forward",
        "def rnn_forward(*given):\n    return 3\n\n\ncross_entropy = None",
    ),
    "errors that are raised": (
        "numpy_forward",
        "np.seterr(all='raise')\nimport warnings\nwarnings.simplefilter('error')",
    ),
    "double precision": ("rnn_cell", "torch.set_default_dtype(torch.float64)\ntorch.set_grad_enabled(False)"),
    "a name that is gone": ("rnn_cell", "del RNN"),
    "what fails until later": ("by_hand", "kept, by_hand = by_hand, by_hand | {'h1': [9.0] * 3}"),
}


@pytest.mark.parametrize("name", LATER)
def test_later_cells_take_nothing_from_a_student_here_either(
    name: str, desk: Callable[[str], Path], practical09: Assignment, sandbox: Sandbox
) -> None:
    """The state at the answer is the one that counts, as it is officially."""
    question, code = LATER[name]
    path = desk("correct")
    notebook = json.loads(path.read_text("utf-8"))
    names = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in notebook["cells"]]
    own = {"cell_type": "code", "id": "own", "metadata": {}, "outputs": [], "execution_count": None}
    if question == "by_hand":  # spoiled in its own section, and mended at the end
        notebook["cells"].insert(names.index(question) + 1, own | {"source": code})
        code = "by_hand = kept"
    notebook["cells"].append(own | {"source": code, "id": "own-2"})
    path.write_text(json.dumps(notebook), "utf-8")
    content = path.read_bytes()
    submission = Submission("ada", practical09.id, content, ".ipynb", f"{len(content):064x}")
    asked = replace(practical09, questions=tuple(q for q in practical09.questions if q.id == question))
    official = grade(submission, asked, sandbox, secret=b"some course")
    assert official.points == official.possible
    (found,) = check_notebook(path, [question])
    assert found.verdicts and {verdict.outcome for verdict in found.verdicts} == {Outcome.PASSED}


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a student would, in the release's folder and with nothing of the course in reach."""
    return subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )


def test_the_command_prints_each_check_and_its_finding(desk: Callable[[str], Path]) -> None:
    """Exit status 1 when something is wrong, with expected and got; 0 when all is well; one question on request."""
    path = desk("transposed_weights")
    done = run(path.parent, "-m", "graders", "check", path.name, "numpy_forward")
    assert done.returncode == 1, done.stderr
    assert "✗" in done.stdout and "expected" in done.stdout and "got" in done.stdout and "rnn_cell" not in done.stdout
    done = run(path.parent, "-m", "graders", "check", path.name, "rnn_cell")
    assert (done.returncode, done.stderr) == (0, "") and "✓" in done.stdout


def test_a_cell_may_check_what_it_has_defined(desk: Callable[[str], Path]) -> None:
    """`from graders import check` works in a notebook, prints the finding, and leaves random states alone."""
    folder = desk("correct").parent
    code = """
import random, sys, numpy as np, torch
from graders import check
by_hand = {"h1": [0.2, 0.2, 0.2]}
torch.manual_seed(1); first = torch.rand(3)
torch.manual_seed(1); check("by_hand"); again = torch.rand(3)
print("same" if torch.equal(first, again) else "other")
check("by_foot")
check("equations")
assert not {"tqdm.auto", "scipy.stats", "scipy.integrate"} & set(sys.modules)
"""
    done = run(folder, "-c", code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("after a !): graders check practical09.ipynb equations\n")
    assert "✗" in done.stdout and "same" in done.stdout and "by_foot" in done.stdout


def test_without_a_release_the_sentence_says_what_to_do(tmp_path: Path) -> None:
    """A notebook that lies alone cannot be checked; neither can one that is not there."""
    path = tmp_path / "practical09.ipynb"
    with pytest.raises(UsageError, match="There is no notebook"):
        check_notebook(path)
    path.write_text(json.dumps({"cells": []}))
    done = run(tmp_path, "-m", "graders", "check", path.name)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "keep the course's files together" in done.stderr


def test_answers_of_another_grader_are_told_apart(desk: Callable[[str], Path]) -> None:
    """A damaged or foreign answers file is a sentence, not a traceback."""
    path = desk("correct")
    answers = path.parent / "checks/answers.json"
    answers.write_text(answers.read_text()[:-10])
    done = run(path.parent, "-m", "graders", "check", path.name)
    assert done.returncode == 2 and "take the course's files again" in done.stderr


def test_what_is_printed_is_printed_once_and_nothing_else(desk: Callable[[str], Path]) -> None:
    """What cells print and show, and what commands would print, is not mixed into the verdicts."""
    path = desk("magics_everywhere")
    done = run(path.parent, "-m", "graders", "check", path.name, "rnn_cell", "training")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line for line in done.stdout.splitlines() if not line.startswith("  ✓ ")] == [
        "rnn_cell: The recurrent cell in PyTorch",
        "training: Training on names",
    ]
