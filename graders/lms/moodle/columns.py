"""Which column of Moodle's worksheet is which, whatever language its headers are in."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from graders.errors import UsageError
from graders.lms.marks import read_number
from graders.lms.table import AGAIN, Table, column
from graders.report.clean import one_line

FULL_NAME = ("full name", "vollständiger name", "nom complet", "nombre completo", "volledige naam", "nome completo")
GRADE = ("grade", "bewertung", "note", "calificación", "cijfer", "valutazione", "nota", "ocena", "оценка")
MAXIMUM = (
    "maximum grade",
    "bestwertung",
    "note maximale",
    "calificación máxima",
    "maximumcijfer",
    "valutazione massima",
)
CHANGEABLE = ("grade can be changed", "bewertung kann geändert werden", "la note peut être modifiée")
FEEDBACK = (
    *("feedback comments", "feedback als kommentar", "feedback par commentaires", "comentarios de retroalimentación"),
    *("retroalimentación por comentarios", "feedback als opmerking", "commenti", "commenti di feedback"),
)
GROUP = ("group", "gruppe", "groupe", "grupo", "groep", "gruppo")
SCALE = ("scale", "skala", "barème", "escala", "schaal", "scala")
IDENTIFIED = re.compile(r"^\D*\d+$")


@dataclass(frozen=True)
class Columns:
    """Indices of the columns that matter; None for one that a worksheet need not have."""

    identifier: int
    grade: int
    maximum: int
    name: int | None = None
    changeable: int | None = None
    feedback: int | None = None
    group: int | None = None


def find_columns(table: Table) -> Columns:
    """The columns, by their headers in some languages, else by what stands in them.

    Moodle's order is fixed: the grade stands just before the maximum, which is the same number in every row.

    Raises:
        UsageError: this is no worksheet of Moodle's.
    """
    rows = table.rows[1:]
    if not rows:
        raise UsageError(f"{table.name} has no row below its header; {AGAIN}.")
    if len(table.header) < 4 or not any(IDENTIFIED.match(row.value(0).strip()) for row in rows):
        raise UsageError(
            f"{table.name} is no grading worksheet of Moodle's, whose first column says Participant and a number; "
            "download it on the assignment's page, under Submissions, Download grading worksheet."
        )
    if {"ID", "Section"} <= {title.strip() for title in table.header}:
        raise UsageError(f"{table.name} is a gradebook of Canvas's and no grading worksheet of Moodle's.")
    scale = column(table, *SCALE)
    if scale is not None:
        raise UsageError(
            f"{table.name}: Moodle marks this assignment by a scale ({one_line(table.header[scale], 40)}); "
            "let it mark by points, and download the worksheet again."
        )
    grade, maximum = _grade(table)
    changeable = column(table, *CHANGEABLE)
    last = len(table.header) - 1
    feedback = column(table, *FEEDBACK)
    blind = column(table, *FULL_NAME)
    return Columns(
        0,
        grade,
        maximum,
        blind if blind is not None else _name(table, grade),
        changeable if changeable is not None else _changeable(table, maximum),
        feedback if feedback is None or feedback <= last else None,
        column(table, *GROUP),
    )


def _grade(table: Table) -> tuple[int, int]:
    """Where the grade and the maximum stand."""
    grade, maximum = column(table, *GRADE), column(table, *MAXIMUM)
    if grade is not None and maximum == grade + 1:
        return grade, maximum
    found = [at for at in range(2, len(table.header)) if _is_maximum(table, at)]
    if len(found) != 1:
        raise UsageError(
            f"{table.name}: it is not clear which column holds the grade, for its headers are in a language that "
            "graders does not know; change your own language in Moodle to English, and download it again."
        )
    return found[0] - 1, found[0]


def _is_maximum(table: Table, at: int) -> bool:
    """Whether a column is one positive number all the way, and the one before it could hold grades up to it."""
    maxima = {read_number(row.value(at)) for row in table.rows[1:]}
    maximum = maxima.pop() if len(maxima) == 1 else None
    if maximum is None or maximum <= 0 or not any(mark in row.value(at) for mark in ".," for row in table.rows[1:]):
        return False
    before = [row.value(at - 1).strip() for row in table.rows[1:]]
    grades = [read_number(text) for text in before if text not in ("", "-")]
    return all(grade is not None and 0 <= grade <= maximum for grade in grades)


def _name(table: Table, grade: int) -> int | None:
    """The column of names where its header is in another language: the second, unless marking is blind."""
    texts = [row.value(1).strip() for row in table.rows[1:]]
    common = Counter(texts).most_common(1)[0][1]
    words = all(text and "@" not in text and not text.isdecimal() for text in texts)
    return 1 if grade > 2 and words and (common == 1 or len(texts) > 2 * common) else None


def _changeable(table: Table, maximum: int) -> int | None:
    """The column that says whether a grade can be changed: at most two words, just after the maximum."""
    for at in range(maximum + 1, min(maximum + 3, len(table.header))):
        words = {row.value(at).strip().casefold() for row in table.rows[1:]}
        if 1 <= len(words) <= 2 and all(word and not any(map(str.isdigit, word)) and len(word) < 10 for word in words):
            return at
    return None
