"""Damaged JSON is read where that leaves no doubt, and refused with what to do where it does not."""

import json
from typing import Any

import pytest

from graders.errors import IntakeError
from graders.notebooks.broken.json_text import JsonText, read_json


def read(text: str) -> JsonText:
    """What is read of a text."""
    return read_json(text, lambda data: data)


def cell(source: str) -> dict[str, Any]:
    """A code cell of format 4."""
    return {"cell_type": "code", "execution_count": 1, "id": source, "source": source, "outputs": []}


def book(*cells: dict[str, Any]) -> str:
    """A notebook as Jupyter writes it."""
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


WHOLE = book(cell('a = "[1, ]\\\\"'), cell("b"))


@pytest.mark.parametrize(
    "text",
    [
        WHOLE.replace("\n  }\n ]", "\n  },\n ]").replace('"nbformat_minor": 5', '"nbformat_minor": 5 , \n'),
        WHOLE.replace("[]", "[,]"),
        "\ufeff\ufeff" + WHOLE,
    ],
    ids=["behind the last", "alone", "marks"],
)
def test_surplus_commas_and_marks_are_read_over(text: str) -> None:
    """Outside strings they mean nothing; within, they stay."""
    assert read(text).data == json.loads(WHOLE)


def test_raw_line_ends_in_strings_are_read() -> None:
    """As editors leave them that wrap lines."""
    found = read(book(cell("a = 1")).replace('"a = 1"', '"a = \n1"'))
    assert found.data["cells"][0]["source"] == "a = \n1" and "read over" in found.notices[0]


def conflict(text: str, line: str, other: str) -> str:
    """A text in which a line was changed on two branches."""
    assert line in text
    return text.replace(line, f"<<<<<<< HEAD\n{line}\n||||||| base\n{line}\n=======\n{other}\n>>>>>>> main")


def test_a_merge_that_touches_no_cells_text_is_read() -> None:
    """As after two runs of one notebook: either side has the same answers."""
    found = read(conflict(book(cell("a = 1")), '   "execution_count": 1,', '   "execution_count": 7,'))
    assert found.data["cells"][0]["source"] == "a = 1" and "never finished" in found.notices[0]


def test_of_a_merge_of_two_answers_both_are_read() -> None:
    """Nobody can know which one is meant, so neither is lost; the other cells are as they are."""
    found = read(conflict(book(cell("a = 1"), cell("b")), '   "source": "a = 1",', '   "source": "a = 2",'))
    assert [one["source"] for one in found.data["cells"]] == ["a = 1", "b"] and found.others == {0: "a = 2"}


def test_a_merge_of_other_cells_is_for_a_person() -> None:
    """Where a cell is there on one side only nothing says what belongs together; the sentence says what to do."""
    text = conflict(book(cell("a = 1")), '   "id": "a = 1",', '   "id": "b",')
    with pytest.raises(IntakeError, match=r"Git merge.*keep one of the two versions at each `<<<<<<<`"):
        read(text)


@pytest.mark.parametrize("rest", [1, 25, 60, 100])
def test_of_a_file_that_is_cut_off_whole_cells_are_read(rest: int) -> None:
    """What follows the cut may be missing; not so where the list of cells is whole."""
    text = book(cell("a"), cell("b"), cell("c"))
    end = text.index('"c"') + rest
    found = read(text[:end])
    assert [one["source"] for one in found.data["cells"]] == ["a", "b"][: 2 + found.torn] or not found.torn
    assert "cut off" in found.notices[0]


def test_where_only_metadata_is_cut_off_no_answer_is_missing() -> None:
    """All cells are there, and nothing of them is open."""
    text = book(cell("a"), cell("b"))
    found = read(text[: text.index('"nbformat_minor"')])
    assert [one["source"] for one in found.data["cells"]] == ["a", "b"] and not found.torn
    assert read(text[: text.index('"b"')]).torn


@pytest.mark.parametrize("text", ["{", '{"cells": [', '{"cells": [{"a', '{"metadata": [{}', "[{", book(cell("a"))[:60]])
def test_a_cut_before_the_first_cell_leaves_nothing(text: str) -> None:
    """Then there is no notebook."""
    with pytest.raises(IntakeError):
        read(text)
