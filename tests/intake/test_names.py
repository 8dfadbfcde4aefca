"""Names are safe to use and to read, and two that hardly differ are two students, with a line."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.intake.names import safe_name, twins, unmarked
from graders.intake.submissions import Inbox, collect

NAME = "practical09.ipynb"


def inbox(folder: Path, *names: str) -> Inbox:
    """A class in which each student's notebook holds the name."""
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / NAME).write_text(name)
    return collect([folder], "practical09")


def works(found: Inbox) -> dict[str, str]:
    """Student -> what is read."""
    return {s.student: s.content.decode() for s in found.submissions}


@pytest.mark.parametrize(
    "twin", ["Bob", "bob.", "bob ", "ｂｏｂ", "bob\u200b", "bo\u0308b|b\u00f6b"], ids=lambda twin: ascii(twin)
)
def test_names_that_hardly_differ_stay_apart(twin: str, tmp_path: Path) -> None:
    """Capitals, dots and spaces at the end, wide and unseen letters, accents: two students, and a line for staff."""
    one, _, other = twin.partition("|")
    other = other or "bob"
    found = inbox(tmp_path, other, one)
    assert set(works(found).values()) == {other, one}
    assert len({s.student.casefold() for s in found.submissions}) == 2
    assert len(found.lines) == (0 if "\u200b" in twin else 1)  # an unseen letter is marked in the name itself


def test_a_name_cannot_be_made_to_meet_a_marked_one(tmp_path: Path) -> None:
    """Who is called as another's name would be changed to gets a third name."""
    marked = next(s.student for s in inbox(tmp_path / "a", "x. ").submissions)
    found = inbox(tmp_path / "b", marked, "x. ")
    assert set(works(found).values()) == {marked, "x. "}
    assert "are graded apart" in found.lines[0]


MARKED = ["anna_LATE", "anna (1)", "anna(2)", "anna - Copy", "anna - Copy (2)", "Copy of anna", "Kopie von Anna"]
MARKED += ["anna_resubmission", "anna_v2", "anna final v2", "anna [late]", "ANNA copy", "anna_2", "anna-attempt-2"]


@pytest.mark.parametrize("name", MARKED)
def test_one_who_comes_twice_is_named_to_staff(name: str, tmp_path: Path) -> None:
    """Nobody is merged and nobody dropped, and a line says what to do if the two are one student's."""
    found = inbox(tmp_path, "anna", name, "bob")
    assert set(works(found).values()) == {"anna", name, "bob"}
    (line,) = found.lines
    assert line.startswith("The names ") and name in line and "bob" not in line and "leave in what counts" in line


def test_marks_are_known_from_names() -> None:
    """A name of which nothing else is left stays, and so do numbers where nobody has the name without one."""
    assert [unmarked(name) for name in ("late", "(1)", "Late Anna", "latecomer", "renew")] == [
        *("late", "(1)", "Late Anna", "latecomer", "renew")
    ]
    assert twins(["student_1", "student_2", "bob"]) == []
    assert twins(["anna (1)", "anna (2)"]) == [("anna (1)", "anna (2)")]
    assert unmarked("practical09_anna (2)", "practical09") == unmarked("anna - practical09", "practical09") == "anna"
    assert unmarked("practical09", "practical09") == "practical09"
    named = ["anna - practical09", "anna - Copy of practical09", "bob - practical09"]
    assert twins(named, assignment="practical09") == [tuple(named[:2])]
    assert twins(["Bo_1", "Bo_2", "Bo", "Bo_LATE"], {"Bo_1", "Bo_2", "Bo", "Bo_LATE"}) == []


def test_a_class_of_numbers_is_named_in_short(tmp_path: Path) -> None:
    """Where all are called alike, the line names ten of them."""
    (line,) = inbox(tmp_path, *(f"student ({number})" for number in range(30))).lines
    assert "and 20 more hardly differ" in line


@pytest.mark.parametrize(
    "name", ["ada", "Ada Lovelace_1", "d'Arc, Jeanne", "Łukasz-Żak", "日本", "a.b", "ada@example.org"]
)
def test_ordinary_names_stay_as_they_are(name: str) -> None:
    """Spaces, accents and other scripts are fine."""
    assert safe_name(name) == name


@pytest.mark.parametrize(
    "name", ["..", ".", "", "../x", "a/b", "a\\b", "con", "NUL", "a\x00b", "a\u202eb", "a\nb", "x" * 300]
)
def test_other_names_are_changed_and_marked(name: str) -> None:
    """They end in six digits of their hash, so that two of them differ."""
    found = safe_name(name)
    assert found != name and found[-7] == "-"
    assert found != safe_name(name + "?")


@given(st.text())
def test_every_name_becomes_a_folder(name: str) -> None:
    """Never empty, never hidden, never with a separator or a control character, never too long for a file system."""
    found = safe_name(name)
    assert found and found not in (".", "..") and not found.startswith(".") and len(found.encode()) < 100
    assert not {unicodedata.category(letter) for letter in found} & {"Cc", "Cf", "Cs"}
    assert not set(found) & set('/\\:*?"<>|')
