"""Students check themselves: the public checks alone, with the very verdicts of the official grading."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from graders.authors.release import release
from graders.catalog.assignment import Assignment
from graders.errors import UsageError
from graders.grading.engine import grade
from graders.intake.submissions import find_submissions
from graders.model import Outcome, QuestionReport, Submission, Verdict
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.inside.switches import Switches
from graders.selfcheck.check import SelfCheck, check_notebook, text

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.xdist_group("sandbox")


@pytest.fixture(scope="module")
def released(practical09: Assignment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release, far from the reference."""
    folder = tmp_path_factory.mktemp("release")
    release(practical09, folder)
    return folder


@pytest.fixture(autouse=True)
def own_settings() -> Iterator[None]:
    """What a notebook sets in this process does not outlive its test."""
    switches = Switches(("sys.", "os.environ, all of it"))
    yield
    switches.put_back()


@pytest.fixture
def desk(released: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Puts a student's notebook into a fresh copy of the release."""

    def put(student: str) -> Path:
        shutil.copytree(released, tmp_path, dirs_exist_ok=True)
        (source,) = (ROOT / "submissions/practical09" / student).iterdir()
        (tmp_path / "practical09.ipynb").unlink()
        return Path(shutil.copyfile(source, tmp_path / f"practical09{source.suffix}"))

    return put


STUDENTS = ("correct", "correct_as_a_script", "transposed_weights", "syntax_error", "half_empty", "softmax_over_time")


@pytest.mark.parametrize("student", STUDENTS)
def test_the_verdicts_are_the_official_ones(
    student: str, desk: Callable[[str], Path], practical09: Assignment, sandbox: Sandbox
) -> None:
    """Outcome and points of every public check, with no sandbox, no reference and no secret."""
    (submission,) = find_submissions(ROOT / "submissions/practical09" / student, practical09.id)
    official = grade(submission, practical09, sandbox, secret=b"some course")
    expected = {
        (q.id, v.check): (v.outcome, v.points)
        for q in official.questions
        for v in q.verdicts
        if v.public and v.outcome is not Outcome.PENDING
    }
    found = {(q.id, v.check): (v.outcome, v.points) for q in check_notebook(desk(student)) for v in q.verdicts}
    unwritten = {key for key, (outcome, _) in expected.items() if outcome is Outcome.MISSING}
    assert {key: value for key, value in found.items() if key not in unwritten} == {
        key: value for key, value in expected.items() if key not in unwritten
    }
    assert all(found[key][1] == 0.0 for key in unwritten)


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
import random, numpy as np, torch
from graders import check
by_hand = {"h1": [0.2, 0.2, 0.2]}
torch.manual_seed(1); first = torch.rand(3)
torch.manual_seed(1); check("by_hand"); again = torch.rand(3)
print("same" if torch.equal(first, again) else "other")
check("by_foot")
"""
    done = run(folder, "-c", code)
    assert done.returncode == 0, done.stderr
    assert "✗" in done.stdout and "same" in done.stdout and "by_foot" in done.stdout


def test_without_a_release_the_sentence_says_what_to_do(tmp_path: Path) -> None:
    """A notebook that lies alone cannot be checked; neither can one that is not there."""
    path = tmp_path / "practical09.ipynb"
    with pytest.raises(UsageError, match="There is no notebook"):
        SelfCheck.of_notebook(path)
    path.write_text(json.dumps({"cells": []}))
    with pytest.raises(UsageError, match="keep the course's files together"):
        SelfCheck.of_notebook(path)
    done = run(tmp_path, "-m", "graders", "check", path.name)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "Traceback" not in done.stderr


def test_answers_of_another_grader_are_told_apart(desk: Callable[[str], Path]) -> None:
    """A damaged or foreign answers file is a sentence, not a traceback."""
    path = desk("correct")
    answers = path.parent / "checks/answers.json"
    answers.write_text(answers.read_text()[:-10])
    done = run(path.parent, "-m", "graders", "check", path.name)
    assert done.returncode == 2 and "take the course's files afresh" in done.stderr


def test_checking_does_not_load_what_only_graders_need(desk: Callable[[str], Path]) -> None:
    """No database, no web page, no sandbox: that is what makes it quick."""
    code = (
        "import sys; from graders.selfcheck.check import check_notebook; print([m for m in sys.modules if m.startswith("
    )
    done = run(desk("correct").parent, "-c", code + "('sqlalchemy', 'jinja2', 'graders.sandbox.host.process'))])")
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_lines_for_an_editor_lose_no_cell(desk: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Magics, commands, packages that are not here and modules that a cell writes, as in the marking."""
    path = desk("correct")
    monkeypatch.chdir(path.parent)
    content = json.loads(path.read_text("utf-8"))
    lines = "%matplotlib inline\n%load_ext nb_black\n!pip install x\nfiles = !ls\nfrom no_such_package import thing\n"
    lines += "display(files)\n%time x = 1\n"
    for cell in content["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        if marks.get("solution") and marks["grade_id"] == "numpy_forward":
            cell["source"] = lines + "".join(cell["source"])
        if marks.get("solution") and marks["grade_id"] == "rnn_cell":
            cell["source"] = "%%time\n" + "".join(cell["source"])
    path.write_text(json.dumps(content), "utf-8")
    found = {report.id: report for report in check_notebook(path, ["numpy_forward", "rnn_cell"])}
    assert all(verdict.outcome is Outcome.PASSED for report in found.values() for verdict in report.verdicts)
    assert not any(type(module).__name__ == "AbsentModule" for module in sys.modules.values())
