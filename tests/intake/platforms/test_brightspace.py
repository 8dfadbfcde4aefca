"""Brightspace's download: whose each folder or file is, and which attempt counts."""

from pathlib import Path

import pytest

from graders.intake.platforms.brightspace import moment
from graders.intake.submissions import Inbox, collect

ANN, BOB = "12345-67890 - Ann Smith-Jones", "12346-67890 - bob1 Bob O'Ray"
NAME = "practical09.ipynb"


def inbox(folder: Path, *paths: str) -> Inbox:
    """What is found in such a download; each file holds its path."""
    for path in (*paths, "index.html"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)
    return collect([folder], "practical09")


def works(found: Inbox) -> dict[str, str]:
    """Student -> what is read, or the sentence."""
    return {s.student: s.fault or s.content.decode() for s in found.submissions}


@pytest.mark.parametrize("between", ["/", " - "], ids=["folders", "files"])
def test_the_newest_attempt_counts(between: str, tmp_path: Path) -> None:
    """Attempts are one student's, and a line says which counts: ten in the evening comes after nine in the morning."""
    old, new = (f"{ANN} - Nov 3, 2026 {time}{between}" for time in ("905 AM", "1030 PM"))
    bobs = f"{BOB} - Nov 3, 2026 1201 PM{between}a - b.ipynb"
    found = inbox(tmp_path / "class", old + NAME, new + "mine.ipynb", bobs)
    assert works(found) == {"Ann Smith-Jones": new + "mine.ipynb", "bob1 Bob O'Ray": bobs}
    (line,) = found.lines
    assert line.startswith(f"Ann Smith-Jones handed in 2 times; what counts is class/{ANN} - Nov 3, 2026 1030 PM")


def test_two_of_one_name_are_two(tmp_path: Path) -> None:
    """Brightspace's numbers tell them apart, and a line says so."""
    other = ANN.replace("12345", "99999")
    found = inbox(tmp_path, *(f"{who} - Nov 3, 2026 905 AM/{NAME}" for who in (ANN, other)))
    assert len(works(found)) == 2 and "are both called Ann Smith-Jones; they are graded apart" in found.lines[0]


def test_a_date_that_cannot_be_read_decides_nothing(tmp_path: Path) -> None:
    """Then no attempt is known to be the newest: each is graded, with a line."""
    found = inbox(tmp_path, *(f"{ANN} - {day} kuuta 2026 12.30/{NAME}" for day in (3, 4)))
    assert len(works(found)) == 2 and "graded apart" in found.lines[0]


def test_no_files_name_makes_it_anothers(tmp_path: Path) -> None:
    """Neither a folder within a student's own, nor what stands behind the first date."""
    mal = "12347-67890 - Mal - Nov 3, 2026 905 AM"
    bob = f"{BOB} - Nov 3, 2026 1201 PM"
    found = works(inbox(tmp_path, f"{bob}/{NAME}", f"{mal}/{bob}/{NAME}", f"{mal} - {bob} - {NAME}"))
    assert {*found} == {"bob1 Bob O'Ray", "Mal"} and found["bob1 Bob O'Ray"] == f"{bob}/{NAME}"


@pytest.mark.parametrize(
    ("date", "read"),
    [
        ("Nov 3, 2026 1230 PM", "2026-11-03 12:30"),
        ("Nov 3, 2026 1205 AM", "2026-11-03 00:05"),
        ("3 November, 2026 2205", "2026-11-03 22:05"),
        ("3 juin 2026 12 h 30", "2026-06-03 12:30"),
        ("13 juil. 2026 9h05", "2026-07-13 09:05"),
        ("3. Dezember 2026 09.05", "2026-12-03 09:05"),
        ("3 maart 2026 905", "2026-03-03 09:05"),
        ("3 kuuta 2026 905", ""),
    ],
)
def test_dates_are_read_in_several_languages(date: str, read: str) -> None:
    """And in both orders; what is in none of them stays unread."""
    assert moment(date) == read
