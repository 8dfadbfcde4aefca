"""Canvas's gradebook goes back with new marks alone, and Canvas reads back the same."""

import csv
import io

import lms_importers as importers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graders.errors import UsageError
from graders.lms.canvas import fill_gradebook, read_gradebook
from graders.lms.marks import StudentMark

HEADER = [
    "Student",
    "ID",
    "SIS User ID",
    "SIS Login ID",
    "Section",
    "Practical 8 (55)",
    "Practical 9 (123456)",
    "Final Score",
]
NAMES = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=25).map(str.strip).filter(bool)
HOSTILE = st.sampled_from(
    ["=HYPERLINK(1), Eve", "O'Brien, Pat", 'Lee, Ann "Q"', "+1, Bo", "@x, Y", "李, 小龙", "a;b, c"]
)
Students = list[tuple[str, str, str]]


def gradebook(students: Students, delimiter: str = ",", most: str = "20.00", manual: bool = False) -> bytes:
    """A gradebook as Canvas exports it: each student's name, ID and mark in Practical 9."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(HEADER)
    if manual:
        writer.writerow(["", "", "", "", "", "Manual Posting", "", ""])
    writer.writerow(["    Points Possible", "", "", "", "", most, most, "(read only)"])
    writer.writerows([name, id, f"S{id}", f"u{id}", "A", "", mark, "80.0"] for name, id, mark in students)
    return text.getvalue().encode()


@st.composite
def classes(draw: st.DrawFn) -> tuple[Students, list[StudentMark], str, bool]:
    """A class: its gradebook's students, its marks, the delimiter, whether posting is manual."""
    ids = draw(st.lists(st.integers(1, 10**9).map(str), min_size=1, max_size=8, unique=True))
    students = [(draw(HOSTILE | NAMES), id, draw(st.sampled_from(["", "3.00", "14.33"]))) for id in ids]
    marks = [
        StudentMark(person.student, draw(st.integers(0, 20_000_000)) / 1e6, 20.0)
        for person in read_gradebook(gradebook(students), "g.csv").people
        if draw(st.integers(0, 5))
    ]
    return students, marks, draw(st.sampled_from([",", ";"])), draw(st.booleans())


@settings(max_examples=150, deadline=None)
@given(classes())
def test_canvas_reads_back_the_same_marks(made: object) -> None:
    """Nobody loses anything, nobody gains more than a hundredth, and nobody else is touched."""
    students, marks, delimiter, manual = made  # type: ignore[misc]
    if not marks:
        return
    book = gradebook(students, delimiter, "20,00" if delimiter == ";" else "20.00", manual)
    if delimiter == ";":
        book = book.replace(b";3.00;", b";3,00;").replace(b";14.33;", b";14,33;")
    filled = fill_gradebook(book, "g.csv", marks, "practical 9")
    held = {id: float(mark) if mark else None for _, id, mark in students}
    before = dict(held)
    known = [dict(zip(HEADER, [name, id, f"S{id}", f"u{id}"], strict=False)) for name, id, _ in students]
    if filled.content:
        importers.canvas_gradebook(filled.content, known, held, "123456")
    given_out = {mark.student.rpartition("_")[2]: mark.points for mark in marks}
    for id, points in held.items():
        if id in given_out:
            assert points is not None and -1e-9 <= points - (given_out[id] or 0) < 0.01
        else:
            assert points == before[id]


def test_only_new_marks_are_sent_and_excused_ones_never() -> None:
    """A blank would take a mark away, an excuse would be lost: neither is in the file."""
    book = gradebook(
        [("Stu, Ada", "1", "14.50"), ("Ray, Bob", "2", ""), ("Low, Cy", "3", "EX"), ("Not, Here", "4", "")]
    )
    marks = [StudentMark("stuada_1", 14.5, 20.0), StudentMark("raybob_2", 7.0, 20.0), StudentMark("lowcy_3", 1.0, 20.0)]
    filled = fill_gradebook(book, "g.csv", marks, "Practical 9")
    assert filled.content == (
        b"Student,ID,SIS User ID,SIS Login ID,Section,Practical 9 (123456)\n"
        b'    Points Possible,,,,,20.00\n"Ray, Bob",2,S2,u2,A,7\n'
    )
    assert "Low, Cy (line 5): EX" in filled.lines[0] and "Not, Here (line 6)" in filled.lines[1]


ONE = [StudentMark("stuada_1", 14.5, 20.0)]
ADA = [("Stu, Ada", "1", "")]
BAD = {
    "another language": (gradebook(ADA).replace(b"Student,", b"Estudiante,"), "in English"),
    "no points": (gradebook(ADA, most=""), "points possible"),
    "another maximum": (gradebook(ADA, most="100.00"), "worth 100"),
    "another assignment": (gradebook(ADA).replace(b"Practical 9 (", b"Essay ("), "no assignment called 'Practical 9'"),
    "two of one title": (gradebook(ADA).replace(b"Practical 8 (", b"Practical 9 ("), "2 assignments called"),
    "another course": (gradebook([("Ray, Bob", "1", "")]), "no row for stuada_1"),
    "no id": (gradebook([("Stu, Ada", "", "")]).replace(b"S,u,", b",,"), "neither ID nor SIS ID"),
    "saved by Excel": (gradebook([("Stü, Ada", "1", "")], ";").decode().encode("cp1252"), "is not in UTF-8"),
}


@pytest.mark.parametrize("content, told", BAD.values(), ids=list(BAD))
def test_a_gradebook_that_could_cost_a_mark_is_refused(content: bytes, told: str) -> None:
    """One sentence says what is wrong, and nothing is filled."""
    with pytest.raises(UsageError, match=told) as refused:
        fill_gradebook(
            content,
            "g.csv",
            ONE if told != "neither ID nor SIS ID" else [StudentMark("Stu, Ada", 1, 20)],
            "Practical 9",
        )
    assert "\n" not in str(refused.value)
