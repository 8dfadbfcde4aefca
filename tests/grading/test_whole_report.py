"""Work that no machine can decide waits for a person: in files that cannot be read, behind a cut, in another file."""

from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from graders.catalog.assignment import Assignment
from graders.grading.engine import grade
from graders.model import Submission
from graders.sandbox.host.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
CORRECT = ROOT / "submissions/practical09/correct/practical09.ipynb"


@pytest.fixture
def few(practical09: Assignment) -> Assignment:
    """The real assignment with its quick questions only."""
    quick = ("equations", "by_hand", "numpy_forward", "rnn_cell", "sampling_discussion")
    return replace(practical09, questions=tuple(q for q in practical09.questions if q.id in quick))


def test_work_in_a_file_that_cannot_be_read_waits_for_a_person(few: Assignment, sandbox: Sandbox) -> None:
    """Nothing is decided, markers see the text; a file that holds nothing gets nothing."""
    text = "def rnn_forward(x:\n    return x\n\nThe gates carry early words to the end.\n"
    report = grade(Submission("ada", few.id, text.encode(), ".ipynb", "0" * 64), few, sandbox, secret=b"secret")
    assert report.points == 0 and report.pending == report.possible == 10.0
    assert "gates carry" in report.answers["equations"] and "gates carry" in report.cells[0].source
    assert "A person looks" in report.notices[0]
    nothing = grade(Submission("bob", few.id, b"My dog ate it.", ".ipynb", "1" * 64), few, sandbox, secret=b"secret")
    several = Submission("cid", few.id, b"", ".ipynb", "2" * 64, fault="There are 2 files.", undecided=True)
    assert nothing.pending == 0 and grade(several, few, sandbox, secret=b"secret").pending == 10.0


def test_answers_behind_a_cut_and_in_other_files_wait_for_a_person(few: Assignment, sandbox: Sandbox) -> None:
    """What is there earns its marks; what is as it was handed out in a whole file gets nothing."""
    content = CORRECT.read_bytes()
    content = content[: content.index(b"class RNN(nn.Module)")]
    report = grade(Submission("ada", few.id, content, ".ipynb", "3" * 64), few, sandbox, secret=b"secret")
    assert report.points == 7.0 and report.pending == 3.0 and report.possible == 10.0
    release = (ROOT / "assignments/practical09/practical09.ipynb").read_bytes()
    elsewhere = (("by_hand", "part 2.ipynb"),)
    parts = Submission("bob", few.id, release, ".ipynb", "4" * 64, elsewhere=elsewhere)
    report = grade(parts, few, sandbox, secret=b"secret")
    assert report.points == 0 and report.pending == 2.0
    assert "`part 2.ipynb`" in next(q for q in report.questions if q.id == "by_hand").verdicts[0].message


def test_an_answer_in_two_versions_waits_and_shows_both(few: Assignment, sandbox: Sandbox) -> None:
    """What a merge left open takes nothing from the other answers, and who marks sees either version."""
    notebook = nbformat.read(CORRECT, as_version=4)
    (cell,) = (one for one in notebook.cells if one.metadata.get("nbgrader", {}).get("grade_id") == "numpy_forward")
    wrong = cell.source.replace("np.tanh", "np.sin")
    assert wrong != cell.source
    cell.source = f"<<<<<<< mine\n{cell.source}\n=======\n{wrong}\n>>>>>>> theirs\n"
    content = nbformat.writes(notebook).encode()
    report = grade(Submission("ada", few.id, content, ".ipynb", "5" * 64), few, sandbox, secret=b"secret")
    whole = grade(Submission("bob", few.id, CORRECT.read_bytes(), ".ipynb", "6" * 64), few, sandbox, secret=b"secret")
    earned = {question.id: question.points for question in report.questions}
    assert earned == {question.id: question.points for question in whole.questions} | {"numpy_forward": 0}
    assert next(q for q in report.questions if q.id == "numpy_forward").pending == 3.0
    shown = next(one.source for one in report.cells if one.question == "numpy_forward")
    assert "np.tanh" in shown and "np.sin" in shown
