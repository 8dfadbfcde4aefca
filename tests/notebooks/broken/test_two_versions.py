"""Of a merge that was never finished, what depends on a cell with two versions waits, and nothing else does."""

import json
from typing import Any

from graders.catalog.assignment import Assignment
from graders.notebooks.notebook import answers
from graders.notebooks.reading import ReadNotebook, read

FORWARD = "def rnn_forward(x, h0, W_xh, W_hh, b_h, W_hy, b_y):\n    return 1"


def merged(release: Assignment, question: str, texts: tuple[str, str], **others: str) -> ReadNotebook:
    """What is read of the release with answers, of which one has marks of a merge around its text."""
    found: Any = json.loads((release.folder / f"{release.id}.ipynb").read_text("utf-8"))
    for cell in found["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = {question: "@@@", **others}.get(name, cell["source"])
    one, other = (json.dumps(text) for text in texts)
    line = f'<<<<<<< HEAD\n"source": {one}\n=======\n"source": {other}\n>>>>>>> main'
    return read(json.dumps(found, indent=1).replace('"source": "@@@"', line).encode(), ".ipynb", release.release)


def test_code_in_two_versions_waits_and_others_do_not(practical09: Assignment) -> None:
    """The first version is executed, for the others' sake; a person sees both."""
    texts = (FORWARD, FORWARD.replace("1", "2"))
    found = merged(practical09, "numpy_forward", texts, by_hand="by_hand = {}")
    assert found.two_versions == {"numpy_forward"} and "by_hand" not in found.untouched
    text = answers(found.restored)["numpy_forward"]
    assert text.startswith(texts[0]) and "#     return 2" in text and "around the text of one cell" in found.notices[0]


def test_what_uses_names_of_such_a_cell_waits_too(practical09: Assignment) -> None:
    """Nobody knows with which version it was to run; nor does what builds on that again."""
    texts = (FORWARD, FORWARD.replace("1", "2"))
    uses = {"by_hand": "by_hand = rnn_forward()", "training": "def train():\n    return by_hand"}
    found = merged(practical09, "numpy_forward", texts, **uses, sampling="def sample():\n    return 3")
    assert found.two_versions == {"numpy_forward", "by_hand", "training"}


def test_words_in_two_versions_are_both_shown(practical09: Assignment) -> None:
    """A written answer has one text for the person who marks it, with both in it."""
    found = merged(practical09, "equations", ("$h_0 = 0$", "$h_0 = 1$"))
    assert found.two_versions == {"equations"}
    assert {"$h_0 = 0$", "$h_0 = 1$"} <= set(answers(found.restored)["equations"].split("\n"))
