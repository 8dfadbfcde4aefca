"""What was handed in is read within bounds: bombs of parsing end as a sentence, and lose no other answer."""

import json
from typing import Any

import nbformat
import pytest

from graders.catalog.assignment import Assignment
from graders.errors import IntakeError
from graders.notebooks import reading
from graders.notebooks.notebook import answers
from graders.notebooks.reading import read

BIG = 180_000  # characters of an answer
DEEP = {
    "elifs": "if x:\n    pass\n" + "".join(f"elif x == {i}:\n    pass\n" for i in range(2500)),
    "sum": "total = " + " + ".join(["1"] * 20_000),
    "brackets": "x = " + "[" * 90_000,
    "closed brackets": "x = " + "(" * 190 + "1" + ")" * 190,
    "attributes": "x" + ".a" * 40_000,
    "calls": "f" + "(1)" * 20_000,
    "nots": "x = " + "not " * 30_000 + "1",
    "lambdas": "x = " + "lambda: " * 15_000 + "1",
    "zeros": "0\n" * (BIG // 2),
    "comparisons": "x = " + " < ".join(["1"] * 20_000),
    "strings": "x = " + "'a' " * 40_000,
    "braces in a string": "x = f'" + "{a}" * 20_000 + "'",
    "line continuations": "x = 1 \\\n" * 15_000,
    "indentation": "\n".join(" " * i + "if x:" for i in range(95)),
    "null": "x = 1\0" * 1000,
    "unicode": "é" * 60_000,
    "backslashes": "\\" * BIG,
}


def notebook_with(assignment: Assignment, **answered: str) -> bytes:
    """The release with answers put in."""
    path = assignment.folder / f"{assignment.id}.ipynb"
    found: Any = json.loads(path.read_text("utf-8"))
    for cell in found["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in answered:
            cell["source"] = answered[name]
    return json.dumps(found).encode()


@pytest.mark.parametrize("name", DEEP)
def test_a_bomb_in_one_answer_costs_the_others_nothing(name: str, practical09: Assignment) -> None:
    """It is read as that answer, as something that was written; and the others are found."""
    bomb = DEEP[name][:BIG]
    content = notebook_with(practical09, numpy_forward=bomb, by_hand="by_hand = {'h1': [1, 2, 3]}")
    found = read(content, ".ipynb", practical09.release)
    assert not {"numpy_forward", "by_hand"} & found.untouched and "training" in found.untouched
    assert answers(found.restored)["by_hand"] == "by_hand = {'h1': [1, 2, 3]}"
    assert reading.answered(content, ".ipynb", practical09.release) == {"numpy_forward", "by_hand"}


def test_what_takes_too_long_is_the_student_s_sentence(
    practical09: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it is that takes so long."""

    def slow(*_: object) -> None:
        while True:
            pass

    monkeypatch.setattr(reading, "CPU_SECONDS", 0.2)
    monkeypatch.setattr("graders.notebooks.restore.restore", slow)
    with pytest.raises(IntakeError, match="cannot be read: it takes too long"):
        read(notebook_with(practical09), ".ipynb", practical09.release)


def test_the_untouched_release_is_known(practical09: Assignment) -> None:
    """All its answers are as they were handed out."""
    found = read(notebook_with(practical09), ".ipynb", practical09.release)
    assert found.untouched == set(answers(practical09.release))
    assert reading.answered(notebook_with(practical09), ".ipynb", practical09.release) == frozenset()
    assert reading.answered(b" \n", ".ipynb", practical09.release) == frozenset()
    assert reading.answered(b"no notebook", ".ipynb", practical09.release) is None


def test_outputs_come_to_the_end_of_their_text(practical09: Assignment) -> None:
    """What the file shows is kept as text, of bounded length, by cell; the notebook that is executed has none."""
    made = nbformat.from_dict(json.loads(notebook_with(practical09)))
    code = next(cell for cell in made.cells if cell.cell_type == "code")
    code.outputs = [nbformat.v4.new_output("stream", text="x" * 300_000 + "the end")]
    found = read(nbformat.writes(made).encode(), ".ipynb", practical09.release)
    (text,) = [text for _, text in found.shown if text]
    assert 10_000 < len(text) <= reading.SHOWN and text.endswith("the end")
    assert not any(cell.outputs for cell in found.restored.cells)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"cells": 3}', b"\xff\xfe", b"{" * 200_000, b"[" * 9_000]
)
def test_what_is_no_notebook_is_one_sentence(content: bytes, practical09: Assignment) -> None:
    """An error of intake, never another one."""
    with pytest.raises(IntakeError):
        read(content, ".ipynb", practical09.release)
