"""Nothing that a student puts into a folder makes work theirs, or takes theirs away; names are safe to use and to read.

Each attack is a class folder in which `mal` tries to take `bob`'s place; what must hold is that bob keeps his own work,
that nobody gets another's, and that staff are notified where it is not clear whose something is.
"""

import io
import os
import zipfile
from pathlib import Path

import pytest

from graders.intake.submissions import Inbox, collect

NAME = "practical09.ipynb"
MOODLE = "Mal O_7_assignsubmission_file"
METADATA = """---
submission_1:
  :submitters:
  - :name: Bob
    :sid: bob
    :email: bob@example.org
submission_2:
  :submitters:
  - :name: {name}
    :sid: {sid}
    :email: {email}
"""


def inbox(path: Path, *others: Path) -> Inbox:
    """What is found there."""
    return collect([path, *others], "practical09")


def works(found: Inbox) -> dict[str, str]:
    """Student -> what is read, or the sentence."""
    return {s.student: s.fault or s.content.decode() for s in found.submissions}


def put(folder: Path, **files: str | bytes) -> Path:
    """Bob's work, and files of others; two underscores in a row are a slash."""
    return write(folder, {f"bob/{NAME}": b"bob's"} | {k.replace("__", "/"): v for k, v in files.items()})


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Files in a folder."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def packed(*paths: str) -> bytes:
    """A zip with mal's work under some names."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path in paths:
            archive.writestr(path, b"mal's")
    return stream.getvalue()


BOB, MAL = f"bob/{NAME}", f"mal/{NAME}"
ATTACKS: dict[str, dict[str, str | bytes]] = {
    "metadata naming another": {
        BOB: "bob's",
        MAL: "mal's",
        "mal/submission_metadata.yml": "mal:\n  :submitters:\n  - :sid: bob\nbob:\n  :submitters:\n  - :sid: mal\n",
    },
    "Moodle's name within": {BOB: "bob's", f"mal/bob_2_assignsubmission_file/{NAME}": "mal's"},
    "Moodle's name of a file within": {BOB: "bob's", f"mal/bob_2_assignsubmission_file_{NAME}": "mal's"},
    "Canvas's name within": {BOB: "bob's", f"mal/bob_101_99999_{NAME}": "mal's"},
    "nbgrader's folders within": {BOB: "bob's", f"mal/practical09/bob/practical09/{NAME}": "mal's"},
    "folders as in a section": {BOB: "bob's", f"mal/bob/{NAME}": "mal's"},
    "a zip with another's folder": {BOB: "bob's", "mal/work.zip": packed(f"bob/{NAME}")},
    "a zip with Moodle's name": {BOB: "bob's", "mal/work.zip": packed(f"bob_2_assignsubmission_file/{NAME}")},
    "a zip with the folder above": {BOB: "bob's", "mal/work.zip": packed(f"../bob/{NAME}")},
    "a database of reports": {BOB: "bob's", MAL: "mal's", "mal/graders.db": ""},
    "the class's own name": {f"class/{NAME}": "bob's", MAL: "mal's", f"mal/class/{NAME}": "mal's other"},
}


@pytest.mark.parametrize("name", ATTACKS)
def test_nothing_in_a_folder_names_another_student(name: str, tmp_path: Path) -> None:
    """Two folders at the top are two students, whatever lies in them; each has what lies in their own folder."""
    found = works(inbox(write(tmp_path / "all", ATTACKS[name])))
    bob, mal = ("class", "mal") if name == "the class's own name" else ("bob", "mal")
    assert {*found} == {bob, mal} and found[bob] == "bob's"
    assert found[mal] == "mal's" or "outside itself" in found[mal]


def test_moodles_names_are_read_at_the_top_only(tmp_path: Path) -> None:
    """In Moodle's own layout a folder within, or a display name that imitates another's folder, takes nothing."""
    files: dict[str, str | bytes] = {
        f"Bob_2_assignsubmission_file/{NAME}": "bob's",
        f"{MOODLE}/Bob_2_assignsubmission_file/{NAME}": "mal's",
        f"Bob_2_assignsubmission_file_x_8_assignsubmission_file/{NAME}": "eve's",
    }
    found = works(inbox(write(tmp_path, files)))
    assert found == {"Bob_2": "bob's", "Mal O_7": "mal's", "Bob_2_assignsubmission_file_x_8": "eve's"}


def test_a_name_of_which_moodle_leaves_nothing_is_still_a_student(tmp_path: Path) -> None:
    """Moodle takes signs out of names; of one that has nothing else the number is left."""
    assert works(inbox(write(tmp_path, {f"_1_assignsubmission_file/{NAME}": "a's"}))) == {"_1": "a's"}


def test_links_lead_nowhere(tmp_path: Path) -> None:
    """A link to another's notebook is none; a link to a folder is reported; a second name of one file is reported."""
    folder = put(tmp_path / "all", mal__readme="x", eve__readme="x")
    (folder / "mal" / NAME).symlink_to(folder / BOB)
    (folder / "eve" / NAME).hardlink_to(folder / BOB)
    (folder / "zoe").symlink_to(folder / "bob", target_is_directory=True)
    found = inbox(folder)
    assert works(found)["mal"] == f"{NAME} is a link; hand in the notebook itself."
    assert works(found)["bob"] == "bob's" and "zoe" not in works(found)
    assert found.lines == (
        "zoe is a link and was not followed; give what it points to.",
        "bob and eve handed in one and the same file on the disk (a hard link).",
    )


def test_canvas_counts_the_last_attempt_of_the_file_that_is_meant(tmp_path: Path) -> None:
    """Late marks and numbers of copies are read over; no file's name makes it another student's."""
    files: dict[str, str | bytes] = {
        f"bobo_101_2001_{NAME}": "old",
        "bobo_LATE_101_2005_practical09-1.ipynb": "new",
        "bobo_101_2009_scratch.ipynb": "scratch",
        f"malm_102_2004_bobo_101_9999_{NAME}": "mal's",
    }
    assert works(inbox(write(tmp_path, files))) == {"bobo_101": "new", "malm_102": "mal's"}


@pytest.mark.parametrize(
    ("name", "sid", "email", "students"),
    [
        ("Mal", "bob", "mal@example.org", 2),
        ("Bob", "bob", "bob@example.org", 1),
        ("Mal", "''", "''", 2),
        ("Mal", "[bob]", "mal@example.org", 2),
    ],
)
def test_a_claim_on_anothers_number_does_not_take_the_place(
    name: str, sid: str, email: str, students: int, tmp_path: Path
) -> None:
    """In Gradescope's export only who agrees in number, address and name is one person, with one submission."""
    text = METADATA.format(name=name, sid=sid, email=email)
    files: dict[str, str | bytes] = {f"submission_{i}/{NAME}": f"number {i}" for i in (1, 2)}
    found = inbox(write(tmp_path, files | {"submission_metadata.yml": text}))
    assert len(found.submissions) == students
    assert len(found.lines) == (sid == "bob")
    if students == 2:
        assert works(found)["bob"] == "number 1"


def test_a_folder_and_a_file_of_one_name_are_two(tmp_path: Path) -> None:
    """`bob.ipynb` next to the folder `bob` may be anybody's: both are graded, and staff are notified."""
    found = inbox(write(tmp_path, {BOB: "in the folder", "bob.ipynb": "next to it"}))
    assert sorted(works(found).values()) == ["in the folder", "next to it"]
    assert works(found)["bob"] == "in the folder"
    assert "both called bob; they are graded apart" in found.lines[0]


def test_one_name_at_two_paths_is_two_students_unless_an_lms_says_otherwise(tmp_path: Path) -> None:
    """Two sections may both have an Ann; a Moodle number is the same person's, whose newer submission counts."""
    a, b = (write(tmp_path / s, {f"ann/{NAME}": s, f"Bo_3_assignsubmission_file_{NAME}": s}) for s in "ab")
    for folder, time in ((a, 2e9), (b, 1e9)):
        os.utime(folder / f"Bo_3_assignsubmission_file_{NAME}", (time, time))
    found = inbox(a, b)
    assert sorted(works(found).values()) == ["a", "a", "b"]
    assert works(found)["Bo_3"] == "a"
    assert any("graded apart" in line for line in found.lines)
    assert any(
        "what counts is a/Bo_3 (Moodle), the newest that can be read, and not b/Bo_3" in line for line in found.lines
    )


SECTIONS = {
    "named": ([f"section_a/ann/{NAME}", f"section_b/cid/{NAME}"], {"section_a_ann", "section_b_cid"}),
    "full": ([f"mon/ann/{NAME}", f"mon/bob/{NAME}", f"tue/ann/{NAME}"], {"mon_ann", "mon_bob", "tue_ann"}),
    "of nbgrader": (
        [f"mon/ann/practical09/{NAME}", f"mon/bob/practical09/{NAME}", f"tue/ann/practical09/{NAME}"],
        {"mon_ann", "mon_bob", "tue_ann"},
    ),
    "of Moodle": (
        [f"mon/{n}_{i}_assignsubmission_file/{NAME}" for i, n in enumerate("ab")]
        + [f"tue/{n}_{i}_assignsubmission_file/{NAME}" for i, n in enumerate("cd", 2)],
        {"a_0", "b_1", "c_2", "d_3"},
    ),
    "within sections": (
        [f"{day}/{half}/{who}/{NAME}" for day in ("mon", "tue") for half in ("am", "pm") for who in "ab"],
        {f"{day}_{half}_{who}" for day in ("mon", "tue") for half in ("am", "pm") for who in "ab"},
    ),
    "days and halves": (
        [f"mon/am/ann/{NAME}", f"mon/pm/bob/{NAME}", f"tue/am/cid/{NAME}"],
        {"mon_am_ann", "mon_pm_bob", "tue_am_cid"},
    ),
    "one in each day": ([f"mon/ann/{NAME}", f"tue/bob/{NAME}"], {"mon_ann", "tue_bob"}),
    "no sections": ([f"ann/{NAME}", f"bob/a/{NAME}", f"bob/b/{NAME}"], {"ann", "bob"}),
    "everybody in a folder": (
        [f"ann/work/{NAME}", f"bob/work/{NAME}", f"mal/{NAME[:-6]}/x.ipynb"],
        {"ann", "bob", "mal"},
    ),
    "one wrapped": ([f"submissions/ann/{NAME}", f"submissions/bob/{NAME}"], {"ann", "bob"}),
}


@pytest.mark.parametrize("name", SECTIONS)
def test_sections_are_recognised_from_the_top(name: str, tmp_path: Path) -> None:
    """Folders of folders are sections where all of them are; no single student can make it seem so."""
    paths, students = SECTIONS[name]
    found = inbox(write(tmp_path, {path: path for path in paths}))
    assert set(works(found)) == students
    assert not any(s.fault for s in found.submissions)


def test_folders_that_may_be_students_are_told(tmp_path: Path) -> None:
    """Where one folder holds several with notebooks and others do not, staff read which was taken for one student's."""
    found = inbox(write(tmp_path, {f"ann/{NAME}": "a", f"rest/bob/{NAME}": "b", f"rest/cid/{NAME}": "c"}))
    assert "rest was taken for one student's folder" in found.lines[0] and "(bob, cid)" in found.lines[0]


@pytest.mark.parametrize(
    "files",
    [
        [f"a_1_2_{NAME}", f"b_2_3_{NAME}"],
        [f"P_{who}_attempt_2026-11-03-12-30-00_{NAME}" for who in "ab"],
        [f"{who}-9 - Ann - Nov 3, 2026 1230 PM/{NAME}" for who in "12"],
    ],
    ids=["Canvas", "Blackboard", "Brightspace"],
)
def test_a_class_that_was_taken_for_a_student_is_named(files: list[str], tmp_path: Path) -> None:
    """Nothing in a folder names anybody, but where it looks as a platform's download does, staff read so."""
    found = inbox(write(tmp_path, {f"ann/{NAME}": "a"} | {f"bulk/{file}": file for file in files}))
    assert {*works(found)} == {"ann", "bulk"} and "if it is a class, grade bulk by itself" in " ".join(found.lines)


def test_a_folder_of_loose_files_alone_is_named(tmp_path: Path) -> None:
    """It may be one student's or a class; nothing is decided, and staff read so."""
    found = inbox(write(tmp_path, {"week 9/ann.ipynb": "a", "week 9/bob.ipynb": "b"}))
    assert [one.undecided for one in found.submissions] == [True]
    assert "though 2 files lie in it and nothing else was given" in found.lines[0]


def test_no_students_file_decides_the_layout(tmp_path: Path) -> None:
    """A class is read as most of its names are called, whatever one student's file imitates."""
    canvas: dict[str, str | bytes] = {f"{who}_{i}_1_{NAME}": who for i, who in enumerate("abc")}
    found = inbox(write(tmp_path, canvas | {f"mal_9_1_bob_2_assignsubmission_file_{NAME}": "mal's"}))
    assert {*works(found)} == {"a_0", "b_1", "c_2", "mal_9"}


def test_reports_are_no_students(tmp_path: Path) -> None:
    """Neither the folder that reports go to nor another one of earlier reports; an empty folder is reported."""
    reports: dict[str, str | bytes] = {
        f"{folder}/{name}": ""
        for folder in ("reports", "old")
        for name in ("graders.db", "practical09/ann/report.html")
    }
    folder = write(tmp_path, {f"ann/{NAME}": "a"} | reports)
    (folder / "bob").mkdir()
    found = collect([folder], "practical09", out=folder / "reports")
    assert set(works(found)) == {"ann"}
    assert found.lines == (
        "The folder bob holds nothing that could be graded.",
        "The folder old holds reports of graders and no submissions.",
    )


OWN_FOLDER: dict[str, list[str]] = {
    "with its data": [NAME, "data/names.txt", f"checks/{NAME}", "checks/answers.json"],
    "with leavings": [NAME, f"old/{NAME}", f".ipynb_checkpoints/{NAME}", "__MACOSX/._x.ipynb", "src/helper.py"],
}


@pytest.mark.parametrize("name", OWN_FOLDER)
def test_a_students_own_folder_is_one_student(name: str, tmp_path: Path) -> None:
    """What lies next to the notebook in folders is no further student."""
    found = inbox(write(tmp_path / "ann", {path: path for path in OWN_FOLDER[name]}))
    assert works(found) == {"ann": NAME}


@pytest.mark.parametrize("name", ["mine.qmd", "mine.md", "mine.json", "mine"])
def test_a_file_given_by_its_path_is_graded_whatever_it_is_called(name: str, tmp_path: Path) -> None:
    """Nothing that an instructor names is dropped."""
    content = '{"cells": [], "nbformat": 4}' if name in ("mine.json", "mine") else "```{python}\na = 1\n```\n"
    assert works(inbox(write(tmp_path, {name: content}) / name)) == {"mine": content}
