"""What a student wrote is found in files that cannot be read, and what was handed out is not taken for it."""

import json

import pytest

from graders.catalog.assignment import Assignment
from graders.notebooks.broken.own_text import one_after_another, own_text

ANSWER = ["def f(x):\n", '    y = "a]"\n', "    return x + y\n"]


def broken(release: Assignment, answer: list[str]) -> bytes:
    """The release with an answer, as JSON that cannot be read."""
    cells = [{"cell_type": c.kind, "source": c.source.splitlines(keepends=True)} for c in release.release.cells]
    text = json.dumps({"cells": [*cells, {"cell_type": "code", "source": answer}]}, indent=1)
    return text.replace('"cells"', '"cells" ??').encode()


def test_answers_are_found_in_broken_json(practical09: Assignment) -> None:
    """Those alone, with their line ends; also where the file ends within one, or a merge's marks stand between."""
    content = broken(practical09, ANSWER)
    assert own_text(content, ".ipynb", practical09.release) == "".join(ANSWER).rstrip()
    cut = content[: content.rindex(b"+ y")]
    assert own_text(cut, ".ipynb", practical09.release).endswith("    return x ")
    marked = content.replace(b'    "def f', b'<<<<<<< HEAD\n    "def f')
    assert own_text(marked, ".ipynb", practical09.release) == "".join(ANSWER).rstrip()
    assert own_text(broken(practical09, []), ".ipynb", practical09.release) == ""


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"My dog ate it.\n", False),
        (b"", False),
        (b"%PDF-1.7\n\x81\x8d\x8f\x90\n1\n2\n3\n", False),
        (b"def f(x:\n    return x\n\nprint(f(2)\n", True),
        (b"<!doctype html><style>a\nb\nc\nd</style><p>one\n<p>two", False),
        (b"<!doctype html><p>my x &lt; 1\n<p>and y\n<p>and z", True),
        (b"one long answer " * 10, True),
    ],
)
def test_other_files_are_looked_at_as_text(content: bytes, found: bool, practical09: Assignment) -> None:
    """A page without its markup and what nobody sees; few words answer nothing."""
    assert bool(own_text(content, ".ipynb", practical09.release)) is found


def test_files_of_which_one_has_to_count_are_shown(practical09: Assignment) -> None:
    """A person who has to choose sees what is written in each, under its name; what is no text is left out."""
    files = {f"{n}.ipynb": f'{{"cells": [{{"source": "from {n}"}}, {{"source": ["x", "y"]}}]}}'.encode() for n in "ab"}
    text = own_text(one_after_another({**files, "c.ipynb": b"\x81\x00"}), ".ipynb", practical09.release)
    assert text.split("\n") == ["=== a.ipynb ===", "from a", "x", "y", "=== b.ipynb ===", "from b", "x", "y"]
    plain = one_after_another({"a.txt": b"first\nline", "b.txt": b"second"})
    assert own_text(plain, ".ipynb", practical09.release).startswith("=== a.txt ===\nfirst\nline\n=== b.txt ===")
