"""A class held against its list: matched by the strongest key, never guessed, and nobody is forgotten."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graders.errors import UsageError
from graders.intake.names import safe_name
from graders.lms.people import Person, match, refuse_mismatch, through
from graders.lms.roster import NOTHING, enrol, read_roster
from graders.model import Submission

CSV = (
    b"Student,Email,Name,Group,Moodle\nast1,ada@x.org,Ada Stu,Red,11\n"
    b"bra2,bob@x.org,Bob Ray,Red,12\ncyl3,cy@x.org,Cy Low,,13\n"
)
WORKSHEET = (
    b'\xef\xbb\xbfIdentifier,"Full name","Email address",Status,Group,Grade,"Maximum Grade","Grade can be changed",'
    b'"Last modified (grade)"\n"Participant 11","Ada Stu",ada@x.org,Submitted,Red,,20.00,Yes,-\n'
    b'"Participant 12","Bob O\'Ray",bob@x.org,Submitted,Red,,20.00,Yes,-\n'
)
GRADEBOOK = (
    b"Student,ID,SIS Login ID,Section,P (7)\n    Points Possible,,,,20\n"
    b'"Stu, Ada",101,ast1,A,\n"Ray, Bob",102,bra2,A,\n'
)


def handed_in(*students: str) -> list[Submission]:
    """What some students handed in."""
    return [Submission(name, "p", name.encode(), ".ipynb", name, received="2026-11-23") for name in students]


def names(people: Sequence[Person]) -> list[str]:
    """What graders calls the people of a list."""
    return [person.student for person in people]


@pytest.mark.parametrize(
    "content, expected",
    [
        (CSV, ["ast1", "bra2", "cyl3"]),
        (CSV.replace(b",", b";"), ["ast1", "bra2", "cyl3"]),
        (CSV.decode().encode("utf-16"), ["ast1", "bra2", "cyl3"]),
        (WORKSHEET, ["Ada Stu_11", "Bob ORay_12"]),
        (GRADEBOOK, ["stuada_101", "raybob_102"]),
        (b"First Name,Last Name,Email,SID\nAda,Stu,ada@x.org,77\n", ["ada@x.org"]),
    ],
)
def test_each_kind_of_list_is_told_by_itself(content: bytes, expected: list[str]) -> None:
    """A CSV of any delimiter, Moodle's worksheet, Canvas's gradebook, Gradescope's roster."""
    assert names(read_roster(content, "r.csv")) == expected


@pytest.mark.parametrize(
    "student", ["ast1", "ADA@x.org", "Ada Stu_11", "Ada Stu", "Stu, Ada", "stuada_101", "ada  stu", "AST1"]
)
def test_a_student_is_found_by_whatever_a_platform_calls_them(student: str) -> None:
    """By login, mail address, number and name, and by the name alone where the number is another platform's."""
    assert match([student], read_roster(CSV, "r.csv")).people[student].student == "ast1"


def test_nothing_is_guessed() -> None:
    """A number next to another's name, a name that two people have, two students who are one person."""
    people = read_roster(CSV + b"ast9,ada9@x.org,Ada Stu,,19\n", "r.csv")
    found = match(["Bob Ray_11", "Ada Stu", "cyl3", "Cy Low", "zed"], people)
    assert found.people == {} and found.unmatched == ("Bob Ray_11", "zed")
    assert "Ada Stu may be Ada Stu (line 2) or Ada Stu (line 5)" in found.doubtful
    assert "cyl3, Cy Low are all Cy Low (line 4)" in found.doubtful
    with pytest.raises(UsageError, match="nothing was written"):
        refuse_mismatch(found.unmatched, (), "g.csv", "")


def test_a_list_leads_from_one_platform_to_another() -> None:
    """Handed in under a login, marked in Moodle: the mail address on the list joins the two."""
    sheet = read_roster(WORKSHEET, "w.csv")
    assert match(["ast1"], sheet).unmatched == ("ast1",)
    found = through(["ast1", "bra2"], read_roster(CSV, "r.csv"), sheet)
    assert names(list(found.people.values())) == ["Ada Stu_11", "Bob ORay_12"]


def test_a_login_before_the_name_counts_with_the_name() -> None:
    """As in Brightspace's downloads: both must be one person's."""
    people = read_roster(CSV, "r.csv")
    assert names(list(match(["ast1 Ada Stu"], people).people.values())) == ["ast1"]
    assert match(["ast1 Bob Ray", "x9 Ada Stu"], people).people == {}


def test_groups_and_those_who_handed_in_nothing() -> None:
    """Each member has the group's work; anyone who is missing has a submission that says so; strangers are reported."""
    made = enrol(handed_in("Red_501", "stranger"), read_roster(CSV, "r.csv"), "p")
    told = {one.student: (one.content, one.fault) for one in made.submissions}
    assert told == {
        **{"ast1": (b"Red_501", None), "bra2": (b"Red_501", None)},
        **{"cyl3": (b"", NOTHING), "stranger": (b"stranger", None)},
    }
    assert "does not know stranger" in made.lines[0] and "1 of the class list handed in nothing: cyl3" in made.lines[1]


def test_what_was_handed_in_earlier_stands() -> None:
    """Grading one late notebook with the list takes nobody's marks."""
    made = enrol(handed_in("cyl3"), read_roster(CSV, "r.csv"), "p", known={"ast1"})
    assert {one.student: one.fault for one in made.submissions} == {"cyl3": None, "bra2": NOTHING}


def test_who_is_in_doubt_is_not_called_absent() -> None:
    """Two submissions that are one person's are both graded, and nobody gets a zero next to them."""
    made = enrol(handed_in("cyl3", "Cy Low"), read_roster(CSV, "r.csv"), "p")
    assert {one.student for one in made.submissions if one.fault is None} == {"cyl3", "Cy Low"}
    assert {one.student for one in made.submissions if one.fault} == {"ast1", "bra2"}


def test_a_mark_on_a_name_hides_nobody_whom_the_list_knows() -> None:
    """Late work alone is that student's, and a line says so; next to other work, or twice, nothing is guessed."""
    people = read_roster(CSV, "r.csv")
    made = enrol(handed_in("cyl3_LATE"), people, "p")
    assert {one.student: one.content for one in made.submissions if not one.fault} == {"cyl3": b"cyl3_LATE"}
    assert made.lines[0].startswith("cyl3_LATE is taken for Cy Low")
    around = enrol(handed_in("p9_cyl3", "Ada Stu - Copy of p9"), people, "p9")
    assert {one.student for one in around.submissions if not one.fault} == {"cyl3", "ast1"}
    both = enrol(handed_in("cyl3", "cyl3_LATE"), people, "p")
    assert {one.student for one in both.submissions if not one.fault} == {"cyl3", "cyl3_LATE"}
    assert "does not know cyl3_LATE" in both.lines[0]
    twice = enrol(handed_in("cyl3 (1)", "Copy of cyl3"), people, "p")
    assert {one.student for one in twice.submissions if not one.fault} == {"cyl3 (1)", "Copy of cyl3"}
    assert "may all be Cy Low" in twice.lines[0]
    assert not any(one.student == "cyl3" for one in twice.submissions)


@pytest.mark.parametrize(
    "content, told",
    [
        (b"", "is empty"),
        (b"colour,size\nred,1\n", "must name its columns"),
        (b"student,email\na,x@y\nb,X@Y\n", "lines 2 and 3 are both x@y"),
        (b"student,name\na\n", "line 2 has 1 cells"),
        (b"student;name\nM\xfcller;M\n", "not in UTF-8 from line 2"),
        (b"student,name\n,\n ,x\n", None),
        (b"student,student\na,b\n", "two columns"),
    ],
)
def test_a_list_that_could_mistake_somebody_is_refused(content: bytes, told: str | None) -> None:
    """One sentence says where; a line with a name alone is a person."""
    if told is None:
        assert names(read_roster(content, "r.csv")) == ["x"]
        return
    with pytest.raises(UsageError, match=told):
        read_roster(content, "r.csv")


NAMES = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=20).map(str.strip).filter(bool)


@settings(max_examples=100, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=8, unique_by=str.casefold), st.randoms())
def test_nobody_gets_anothers_mark(everybody: list[str], random: object) -> None:
    """Whatever people are called: a Moodle folder's own number and name lead to its own row, or to none."""
    people = [Person(f"{name}_{at}", name, (str(at),), line=at) for at, name in enumerate(everybody, 1)]
    students = [safe_name(person.student) for person in people]
    random.shuffle(students)  # type: ignore[attr-defined]
    found = match(students, people)
    for student, person in found.people.items():
        assert student == safe_name(person.student)
    assert not found.unmatched
