"""Files of a folder are found, and what cannot be looked into is not lost."""

import os
from pathlib import Path

import pytest

from graders.intake.submissions import find_submissions

NAME = "practical09.ipynb"


def test_a_folder_that_cannot_be_read_is_still_a_students(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is lost for want of a permission: a person has to look, and the sentence says where."""
    for name in ("ada", "bob"):
        (tmp_path / name).mkdir()
        (tmp_path / name / NAME).write_text(name)
    scandir = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("ada"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    ada, bob = find_submissions(tmp_path, "practical09")
    assert (ada.student, ada.undecided, bob.fault) == ("ada", True, None)
    assert ada.fault == "The folder ada cannot be read (Permission denied); staff have to open it."
