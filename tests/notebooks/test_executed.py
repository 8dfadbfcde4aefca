"""The notebook as it was executed, and the headings under which questions stand."""

from graders.model import CellRun
from graders.notebooks.executed import with_the_others
from graders.notebooks.notebook import Cell, Notebook, headings

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
