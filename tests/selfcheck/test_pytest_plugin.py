"""`pytest --submission practical09.ipynb` shows each public check as a test."""

import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from graders.authors.release import release
from graders.catalog.assignment import Assignment

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def desk(practical09: Assignment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release with a notebook that has one mistake."""
    folder = tmp_path_factory.mktemp("release")
    release(practical09, folder)
    shutil.copy(ROOT / "submissions/practical09/transposed_weights/practical09.ipynb", folder)
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in the release's folder."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)


def test_each_public_check_is_a_test(desk: Path, practical09: Assignment) -> None:
    """Named by question and check; a failure says what the student should read, without our traceback."""
    done = run(desk, "--submission", "practical09.ipynb", "--junitxml", "found.xml")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "expected" in done.stdout and "Traceback" not in done.stdout
    found = list(ET.parse(desk / "found.xml").iter("testcase"))
    cases = {f"{str(case.get('classname')).rpartition('.')[2]}::{case.get('name')}": case for case in found}
    public = {f"{q.id}::{c.name}" for q in practical09.questions for c in q.checks if c.public and not c.written}
    assert set(cases) == public
    failed = {name for name, case in cases.items() if case.find("failure") is not None}
    assert failed == {"numpy_forward::gives_the_small_example"}


def test_a_notebook_that_is_not_there_is_a_usage_error(desk: Path) -> None:
    """One line, exit status 4 as pytest has it."""
    done = run(desk, "--submission", "absent.ipynb")
    assert done.returncode == 4 and "There is no notebook absent.ipynb" in done.stderr


def test_a_notebook_without_a_release_says_what_to_do(tmp_path: Path) -> None:
    """It is not collected, and the sentence says why."""
    shutil.copy(ROOT / "submissions/practical09/correct/practical09.ipynb", tmp_path)
    done = run(tmp_path, "--submission", "practical09.ipynb")
    assert done.returncode != 0 and "keep the course's files together" in done.stdout + done.stderr


def test_other_runs_do_not_notice_the_plugin(tmp_path: Path) -> None:
    """Without the option it imports nothing and collects nothing."""
    (tmp_path / "test_one.py").write_text(
        "import sys\ndef test_one():\n"
        "    assert not {'graders.selfcheck.pytest_submission', 'torch'} & set(sys.modules)"
    )
    done = run(tmp_path, "-q")
    assert done.returncode == 0, done.stdout
