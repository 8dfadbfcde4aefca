"""A path is a class, or one sentence says why it is none."""

from pathlib import Path

import pytest

from graders.errors import UsageError
from graders.intake.gathering import files_at

NAME = "practical09.ipynb"


def fill(folder: Path, *paths: str) -> Path:
    """A folder with files that hold their own path."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)
    return folder


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: p / "absent", "There is no"),
        (lambda p: p, "no notebook, .py or zip"),
        (lambda p: fill(p, "ada/essay.docx"), "no notebook, .py or zip"),
        (lambda p: fill(p, "essay.docx") / "essay.docx", "not a notebook"),
        (lambda p: fill(p, "class.zip") / "class.zip", "not a zip archive"),
    ],
)
def test_what_is_no_class_is_wrong_usage(make: object, says: str, tmp_path: Path) -> None:
    """One sentence with the path."""
    path = make(tmp_path)  # type: ignore[operator]
    with pytest.raises(UsageError, match=says) as caught:
        files_at(path, "practical09", None)
    assert str(path) in str(caught.value)
