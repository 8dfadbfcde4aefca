"""Whatever students do to their cells, provided ones come back and answers are found."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_notebook import AREA, COMPLETE, EDGE, FULL, RELEASE, WORDS, notices, restored, sources, written

from graders.notebooks.notebook import Cell, Notebook, answers
from graders.notebooks.restore import restore


def test_an_honest_notebook_comes_back_as_it_is() -> None:
    """Nothing changes and nothing is said; so with the release itself."""
    assert restored(written()) == Notebook(tuple(written()))
    assert notices(written()) == []
    assert restore(RELEASE, RELEASE) == (RELEASE, (), {}, frozenset())


def test_changed_provided_cells_are_put_back() -> None:
    """What was taken from one comes back, and the report says so."""
    cells = written()
    cells[5] = replace(cells[5], source="print(2)")
    assert sources(restored(cells)) == COMPLETE
    assert notices(cells) == [
        "One of the provided cells was changed; for the marking, the course's own version was put back."
    ]
    cells[6] = replace(cells[6], locked=False, source="SIDES = 3")
    assert notices(cells)[0].startswith("2 of the provided cells were changed")
    assert sources(restored(cells)) == COMPLETE


def test_deleted_cells_are_put_back() -> None:
    """Provided cells return in their places; a deleted answer returns as it was handed out."""
    cells = [cell for cell in written() if cell.id not in ("i", "s", "a1", "q2")]
    found = restored(cells)
    assert sources(found) == ["import math", "N = 1000", RELEASE.cells[4].source, "SIDES = 4", EDGE]
    assert answers(found)["area"] == RELEASE.cells[4].source
    assert notices(cells) == [
        "2 of the provided cells were missing; for the marking, the course's own version was put back.",
        "The answer cell of `area` is not in your notebook.",
    ]


def test_own_cells_stay_behind_the_cell_that_they_followed() -> None:
    """A helper before an answer is executed before it; its metadata cannot make it a provided cell."""
    cells = written(Cell("code", "last = 1"))
    cells.insert(4, Cell("code", "helper = 1", "h", "parameters2", True, ("area",), ("experiment",)))
    cells.insert(0, Cell("code", "first = 1"))
    found = restored(cells)
    assert sources(found) == ["first = 1", "import math", "N = 1000", "helper = 1", AREA, "SIDES = 4", EDGE, "last = 1"]
    assert answers(found) == FULL


def strip(**changes: Any) -> Callable[[list[Cell]], list[Cell]]:
    """What an editor does that loses something of every cell."""
    return lambda cells: [replace(cell, **changes) for cell in cells]


def without(*ids: str) -> Callable[[list[Cell]], list[Cell]]:
    """What a student does who deletes cells."""
    return lambda cells: [cell for cell in cells if cell.id not in ids]


def moved_in(cells: list[Cell]) -> list[Cell]:
    """All code is written into the first answer's cell; the other stays as it was."""
    cells[4] = replace(cells[4], source=AREA + "\n\n\n" + EDGE)
    cells[8] = RELEASE.cells[8]
    return cells


LOST: dict[str, Any] = {"grade_id": None, "questions": (), "locked": False, "tags": ()}


@pytest.mark.parametrize(
    "change",
    [
        strip(**LOST),
        strip(**LOST, id=""),
        strip(id=""),
        strip(questions=(), locked=True),
        lambda cells: strip(**LOST, id="")(cells)[3:],
        lambda cells: without("t", "q1", "q2", "q3", "g")(cells),
        lambda cells: strip(**LOST, id="")(without("q1", "q2", "q3", "g", "e1", "s")(cells)),
        lambda cells: cells[::-1],
        lambda cells: [*cells, *cells],
        lambda cells: [replace(c, kind="markdown" if c.kind == "code" else "code") for c in cells],
        lambda cells: [*RELEASE.cells[3:5], *cells],
        lambda cells: [replace(c, source=c.source.replace("\n", "\r\n")) if c.locked else c for c in cells],
    ],
    ids=[
        *("metadata", "metadata and ids", "ids", "roles", "start cut", "prompts cut", "anchors cut"),
        *("reversed", "doubled", "kinds exchanged", "stub pasted above", "line ends"),
    ],
)
def test_answers_are_found_whatever_an_editor_did(change: Callable[[list[Cell]], list[Cell]]) -> None:
    """Metadata lost, ids lost, cells doubled, reordered or of another kind: the three answers are still read."""
    found = restored(change(written()))
    assert {question: text.split("\n\n")[0] for question, text in answers(found).items()} == FULL
    assert list(dict.fromkeys(sources(found))) == COMPLETE


def test_an_answer_in_another_cell_counts_and_the_stub_does_not_undo_it() -> None:
    """A student who answers in a new cell, before or behind the stub, is marked on it."""
    for place in (4, 5, 9):
        cells = list(RELEASE.cells)
        cells.insert(place, Cell("code", AREA, "new"))
        found = restored(cells)
        assert answers(found)["area"] == AREA
        assert RELEASE.cells[4].source not in sources(found)


def test_two_answers_in_one_cell_count_for_both() -> None:
    """The cell is executed where the later one belongs, behind everything provided that it may need."""
    found = restored(moved_in(written()))
    assert sources(found) == ["import math", "N = 1000", "SIDES = 4", AREA + "\n\n\n" + EDGE]
    assert answers(found)["area"] == answers(found)["edge"] == AREA + "\n\n\n" + EDGE


def test_a_script_without_marks_answers_every_question_that_it_defines() -> None:
    """One cell, executed after the provided ones; written questions are simply not there."""
    cells = [Cell("code", AREA + "\n" + EDGE)]
    found = restored(cells)
    assert sources(found) == ["import math", "N = 1000", "SIDES = 4", AREA + "\n" + EDGE]
    assert notices(cells) == ["The answer cell of `words` is not in your notebook."]


def test_words_beside_their_cell_are_read() -> None:
    """Text in a new cell behind the answer continues it; where the answer is untouched, text near it is the answer."""
    cells = written()
    cells.insert(11, Cell("markdown", "And more."))
    assert answers(restored(cells))["words"] == WORDS + "\n\nAnd more."
    for place in (9, 10, 11):
        cells = list(RELEASE.cells)
        cells.insert(place, Cell("markdown", WORDS))
        assert answers(restored(cells))["words"] == WORDS
    cells = list(RELEASE.cells)
    cells[9] = replace(cells[9], source="## 3. Words\n\n" + WORDS)
    assert answers(restored(cells))["words"].endswith(WORDS)


cells_of_all_sorts = st.builds(
    Cell,
    st.sampled_from(["code", "markdown", "raw"]),
    st.sampled_from([AREA, EDGE, WORDS, "", "import math", "x = 1", "def area(:"]) | st.text(max_size=8),
    st.sampled_from(["", "a1", "i", "z"]),
    st.sampled_from([None, "area", "words", "imports", "z"]),
    st.booleans(),
    st.sampled_from([(), ("area",), ("z",)]),
    st.sampled_from([(), ("experiment",), ("parameters",)]),
)


@given(st.lists(cells_of_all_sorts, max_size=12))
def test_provided_cells_are_always_executed_as_released(cells: list[Cell]) -> None:
    """Nothing that is handed in can drop, change, reorder or double a provided cell, or lose a question."""
    found = restored(cells)
    provided = [cell for cell in found.cells if cell.locked]
    assert provided == [cell for cell in RELEASE.cells if cell.locked]
    assert set(answers(found)) == {"area", "edge", "words"}


@pytest.mark.parametrize("place", [5, 12], ids=("below", "at the end"))
def test_a_cell_that_fills_an_untouched_answer_counts(place: int) -> None:
    """`area.sides = 4` below what was handed out is an answer, executed behind it; where that was written, none."""
    cells, own = written(), Cell("code", "area.sides = 4")
    cells.insert(place, own)
    assert answers(restored(cells)) == FULL
    cells[4] = RELEASE.cells[4]
    assert answers(restored(cells))["area"] == f"{RELEASE.cells[4].source}\n\narea.sides = 4"
