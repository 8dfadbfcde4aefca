"""nbgrader and otter-grader on the same answers: each in an environment of its own, with a notebook made for it.

The cells are those that an attempt of ours executes (`executable`): experiments of the notebook are left out for all.
"""

from __future__ import annotations

import inspect
import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from equivalent_tests import TESTS
from measured import Cost, measured_together

from graders.catalog.assignment import Assignment
from graders.model import Submission
from graders.notebooks.notebook import ExecCell, executable
from graders.notebooks.notebook_file import read_notebook
from graders.notebooks.restore import restore

TORCH = "torch==2.13.0"  # any other request may pull gigabytes of GPU libraries
NBGRADER, OTTER = "nbgrader==0.9.5", "otter-grader==7.0.0"
STUBS = "raise NotImplementedError"


@dataclass(frozen=True)
class Peer:
    """A peer that is installed, with a folder of its own."""

    bin: Path
    folder: Path

    @classmethod
    def installed(cls, name: str, requirement: str, root: Path) -> Peer:
        """Install it, where it is not there yet."""
        home = root / name
        if not (home / "bin" / name.partition("-")[0]).exists():
            subprocess.run([sys.executable, "-m", "venv", home], check=True)
            wanted = [requirement, TORCH, "numpy", "matplotlib", "ipykernel"]
            subprocess.run([home / "bin" / "python", "-m", "pip", "install", "--quiet", *wanted], check=True)
        return cls(home / "bin", root / f"{name}-work")

    @property
    def environ(self) -> dict[str, str]:
        """What its commands run with: their own programs first, and one thread each."""
        return {"PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}

    def prepare(self, *words: str, cwd: Path) -> None:
        """Run a command that is not measured."""
        done = subprocess.run(words, cwd=cwd, env={**os.environ, **self.environ}, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{words} failed: {done.stderr[-2000:]}")


def cells_of(assignment: Assignment, submission: Submission) -> Sequence[ExecCell]:
    """What is executed of a submission."""
    notebook = restore(read_notebook(submission.content, submission.suffix), assignment.release)[0]
    return executable(notebook, dict(assignment.parameters("quick")) | {"DATA": str(assignment.data)})


def nbgrader(root: Path, assignment: Assignment, class_: Sequence[Submission], jobs: int) -> Cost:
    """What autograding a class costs, shared out to so many courses, each graded by a process of its own."""
    peer = Peer.installed("nbgrader", NBGRADER, root)
    shutil.rmtree(peer.folder, ignore_errors=True)
    jobs = min(jobs, len(class_))
    courses = [peer.folder / str(number) for number in range(jobs)]
    for number, course in enumerate(courses):
        source = course / "source" / "p9"
        source.mkdir(parents=True)
        (course / "nbgrader_config.py").write_text(
            "c = get_config()\nc.ExecutePreprocessor.timeout = 600\nc.ClearSolutions.code_stub = "
            f"{{'python': {STUBS!r}}}\n"
        )
        _write(_for_nbgrader(cells_of(assignment, class_[0]), solved=True), source / "p9.ipynb")
        peer.prepare("nbgrader", "generate_assignment", "p9", "--force", cwd=course)
        for submission in class_[number::jobs]:
            place = course / "submitted" / submission.student / "p9"
            place.mkdir(parents=True)
            _write(_for_nbgrader(cells_of(assignment, submission), solved=False), place / "p9.ipynb")
    command = ["sh", "-c", 'cd "$1" && "$2" autograde p9', "sh"]
    cost = measured_together(
        [[*command, course, peer.bin / "nbgrader"] for course in courses], peer.folder, peer.environ
    )
    graded = sorted(peer.folder.glob("*/autograded/*/p9/p9.ipynb"))
    assert len(graded) == len(class_), f"nbgrader graded {len(graded)} of {len(class_)}"
    for path in graded:
        assert not _errors(path), f"a test failed in {path}"
    return cost


def otter(root: Path, assignment: Assignment, class_: Sequence[Submission], jobs: int) -> Cost:
    """What `otter run` costs, notebook by notebook, by so many shells at a time."""
    peer = Peer.installed("otter-grader", OTTER, root)
    shutil.rmtree(peer.folder, ignore_errors=True)
    tests = peer.folder / "tests"
    tests.mkdir(parents=True)
    for name, test in TESTS.items():
        head = f'from otter.test_files import test_case\n\nOK_FORMAT = False\nname = "{name}"\npoints = 1\n\n\n'
        (tests / f"{name}.py").write_text(f"{head}@test_case()\n{_source(name, test)}")
    peer.prepare("otter", "generate", "-t", "tests", "-o", "autograder.zip", cwd=peer.folder)
    lists = [list[str]() for _ in range(jobs)]
    for number, submission in enumerate(class_):
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell.source) for cell in cells_of(assignment, submission)],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        _write(notebook, peer.folder / f"{submission.student}.ipynb")
        lists[number % jobs].append(submission.student)
    run = '"$o" run $s.ipynb -a autograder.zip -o out/$s --no-logo'
    loop = f'o=$1; shift; for s in "$@"; do mkdir -p out/$s; {run} || exit; done'
    commands = [["sh", "-ec", loop, "sh", peer.bin / "otter", *names] for names in lists if names]
    cost = measured_together(commands, peer.folder, peer.environ)
    results = sorted(peer.folder.glob("out/*/results.json"))
    assert len(results) == len(class_), f"otter graded {len(results)} of {len(class_)}"
    for path in results:
        failed = [test["name"] for test in json.loads(path.read_text())["tests"] if test.get("status") == "failed"]
        assert not failed, f"{failed} failed in {path}"
    return cost


def _for_nbgrader(cells: Sequence[ExecCell], *, solved: bool) -> nbformat.NotebookNode:
    made = []
    for cell in cells:
        node = nbformat.v4.new_code_cell(cell.source)
        if cell.question in TESTS:
            node.metadata.nbgrader = _metadata(f"answer-{cell.question}", solution=True)
            if solved:
                node.source = f"### BEGIN SOLUTION\n{cell.source}\n### END SOLUTION"
        made.append(node)
        if cell.question in TESTS:
            test = nbformat.v4.new_code_cell(_called(cell.question))
            test.metadata.nbgrader = _metadata(f"test-{cell.question}", grade=True, points=1, locked=True)
            made.append(test)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=made, metadata={"kernelspec": kernel})


def _metadata(id: str, **values: object) -> dict[str, object]:
    plain = {"schema_version": 3, "task": False, "grade": False, "solution": False, "locked": False}
    return plain | {"grade_id": id} | values


def _called(question: str) -> str:
    test = TESTS[question]
    names = ", ".join(inspect.signature(test).parameters)
    return f"{_source(question, test)}\n\n_test_{question}({names})"


def _source(name: str, test: object) -> str:
    """A test's source under a name that is not that of an answer."""
    return textwrap.dedent(inspect.getsource(test)).replace(f"def {name}(", f"def _test_{name}(", 1)  # type: ignore[arg-type]


def _write(notebook: nbformat.NotebookNode, path: Path) -> None:
    nbformat.write(notebook, path)


def _errors(path: Path) -> list[str]:
    cells = nbformat.read(path, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return [output.evalue for output in outputs if output.output_type == "error"]
