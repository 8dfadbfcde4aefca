"""Moodle's worksheet is filled so that Moodle reads back the same marks, and nothing else changes."""

import csv
import io

import lms_importers as importers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graders.errors import UsageError
from graders.lms.marks import StudentMark
from graders.lms.moodle.worksheet import feedback_zip, file_name, fill_worksheet, read_worksheet
from graders.lms.people import match

ENGLISH = {
    "header": 'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"',
    **{"identifier": "Identifier", "grade": "Grade", "last": "Last modified (grade)", "participant": "Participant "},
    **{"changeable": "Grade can be changed", "yes": "Yes", "no": "No", "mark": "."},
}
GERMAN = {
    "header": 'ID,"Vollständiger Name",E-Mail-Adresse,Status,Bewertung,Bestwertung,"Bewertung kann geändert werden",'
    '"Zuletzt geändert (Abgabe)","Zuletzt geändert (Bewertung)","Feedback als Kommentar"',
    **{"identifier": "ID", "grade": "Bewertung", "last": "Zuletzt geändert (Bewertung)"},
    **{"participant": "Teilnehmer/in ", "changeable": "Bewertung kann geändert werden"},
    **{"yes": "Ja", "no": "Nein", "mark": ","},
}
UNKNOWN = {  # a language that the code does not know, recognised by what stands in the columns
    "header": 'Txapa,"Izen osoa","Helbidea",Egoera,Puntuazioa,"Gehienekoa","Alda daiteke",'
    '"Azken aldaketa (lana)","Azken aldaketa (puntuazioa)","Iruzkinak"',
    **{"identifier": "Txapa", "grade": "Puntuazioa", "last": "Azken aldaketa (puntuazioa)"},
    **{"participant": "Partaidea ", "changeable": "Alda daiteke", "yes": "Bai", "no": "Ez", "mark": ","},
}
LOCALES = (ENGLISH, GERMAN, UNKNOWN)
NAMES = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=30).map(str.strip).filter(bool)
HOSTILE = st.sampled_from(
    [
        "=cmd|' /C calc'!A0",
        "O'Brien, Pat",
        'Ann "Q" Lee',
        "Ó Séaghdha_Liam",
        "-1+1",
        "@SUM(A1)",
        "李 小龙",
        "a;b,c",
        "Ada",
    ]
)


def worksheet(
    locale: dict[str, str], rows: list[tuple[int, str, str]], maximum: float = 20.0, end: str = "\n"
) -> bytes:
    """A worksheet as a Moodle in some language gives it: number, name, grade of each row."""
    text = io.StringIO()
    most = f"{maximum:.2f}".replace(".", locale["mark"])
    for number, name, grade in rows:
        told = [
            f"{locale['participant']}{number}",
            name,
            f"u{number}@example.org",
            "Submitted for grading",
            grade,
            most,
        ]
        csv.writer(text, lineterminator=end).writerow(
            [*told, locale["yes"], "Monday, 23 November 2026, 3:55 AM", "-", ""]
        )
    return b"\xef\xbb\xbf" + (locale["header"] + end + text.getvalue()).encode()


@st.composite
def classes(draw: st.DrawFn) -> tuple[dict[str, str], list[tuple[int, str, str]], list[StudentMark], str]:
    """A class: its site's language, its worksheet's rows, its marks, what ends the lines."""
    numbers = draw(st.lists(st.integers(1, 10**7), min_size=1, max_size=8, unique=True))
    rows = [(number, draw(HOSTILE | NAMES), draw(st.sampled_from(["", "3.00"]))) for number in numbers]
    locale = draw(st.sampled_from(LOCALES))
    rows = [(number, name, grade.replace(".", locale["mark"])) for number, name, grade in rows]
    marks = [
        StudentMark(f"{file_name(name)}_{number}", draw(st.integers(0, 20_000_000)) / 1e6, 20.0, "rnn_cell: 1 of 2 <b>")
        for number, name, _ in rows
        if draw(st.integers(0, 5))
    ]
    return locale, rows, marks, draw(st.sampled_from(["\n", "\r\n"]))


ALIKE = [(1, ":", ""), *((number, "=cmd|' /C calc'!A0", "") for number in (2, 3, 4))]  # as the names of blind rows


@settings(max_examples=150, deadline=None)
@given(classes())
@example((UNKNOWN, ALIKE, [StudentMark("_1", 0.0, 20.0), StudentMark("cmd C calc!A0_3", 2.0, 20.0)], "\n"))
def test_moodle_reads_back_the_same_marks(made: object) -> None:
    """Whatever the language and the names: nobody loses anything, by more than Moodle's fifth decimal nobody gains."""
    locale, rows, marks, end = made  # type: ignore[misc]
    if not marks:
        return
    before = worksheet(locale, rows, end=end)
    filled = fill_worksheet(before, "grades.csv", marks)
    held = {str(number): 3.0 if grade else None for number, _, grade in rows}
    expected = {**held, **{mark.student.rpartition("_")[2]: mark.points for mark in marks}}
    importers.moodle_worksheet(filled.content or before, held, 20.0, locale)
    for number, points in held.items():
        if expected[number] is None:
            assert points is None
        else:
            assert points is not None and 0 <= points - expected[number] < 1.1e-5


def test_every_other_byte_stays() -> None:
    """Mark, quotes, line ends and dates come back as they were; the cells of grade and comment alone are new."""
    before = worksheet(GERMAN, [(1, "Ada Stu", ""), (2, "Bob Ray", "3,00")], end="\r\n")
    after = fill_worksheet(before, "g.csv", [StudentMark("Ada Stu_1", 14.5, 20.0, "a < b")]).content
    graded = before.replace(b'grading,,"20,00"', b'grading,"14,50","20,00"', 1)
    assert after == graded.replace(b",-,\r\n", b',-,"a &lt; b"\r\n', 1) != before


def test_a_zero_is_a_mark() -> None:
    """PHP takes the text 0 for an empty cell, and 0.00 for a mark."""
    sheet = worksheet(ENGLISH, [(1, "Ada Stu", "")])
    assert b",0.00,20.00," in (fill_worksheet(sheet, "g.csv", [StudentMark("Ada Stu_1", 0.0, 20.0)]).content or b"")


def test_what_is_decided_already_is_left_alone() -> None:
    """A mark that stands there already changes nothing, and nothing is written."""
    sheet = worksheet(ENGLISH, [(1, "Ada Stu", "14.50")])
    filled = fill_worksheet(sheet, "g.csv", [StudentMark("Ada Stu_1", 14.5, 20.0, "s")])
    assert filled.content is None and filled.changed == 0


def test_open_marks_wait_and_rows_without_work_are_told() -> None:
    """Neither is touched."""
    sheet = worksheet(ENGLISH, [(1, "Ada Stu", ""), (2, "Bob Ray", ""), (3, "Cy Low", "")])
    marks = [StudentMark("Ada Stu_1", 14.5, 20.0), StudentMark("Bob Ray_2", None, 20.0)]
    filled = fill_worksheet(sheet, "g.csv", marks)
    assert filled.changed == 1 and "Bob Ray_2" in filled.lines[0] and "Cy Low (line 4)" in filled.lines[1]


ONE = [StudentMark("Ada Stu_1", 14.5, 20.0)]
BAD = {
    "another assignment's": (worksheet(ENGLISH, [(71, "Ada Stu", ""), (72, "Bob", "")]), "no row for Ada Stu_1"),
    "its number is another student's": (worksheet(ENGLISH, [(1, "Bob Ray", "")]), "no row for Ada Stu_1"),
    "two rows of one number": (worksheet(ENGLISH, [(1, "Ada Stu", ""), (1, "Bob", "")]), "lines 2 and 3 are both"),
    "another maximum": (worksheet(ENGLISH, [(1, "Ada Stu", "")], 100.0), "line 2: the assignment is worth 100"),
    "locked": (worksheet(ENGLISH, [(1, "Ada Stu", "")]).replace(b",Yes,", b",No,"), "line 2: the grade of Ada Stu"),
    "a scale": (worksheet(ENGLISH, [(1, "Ada Stu", "")]).replace(b'"Maximum Grade"', b"Scale"), "by a scale"),
    "saved by Excel": (
        worksheet(GERMAN, [(1, "Ada Stü", "")]).decode("utf-8-sig").replace(",", ";").encode("cp1252"),
        "is not in UTF-8",
    ),
    "a workbook": (b"PK\x03\x04 and more", "Excel workbook"),
    "a gradebook of Canvas": (
        b"Student,ID,SIS Login ID,Section,P (1)\nPoints Possible,,,,20\n",
        "no grading worksheet",
    ),
    "cut off": (worksheet(ENGLISH, [(1, "Ada Stu", "")])[:-20], "quotation mark is never closed|has \\d+ cells"),
    "empty": (b"", "is empty"),
    "the header alone": (worksheet(ENGLISH, []), "no row below its header"),
}


@pytest.mark.parametrize("content, told", BAD.values(), ids=list(BAD))
def test_a_file_that_could_cost_a_mark_is_refused(content: bytes, told: str) -> None:
    """One sentence says what is wrong and where, and nothing is filled."""
    with pytest.raises(UsageError, match=told) as refused:
        fill_worksheet(content, "g.csv", ONE)
    assert "\n" not in str(refused.value)


def test_two_students_of_one_name_are_told_apart_by_number_or_refused() -> None:
    """The number decides where there is one; a bare name that two people have is never guessed."""
    sheet = worksheet(ENGLISH, [(1, "Ada Stu", ""), (2, "Ada Stu", "")])
    filled = fill_worksheet(sheet, "g.csv", [StudentMark("Ada Stu_2", 14.5, 20.0)])
    held: dict[str, float | None] = {"1": None, "2": None}
    importers.moodle_worksheet(filled.content or b"", held, 20.0, ENGLISH)
    assert held == {"1": None, "2": 14.5}
    with pytest.raises(UsageError, match=r"may be Ada Stu \(line 2\) or Ada Stu \(line 3\)"):
        fill_worksheet(sheet, "g.csv", [StudentMark("Ada Stu", 14.5, 20.0)])


def test_blind_marking_goes_by_number() -> None:
    """Without a column of names the participants have numbers alone."""
    sheet = b"\xef\xbb\xbfIdentifier,Status,Grade,Maximum Grade,Grade can be changed,Last modified (grade)\n"
    sheet += b"Participant 12,Submitted,,20.00,Yes,-\n"
    assert b",7.50,20.00," in (
        fill_worksheet(sheet, "g.csv", [StudentMark("Participant_12", 7.5, 20.0)]).content or b""
    )


def test_converted_marks_never_lose() -> None:
    """With --scale 1/3 of the points is a little more than a third of theirs, not less."""
    sheet = worksheet(ENGLISH, [(1, "Ada Stu", "")], 100.0)
    filled = fill_worksheet(sheet, "g.csv", [StudentMark("Ada Stu_1", 20 / 3, 20.0)], scale=True)
    assert b",33.33334,100.00," in (filled.content or b"")


@settings(max_examples=50, deadline=None)
@given(st.lists(HOSTILE | NAMES, min_size=1, max_size=6))
def test_feedback_reaches_its_students(names: list[str]) -> None:
    """Under the rules of Moodle 3.8, 4.1 and 4.4 each file is of the right participant."""
    sheet = read_worksheet(worksheet(ENGLISH, [(at, name, "") for at, name in enumerate(names, 1)]), "g.csv")
    students = [person.student for person in sheet.people]
    found = match(students, sheet.people)
    assert set(found.people) == set(students)
    made = feedback_zip({one: one.encode() for one in students}, found.people)
    assert importers.moodle_feedback(made) == {one.rpartition("_")[2]: one.encode() for one in students}
