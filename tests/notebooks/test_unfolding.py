"""What students write into provided cells, into text and into one great cell is found, and does no harm."""

from dataclasses import replace

import pytest
from small_notebook import AREA, COMPLETE, EDGE, FULL, RELEASE, WORDS, notices, restored, sources, written

from graders.notebooks.notebook import Cell, Notebook, answers, untouched
from graders.notebooks.restore import restore

HELPER = "def half(x):\n    return x / 2"


def test_what_replaces_something_provided_does_not_run() -> None:
    """The student reads which names, and where to move what an answer needs."""
    cells = written()
    cells[2] = replace(cells[2], source="N = 10**9")
    assert sources(restored(cells)) == COMPLETE
    assert notices(cells) == [
        "One of the provided cells was changed; for the marking, the course's own version was put back.",
        "What you had written there about `N` is not executed. Move what your answer needs into its own answer cell.",
    ]


@pytest.mark.parametrize(
    ("place", "source", "runs", "behind"),
    [
        (1, "import math\nfrom os import path", ["from os import path"], "import math"),
        (1, "import math, json", ["import json"], "import math"),
        (1, "import os as math", [], ""),
        (5, HELPER + "\n\nprint(half(2))\nprint(area(1, 2))", [HELPER], AREA),
        (5, "# mine\n" + HELPER + "\nprint(area(1, 2))", ["# mine\n" + HELPER], AREA),
        (5, "print(area(1, 2))\nSIDES = 7\nresult = area(3, 4)\nfor i in range(9):\n    print(i)", [], ""),
        (5, "%matplotlib inline\nprint(area(1, 2))\nclass Mine: pass", ["class Mine: pass"], AREA),
        (5, "def area(a, b):\n    return 0\nprint(area(1, 2))", [], ""),
        (6, "SIDES = 4\nUNUSED = 5", [], ""),
        (6, "SIDES = 4\nimport math\n" + AREA, [], ""),
        (6, "SIDES = 4\ndef f(:", [], ""),
    ],
)
def test_what_a_student_adds_to_a_provided_cell_runs_where_it_does_no_harm(
    place: int, source: str, runs: list[str], behind: str
) -> None:
    """Imports and definitions of something new run behind the cell; what replaces, draws or trains does not."""
    cells = written()
    cells[place] = replace(cells[place], source=source)
    expected = list(COMPLETE)
    if runs:
        expected.insert(expected.index(behind) + 1, runs[0])
    assert sources(restored(cells)) == expected


def test_a_value_in_a_provided_cell_runs_when_an_answer_reads_it() -> None:
    """A constant that a function looks up when it is called; what is lost is known by its name."""
    cells = written()
    cells[4] = replace(cells[4], source="def area(a, b):\n    return a * b * FACTOR")
    cells[5] = replace(cells[5], source="FACTOR = 1\nprint(area(1, 2))\nN = 2")
    found = restore(Notebook(tuple(cells)), RELEASE)
    assert "FACTOR = 1" in sources(found.notebook)
    assert "What you had defined there is executed all the same: `FACTOR`." in found.notices
    assert found.lost["N"] == (
        "`N` stood in a provided cell, which was put back as it was handed out. "
        "Move what your answer needs into its own answer cell."
    )


@pytest.mark.parametrize("place", [1, 5, 6])
@pytest.mark.parametrize("gone", [True, False])
def test_an_answer_in_a_provided_cell_counts(place: int, gone: bool) -> None:
    """Above what was provided there, where the answer's own cell is as it was handed out or gone."""
    cells = written()
    cells[4] = RELEASE.cells[4]
    cells[place] = replace(cells[place], source=AREA + "\n\n" + cells[place].source)
    if gone:
        del cells[4]
    found = restored(cells)
    assert answers(found)["area"] == AREA
    assert sources(found).count(AREA) == 1 and RELEASE.cells[4].source not in sources(found)


def test_everything_in_one_cell_is_taken_apart() -> None:
    """Provided cells that were merged with the answers are executed once and as they were given."""
    release = Notebook((*RELEASE.cells[:2], Cell("code", "A = 1\nB = 2\nC = 3", locked=True), *RELEASE.cells[2:]))
    cells = [*written()[:2], release.cells[2], *written()[2:]]
    whole = "\n\n".join(cell.source for cell in cells if cell.kind == "code")
    merged = [cell for cell in cells if cell.kind != "code"] + [Cell("code", whole)]
    found = restore(Notebook(tuple(merged)), release).notebook
    assert sources(found)[:2] == ["import math", "A = 1\nB = 2\nC = 3"]
    assert "A = 1" not in sources(found)[-1] and AREA in sources(found)[-1] and EDGE in sources(found)[-1]
    assert AREA in answers(found)["area"] and answers(found)["words"] == WORDS


def test_stubs_in_one_cell_answer_nothing() -> None:
    """A cell into which two whole stubs were merged leaves both questions as they were handed out."""
    stub = "def twice(a):\n    raise NotImplementedError\n\n\ndef thrice(a):\n    raise NotImplementedError"
    release = Notebook((*RELEASE.cells, Cell("code", stub, questions=("times",))))
    found = restore(Notebook((Cell("code", stub + "\n\nx = 1"),)), release).notebook
    assert untouched("times", found, release)


@pytest.mark.parametrize(
    "cell",
    [
        Cell("code", "# " + WORDS),
        Cell("code", f'"""{WORDS}"""'),
        Cell("code", f"print('{WORDS}')"),
        Cell("raw", WORDS),
        Cell("markdown", WORDS, "a3", "words", True, ("words",)),
        Cell("code", f"'''\n{WORDS}\n'''", "a3", "words", False, ("words",)),
    ],
    ids=["comment", "string", "print", "raw", "copied", "code"],
)
@pytest.mark.parametrize("place", [10, 11])
def test_words_in_any_kind_of_cell_are_an_answer(cell: Cell, place: int) -> None:
    """Comments, strings and prints of strings near the untouched answer are what the student wrote."""
    cells = list(RELEASE.cells)
    cells.insert(place, cell)
    found = restored(cells)
    assert answers(found)["words"] == WORDS
    assert not untouched("words", found, RELEASE)


def test_a_written_answer_that_begins_with_a_heading_is_one() -> None:
    """Lines that would be comments in Python are text."""
    cells = written()
    cells[10] = replace(cells[10], source="# Areas grow")
    assert not untouched("words", restored(cells), RELEASE)


@pytest.mark.parametrize(
    "cell",
    [
        Cell("markdown", f"My answer:\n\n```python\n{AREA}\n```\n"),
        Cell("markdown", f"~~~\n{AREA}\n~~~"),
        Cell("raw", AREA),
        Cell("markdown", f"```\n{AREA}\n```", "a1", "area", False, ("area",)),
        Cell("code", AREA, "copied", "area", True, ("area",)),
    ],
    ids=["fence", "tildes", "raw", "own cell", "copied"],
)
def test_code_in_any_kind_of_cell_is_an_answer(cell: Cell) -> None:
    """Between fences or in a raw cell, where the answer's own cell is as it was handed out."""
    cells = list(RELEASE.cells)
    cells[4:5] = [cell] if cell.id == "a1" else [cells[4], cell]
    found = restored(cells)
    assert answers(found)["area"] == AREA
    assert AREA in sources(found)


def test_code_that_is_quoted_beside_an_answer_is_no_second_one() -> None:
    """A text may show an earlier attempt."""
    cells = written()
    cells.insert(6, Cell("markdown", "At first:\n\n```python\ndef area(a, b):\n    return 0\n```"))
    assert sources(restored(cells)) == COMPLETE


def test_provided_paragraphs_around_a_students_words_are_left_out() -> None:
    """A text cell in which question, stub and answer were merged gives the answer alone."""
    merged = "\n\n".join(["## 3. Words", "*Your answer here.*", WORDS, "Second.", "Goodbye."])
    cells = [*RELEASE.cells[:9], Cell("markdown", merged)]
    assert answers(restored(cells))["words"] == WORDS + "\n\nSecond."


def test_an_answer_elsewhere_is_told() -> None:
    """The student reads that it counts; nothing is said where it stands in its own cell."""
    cells = list(RELEASE.cells)
    cells.insert(5, Cell("code", AREA))
    assert "The answer to `area` stands in another cell than its own; it counts all the same." in notices(cells)
    assert notices(written()) == [] and answers(restored(written())) == FULL


DEEP = "def area(a, b):\n    if a == 0:\n        return 0\n" + "".join(
    f"    elif a == {n}:\n        return {n} * b\n" for n in range(1, 400)
)


@pytest.mark.parametrize(
    "source",
    [
        DEEP,
        "x = " + " + ".join(["1"] * 30_000) + "\n" + AREA,
        "x = " + "(" * 5_000 + ")" * 5_000 + "\n" + AREA,
        "x = " + "[" * 150 + "]" * 150 + "\n" + AREA,
        "x = " + "-" * 20_000 + "1\n" + AREA,
        "0\n" * 90_000 + AREA,
        "x = y" + ".y" * 20_000 + "\n" + AREA,
        AREA + "\nx = 0x" + "f" * 50_000,
        "@" + "a" * 100_000,
        "if 1:\n" + "".join(" " * i + "if 1:\n" for i in range(1, 99)) + " " * 99 + "x = 1\n" + AREA,
    ],
    ids=["elif", "sum", "brackets", "lists", "signs", "zeros", "attributes", "long number", "decorator", "deep"],
)
def test_code_that_nests_without_end_is_still_an_answer(source: str) -> None:
    """Nothing that reads code recurses or takes more than its length: the answer is found and executed as it is."""
    cells = written()
    cells[4] = replace(cells[4], source=source)
    assert answers(restored(cells))["area"] == source
    assert source in sources(restored(cells))
    cells[5] = replace(cells[5], source=source)
    assert source in sources(restored(cells))
