"""What is said of a file before it is taken: what cannot be handed in is refused, what is odd is named."""

import io
import zipfile
from dataclasses import replace

import pytest
from small_notebook import AREA, EDGE, RELEASE, WORDS, saved, written

from graders.errors import IntakeError
from graders.notebooks.notebook import Cell
from graders.queue.examine import HandedOut, examine, read_upload

SMALL = HandedOut("small", RELEASE, 1, {"other": frozenset({"volume", "try-volume"})})


def packed(**files: bytes) -> bytes:
    """A zip of files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return made.getvalue()


def refusal(name: str, content: bytes) -> str:
    """What is said of a file that cannot be handed in."""
    with pytest.raises(IntakeError) as refused:
        examine(name, content, SMALL)
    return str(refused.value)


def test_a_whole_notebook_is_taken_without_a_word() -> None:
    """Its hash is that of the file."""
    taken = examine("small.ipynb", saved(written()), SMALL)
    assert taken.notices == () and taken.sha256 == taken.submission.sha256 and taken.name == "small.ipynb"


def test_a_script_and_a_zip_are_taken() -> None:
    """A zip with pictures, too; what is kept of it can be read again."""
    script = f"{AREA}\n\n\n{EDGE}\n".encode()
    assert "Not answered in this file: `words`" in " ".join(examine("small.py", script, SMALL).notices)
    content = packed(small__ipynb=saved(written()), plot__png=b"\x89PNG")
    taken = examine("C:\\mine\\hand in.zip", content, SMALL)
    assert taken.name == "hand in.zip" and [name for name, _ in taken.submission.beside] == ["plot.png"]
    assert read_upload(taken.name, content, SMALL, "ada").beside == taken.submission.beside


def test_a_changed_locked_cell_is_named_at_once() -> None:
    """And the file is taken: the course's own cell counts."""
    cells = [replace(c, source="SIDES = 5") if c.grade_id == "sides" else c for c in written()]
    assert "One of the provided cells was changed" in examine("small.ipynb", saved(cells), SMALL).notices[0]


def test_answers_that_are_not_written_are_named() -> None:
    """The others count."""
    cells = [
        next(c for c in RELEASE.cells if c.id == cell.id) if cell.grade_id == "edge" else cell for cell in written()
    ]
    assert examine("small.ipynb", saved(cells), SMALL).notices == (
        "Not answered in this file: `edge`. You can hand in again.",
    )


def test_another_assignment_s_notebook_is_refused_by_its_name() -> None:
    """One of this course by name; one of somewhere else as such."""
    cells = [Cell("code", "def volume(a): return a", "v", "volume"), Cell("markdown", "# Volumes", "t2")]
    assert "This is the notebook of other, and not of small" in refusal("small.ipynb", saved(cells))
    cells = [Cell("code", "def weight(a): return a", "w", "weight")]
    assert "This is the notebook of another assignment" in refusal("small.ipynb", saved(cells))


def test_nothing_answered_is_refused() -> None:
    """Where no answer cell is there, or each is as it was handed out."""
    assert "its answer cells are not there" in refusal("small.ipynb", saved([Cell("code", "print(1)", "p2")]))
    assert "its answer cells are not there" in refusal("small.py", b"print(1)\n")
    assert "still as it was handed out" in refusal("small.ipynb", saved(list(RELEASE.cells)))


def test_an_answer_in_a_notebook_with_foreign_cells_counts() -> None:
    """It is taken, and the student asked whether it is the right one."""
    taken = examine("small.ipynb", saved([*written(), Cell("code", "1", "v", "volume")]), SMALL)
    assert taken.notices == ("Some cells of this file are named as those of other: is it the right notebook?",)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("small.ipynb", b"", "This file is empty"),
        ("small.ipynb", b"{" * 1000, ""),
        ("small.ipynb", b'{"cells": ' + b"[" * 100_000, ""),
        ("essay.zip", b"PK\x03\x04broken", "is not a zip archive, or it is damaged"),
        ("essay.docx", b"PK\x03\x04broken", "There is no notebook in what was handed in, only .docx"),
        ("photo.jpg", b"\xff\xd8\xff", "`photo.jpg` is no notebook, no script and no zip"),
        ("small.zip", packed(notes__txt=b"hello"), "There is no notebook in what was handed in"),
        ("small.zip", packed(a__zip=packed(b__ipynb=b"{}")), ""),
        ("small.py", WORDS.encode() * 50_000, "has 1.3 MB, and at most 1 MB can be taken: clear the outputs"),
        ("../../etc/passwd", b"root", "`passwd` is no notebook"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(name: str, content: bytes, said: str) -> None:
    """Nothing that a file holds raises anything else."""
    assert said in refusal(name, content) and refusal(name, content).endswith(".")
