"""What students get: complete enough to check themselves, and nothing in it that they should not see."""

import ast
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graders.authors.release import release
from graders.catalog.assignment import Assignment
from graders.errors import UsageError
from graders.grading.checking import run_check
from graders.grading.recorded import ANSWERS, CHECKS
from graders.grading.recording import Recording
from graders.json_data import unpack
from graders.model import Check, Outcome, Verdict

ROOT = Path(__file__).parents[2]
GIVEN = ("self.i2h = ", "self.h2h = ", "self.h2o = ", "return torch.zeros(batch_size,")  # of RNN, which students get


@pytest.fixture(scope="module")
def released(practical09: Assignment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release."""
    folder = tmp_path_factory.mktemp("release")
    release(practical09, folder)
    return folder


def texts(folder: Path) -> dict[str, str]:
    """Every file of the release but the list of names, which holds no numbers and no code."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "names.txt"]
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in files}


def test_a_release_is_a_notebook_its_data_and_recorded_answers(released: Path, practical09: Assignment) -> None:
    """And a pristine copy of the notebook, from which provided cells are restored, and a page on how to check."""
    names = {str(path.relative_to(released)) for path in released.rglob("*") if path.is_file()}
    pages = {"practical09.ipynb", "HOW_TO_CHECK.md"}
    assert names == pages | {"checks/practical09.ipynb", "checks/answers.json", "data/names.txt"}
    page = (released / "HOW_TO_CHECK.md").read_text("utf-8")
    assert "pip install graders\n    graders check practical09.ipynb\n" in page and 'check("by_hand")' in page
    answers = json.loads((released / "checks/answers.json").read_text())
    assert list(answers["questions"]) == [question.id for question in practical09.questions]


def test_a_release_is_the_same_each_time(released: Path, practical09: Assignment, tmp_path: Path) -> None:
    """Byte for byte, so that a course can keep it under version control; a release may be made over an old one."""
    release(practical09, tmp_path)
    release(practical09, tmp_path)
    assert texts(tmp_path) == texts(released)


def test_a_folder_with_other_files_is_left_alone(practical09: Assignment, tmp_path: Path) -> None:
    """A release is never written over someone's work."""
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(UsageError, match="holds other files"):
        release(practical09, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def passed(check: Check) -> dict[str, Verdict]:
    """What a check that builds on another one needs to run."""
    return {check.after: Verdict(check.after, "", Outcome.PASSED, 0.0, 0.0)} if check.after else {}


def numbers(value: Any) -> Iterator[np.ndarray]:
    """All numbers in plain data that may have many digits, in arrays."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        yield value.ravel().astype(float)
    elif isinstance(value, float):
        yield np.array([value])
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from numbers(item)


def millionths(values: np.ndarray) -> np.ndarray:
    """The different values without their signs, in whole millionths; those of few digits are nobody's secret."""
    values = np.abs(values[np.isfinite(values)])
    return np.unique(np.round(values[np.round(values, 3) != values] * 1e6))


def hidden_numbers(practical09: Assignment, seed: int) -> Iterator[tuple[str, np.ndarray]]:
    """For each hidden check, its random inputs and the reference's answers to them, in millionths."""
    for question in practical09.questions:
        for check in question.checks:
            if check.public or check.written:
                continue
            record = Recording(practical09.solution("quick"))
            run_check(check, question, record, practical09.solution("quick"), seed, passed(check))
            found = [n for call in record.calls for n in numbers([call.arguments, call.options, call.result])]
            yield f"{question.id}.{check.name}", millionths(np.concatenate([np.zeros(0), *found]))


def test_no_number_of_a_hidden_check_is_in_a_release(released: Path, practical09: Assignment) -> None:
    """Neither an input that it draws nor a value that it expects, to six decimals, whatever the seed."""
    written = [float(n) for text in texts(released).values() for n in re.findall(r"\d+\.\d{4,}", text)]
    answers = list(numbers(unpack(json.loads((released / CHECKS / ANSWERS).read_text("utf-8")))))
    given, compared = millionths(np.concatenate([np.array(written), *answers])), 0
    for seed in (0, 12345):
        for name, hidden in hidden_numbers(practical09, seed):
            common = np.intersect1d(hidden, given)
            assert len(common) <= max(2, len(hidden) / 100), f"{name} shares {common[:5] / 1e6}"
            compared += len(hidden)
    assert answers and len(given) > 10 and compared > 10_000


def test_no_line_of_the_reference_is_in_a_release(released: Path) -> None:
    """The answers' own statements are nowhere: neither in the notebook nor in the recorded answers."""
    given = "\n".join(texts(released).values()).replace("\\n", "\n").replace('\\"', '"')
    provided = (ROOT / "reference/practical09/provided.py").read_text("utf-8")
    secret = 0
    for path in sorted((ROOT / "reference/practical09").glob("*.py")):
        if path.stem in ("__init__", "provided"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, (ast.Assign, ast.Return, ast.AugAssign)) and path.stem.split("_")[0] != "variants":
                line = ast.unparse(node)
                if len(line) > 30 and line not in provided and not line.startswith(GIVEN):
                    secret += 1
                    assert line not in given, f"{path.name}: {line}"
    assert secret > 50


def test_a_release_without_answers_still_opens(released: Path, tmp_path: Path) -> None:
    """The notebook in it is the one that the assignment has, stub by stub."""
    shutil.copytree(released, tmp_path / "copy")
    notebook = json.loads((tmp_path / "copy/practical09.ipynb").read_text())
    stubs = ["".join(c["source"]) for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("solution")]
    assert len(stubs) == 10
    assert all("NotImplementedError" in stub or "None" in stub or "Your answer here" in stub for stub in stubs)
