"""Canvas's gradebook."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from graders.errors import UsageError
from graders.lms.marks import FilledFile, StudentMark, final_ones, listed, read_number, worth, written
from graders.lms.people import Person, refuse_mismatch, squeezed, through
from graders.lms.table import AGAIN, Table, TableRow, read_table, same_length
from graders.report.clean import one_line
from graders.report.csv import FORMULA

PLACES = 2  # decimals by which Canvas tells whether a mark is new
TITLE = re.compile(r"^(?P<title>.*)\((?P<id>\d+)\)\s*$", re.DOTALL)
POINTS_POSSIBLE, MANUAL = "points possible", "manual posting"
KEYS = ("SIS User ID", "SIS Login ID", "Integration ID")
NOT_MARKED = ("ex", "n/a")


@dataclass(frozen=True)
class Gradebook:
    """A downloaded gradebook.

    Attributes:
        section: the last column that tells who somebody is.
        assignments: column -> title with its id.
        above: the rows between the header and the students.
    """

    table: Table
    section: int
    assignments: Mapping[int, str]
    above: tuple[TableRow, ...]
    people: tuple[Person, ...]
    rows: Mapping[Person, TableRow]


def read_gradebook(content: bytes, name: str) -> Gradebook:
    """A gradebook as Canvas exports it.

    Raises:
        UsageError: it is none, or its headers are not those that Canvas's import knows.
    """
    table = read_table(content, name)
    header = [title.strip() for title in table.header]
    students = next((at for at, title in enumerate(header[:2]) if title in ("Student", "LastName")), None)
    if students != 0 or "ID" not in header or "Section" not in header:
        raise UsageError(
            f"{name} is no gradebook that Canvas's import takes: its header needs Student, ID and Section, in English; "
            "set your language in Canvas to English, and export the gradebook again."
        )
    same_length(table, table.rows[1:])
    section = header.index("Section")
    columns = {at: title for at, title in enumerate(header) if at > section and TITLE.match(title)}
    above: list[TableRow] = []
    below: list[TableRow] = []
    found = False
    for row in table.rows[1:]:
        first = row.value(0).strip().casefold()
        found |= first == POINTS_POSSIBLE
        is_above = first == POINTS_POSSIBLE or (not found and (MANUAL in row_words(row) or not row.value(0).strip()))
        (above if is_above else below).append(row)
    if not found:
        raise UsageError(f"{name} has no row Points Possible; {AGAIN}.")
    rows = {_person(header, row): row for row in below}
    return Gradebook(table, section, columns, tuple(above), tuple(rows), rows)


def row_words(row: TableRow) -> set[str]:
    """What a row's cells say, in small letters."""
    return {value.strip().casefold() for value in row.values}


def _person(header: Sequence[str], row: TableRow) -> Person:
    name = row.value(0).strip()
    if header[0] == "LastName":
        name = f"{name}, {row.value(1).strip()}"
    number = row.value(header.index("ID")).strip()
    keys = [row.value(header.index(key)).strip() for key in KEYS if key in header]
    return Person(f"{squeezed(name)}_{number}", name, (number,), tuple(key for key in keys if key), line=row.line)


def fill_gradebook(
    content: bytes,
    name: str,
    marks: Sequence[StudentMark],
    title: str,
    *,
    column: str | None = None,
    scale: bool = False,
    roster: Sequence[Person] = (),
) -> FilledFile:
    """A file for Canvas's import: this assignment alone, and of the students those whose mark is new.

    Canvas tells marks apart by two decimals; more are rounded up.

    Args:
        title: the assignment's own title, by which its column is found.
        column: the column's whole title or its number, where that is not enough.

    Raises:
        UsageError: one student could lose a mark by it, or the column is not clear; nothing is filled.
    """
    book = read_gradebook(content, name)
    final, lines = final_ones(marks)
    at = _column(book, title, column)
    found = through([mark.student for mark in marks], roster, book.people)
    refuse_mismatch(found.unmatched, found.doubtful, name, "Is it this course's gradebook?")
    maximum = _maximum(book, at)
    comma = _uses_comma(book)
    out, excused = [], []
    for mark in final:
        person = found.people[mark.student]
        row = book.rows[person]
        before = row.value(at).strip()
        text = written(worth(mark, maximum, scale, name), PLACES, comma)
        if before.casefold() in NOT_MARKED:
            excused.append(f"{person.shown}: {before}")
        elif (old := read_number(before)) is None or round(old, PLACES) != read_number(text):
            out.append(_line(book, _known(book, person, row), at, text))
    if excused:
        lines.append(f"{listed(excused)}: excused or not assigned in Canvas, and left so.")
    named = {found.people[mark.student] for mark in marks}
    without = [person.shown for person in book.people if person not in named]
    if without:
        lines.append(f"{listed(without)}: nobody of that name was graded; they are not in the file.")
    head = [_line(book, row, at, row.value(at)) for row in (book.table.rows[0], *book.above)]
    end = book.table.line_end
    return FilledFile(book.table.encoded(end.join((*head, *out)) + end) if out else None, len(out), tuple(lines))


def _column(book: Gradebook, title: str, asked: str | None) -> int:
    """The column of the assignment."""
    titles = book.assignments
    if asked is not None:
        found = [at for at, whole in titles.items() if asked.strip() in (whole, _split(whole)[1])]
    else:
        wanted = " ".join(title.split()).casefold()
        found = [at for at, whole in titles.items() if " ".join(_split(whole)[0].split()).casefold() == wanted]
    if len(found) == 1:
        return found[0]
    known = listed(list(titles.values()), 20) or "none at all"
    what = f"{asked!r}" if asked is not None else f"{title!r}"
    which = "no assignment" if not found else f"{len(found)} assignments"
    raise UsageError(f"{book.table.name} has {which} called {what}; name one with --column. It has {known}.")


def _split(whole: str) -> tuple[str, str]:
    found = TITLE.match(whole)
    return (found["title"].strip(), found["id"]) if found else (whole, "")


def _maximum(book: Gradebook, at: int) -> Decimal:
    row = next(row for row in book.above if row.value(0).strip().casefold() == POINTS_POSSIBLE)
    maximum = read_number(row.value(at))
    if maximum is None or maximum <= 0:
        raise UsageError(
            f"{book.table.name}, line {row.line}: {one_line(book.table.header[at], 80)} has "
            f"{one_line(row.value(at), 40)!r} points possible; give it its points in Canvas and export again."
        )
    return maximum


def _known(book: Gradebook, person: Person, row: TableRow) -> TableRow:
    """The row, if Canvas will find its student by something better than a name."""
    if not any(person.numbers) and not person.keys:
        raise UsageError(
            f"{book.table.name}: {person.shown} has neither ID nor SIS ID, so Canvas could not tell who it is."
        )
    return row


def _uses_comma(book: Gradebook) -> bool:
    cells = [row.value(at) for row in book.table.rows[1:] for at in book.assignments]
    numbers = [cell for cell in cells if read_number(cell) is not None]
    return any("," in cell for cell in numbers) and not any("." in cell for cell in numbers)


def _line(book: Gradebook, row: TableRow, at: int, value: str) -> str:
    told = [book.table.text[cell.start : cell.end] for cell in row.cells[: book.section + 1]]
    if row is not book.table.rows[0] and row.value(0).startswith(FORMULA):
        told[0] = book.table.quoted("'" + row.value(0), row.cells[0].quoted)
    return book.table.delimiter.join((*told, book.table.quoted(value)))
