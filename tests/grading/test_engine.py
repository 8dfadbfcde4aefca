"""One submission through the whole engine: intake's bytes in, a report out, in a real sandbox."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graders.authoring.question import Question
from graders.catalog.assignment import Assignment
from graders.errors import TakesLong
from graders.grading.engine import grade
from graders.grading.states import grade_in_states
from graders.model import Outcome, Report, Submission
from graders.sandbox.host.sandbox import Sandbox
from graders.timing import own_seconds, recording

ROOT = Path(__file__).parents[2]

Grade = Callable[..., Report]


@pytest.fixture
def few(practical09: Assignment) -> Assignment:
    """The real assignment with its quick questions only."""
    quick = ("equations", "by_hand", "numpy_forward", "rnn_cell", "sampling_discussion")
    return replace(practical09, questions=tuple(q for q in practical09.questions if q.id in quick))


@pytest.fixture
def graded(few: Assignment, sandbox: Sandbox) -> Grade:
    """Grades a notebook of the sample class after a change to its cells."""

    def run(student: str, change: Callable[[dict[str, Any]], None] = lambda cells: None, **options: Any) -> Report:
        notebook = json.loads((ROOT / "submissions/practical09" / student / "practical09.ipynb").read_text("utf-8"))
        cells = {cell["metadata"].get("nbgrader", {}).get("grade_id", cell["id"]): cell for cell in notebook["cells"]}
        change(cells)
        content = json.dumps(notebook).encode()
        handed_in = Submission("ada", few.id, content, ".ipynb", f"{len(content):064x}")
        return grade(handed_in, few, sandbox, secret=b"secret", **options)

    return run


def marks(report: Report) -> dict[str, float]:
    """Question -> points."""
    return {question.id: question.points for question in report.questions}


FULL = {"equations": 2.0, "by_hand": 2.0, "numpy_forward": 3.0, "rnn_cell": 2.0, "sampling_discussion": 0.0}


def test_a_correct_notebook_gets_everything(graded: Grade) -> None:
    """All automatic marks; the rest waits for a person; the report says what it was made with."""
    report = graded("correct")
    assert marks(report) == FULL
    assert report.pending == 1.0 and report.points + report.pending == report.possible == 10.0
    assert set(report.grader) == {"version", "digest", "profile", "seed"}
    assert report.environment["device"] == "cpu" and report.environment["torch"]
    assert "\\tanh" in report.answers["equations"]
    assert any(cell.question == "rnn_cell" for cell in report.cells)


def test_an_untouched_notebook_gets_nothing(graded: Grade) -> None:
    """Every check says that the answer is as it was handed out; nothing is pending, nothing is internal."""
    report = graded("untouched")
    assert {v.outcome for q in report.questions for v in q.verdicts} == {Outcome.MISSING}
    assert report.points == report.pending == 0.0


def test_megabytes_of_outputs_do_no_harm(graded: Grade) -> None:
    """What a notebook shows is not what is graded: with 30 MB of text and pictures in it, it earns the same."""

    def fill(cells: dict[str, Any]) -> None:
        picture = {"output_type": "display_data", "data": {"image/png": "QUJD" * 3_750_000}, "metadata": {}}
        text = {"output_type": "stream", "name": "stdout", "text": ["epoch 1, loss 2.5\n"] * 830_000}
        cells["rnn_cell"]["outputs"] = [picture, text]

    report = graded("correct", fill)
    assert marks(report) == FULL
    assert sum(len(str(cell.outputs)) for cell in report.cells) < 1_000_000


def test_the_same_submission_gives_the_same_verdicts(graded: Grade) -> None:
    """Byte for byte, after others were graded in between; another secret draws other cases."""

    def verdicts(report: Report) -> list[Any]:
        return [replace(v, seconds=0.0) for q in report.questions for v in q.verdicts]

    first = graded("forgets_recurrence")
    graded("transposed_weights")
    second = graded("forgets_recurrence")
    assert verdicts(first) == verdicts(second) and first.grader == second.grader


def test_questions_whose_grader_is_the_same_are_kept(graded: Grade, few: Assignment) -> None:
    """A regrade after one grader changed runs that question alone."""
    before = graded("correct")
    other = {**few.digests, "rnn_cell": "changed"}
    old = replace(before, questions=tuple(replace(q, digest=other[q.id]) for q in before.questions))
    after = graded("correct", previous=old)
    kept = {q.id for q, earlier in zip(after.questions, old.questions, strict=True) if q is earlier}
    assert kept == set(marks(before)) - {"rnn_cell"}


def source(name: str, text: str) -> Callable[[dict[str, Any]], None]:
    """Replace the source of a cell."""
    return lambda cells: cells[name].update(source=text)


BROKEN = {
    "raises": "1 / 0",
    "no python": "def f(:",
    "exits": "import os\nos._exit(0)",
    "killed": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "sys.exit": "import sys\nsys.exit(3)",
    "null byte": "a = '\x00'",
    "no unicode": "a = '\ud800'",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_cell_costs_its_own_question(name: str, graded: Grade) -> None:
    """Whatever a cell does to itself or its process, the other questions keep their marks."""
    report = graded("correct", source("rnn_cell", BROKEN[name]))
    assert marks(report) == {**FULL, "rnn_cell": 0.0}
    found = next(q for q in report.questions if q.id == "rnn_cell")
    assert {v.outcome for v in found.verdicts} <= {Outcome.MISSING, Outcome.ERROR}
    assert all("Traceback" not in v.message and str(ROOT) not in v.message for v in found.verdicts)


def test_a_call_that_kills_its_process_costs_its_own_check(graded: Grade) -> None:
    """The next check gets a fresh session."""

    def spoil(cells: dict[str, Any]) -> None:
        text = "".join(cells["numpy_forward"]["source"])
        guard = "\n\n_right = cross_entropy\n\n\ndef cross_entropy(y_hat, y):\n    import os\n    os._exit(0)\n"
        cells["numpy_forward"]["source"] = text + guard

    report = graded("correct", spoil)
    found = next(q for q in report.questions if q.id == "numpy_forward")
    outcomes = {v.outcome for v in found.verdicts}
    assert outcomes == {Outcome.PASSED, Outcome.ERROR} and 1.0 < found.points < 3.0
    assert marks(report)["rnn_cell"] == 2.0


HELPER = "def softmax(scores, k):\n    top, places = scores.topk(k)\n    return top.softmax(0), places\n\n\n"
LATER = {
    "the same helper's name": ("sampling", HELPER),
    "splits the names": ("sentiment_discussion", "train, test = NAMES[:900], NAMES[900:]"),
    "keeps predictions": ("sentiment_discussion", "predict = [0.2, 0.9]"),
    "double precision": ("sentiment_discussion", "torch.set_default_dtype(torch.float64)"),
    "gradients off": ("sentiment_discussion", "torch.set_grad_enabled(False)"),
}


@pytest.fixture(scope="module")
def whole(practical09: Assignment, sandbox: Sandbox) -> Callable[..., Report]:
    """Grades the sample student `correct`, with code put before an answer, on the questions that train no model."""
    quick = ("by_hand", "numpy_forward", "rnn_cell", "sampling", "sentiment_rnn")
    some = replace(practical09, questions=tuple(q for q in practical09.questions if q.id in quick))

    def run(place: str = "", code: str = "") -> Report:
        notebook = json.loads((ROOT / "submissions/practical09/correct/practical09.ipynb").read_text("utf-8"))
        cells = notebook["cells"]
        names = [cell["metadata"].get("nbgrader", {}).get("grade_id", cell["id"]) for cell in cells]
        if place == "sampling":
            cells[names.index(place)]["source"] = code + "".join(cells[names.index(place)]["source"])
        elif place:
            own = {"cell_type": "code", "id": "own", "metadata": {}, "source": code}
            cells.insert(names.index(place), own | {"execution_count": None, "outputs": []})
        content = json.dumps(notebook).encode()
        handed_in = Submission("ada", some.id, content, ".ipynb", f"{len(content):064x}")
        return grade(handed_in, some, sandbox, secret=b"secret")

    return run


@pytest.mark.parametrize("name", LATER)
def test_a_later_cell_costs_no_earlier_answer(name: str, whole: Callable[..., Report]) -> None:
    """A name, a default type or a switch of autograd that a later cell sets changes no earlier question's marks."""
    report = whole(*LATER[name])
    assert report.points == report.possible == 11.0 and not report.remarks


STRANGE = {
    "complex": "np.ones((len(x), 3), dtype=complex), np.ones((len(x), 2), dtype=complex)",
    "ragged": "[np.ones(2), np.ones(3)], [[1.0], [2.0, 3.0]]",
    "objects": "object(), {1: object()}",
    "arrays of another shape": "np.zeros((7, 7, 7)), [np.zeros(0), 'a', b'b', None, {'a': np.array([True])}]",
    "huge": "10**400, [10**400, -1.5]",
}


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_answer_costs_its_own_question(name: str, graded: Grade) -> None:
    """Whatever a function returns, nothing is a fault of ours, and the other questions keep their marks."""
    answer = f"\n\n\ndef rnn_forward(x, h0, W_xh, W_hh, b_h, W_hy, b_y):\n    return {STRANGE[name]}\n"

    def spoil(cells: dict[str, Any]) -> None:
        cells["numpy_forward"]["source"] = "".join(cells["numpy_forward"]["source"]) + answer

    report = graded("correct", spoil)
    assert {**marks(report), "numpy_forward": 0.0} == {**FULL, "numpy_forward": 0.0}
    assert marks(report)["numpy_forward"] < 3.0 and not report.remarks
    assert Outcome.INTERNAL not in {v.outcome for q in report.questions for v in q.verdicts}


def test_a_fault_after_the_marks_costs_nothing(graded: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    """Diagnosis and shown results break down: every mark stands, and staff read why."""
    honest = graded("forgets_recurrence")
    monkeypatch.setattr("graders.grading.after_marks.explain", lambda *_: 1 // 0)
    monkeypatch.setattr("graders.grading.whole_report._shown", lambda *_: 1 // 0)
    report = graded("forgets_recurrence")
    assert marks(report) == marks(honest) and report.shown_results == {}
    assert any(remark.text.startswith("Diagnosis of numpy_forward") for remark in report.remarks)
    assert any(remark.text.startswith("The shown results") for remark in report.remarks)


def test_a_fault_around_one_question_costs_the_others_nothing(graded: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    """What breaks outside of a check makes that question `internal`, without a mark taken."""

    def broken(question: Question, *asked: Any) -> Any:
        return 1 // 0 if question.id == "by_hand" else grade_in_states(question, *asked)

    monkeypatch.setattr("graders.grading.engine.grade_in_states", broken)
    report = graded("correct")
    assert marks(report) == {**FULL, "by_hand": 0.0}
    found = next(q for q in report.questions if q.id == "by_hand")
    assert {v.outcome for v in found.verdicts} == {Outcome.INTERNAL} and found.pending == 2.0


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"cells": 3}', b"\xff\xfe\x00"])
def test_what_cannot_be_read_becomes_a_report(content: bytes, few: Assignment, sandbox: Sandbox) -> None:
    """Nothing earned, nothing internal, one sentence that says why."""
    report = grade(Submission("ada", few.id, content, ".ipynb", "0" * 64), few, sandbox)
    assert report.points == report.pending == 0.0 and len(report.notices) == 1
    assert {v.outcome for q in report.questions for v in q.verdicts} == {Outcome.MISSING}


def test_a_fault_of_intake_becomes_a_report(few: Assignment, sandbox: Sandbox) -> None:
    """The sentence that intake found is what the student reads."""
    handed_in = Submission("ada", few.id, b"", ".ipynb", "0" * 64, fault="There are two notebooks.")
    assert grade(handed_in, few, sandbox).notices == ("There are two notebooks.",)


def test_where_the_time_went_is_known(graded: Grade) -> None:
    """Every kind of work inside the engine has its spans, under its question and check; the same marks come of it."""

    def wrong(cells: dict[str, Any]) -> None:
        source = "".join(cells["numpy_forward"]["source"])
        assert "np.tanh" in source
        cells["numpy_forward"]["source"] = source.replace("np.tanh", "np.sin")

    with recording() as record:
        report = graded("correct", wrong)
    paths = {(*path, one.name): one.phase for path, one, _ in own_seconds(record.spans)}
    assert {"file", "cells", "fork", "calls", "checks", "reference", "diagnosis"} == set(paths.values())
    assert paths[("numpy_forward", "diagnosis")] == "diagnosis" and paths[("the notebook", "attempt")] == "fork"
    checks = {(question.id, verdict.check) for question in report.questions for verdict in question.verdicts}
    assert {path for path in checks if path[0] != "sampling_discussion"} <= paths.keys()
    assert marks(report) == marks(graded("correct", wrong))


def test_a_first_try_that_takes_long_is_broken_off(graded: Grade, sandbox: Sandbox) -> None:
    """Whatever takes long, a cell, a function or a sleep; what is quick enough is graded as ever."""
    brief = sandbox.limits.brief(1.0)
    with pytest.raises(TakesLong):
        graded("correct", lambda cells: cells["by_hand"].update(source="import time\ntime.sleep(60)"), limits=brief)
    with pytest.raises(TakesLong):
        graded("loops_forever", limits=brief)
    assert marks(graded("correct", limits=sandbox.limits.brief(60.0))) == FULL


def test_an_answer_in_words_away_from_its_place_waits_for_a_person(graded: Grade) -> None:
    """At the end, say, with the cell for it left as it was handed out; a note of a few words is no answer."""

    def at_the_end(text: str) -> Callable[[dict[str, Any]], None]:
        def change(cells: dict[str, Any]) -> None:
            cells["equations"]["source"] = stub
            cells["hand-in"]["source"] = text
            cells["hand-in"]["metadata"] = {}

        return change

    release = json.loads((ROOT / "assignments/practical09/practical09.ipynb").read_text("utf-8"))
    stub = next(cell["source"] for cell in release["cells"] if cell["id"] == "answer-equations")
    moved = graded("correct", at_the_end("My equations: $$h_t = \\tanh(W_{hh} h_{t-1} + W_{xh} x_t + b_h)$$"))
    assert (marks(moved)["equations"], moved.pending) == (0.0, 3.0)
    assert marks(graded("correct", at_the_end("Handed in on Friday.")))["equations"] == 0.0
    assert graded("correct", at_the_end("Handed in on Friday.")).pending == 1.0
