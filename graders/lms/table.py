"""A CSV file whose cells can be filled one by one, while every other byte stays as it was."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graders.errors import UsageError
from graders.report.clean import one_line

DELIMITERS = (",", ";", "\t")
QUOTE = '"'
AGAIN = "download it from the course again, and give it as it came, without opening it in a spreadsheet"
BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
MOST_BYTES = 50_000_000


@dataclass(frozen=True)
class TableCell:
    """One cell: what it says, where it stands in the text (quotes included), and whether it is quoted."""

    value: str
    start: int
    end: int
    quoted: bool = False


@dataclass(frozen=True)
class TableRow:
    """One row, and the line of the file on which it begins, counted from 1."""

    cells: tuple[TableCell, ...]
    line: int

    @property
    def values(self) -> tuple[str, ...]:
        """What the cells say."""
        return tuple(cell.value for cell in self.cells)

    @property
    def empty(self) -> bool:
        """Whether no cell says anything."""
        return not any(cell.value.strip() for cell in self.cells)

    def value(self, index: int | None) -> str:
        """What a cell says; nothing where there is no such cell."""
        return self.cells[index].value if index is not None and index < len(self.cells) else ""


@dataclass(frozen=True)
class Table:
    """A CSV file as it came.

    Attributes:
        name: the file's, for sentences.
        text: all of it, without a byte order mark.
        rows: those that say something.
    """

    name: str
    text: str
    delimiter: str
    rows: tuple[TableRow, ...]
    bom: bytes = b""
    encoding: str = "utf-8"

    @property
    def header(self) -> tuple[str, ...]:
        """The first row."""
        return self.rows[0].values

    @property
    def line_end(self) -> str:
        """What ends the file's lines."""
        return "\r\n" if "\r\n" in self.text else "\n"

    def filled(self, changes: Mapping[TableCell, str]) -> bytes:
        """The file with other text in some cells."""
        parts: list[str] = []
        at = 0
        for cell in sorted(changes, key=lambda cell: cell.start):
            parts += (self.text[at : cell.start], self.quoted(changes[cell], cell.quoted))
            at = cell.end
        return self.encoded("".join((*parts, self.text[at:])))

    def encoded(self, text: str) -> bytes:
        """A text as this file keeps its own."""
        return self.bom + text.encode(self.encoding)

    def quoted(self, value: str, always: bool = False) -> str:
        """A value as it stands in a cell of this file."""
        special = any(letter in value for letter in (*DELIMITERS, QUOTE, "\r", "\n")) or value != value.strip()
        return QUOTE + value.replace(QUOTE, QUOTE * 2) + QUOTE if always or special else value


def read_table(content: bytes, name: str) -> Table:
    """A CSV file of any of the common delimiters, in UTF-8 or marked UTF-16.

    Raises:
        UsageError: it is none, or it has been through a program that has changed its letters.
    """
    bom, encoding, text = _decoded(content, name)
    first = text.lstrip("\r\n")
    head = _cells_of_first_line(first)
    delimiter = max(DELIMITERS, key=lambda one: (_outside_quotes(head, one), -DELIMITERS.index(one)))
    rows = tuple(row for row in _rows(text, delimiter, name) if not row.empty)
    if not rows:
        raise UsageError(f"{name} is empty; {AGAIN}.")
    return Table(name, text, delimiter, rows, bom, encoding)


def _decoded(content: bytes, name: str) -> tuple[bytes, str, str]:
    if content[:4] == b"PK\x03\x04" or content[:4] == b"\xd0\xcf\x11\xe0":
        raise UsageError(f"{name} is an Excel workbook or an archive and no CSV; {AGAIN}.")
    if len(content) > MOST_BYTES:
        raise UsageError(f"{name} has more than {MOST_BYTES // 1_000_000} MB, which no class's marks have.")
    bom, encoding = next(((mark, code) for mark, code in BOMS if content.startswith(mark)), (b"", "utf-8"))
    try:
        text = content[len(bom) :].decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UsageError(
            f"{name} is not in UTF-8 from line {line} on: a spreadsheet has saved it in another encoding "
            f"(Windows-1252, say), and names may be damaged; {AGAIN}."
        ) from None
    if "\0" in text:
        raise UsageError(f"{name} is no text; {AGAIN}.")
    return bom, encoding, text


def _cells_of_first_line(text: str) -> str:
    """The first row's text, with quoted line breaks."""
    within = False
    for at, letter in enumerate(text):
        if letter == QUOTE:
            within = not within
        elif letter in "\r\n" and not within:
            return text[:at]
    return text


def _outside_quotes(text: str, delimiter: str) -> int:
    return sum(part.count(delimiter) for part in text.split(QUOTE)[::2])


def _rows(text: str, delimiter: str, name: str) -> list[TableRow]:
    """All rows, as RFC 4180 has them; a quote within an unquoted cell stands for itself."""
    rows: list[TableRow] = []
    cells: list[TableCell] = []
    at, line, begun = 0, 1, 1
    while at < len(text):
        cell, stop = _cell(text, at, delimiter, name, line)
        cells.append(cell)
        line += text.count("\n", at, stop)
        at = stop
        if at < len(text) and text[at] == delimiter:
            at += 1
            if at < len(text):
                continue
            cells.append(TableCell("", at, at))
        rows.append(TableRow(tuple(cells), begun))
        cells = []
        if text[at : at + 2] == "\r\n":
            at += 2
        else:
            at += 1
        line += 1
        begun = line
    return rows


def _cell(text: str, start: int, delimiter: str, name: str, line: int) -> tuple[TableCell, int]:
    if text[start : start + 1] != QUOTE:
        end = min((found for mark in (delimiter, "\r", "\n") if (found := text.find(mark, start)) >= 0), default=None)
        stop = len(text) if end is None else end
        return TableCell(text[start:stop], start, stop), stop
    at = start + 1
    while True:
        close = text.find(QUOTE, at)
        if close < 0:
            raise UsageError(f"{name}, line {line}: a quotation mark is never closed; {AGAIN}.")
        if text[close + 1 : close + 2] != QUOTE:
            break
        at = close + 2
    stop = close + 1
    if stop < len(text) and text[stop] not in (delimiter, "\r", "\n"):
        raise UsageError(f"{name}, line {line}: there is text after a closing quotation mark; {AGAIN}.")
    return TableCell(text[start + 1 : close].replace(QUOTE * 2, QUOTE), start, stop, quoted=True), stop


def column(table: Table, *names: str) -> int | None:
    """The column with one of some names, whatever its capitals; None where there is none.

    Raises:
        UsageError: there are several.
    """
    wanted = {name.casefold() for name in names}
    found = [index for index, name in enumerate(table.header) if name.strip().casefold() in wanted]
    if len(found) > 1:
        raise UsageError(f"{table.name} has two columns {one_line(table.header[found[0]])}; {AGAIN}.")
    return found[0] if found else None


def same_length(table: Table, rows: Sequence[TableRow]) -> None:
    """Refuse rows that are shorter or longer than the header.

    Raises:
        UsageError: there is one; its line is named.
    """
    for row in rows:
        if len(row.cells) != len(table.header):
            raise UsageError(
                f"{table.name}, line {row.line} has {len(row.cells)} cells where the header has "
                f"{len(table.header)}; {AGAIN}."
            )
