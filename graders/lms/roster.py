"""A class list as a course has it: a CSV, Moodle's worksheet or Canvas's gradebook; and a class held against it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from graders.errors import UsageError
from graders.intake.names import safe_name, unmarked
from graders.lms.canvas import read_gradebook
from graders.lms.marks import listed
from graders.lms.moodle.worksheet import read_worksheet
from graders.lms.people import NUMBERED, Matching, Person, match, same
from graders.lms.table import Table, TableRow, column, read_table, same_length
from graders.model import Submission
from graders.report.clean import one_line

NOTHING = "Nothing was handed in."
PARTICIPANT = re.compile(r"^\D*\s\d+$")
STUDENT = ("student", "student_id", "username", "login", "sis login id", "netid")
KEYS = (
    *("email", "e-mail", "mail", "email address", "id", "sid", "id number", "student id", "student number"),
    *("matriculation", "matrikelnummer", "sis user id", "sis id", *STUDENT),
)
NUMBERS = ("moodle", "canvas", "participant", "canvas id", "moodle id")
NAME, FIRST, LAST = (
    ("name", "full name"),
    ("first name", "first_name", "firstname"),
    ("last name", "last_name", "lastname"),
)
GROUP = ("group", "team")
COLUMNS = "student, email, id, name (or first name and last name), group, moodle, canvas"


def read_roster(content: bytes, name: str) -> tuple[Person, ...]:
    """Everybody on a class list.

    Raises:
        UsageError: it is none, or two of its lines are one person; the sentence says which.
    """
    table = read_table(content, name)
    header = [title.strip() for title in table.header]
    if header[0] in ("Student", "LastName") and "Section" in header and "ID" in header:
        people = read_gradebook(content, name).people
    elif len(table.rows) > 1 and len(header) > 4 and PARTICIPANT.match(table.rows[1].value(0).strip()):
        people = read_worksheet(content, name).people
    else:
        people = _of_csv(table)
    seen: dict[str, Person] = {}
    for person in people:
        for key in {same(person.student), *map(same, person.keys)}:
            if (other := seen.setdefault(key, person)) is not person:
                raise UsageError(
                    f"{name}, lines {other.line} and {person.line} are both {one_line(key, 80)}; keep one."
                )
    return people


def _of_csv(table: Table) -> tuple[Person, ...]:
    found = {
        title: at
        for title in (*KEYS, *NUMBERS, *NAME, *FIRST, *LAST, *GROUP)
        if (at := column(table, title)) is not None
    }
    if not any(title in found for title in (*KEYS, *NAME, *LAST)):
        raise UsageError(f"{table.name}: its first line must name its columns; graders knows {COLUMNS}.")
    same_length(table, table.rows[1:])
    return tuple(_person(table, row, found) for row in table.rows[1:])


def _person(table: Table, row: TableRow, columns: Mapping[str, int]) -> Person:
    def told(*titles: str) -> list[str]:
        return [value for title in titles if (value := row.value(columns.get(title)).strip())]

    name = next(iter(told(*NAME)), "") or " ".join((*told(*FIRST)[:1], *told(*LAST)[:1]))
    keys = tuple(dict.fromkeys(told(*KEYS)))
    shown = next(iter((*told(*STUDENT), *keys, *([name] if name else []))), "")
    if not shown:
        raise UsageError(f"{table.name}, line {row.line} names nobody; give it a student, an email or a name.")
    return Person(safe_name(shown), name, tuple(told(*NUMBERS)), keys, next(iter(told(*GROUP)), ""), row.line)


@dataclass(frozen=True)
class Enrolled:
    """A class held against its list: one submission a student, and what staff should know."""

    submissions: tuple[Submission, ...]
    lines: tuple[str, ...]


def enrol(
    submissions: Sequence[Submission], people: Sequence[Person], assignment: str, known: Collection[str] = ()
) -> Enrolled:
    """The class's submissions under the list's names: a group's for each of its members, and who handed in nothing.

    A student whom the list does not know, or who could be several, keeps their own name, and a line says so.

    Args:
        known: students of whom there is a report already: what they handed in earlier stands.
    """
    direct = match([one.student for one in submissions], people)
    found = _behind_marks(direct, people, assignment)
    groups: dict[str, list[Person]] = {}
    for person in people:
        if person.group:
            groups.setdefault(same(person.group), []).append(person)
    kept: dict[str, Submission] = {}
    shared: list[tuple[Person, Submission]] = []
    strangers: list[str] = []
    for one in submissions:
        if one.student in found.people:
            name = found.people[one.student].student
            kept[name] = replace(one, student=name)
        elif members := groups.get(_group(one.student)):
            shared += [(person, one) for person in members]
        else:
            kept[one.student] = one
            strangers += [one.student] if one.student in found.unmatched else []
    lines = [f"{doubt}; each is graded under their own name." for doubt in found.doubtful]
    behind = {student: one.shown for student, one in found.people.items() if student not in direct.people}
    if behind:
        taken = [f"{one_line(student, 80)} is taken for {shown}" for student, shown in behind.items()]
        lines.append(f"{listed(taken)}; of whom nothing else was found.")
    if strangers:
        lines.append(f"The class list does not know {listed(strangers)}; they are graded under these names.")
    for person, one in shared:
        if person.student in kept:
            lines.append(
                f"{person.shown} handed in alone and with the group {one.student}; what they gave alone counts."
            )
        else:
            kept[person.student] = replace(one, student=person.student)
    absent = [one for one in people if one.student not in {*kept, *known} and not found.doubts(one)]
    if absent:
        lines.append(f"{len(absent)} of the class list handed in nothing: {listed([p.student for p in absent])}.")
    digest = hashlib.sha256(NOTHING.encode()).hexdigest()
    kept |= {p.student: Submission(p.student, assignment, b"", ".ipynb", digest, fault=NOTHING) for p in absent}
    ordered = sorted(kept.values(), key=lambda one: (one.student.casefold(), one.student))
    return Enrolled(tuple(ordered), tuple(lines))


def _behind_marks(found: Matching, people: Sequence[Person], assignment: str) -> Matching:
    """Also those whom the list knows without the mark on their name, as in `anna_LATE`, where that is clear."""
    claims: dict[Person, list[str]] = {}
    for student in found.unmatched:
        name = unmarked(student, assignment)
        person = match([name], people).people.get(name)
        if name != student and person is not None and person not in found.people.values() and not found.doubts(person):
            claims.setdefault(person, []).append(student)
    sure = {students[0]: person for person, students in claims.items() if len(students) == 1}
    several = [f"{listed(them)} may all be {person.shown}" for person, them in claims.items() if len(them) > 1]
    return Matching(
        found.people | sure,
        tuple(student for student in found.unmatched if student not in sure),
        (*found.doubtful, *several),
    )


def _group(student: str) -> str:
    """The group that a folder of Moodle's or any other may be named after."""
    found = NUMBERED.match(student)
    return same(found["name"] if found else student)
