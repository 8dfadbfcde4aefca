"""Provided text is known again whatever a tool did to it, and an answer counts by every word and sign."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from graders.notebooks.notebook import Cell, Notebook, answers, same_text, unanswered
from graders.notebooks.notebook_file import read_notebook
from graders.notebooks.restore import restore
from graders.notebooks.wording import blocks, reworded, same_words

NOTEBOOKS = Path(__file__).parents[2]
RELEASE = read_notebook((NOTEBOOKS / "assignments/practical09/practical09.ipynb").read_bytes())
RIGHT = read_notebook((NOTEBOOKS / "submissions/practical09/correct/practical09.ipynb").read_bytes())
STUB = "*Your answer here: replace this line.*"


def test_an_answer_is_as_handed_out_whatever_a_formatter_did() -> None:
    """Emphasis, quotes, escapes, wrapping, what nobody sees, dashes, entities."""
    for text in (
        "_Your answer here: replace this line._",
        "**Your answer\nhere:** replace\u00a0this line.",
        "> - Your answer here\\: replace this line.\n\n---\n",
        "\ufeffYour answer here: replace this\u200b line.",
        "&nbsp;Your answer here: replace this line",
    ):
        assert same_words(text, STUB), text
    assert same_words("“a” – b…", '"a" -- b...') and same_words("# a\n=====", "a")


@pytest.mark.parametrize("text", ["?", "***", "x", "1", STUB + " 1", STUB + " <", STUB + " -", "✓ " + STUB, "replace"])
def test_whatever_says_something_is_an_answer(text: str) -> None:
    """One sign more than was handed out, or fewer words, or nothing but signs."""
    assert not same_words(text, STUB) and not same_words(text, "...")
    assert not same_words("yes", "yes / no") and not same_words("a < b", "a > b")


def test_what_is_added_behind_a_paragraph_is_written_by_the_student() -> None:
    """Other words within it are not."""
    asked = "Which of the two is larger, a or b, and why is it?"
    assert reworded("Which of both is larger, a or b, and why is it?", asked)
    assert not reworded(asked + " b, as it is 2", asked) and not reworded("a is larger than b as I said", asked)
    assert blocks("---\n## A\ntext\n\n- b\n- c") == ["---", "## A", "text", "- b\n- c"]


def other_letters(text: str) -> str:
    """Every word in another language, as a translator leaves marks, pictures and formulas alone."""
    return re.sub(r"<[^>]*>|[A-Za-z]{2,}", lambda found: found[0] if found[0][0] == "<" else found[0][::-1], text)


REWORDED: dict[str, Callable[[str], str]] = {
    "emphasis": lambda text: re.sub(r"[*_`]", "", text),
    "bullets": lambda text: re.sub(r"^- ", "* ", text, flags=re.MULTILINE),
    "quotes": lambda text: re.sub(r'"([^"]*)"', r"“\1”", text).replace("'", "’").replace(" - ", " – "),
    "escapes": lambda text: re.sub(r"([_*#.\-])", r"\\\1", text),
    "wrapping": lambda text: re.sub(r"(?<=[a-z,]) (?=[a-z])", "\n", text),
    "headings": lambda text: re.sub(r"^(#+) .*$", r"\1 My own words", text, count=1, flags=re.MULTILINE),
    "rules": lambda text: re.sub(r"^---\n", "", text, flags=re.MULTILINE),
    "unseen": lambda text: text.replace(", ", ",\u00a0").replace(" the ", " \u200bthe "),
    "pictures": lambda text: re.sub(r"<img[^>]*>", "![picture](attachment:image.png)", text),
}


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("change", REWORDED)
def test_reworded_provided_text_is_no_answer(change: str, named: bool) -> None:
    """An untouched notebook stays untouched, a right one keeps its answers and nothing else, with names or without."""
    bare = {} if named else {"id": "", "grade_id": None, "locked": False, "questions": (), "tags": ()}

    def handed_in(notebook: Notebook) -> Notebook:
        reworded = [(c, REWORDED[change](c.source) if c.kind == "markdown" else c.source) for c in notebook.cells]
        return Notebook(tuple(replace(c, source=source, **bare) for c, source in reworded))

    untouched = restore(handed_in(RELEASE), RELEASE).notebook
    assert unanswered(untouched, RELEASE) == set(answers(RELEASE))
    found, right = answers(restore(handed_in(RIGHT), RELEASE).notebook), answers(RIGHT)
    kinds = {question: cell.kind for cell in RELEASE.cells for question in cell.questions}
    words = {
        question: REWORDED[change](text) if kinds[question] != "code" else text for question, text in right.items()
    }
    assert {q for q in right if not same_text(found[q], words[q], kinds[q])} == set()


@pytest.mark.parametrize("named", [True, False])
def test_translated_text_is_no_answer(named: bool) -> None:
    """Where all of it says something else in the same shape, each question has its own cell's text and no more."""
    bare = {} if named else {"id": "", "grade_id": None, "locked": False, "questions": (), "tags": ()}
    cells = [replace(c, source=other_letters(c.source), **bare) if c.kind == "markdown" else c for c in RIGHT.cells]
    found = answers(restore(Notebook(tuple(cells)), RELEASE).notebook)
    for question in ("equations", "sampling_discussion", "sentiment_discussion"):
        assert found[question] == other_letters(answers(RIGHT)[question])


def test_an_answer_written_into_its_question_is_kept() -> None:
    """Behind the question, as words, a picture or headings; alone, in place of both cells."""
    place = next(n for n, cell in enumerate(RELEASE.cells) if "sampling_discussion" in cell.questions)
    question = RELEASE.cells[place - 1].source
    for answer in (
        "With $k=1$ there is one name.",
        "![mine](attachment:scan.png)",
        "## One name only\n\n## With k = 1",
    ):
        cells = list(RELEASE.cells)
        cells[place - 1] = replace(cells[place - 1], source=f"{question}\n\n{answer}")
        found = restore(Notebook(tuple(cells)), RELEASE).notebook
        assert answers(found)["sampling_discussion"] == answer
    cells[place - 1 : place + 1] = [Cell("markdown", answer)]
    assert answers(restore(Notebook(tuple(cells)), RELEASE).notebook)["sampling_discussion"] == answer
