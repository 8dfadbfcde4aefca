"""Assignments are found by folder, their files must agree, and a digest changes with what its question depends on."""

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from graders.catalog import digest, loader
from graders.catalog.assignment import Assignment, Data
from graders.catalog.course import find_root
from graders.catalog.grader_package import load_package
from graders.catalog.loader import load
from graders.errors import CatalogError, UsageError

ROOT = Path(__file__).parents[2]
SETTINGS = """
title = "Two questions"
[questions]
by_hand = 2
rnn_cell = 2
[limits]
call_cpu_seconds = 5
[profiles.quick.parameters]
N_EPOCHS = 200
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with an assignment of two of the real questions."""
    shutil.copytree(ROOT / "reference", tmp_path / "reference")
    shutil.copytree(ROOT / "assignments", tmp_path / "assignments")
    (tmp_path / "assignments/practical09/assignment.toml").write_text(SETTINGS)
    return tmp_path


def test_an_assignment_is_its_files(root: Path) -> None:
    """Questions in their order, limits, profiles, reference and alternatives."""
    found = load("practical09", root)
    assert [question.id for question in found.questions] == ["by_hand", "rnn_cell"]
    assert (found.title, found.points, found.limits.call_cpu_seconds) == ("Two questions", 4, 5)
    assert found.parameters("quick") == {"N_EPOCHS": 200}
    assert found.reference.names["RNN"].__name__ == "RNN" and "cell_with_relu" not in found.reference.names
    assert "cell_with_relu" in {item.name for item in found.misconceptions}
    assert "cell_with_einsum" in {item.name for item in found.variants}
    with pytest.raises(UsageError, match="no profile 'slow'; it has quick"):
        found.parameters("slow")


def test_a_solution_is_the_reference_or_one_alternative(root: Path) -> None:
    """An alternative takes the place of one function, one method, or one written answer."""
    found = load("practical09", root)
    relu = next(item for item in found.misconceptions if item.name == "cell_with_relu")
    assert found.solution("quick").namespace["RNN"] is found.reference.names["RNN"]
    assert found.solution("quick", relu).namespace["RNN"] is not found.reference.names["RNN"]


def test_whoever_only_asks_for_questions_does_not_wait_for_torch(root: Path) -> None:
    """The reference is imported when an answer of it is needed, not to hand out work or to see what is done already."""
    code = f"""
import sys
from dataclasses import replace
from pathlib import Path
import graders.commands.grade
found = graders.commands.grade.loader.load("practical09", Path({str(root)!r}))
assert found.digest and found.points == 4 and found.beside.is_dir()
print("torch" in sys.modules)
found.solution("quick")
print("torch" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert run.stdout.split() == ["False", "True"], run.stderr


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text.replace("title", "name"), "has no 'title': write `title = "),
        (lambda text: "late = 3\n" + text, r"late must be a table \(its name in brackets"),
        (lambda text: "uploads = true\n" + text, r"uploads must be a table \(its name in brackets"),
        (lambda text: text + "]", "cannot be read"),
        (
            lambda text: text.replace("call_cpu_seconds", "patience"),
            "limits: patience is no limit; there can be call_cpu_seconds, ",
        ),
        (lambda text: text.replace("by_hand = 2", "by_hand = 3"), "by_hand: 3 points in assignment.toml"),
        (lambda text: text.replace("by_hand", "by_foot"), "has no question by_foot"),
        (
            lambda text: text.replace("by_hand = 2", "by_hand = '2'"),
            "questions.by_hand must be a number above 0, and is '2'",
        ),
        (lambda text: "limits = 3\n" + text.replace("[limits]\ncall_cpu_seconds = 5", ""), "limits must be a table"),
        (lambda text: text + "\n[profiles.other]\ndatasets = 'x'", "profiles.other.datasets must be a list"),
        (lambda text: text + "\n[profiles.other]\ndataset = ['x']", "profile other: dataset is neither parameters nor"),
        (lambda text: text + "DAY = 2026-11-30", "parameters.DAY must be a number, a text"),
        (lambda text: text + "'not a name' = 3", "'not a name' is no name that a notebook's cell can set"),
        (lambda text: text.replace("seconds = 5", "seconds = nan"), "limits.call_cpu_seconds must be a number above 0"),
        (lambda text: text.replace("seconds = 5", "seconds = 5\nmemory_mb = 2.5"), "memory_mb must be a whole number"),
        (lambda text: text.replace("seconds = 5", "seconds = true"), "limits.call_cpu_seconds must be a number"),
        (lambda text: text + "[by_foot]\nmachine_marks = true", "by_foot is neither setting nor question"),
        (lambda text: text + "[by_hand]\nmachine_mark = true", "by_hand has no option 'machine_mark'"),
        (lambda text: text + "[by_hand]\nmachine_marks = 1", "machine_marks of by_hand must be true or false"),
        (lambda text: text + "[by_hand]\nmachine_marks = false", "no rubric item of by_hand is read by a machine"),
    ],
)
def test_settings_that_disagree_are_refused(change: object, says: str, root: Path) -> None:
    """One sentence says which file and what about it."""
    path = root / "assignments/practical09/assignment.toml"
    path.write_text(change(SETTINGS))  # type: ignore[operator]
    with pytest.raises(CatalogError, match=says):
        load("practical09", root)


def test_a_notebook_without_an_answer_cell_is_refused(root: Path) -> None:
    """Neither is one that cannot be read."""
    path = root / "assignments/practical09/practical09.ipynb"
    path.write_text(path.read_text("utf-8").replace('"rnn_cell"', '"cell"'))
    with pytest.raises(CatalogError, match="no answer cell for rnn_cell"):
        load("practical09", root)
    path.write_text("{")
    with pytest.raises(CatalogError, match=r"practical09\.ipynb cannot be read"):
        load("practical09", root)


@pytest.mark.parametrize("id", ["practical10", "../practical09", ""])
def test_an_unknown_assignment_is_wrong_usage(id: str, root: Path) -> None:
    """The known ones are named."""
    with pytest.raises(UsageError, match="this folder has practical09"):
        load(id, root)


def test_the_root_is_here_or_above_or_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From any folder of the course; GRADERS_ROOT names another; the package's own is the last resort."""
    monkeypatch.delenv("GRADERS_ROOT", raising=False)
    assert find_root(root / "assignments") == root
    assert find_root(Path("/")) == ROOT
    monkeypatch.setenv("GRADERS_ROOT", str(root))
    assert find_root() == root


def test_a_course_may_leave_written_answers_to_people_alone(root: Path) -> None:
    """A question's own table in its assignment.toml says so, and makes it another grading."""
    path = root / "assignments/practical09/assignment.toml"
    path.write_text(SETTINGS.replace("[questions]", "[questions]\nequations = 2"))
    before = load("practical09", root)
    path.write_text(path.read_text() + "[equations]\nmachine_marks = false\n")
    after = load("practical09", root)
    assert changed(before, after) == {"equations"}
    assert [q.checks[-1].machine_marks for q in (before.questions[0], after.questions[0])] == [True, False]


def changed(before: Assignment, after: Assignment) -> set[str]:
    """The questions whose digests differ."""
    return {id for id, digest in before.digests.items() if after.digests[id] != digest}


@pytest.mark.parametrize(
    ("file", "questions"),
    [
        ("graders/practical09/rnn_cell/checks.py", {"rnn_cell"}),
        ("graders/practical09/probes/rnn_cell.py", {"rnn_cell"}),
        ("graders/practical09/by_hand/rounding.py", {"by_hand"}),
        ("graders/practical09/numpy_forward/checks.py", set()),
        ("graders/authoring/compare.py", {"by_hand", "rnn_cell"}),
        ("graders/sandbox/host/session.py", {"by_hand", "rnn_cell"}),
        ("graders/report/html.py", set()),
        ("reference/practical09/rnn_cell.py", {"rnn_cell"}),
        ("reference/practical09/provided.py", {"by_hand", "rnn_cell"}),
        ("reference/practical09/misconceptions_equations.py", set()),  # a comment changes no mark
    ],
)
def test_a_digest_follows_what_marks_depend_on(
    file: str, questions: set[str], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change of one grader module regrades its question alone; of what all share, all; of a page's looks, none."""
    shutil.copytree(ROOT / "graders", root / "graders", ignore=shutil.ignore_patterns("__pycache__"))
    there, package = root / "graders", load_package("practical09", ROOT / "graders")[0]
    monkeypatch.setattr(digest, "PACKAGE", there)
    monkeypatch.setattr(loader, "load_package", lambda id, own: (package, own / id))
    before = load("practical09", root)
    with (root / file).open("a") as changed_file:
        changed_file.write("\n# another version\n")
    assert changed(before, load("practical09", root)) == questions


def test_a_digest_follows_the_misconceptions_of_its_question(root: Path) -> None:
    """Another explanation is another grading, of the question that it is about."""
    before, path = load("practical09", root), root / "reference/practical09/misconceptions_cell.py"
    text = path.read_text("utf-8")
    path.write_text(re.sub(r'^    """(?=\w)', '    """Now: ', text, flags=re.MULTILINE), "utf-8")
    assert changed(before, load("practical09", root)) == {"rnn_cell"}


def test_an_assignment_without_a_reference_is_refused(root: Path) -> None:
    """At once, and not when the first answer is needed."""
    shutil.rmtree(root / "reference/practical09")
    with pytest.raises(CatalogError, match="no reference folder for practical09"):
        load("practical09", root)


def test_other_parameters_and_reviews_make_another_digest(root: Path) -> None:
    """So that what was graded on another device, or without the reviews, is graded again."""
    plain = load("practical09", root)
    assert plain.prepared("quick", plain.parameters("quick")).digest == plain.digest
    elsewhere = plain.prepared("quick", {**plain.parameters("quick"), "DEVICE": "cuda"})
    data = Data(root / "public", {"imdb": root / "labels.npy"}, {"imdb": "1"})
    trained = plain.prepared("quick", plain.parameters("quick"), data)
    other = plain.prepared("quick", plain.parameters("quick"), replace(data, keys={"imdb": "2"}))
    absent = plain.prepared("quick", plain.parameters("quick"), Data(None, {"imdb": None}))
    assert len({one.digest for one in (plain, elsewhere, trained, other, absent)}) == 5
    assert elsewhere.parameters("quick")["DEVICE"] == "cuda" and trained.data == data.public
    assert plain.prepared("quick", elsewhere.parameters("quick")).digests == elsewhere.digests


def test_a_question_without_a_reference_is_one_sentence(root: Path) -> None:
    """It names the file that is missing."""
    (root / "reference/practical09/rnn_cell.py").unlink()
    with pytest.raises(CatalogError, match=r"no answer to rnn_cell: write reference/practical09/rnn_cell\.py"):
        load("practical09", root)
