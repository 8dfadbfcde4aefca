"""Fills Moodle's offline grading worksheet, and packs its archive of feedback files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from graders.errors import UsageError
from graders.lms.archive import archive
from graders.lms.marks import FilledFile, StudentMark, comment, final_ones, listed, read_number, worth, written
from graders.lms.moodle.columns import Columns, find_columns
from graders.lms.people import Person, refuse_mismatch, through
from graders.lms.table import Table, TableCell, TableRow, read_table, same_length
from graders.report.clean import one_line

PLACES = 5  # decimals that Moodle keeps
IDENTIFIER = re.compile(r"^\D*?(\d+)$")
FORBIDDEN = re.compile(r"[\x00-\x1f\x7f&<>\"`|':\\/*?]|\.\.+")  # what Moodle takes out of file names
PEOPLE = (
    "id number",
    "email address",
    "username",
    "idnumber",
    "e-mail",
    "e-mail-adresse",
    "id-nummer",
    "matrikelnummer",
)
LOCKED = frozenset(
    ("no", "nein", "non", "nee", "nej", "nei", "não", "nie", "нет", "ne", "ei", "hayır", "όχι", "いいえ", "否")
)
OPEN = frozenset(
    [
        *("yes", "ja", "oui", "sí", "si", "sim", "tak", "да", "ano", "kyllä", "jah", "evet", "ναι", "はい", "是"),
        *("da", "igen", "так"),
    ]
)


@dataclass(frozen=True)
class Worksheet:
    """A downloaded worksheet: its table, which column is which, and whose each row is."""

    table: Table
    columns: Columns
    people: tuple[Person, ...]
    rows: Mapping[Person, TableRow]


def read_worksheet(content: bytes, name: str) -> Worksheet:
    """A worksheet as Moodle gives it, in any language.

    Raises:
        UsageError: it is none; the sentence says why.
    """
    table = read_table(content, name)
    rows = table.rows[1:]
    same_length(table, rows)
    columns = find_columns(table)
    rows_of: dict[Person, TableRow] = {}
    seen: dict[str, int] = {}
    for row in rows:
        person = _person(table, columns, row)
        number = person.numbers[0]
        if number in seen:
            raise UsageError(f"{name}, lines {seen[number]} and {row.line} are both {row.value(columns.identifier)}.")
        seen[number] = row.line
        rows_of[person] = row
    return Worksheet(table, columns, tuple(rows_of), rows_of)


def _person(table: Table, columns: Columns, row: TableRow) -> Person:
    identifier = row.value(columns.identifier)
    found = IDENTIFIER.match(identifier.strip())
    if not found:
        raise UsageError(
            f"{table.name}, line {row.line}: {one_line(identifier, 60)!r} is no participant of Moodle's; "
            "give the worksheet as Moodle gave it."
        )
    name = row.value(columns.name).strip()
    keys = [row.value(at).strip() for at, title in enumerate(table.header) if title.strip().casefold() in PEOPLE]
    group = row.value(columns.group).strip()
    shown = file_name(name) if name else "Participant"
    return Person(f"{shown}_{found[1]}", name, (found[1],), tuple(key for key in keys if key), group, row.line)


def file_name(name: str) -> str:
    """A person's name as Moodle writes it into file names."""
    return " ".join(FORBIDDEN.sub("", name.replace("_", " ")).split())


def fill_worksheet(
    content: bytes, name: str, marks: Sequence[StudentMark], *, scale: bool = False, roster: Sequence[Person] = ()
) -> FilledFile:
    """The worksheet with the final marks, and with a summary where the cell for feedback is empty.

    Nothing but these cells differs from what Moodle gave. Moodle takes up to five decimals; more are rounded up.

    Raises:
        UsageError: one student could lose a mark by it; the sentence says which row, and nothing is filled.
    """
    sheet = read_worksheet(content, name)
    final, lines = final_ones(marks)
    found = through([mark.student for mark in marks], roster, sheet.people)
    refuse_mismatch(found.unmatched, found.doubtful, name, "Is it the worksheet of this very assignment?")
    comma = _uses_comma(sheet)
    changes: dict[TableCell, str] = {}
    changed = 0
    unsure: list[str] = []
    for mark in final:
        person = found.people[mark.student]
        row = sheet.rows[person]
        maximum = _maximum(sheet, row)
        points = worth(mark, maximum, scale, f"{name}, line {row.line}")
        before = read_number(row.value(sheet.columns.grade))
        text = written(points, PLACES, comma, least=2)  # PHP takes 0 for an empty cell, and 0.00 for a mark
        if before == read_number(text):
            continue
        unsure += _refuse_locked(sheet, row, person)
        changes[row.cells[sheet.columns.grade]] = text
        changed += 1
        feedback = sheet.columns.feedback
        if feedback is not None and not row.value(feedback).strip() and mark.summary:
            changes[row.cells[feedback]] = comment(mark)
    named = {found.people[mark.student] for mark in marks}
    without = [person.shown for person in sheet.people if person not in named]
    if without:
        lines.append(f"{listed(without)}: nobody of that name was graded, and the row is left as it is.")
    if unsure:
        lines.append(
            f"{listed(unsure)}: make sure in Moodle that the grade can be changed; locked rows are passed over."
        )
    return FilledFile(sheet.table.filled(changes) if changes else None, changed, tuple(lines))


def _maximum(sheet: Worksheet, row: TableRow) -> Decimal:
    maximum = read_number(row.value(sheet.columns.maximum))
    if maximum is None or maximum <= 0:
        raise UsageError(
            f"{sheet.table.name}, line {row.line}: the maximum is {one_line(row.value(sheet.columns.maximum), 40)!r} "
            "and no number of points; let Moodle mark this assignment by points, not by a scale."
        )
    return maximum


def _refuse_locked(sheet: Worksheet, row: TableRow, person: Person) -> list[str]:
    """Whom to name where it is not clear whether the grade can be changed; refuse where it cannot."""
    word = row.value(sheet.columns.changeable).strip().casefold()
    if word in LOCKED:
        raise UsageError(
            f"{sheet.table.name}, line {row.line}: the grade of {person.shown} is locked in Moodle, which would pass "
            "over it in silence; unlock it there and download the worksheet again, or leave them out by --without."
        )
    return [] if word in OPEN or sheet.columns.changeable is None else [person.shown]


def _uses_comma(sheet: Worksheet) -> bool:
    """Whether this site writes a decimal comma."""
    cells = (row.value(at) for row in sheet.rows.values() for at in (sheet.columns.maximum, sheet.columns.grade))
    return any("," in cell for cell in cells)


def feedback_zip(reports: Mapping[str, bytes], people: Mapping[str, Person], suffix: str = ".html") -> bytes:
    """An archive of feedback that every version of Moodle understands: flat, a file a student.

    Args:
        reports: student -> the file.
        people: the same students -> who they are in Moodle.
    """
    files = {}
    for student, person in people.items():
        name = file_name(person.name)[:60].strip(" .~") or "Participant"  # Moodle passes over what begins with . or ~
        files[f"{name}_{person.numbers[0]}_assignfeedback_file_feedback{suffix}"] = reports[student]
    return archive(files)
