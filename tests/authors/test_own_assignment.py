"""A course's own assignment with a data set, a probe, training and a warm-up needs no changed line of the engine."""

import json
import shutil

import pytest
from course_folder import CourseFolder

PACKAGE = '''"""A straight line through measured tides."""

from graders import AssignmentPackage

from . import line
from .tides import TIDES

PACKAGE = AssignmentPackage(questions=(line.question,), datasets=(TIDES,))
'''
TIDES = '''"""The tides: hours and heights; the heights of the last hours are for the marking alone."""

import numpy as np

from graders import Dataset, Prepared, UsageError


def find(given):
    if given is None or not (given / "tides.csv").is_file():
        raise UsageError("The tides are needed: say with --data in which folder tides.csv is.")
    return given / "tides.csv"


def prepare(source, folder, progress):
    rows = np.loadtxt(source, delimiter=",")
    (folder / "public").mkdir(parents=True, exist_ok=True)
    np.save(folder / "public" / "known.npy", rows[:20])
    np.save(folder / "public" / "hours.npy", rows[20:, 0])
    np.save(folder / "heights.npy", rows[20:, 1])
    progress(1)
    return Prepared(folder / "public", folder / "heights.npy")


TIDES = Dataset("tides", find, prepare)
'''
LINE = '''"""Fitting a line by gradient descent."""

import numpy as np

from graders import Failed, Question, finite_numbers, read

question = Question("line", title="A line", points=3)


@question.check(points=1, public=True)
def fits_two_points(student, reference, rng):
    """The line through (0, 1) and (1, 3) has slope 2."""
    found = read(student.call("fit", np.array([0.0, 1.0]), np.array([1.0, 3.0])), list)
    if abs(float(found[0]) - 2) > 0.01:
        raise Failed(f"The slope is {found[0]:.3f}, and should be 2.")


@question.check(points=2)
def predicts_the_tides(student, reference, rng):
    """Heights of hours that were not measured are predicted within a tenth."""
    if not reference.uses("tides"):
        return
    heights = np.load(reference.private("tides"))
    found = finite_numbers(student.probe("line.predictions", student.parameters["DATA"]), heights.shape)
    if np.abs(found - heights).max() > 0.1:
        raise Failed("Some heights are off by more than a tenth.")
'''
PROBES = '''"""What runs alongside student code."""

import sys

import numpy as np


def predictions(ns, data):
    assert sys.modules["tidal_tools"].warm  # which the shims have put in
    known, hours = np.load(f"{data}/known.npy"), np.load(f"{data}/hours.npy")
    slope, start = ns["fit"](known[:, 0], known[:, 1])
    return slope * hours + start
'''
SHIMS = '''"""Puts a module in alongside student code, and warms it up."""

import sys
import types


def install(data):
    sys.modules["tidal_tools"] = types.ModuleType("tidal_tools")
    sys.modules["tidal_tools"].warm = False


def warm_up():
    sys.modules["tidal_tools"].warm = True
'''
FIT = """def fit(hours, heights):
    slope, start = 0.0, 0.0
    scale = 0.5 / max(1.0, float(np.mean(hours**2)))
    for _ in range(CLASSES * 5000):
        error = slope * hours + start - heights
        slope, start = slope - scale * float(np.mean(error * hours)), start - scale * float(np.mean(error))
    return [slope, start]
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> CourseFolder:
    """The made assignment, changed by its author into another one."""
    made = CourseFolder.made_in(tmp_path_factory.mktemp("wheel"))
    made.run("new", "tides")
    for name in ("graders/tides/softmax.py", "graders/tides/why_shift.py"):
        (made.path / name).unlink()
    for name in ("softmax.py", "why_shift.py", "misconceptions.py", "variants.py"):
        (made.path / "reference/tides" / name).unlink()
    files = {
        "__init__": PACKAGE,
        "tides": TIDES,
        "line": LINE,
        "probes/__init__": "",
        "probes/line": PROBES,
        "shims/__init__": SHIMS,
    }
    for name, text in files.items():
        made.write(f"graders/tides/{name}.py", text)
    made.write("reference/tides/line.py", f"import numpy as np\n\nfrom .provided import CLASSES\n\n\n{FIT}")
    made.change(
        "assignments/tides/assignment.toml",
        ("softmax = 3\nwhy_shift = 1", "line = 3"),
        ("[profiles.quick.parameters]", '[profiles.full]\ndatasets = ["tides"]\n\n[profiles.quick.parameters]'),
    )
    made.write("data/tides.csv", "".join(f"{hour / 10},{1 + 0.3 * hour / 10}\n" for hour in range(40)))
    for place in ("assignments/tides", "submissions/tides/untouched", "submissions/tides/correct"):
        _rewrite(made, f"{place}/tides.ipynb", FIT if "correct" in place else None)
    return made


def _rewrite(made: CourseFolder, name: str, answer: str | None) -> None:
    """The notebook with the question `line` in place of those that it was made with."""
    content = json.loads((made.path / name).read_text())
    cells = [cell for cell in content["cells"] if cell["id"] not in ("q-why", "answer-why-shift", "try-softmax")]
    for cell in cells:
        if cell["id"] == "answer-softmax":
            cell["metadata"]["nbgrader"]["grade_id"] = "line"
            cell["source"] = answer or "def fit(hours, heights):\n    raise NotImplementedError"
    made.write(name, json.dumps(content | {"cells": cells}))


def points(course: CourseFolder, student: str) -> float:
    """What a student has earned."""
    return float(json.loads((course.path / "reports/tides" / student / "report.json").read_text())["points"])


def test_the_quick_profile_needs_no_data(course: CourseFolder) -> None:
    """What asks for no data set is graded without."""
    course.run("grade", "submissions/tides/correct", "--jobs", "1")
    assert points(course, "correct") == 3


def test_the_full_profile_judges_by_private_data(course: CourseFolder) -> None:
    """Student code finds the public part in DATA, the private one stays with the checks; shims and probes are there."""
    course.run("grade", "submissions/tides/correct", "--jobs", "1", "--profile", "full", "--data", "data")
    assert points(course, "correct") == 3


def test_other_data_are_another_grading(course: CourseFolder) -> None:
    """The same command again grades nothing; with other heights in the file it does."""
    again = ("grade", "submissions/tides/correct", "--jobs", "1", "--profile", "full", "--data", "data")
    course.run(*again)
    assert "0 graded" in course.run(*again)
    course.write("data/tides.csv", "".join(f"{hour / 10},{2 - 0.3 * hour / 10}\n" for hour in range(40)))
    assert "1 graded" in course.run(*again) and points(course, "correct") == 3


def test_data_that_is_not_there_is_one_sentence(course: CourseFolder) -> None:
    """Of the data set's own; grading goes on without what needs it."""
    said = course.run("grade", "submissions/tides/untouched", "--jobs", "1", "--profile", "full")
    assert "The tides are needed: say with --data in which folder tides.csv is. What needs this data is skipped" in said


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        ("graders/tides/__init__.py", "PACKAGE =", "PACK =", "graders/tides/__init__.py must define `PACKAGE = Ass"),
        ("graders/tides/line.py", "points=3", "points=4", "line: 3 points in assignment.toml, 4 declared"),
        ("graders/tides/line.py", "import numpy", "import numbry", "graders/tides cannot be imported: No module named"),
        ("assignments/tides/assignment.toml", '["tides"]', '["waves"]', "asks for the data set waves"),
        ("assignments/tides/assignment.toml", "line = 3", "curve = 3", "graders/tides has no question curve"),
        ("assignments/tides/assignment.toml", "line = 3", "# none yet", "has no question under [questions]"),
        (
            "assignments/tides/assignment.toml",
            "line = 3",
            "line = 0",
            "questions.line must be a number above 0, and is '0'",
        ),
        ("assignments/tides/tides.ipynb", '"line"', '"lime"', "has no answer cell for line: give one in assignments"),
        (
            "graders/tides/line.py",
            "import numpy",
            "1 / 0\nimport numpy",
            "ZeroDivisionError: division by zero (line.py",
        ),
        (
            "graders/tides/__init__.py",
            "PACKAGE =",
            "raise SystemExit(3)\nPACKAGE =",
            "SystemExit: 3 (__init__.py, line",
        ),
        ("graders/tides/line.py", "points=3", "points='3'", "the points of line must be a number"),
        ("graders/tides/line.py", "points=2", "points=-2", "the points of a check must be a number"),
        ("graders/tides/line.py", "tides(student, reference, rng)", "tides(student, rng)", "must take three arguments"),
        ("graders/tides/line.py", "import numpy", "import (", "graders/tides cannot be imported: "),
        ("graders/tides/probes/line.py", "import sys", "import (", "probes/line.py cannot be read: "),
        ("graders/tides/shims/__init__.py", "def warm_up", "def warm", "shims/__init__.py must define warm_up."),
        ("graders/tides/shims/__init__.py", "def warm_up", "def warm_up(", "shims/__init__.py cannot be imported: "),
        ("assignments/tides/assignment.toml", "line = 3", "line = true", "questions.line must be a number above"),
        ("reference/tides/line.py", "import numpy", "1 / 0\nimport numpy", "tides/line.py cannot be imported: ZeroDiv"),
    ],
)
def test_a_wrong_contract_is_one_sentence(course: CourseFolder, name: str, old: str, new: str, sentence: str) -> None:
    """It names the file and what to do; exit 2."""
    course.change(name, (old, new))
    try:
        said = course.run("grade", "submissions/tides/correct", status=2)
    finally:
        course.change(name, (new, old))
    assert sentence in said and said.count("\n") == 1


def test_a_course_s_own_package_counts_before_an_installed_one(course: CourseFolder) -> None:
    """A practical that came with the engine can be copied into a course and changed; parts of the engine cannot."""
    installed = course.engine / "graders" / "tides"
    shutil.copytree(course.path / "graders/tides", installed)
    try:
        course.change("graders/tides/line.py", ('title="A line"', 'title="Our line"'))
        course.run("grade", "submissions/tides/correct", "--jobs", "1")
    finally:
        shutil.rmtree(installed)
    report = json.loads((course.path / "reports/tides/correct/report.json").read_text())
    assert report["questions"][0]["title"] == "Our line"
    (course.path / "assignments/report").mkdir()
    for top in ("assignments", "graders", "reference"):
        shutil.copytree(course.path / top / "tides", course.path / top / "report", dirs_exist_ok=True)
    (course.path / "assignments/report/tides.ipynb").rename(course.path / "assignments/report/report.ipynb")
    said = course.run("grade", "submissions/tides/correct", "--assignment", "report", status=2)
    for top in ("assignments", "graders", "reference"):
        shutil.rmtree(course.path / top / "report")
    assert "report is the name of a part of graders itself" in said
