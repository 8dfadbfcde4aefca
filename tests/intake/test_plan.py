"""What lies next to students' work is named to staff where it may be somebody's, and only there."""

from pathlib import Path

import pytest

from graders.intake.submissions import Inbox, collect

NAME = "practical09.ipynb"


def inbox(tmp_path: Path, *paths: str) -> Inbox:
    """What is found in a folder of such files."""
    for path in paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    return collect([tmp_path], "practical09")


@pytest.mark.parametrize(
    "paths",
    [
        (f"ann/{NAME}", "bob.rar", "cid.pdf"),
        ("ann.ipynb", "dan.ipynb", "bob.rar", "cid.pdf"),
        (f"class/ann/{NAME}", f"class/dan/{NAME}", "bob.rar", "class/cid.pdf"),
        (f"section 1/ann/{NAME}", f"section 2/dan/{NAME}", "section 1/bob.rar", "section 3/eve/cid.pdf"),
        (f"ann_1_2_{NAME}", "bob.rar", "cid.pdf"),
        (f"Ann_1_assignsubmission_file_/{NAME}", "bob.rar", "cid.pdf"),
    ],
    ids=("folders", "files", "wrapped", "sections", "Canvas", "Moodle"),
)
def test_work_that_cannot_be_graded_is_named(paths: tuple[str, ...], tmp_path: Path) -> None:
    """An archive of another kind, or a print, that lies in no student's folder is not lost without a word."""
    said = [line for line in inbox(tmp_path, *paths).lines if line.startswith("Not graded")]
    assert len(said) == 1 and "bob.rar, cid.pdf" in said[0]


def test_lists_and_leavings_are_not_named(tmp_path: Path) -> None:
    """Staff read of what may be work, not of their own lists or of what systems leave; nor of a student's own files."""
    noise = ("class list.csv", "README.md", "expected.toml", ".DS_Store", "Thumbs.db", "index.html", "ann/essay.pdf")
    assert inbox(tmp_path, f"ann/{NAME}", f"bob/{NAME}", *noise).lines == ()


def test_a_document_with_answers_is_a_student_s(tmp_path: Path) -> None:
    """Where it has cells of Python, and is no note of staff's; another one is named."""
    for name, text in {
        "cid.md": "```python\na = 1\n```\n",
        "dan.md": "An essay.",
        "README.md": "```python\n```",
    }.items():
        (tmp_path / name).write_text(text)
    found = inbox(tmp_path, f"ann/{NAME}", f"bob/{NAME}")
    assert [one.student for one in found.submissions] == ["ann", "bob", "cid"]
    assert found.lines[0].startswith("Not graded, as no notebook, script or zip: dan.md;")
