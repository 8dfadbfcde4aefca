"""Notebooks as data: what is executed, what answers a question, and what was never touched."""

from hypothesis import given
from hypothesis import strategies as st

from graders.model import CellRun
from graders.notebooks.notebook import (
    Cell,
    Notebook,
    answers,
    executable,
    headings,
    same_text,
    untouched,
    with_the_others,
)
from graders.notebooks.statements import defined_names

STUB = "def area(a, b):\n    raise NotImplementedError"


def test_parameters_are_set_after_their_cell_and_provided_experiments_are_left_out() -> None:
    """A profile's values follow the cell tagged parameters; locked experiments cost marking time and prove nothing."""
    notebook = Notebook(
        (
            Cell("markdown", "# Title"),
            Cell("code", "N = 1000", tags=("parameters",), locked=True),
            Cell("code", "f = 1", questions=("one",)),
            Cell("code", "f = 2", questions=("one", "two")),
            Cell("code", "slow()", locked=True, tags=("experiment",)),
            Cell("code", "mine()", tags=("experiment",)),
            Cell("code", "  \n"),
        )
    )
    found = executable(notebook, {"N": 200, "DEVICE": "cpu"})
    assert [(cell.index, cell.question, cell.source) for cell in found] == [
        (1, None, "N = 1000"),
        (1, None, "N = 200\nDEVICE = 'cpu'"),
        (2, "one", "f = 1"),
        (3, None, "f = 2"),
        (5, None, "mine()"),
    ]


def test_several_cells_of_one_question_are_one_answer() -> None:
    """What a student wrote in two cells is read as one text."""
    notebook = Notebook((Cell("code", "a = 1", questions=("one",)), Cell("code", "b = 2", questions=("one", "two"))))
    assert answers(notebook) == {"one": "a = 1\n\nb = 2", "two": "b = 2"}


def test_comments_and_layout_do_not_make_an_answer() -> None:
    """A stub with a comment more is still a stub; a single changed word of code is an answer."""
    release = Notebook((Cell("code", STUB, questions=("area",)),))

    def handed_in(source: str) -> Notebook:
        return Notebook((Cell("code", source, questions=("area",)),))

    for source in (STUB, "", " \n", "# nothing", STUB + "  # to do", STUB.replace("    ", "\t")):
        assert untouched("area", handed_in(source), release), source
    for source in ("def area(a, b):\n    return a * b", STUB + "\nx = 1", "def area(a, b:\n    return"):
        assert not untouched("area", handed_in(source), release), source
    assert untouched("area", Notebook(), release)


def test_names_are_found_even_in_code_that_is_no_python() -> None:
    """Functions, classes and assignments at the top level, whatever the rest looks like."""
    code = (
        "import numpy as np\nx, (y, *z) = f()\nn: int = 3\n@d\ndef f(q):\n    i = 1\nasync def g(): ...\nclass C: pass"
    )
    assert defined_names(code) == {"x", "y", "z", "n", "f", "g", "C"}
    assert defined_names(
        "%matplotlib inline\nfor i in range(3:\n    a\ndef area(a, b):\n  return\nclass C(:\nv = 3\nw == 3"
    ) == {
        "area",
        "C",
        "v",
    }


@given(st.text())
def test_any_text_can_be_compared_and_searched(text: str) -> None:
    """Nothing that a student types makes these functions raise."""
    assert same_text(text, text)
    assert isinstance(defined_names(text), frozenset)
    same_text(text, STUB)


CELLS = (
    Cell("markdown", "# Part A\n\nWords."),
    Cell("markdown", "## 1. Sums\n\nAdd up.\n# not a heading of another section\n"),
    Cell("code", "1 + 1", questions=("sums",)),
    Cell("code", "  "),
    Cell("code", "slow()", tags=("experiment",)),
    Cell("markdown", "# My own heading\n\nMy answer", questions=("words",)),
)


def test_a_question_is_explained_under_the_heading_above_it() -> None:
    """An answer's own headings do not count."""
    found = headings(Notebook((CELLS[0], Cell("markdown", "## 1. Sums \n\nAdd up."), *CELLS[2:])))
    assert found == {"sums": "1. Sums", "words": "1. Sums"}
    assert headings(Notebook((Cell("code", "1", questions=("bare",)),))) == {}


def test_the_executed_notebook_is_whole_and_in_its_order() -> None:
    """What ran, with the parameters set after their cell; texts; code that was left out; nothing for empty cells."""
    ran = (CellRun(2, "sums", "1 + 1", seconds=0.5), CellRun(2, None, "N = 3"))
    found = with_the_others(ran, Notebook(CELLS))
    assert [(cell.index, cell.kind) for cell in found] == [
        (0, "markdown"), (1, "markdown"), (2, "code"), (2, "code"), (4, "left"), (5, "markdown")
    ]  # fmt: skip
    assert found[2:4] == ran and found[-1].question == "words"
