"""What ends the process of a notebook, or never ends, is reported in a sentence and costs its own cell or call."""

import io
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graders.authors.release import release
from graders.catalog.assignment import Assignment
from graders.errors import GradersError, UsageError
from graders.model import Outcome, Verdict
from graders.selfcheck import process
from graders.selfcheck.process import check_notebook

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def released(practical09: Assignment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release with short limits, so that what never ends is cut off soon."""
    folder = tmp_path_factory.mktemp("release")
    limits = replace(practical09.limits, cell_cpu_seconds=8, call_cpu_seconds=3, sleep_seconds=6)
    release(replace(practical09, limits=limits), folder)
    return folder


@pytest.fixture
def desk(released: Path) -> Callable[..., Path]:
    """Writes the notebook of a student who is right but for what is put into some answers."""

    def put(name: str, **changes: Callable[[str], str]) -> Path:
        content = json.loads((ROOT / "submissions/practical09/correct/practical09.ipynb").read_text("utf-8"))
        for cell in content["cells"]:
            marks = cell["metadata"].get("nbgrader", {})
            if marks.get("solution") and marks["grade_id"] in changes:
                cell["source"] = changes[marks["grade_id"]]("".join(cell["source"]))
        path = released / f"{name}.ipynb"
        path.write_text(json.dumps(content), "utf-8")
        return path

    return put


def verdicts(path: Path, *questions: str) -> Mapping[str, list[Verdict]]:
    """The verdicts on some questions."""
    return {report.id: list(report.verdicts) for report in check_notebook(path, questions)}


ENDS = {
    "exit": ("import os\nos._exit(0)", Outcome.MISSING, "its cell ended the process it ran in, with exit status 0"),
    "crash": ("import ctypes\nctypes.string_at(0)", Outcome.MISSING, "its cell ended the process it ran in"),
    "endless": ("while True:\n    pass", Outcome.MISSING, "its cell did not finish in 8 seconds of processor time"),
    "catches": (
        "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass",
        Outcome.MISSING,
        "its cell did not finish in 8 seconds of processor time",
    ),
    "sleeps": ("import time\ntime.sleep(1e6)", Outcome.MISSING, "its cell waited for something and did not go on"),
}


@pytest.mark.parametrize("name", ENDS)
def test_a_cell_that_ends_its_process_is_left_out_as_officially(name: str, desk: Callable[..., Path]) -> None:
    """None of its names stay, the sentence says what it did, and the other questions are checked all the same."""
    code, outcome, sentence = ENDS[name]
    path = desk(name, numpy_forward=lambda source: f"{source}\n\n\n{code}")
    found = verdicts(path, "numpy_forward", "rnn_cell")
    assert {verdict.outcome for verdict in found["numpy_forward"]} == {outcome}
    assert all(sentence in (verdict.message or "") for verdict in found["numpy_forward"]), found
    assert {verdict.outcome for verdict in found["rnn_cell"]} == {Outcome.PASSED}


CALLS = {
    "exit": ("import os; os._exit(3)", Outcome.ERROR, "`rnn_forward` ended the process it ran in."),
    "endless": ("while True: pass", Outcome.TIMEOUT, "`rnn_forward` did not finish in 3 seconds of processor time."),
    "sleeps": (
        "import time; time.sleep(1e6)",
        Outcome.TIMEOUT,
        "`rnn_forward` waited for something and did not go on.",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_ends_its_process_costs_its_check_alone(name: str, desk: Callable[..., Path]) -> None:
    """The check says which function it was; the question's other check is run."""
    code, outcome, sentence = CALLS[name]
    head = "def rnn_forward("
    path = desk(
        f"call_{name}",
        numpy_forward=lambda source: (
            f"{source}\n\n\n{head}*given, **named):\n    {code.replace('; ', chr(10) + '    ')}"
        ),
    )
    first, second = verdicts(path, "numpy_forward")["numpy_forward"]
    assert (first.outcome, first.message) == (outcome, sentence)
    assert second.outcome is Outcome.PASSED


def test_memory_without_end_is_bounded_where_the_system_can(desk: Callable[..., Path]) -> None:
    """On Linux a notebook that takes all memory gets an error in Python, before the machine has to end something."""
    hog = "hog = []\nwhile True:\n    hog.append(np.empty(1 << 24))"  # which takes addresses, and no time
    path = desk("hog", numpy_forward=lambda source: f"{source}\n\n\n{hog}\n\n\nlate = 1")
    found = verdicts(path, "numpy_forward", "rnn_cell")
    assert found["numpy_forward"][0].outcome is Outcome.PASSED  # what was defined before that stays
    assert {verdict.outcome for verdict in found["rnn_cell"]} == {Outcome.PASSED}


def test_what_is_ours_goes_on_where_a_notebook_has_taken_all_memory(desk: Callable[..., Path]) -> None:
    """Threads that watch, and the report, have memory of their own: nothing of ours is blamed on the student."""
    hog = "hog = []\nfor size in (1 << 24, 1 << 20, 1 << 16, 1 << 12):\n    try:\n        while True:"
    hog += "\n            hog.append(np.empty(size))\n    except MemoryError:\n        pass"
    path = desk("full", numpy_forward=lambda source: f"{source}\n\n\n{hog}")
    for report in check_notebook(path):
        for verdict in report.verdicts:
            assert "start new thread" not in (verdict.message or ""), verdict
            assert verdict.outcome is not Outcome.INTERNAL, verdict


class Fake:
    """A process that says what a test wants it to say."""

    def __init__(self, *messages: Any, status: int = 1) -> None:
        lines = "".join(json.dumps(message) + "\n" for message in messages)
        self.stdout: Any = io.BytesIO(lines.encode())
        self._status = status

    def kill(self) -> None:
        """It has ended."""

    def wait(self) -> int:
        """Its status."""
        return self._status


def test_a_process_that_ends_while_nothing_of_a_student_ran_is_a_fault_of_ours(tmp_path: Path) -> None:
    """It is not tried again and again, and blames nobody."""
    path = tmp_path / "a.ipynb"
    path.write_text("{}")
    for messages in ((), ({"runs": "cell 1", "seconds": 1}, {"runs": None})):
        with pytest.raises(GradersError, match="ended with status 1"):
            check_notebook(path, (), lambda request, messages=messages: Fake(*messages))


def test_lines_that_are_not_ours_are_passed_over(tmp_path: Path) -> None:
    """A cell that writes to the pipe, be it JSON or not, stops nothing and is blamed for nothing."""
    path = tmp_path / "a.ipynb"
    path.write_text("{}")
    noise = (5, None, "runs", ["reports"], True)
    assert check_notebook(path, (), lambda request: Fake(*noise, {"reports": []}, status=0)) == ()


def test_what_ends_every_process_is_not_tried_for_ever(tmp_path: Path) -> None:
    """A notebook that ends another call each time gets a sentence."""
    path, number = tmp_path / "a.ipynb", iter(range(1000))
    path.write_text("{}")
    with pytest.raises(UsageError, match="one question at a time"):
        check_notebook(path, (), lambda request: Fake({"runs": f"call q c end {next(number)}", "seconds": 1}))
    assert next(number) == process.MOST_LOSSES


def test_what_holds_pythons_lock_is_ended_from_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that lets no thread run, such as a search by a pattern that tries everything, gives no sign of life."""
    path, started = tmp_path / "a.ipynb", []
    path.write_text("{}")
    monkeypatch.setattr(process, "SLACK", 0.1)

    def start(request: Mapping[str, Any]) -> Any:
        started.append(request)
        return Silent() if len(started) == 1 else Fake({"reports": []})

    assert check_notebook(path, (), start) == ()
    assert started[1]["losses"] == {"cell 4": ["timeout", "did not finish in 0.1 seconds of processor time"]}


class Silent(Fake):
    """A process that begins a cell and is heard of no more."""

    def __init__(self) -> None:
        super().__init__()
        ours, self._theirs = os.pipe()
        os.write(self._theirs, json.dumps({"runs": "cell 4", "seconds": 0.1}).encode() + b"\n")
        self.stdout = os.fdopen(ours, "rb")

    def kill(self) -> None:
        """Hang up."""
        os.close(self._theirs)
