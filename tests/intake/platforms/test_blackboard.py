"""Blackboard's download: whose each file is, and which attempt counts."""

from pathlib import Path

import pytest

from graders.intake.submissions import Inbox, collect

FIRST, SECOND = "attempt_2026-11-03-12-30-00", "attempt_2026-11-04-09-05-59"
NAME = "practical09.ipynb"


def text(name: str, login: str) -> str:
    """What Blackboard writes about an attempt."""
    return f"Name: {name} ({login})\nAssignment: Practical 9\nDate Submitted: Tuesday\n\nFiles:\n"


def inbox(folder: Path, files: dict[str, str]) -> Inbox:
    """What is found in such a download."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(content)
    return collect([folder], "practical09")


def works(found: Inbox) -> dict[str, str]:
    """Student -> what is read, or the sentence."""
    return {s.student: s.fault or s.content.decode() for s in found.submissions}


def test_the_newest_attempt_counts_whatever_its_file_is_called(tmp_path: Path) -> None:
    """Attempts are one student's, texts are no work, and a line says which counts; a stray file keeps its name."""
    files = {
        f"Practical 9_ann_{FIRST}_{NAME}": "old",
        f"Practical 9_ann_{FIRST}.txt": text("Ann O", "ann"),
        f"Practical 9_ann_{SECOND}_mine.ipynb": "new",
        f"Practical 9_ann_{SECOND}.txt": text("Ann O", "ann"),
        f"Practical 9_bob_{FIRST}_{NAME}": "bob's",
        "extra.ipynb": "stray",
    }
    found = inbox(tmp_path / "gradebook", files)
    assert works(found) == {"ann": "new", "bob": "bob's", "extra": "stray"}
    assert [s.attempt for s in found.submissions] == [2, 1, 1]
    assert "extra.ipynb is not named as Blackboard does" in found.lines[0]
    assert found.lines[1].startswith(
        "ann handed in 2 times; what counts is gradebook/Practical 9_ann, attempt 2026-11-04"
    )


def test_an_attempt_without_a_notebook_hides_none(tmp_path: Path) -> None:
    """An earlier attempt that can be read counts; who never handed in one reads what to do."""
    files = {
        f"P_ann_{FIRST}_{NAME}": "old",
        f"P_ann_{SECOND}_photo.png": "new",
        f"P_ann_{SECOND}.txt": text("Ann O", "ann"),
        f"P_bob_{SECOND}.txt": text("Bob O", "bob"),
    }
    found = works(inbox(tmp_path, files))
    assert found["ann"] == "old" and "no notebook in what was handed in" in found["bob"]


@pytest.mark.parametrize("login", ["j_doe", "doe", "s1_2", "doe@example.org"])
def test_logins_with_underscores_are_read_from_blackboards_text(login: str, tmp_path: Path) -> None:
    """The login is what the text says, where the file's name ends in it."""
    head = f"HW_9_{login}_{FIRST}"
    found = inbox(tmp_path, {f"{head}_{NAME}": "a", f"{head}.txt": text("J (Jo) Doe", login)})
    assert works(found) == {login: "a"}


def test_without_texts_logins_are_what_differs(tmp_path: Path) -> None:
    """Up to an underscore; nobody's name is shortened to another's."""
    assert set(works(inbox(tmp_path, {f"P_9_{n}_{FIRST}_{NAME}": n for n in ("j_doe", "k_doe")}))) == {"j_doe", "k_doe"}


def test_no_files_name_makes_it_anothers(tmp_path: Path) -> None:
    """What a student has named comes behind the first time, whatever platform it imitates."""
    files = {
        f"P_bob_{FIRST}_{NAME}": "bob's",
        f"P_mal_{FIRST}_P_bob_{SECOND}_{NAME}": "mal's",
        f"P_mal_{FIRST}_bob_2_assignsubmission_file_{NAME}": "mal's",
        f"P_eve_{FIRST}_bob_101_99999_{NAME}": "eve's",
    }
    found = works(inbox(tmp_path, files))
    assert {*found} == {"bob", "mal", "eve"} and found["bob"] == "bob's" and found["eve"] == "eve's"
