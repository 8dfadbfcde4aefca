"""Notebooks made to stop or starve the machine that grades them: each gets a sentence, and the class its marks."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graders.catalog.assignment import Assignment
from graders.grading.engine import grade
from graders.intake.submissions import find_submissions
from graders.report.json import to_json
from graders.sandbox.host.sandbox import Sandbox

ROOT = Path(__file__).parents[1]
RELEASE = ROOT / "assignments" / "practical09" / "practical09.ipynb"
HONEST = ROOT / "submissions" / "practical09" / "half_empty" / "practical09.ipynb"
SECRET = "bombs"
PARENT_MB = 300
LIMITS = {
    "sleep_seconds": 2,
    "submission_cpu_seconds": 120,
    "submission_sleep_seconds": 6,
    "submission_wall_seconds": 400,
}
GRADE = """
import re, sys
from pathlib import Path
from graders.cli import main

if __name__ == "__main__":
    status = main(sys.argv[1:])
    print("PEAK", re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
    sys.exit(status)
"""


def bomb(change: Callable[[list[dict[str, Any]]], None]) -> str:
    """The release, changed."""
    made = json.loads(RELEASE.read_text("utf-8"))
    change(made["cells"])
    return json.dumps(made)


def answer(cells: list[dict[str, Any]], question: str) -> dict[str, Any]:
    """The answer cell of a question."""
    return next(cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade_id") == question)


def own(cells: list[dict[str, Any]], source: str, number: int, outputs: Any = ()) -> None:
    """So many cells of the student's own behind the last one."""
    for i in range(number):
        made = {"cell_type": "code", "id": f"own-{i}", "metadata": {}, "source": source, "execution_count": None}
        cells.append(made | {"outputs": list(outputs)})


def shows(cells: list[dict[str, Any]]) -> None:
    """A file of 40 MB."""
    text = {"output_type": "stream", "name": "stdout", "text": "x" * 4_000_000}
    own(cells, "pass", 10, [text])


BOMBS: dict[str, Callable[[list[dict[str, Any]]], None]] = {
    "parsing": lambda cells: answer(cells, "numpy_forward").update(source="0\n" * 95_000),
    "markup": lambda cells: answer(cells, "sampling_discussion").update(source="[a](<b" * 30_000),
    "output": lambda cells: own(cells, "print('x' * 3_000_000)", 60),
    "sleep": lambda cells: own(cells, "import time; time.sleep(1000)", 100),
    "exits": lambda cells: own(cells, "import os; os._exit(1)", 40),
    "file": shows,
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course with smaller limits, and a class of one student and six bombs."""
    root = tmp_path_factory.mktemp("course")
    (root / "reference").symlink_to(ROOT / "reference")
    (root / "assignments").mkdir()
    folder = root / "assignments" / "practical09"
    folder.mkdir()
    for path in (ROOT / "assignments" / "practical09").iterdir():
        if path.name != "assignment.toml":
            (folder / path.name).symlink_to(path)
    text = (ROOT / "assignments" / "practical09" / "assignment.toml").read_text("utf-8")
    for name, value in LIMITS.items():
        text, found = re.subn(rf"^{name} = [\d_]+", f"{name} = {value}", text, flags=re.MULTILINE)
        assert found == 1, name
    (folder / "assignment.toml").write_text(text, "utf-8")
    for name, change in BOMBS.items():
        (root / "class" / name).mkdir(parents=True)
        (root / "class" / name / "practical09.ipynb").write_text(bomb(change), "utf-8")
    (root / "class" / "honest").mkdir()
    (root / "class" / "honest" / "practical09.ipynb").write_bytes(HONEST.read_bytes())
    (root / "run.py").write_text(GRADE)
    return root


def graded(course: Path) -> tuple[dict[str, Any], int]:
    """The reports of the class, by student, and the peak memory of the process that handed out the work in MB."""
    command = [sys.executable, course / "run.py", "grade", course / "class", "--out", course / "out", "--jobs", "1"]
    env = os.environ | {"GRADERS_SECRET": SECRET}
    done = subprocess.run(command, cwd=course, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    out = course / "out" / "practical09"
    reports = {path.parent.name: json.loads(path.read_text("utf-8")) for path in out.glob("*/report.json")}
    peak = re.search(r"PEAK (\d+)", done.stdout)
    assert peak is not None
    return reports, int(peak[1]) // 1024


def marks(report: dict[str, Any]) -> list[tuple[str, str, float]]:
    """Every verdict's outcome and points."""
    return [(v["check"], v["outcome"], v["points"]) for q in report["questions"] for v in q["verdicts"]]


@pytest.mark.timeout(1200)
def test_a_class_with_bombs_gets_the_marks_of_one_without(
    course: Path, practical09: Assignment, sandbox: Sandbox
) -> None:
    """The honest student's verdicts are the same, every bomb has a report, and the parent stays small."""
    reports, peak = graded(course)
    assert set(reports) == {*BOMBS, "honest"} and peak < PARENT_MB, peak
    (honest,) = find_submissions(HONEST, practical09.id)
    assert marks(reports["honest"]) == marks(to_json(grade(honest, practical09, sandbox, secret=SECRET.encode())))
    for name in BOMBS:
        page = course / "out" / "practical09" / name / "report.html"
        assert page.stat().st_size < 10_000_000 and "</html>" in page.read_text("utf-8")
        assert all(outcome != "internal" for _, outcome, _ in marks(reports[name])), name
        assert reports[name]["points"] == 0
    assert "used up" in (course / "out" / "practical09" / "sleep" / "report.html").read_text("utf-8")
