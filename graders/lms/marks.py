"""What a student is given, and how it is written so that nobody loses anything to a rounding."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from graders.errors import UsageError
from graders.report.clean import one_line
from graders.report.csv import FORMULA

NUMBER = re.compile(r"^[+-]?\d+(?:[.,]\d+)?$")


@dataclass(frozen=True)
class StudentMark:
    """What one student is given.

    Attributes:
        student: as graders names them.
        points: the final mark; None while something is open.
        possible: of the whole assignment.
        summary: one line on what each question earned; plain text.
    """

    student: str
    points: float | None
    possible: float
    summary: str = ""


@dataclass(frozen=True)
class FilledFile:
    """A file that is ready to be imported.

    Attributes:
        content: its bytes; None where nothing in it would change.
        changed: how many students' marks are new in it.
        lines: what staff should know.
    """

    content: bytes | None
    changed: int
    lines: tuple[str, ...] = ()


def read_number(text: str) -> Decimal | None:
    """A number with a point or a comma; None where it is none."""
    text = text.strip()
    return Decimal(text.replace(",", ".")) if NUMBER.match(text) else None


def written(points: Decimal, places: int, comma: bool = False, least: int = 0) -> str:
    """Points with at most `places` decimals, never less than they are, and with at least `least`."""
    rounded = points.quantize(Decimal(1).scaleb(-places), ROUND_CEILING)
    whole, _, decimals = f"{rounded:f}".partition(".")
    decimals = decimals.rstrip("0").ljust(least, "0")
    return f"{whole}{',' if comma else '.'}{decimals}" if decimals else whole


def worth(mark: StudentMark, maximum: Decimal, scale: bool, where: str) -> Decimal:
    """A final mark in the platform's own points.

    Args:
        scale: whether points may be converted where the platform's maximum is another.

    Raises:
        UsageError: the maximum is another.
    """
    possible, points = exact(mark.possible), exact(mark.points or 0.0)
    if possible == maximum or not possible:
        return min(points, maximum)
    if not scale:
        raise UsageError(
            f"{where}: the assignment is worth {maximum:f} points there and {possible:f} here; set its maximum to "
            f"{possible:f} there and download the file again, or convert all marks with --scale."
        )
    return min(points * maximum / possible, maximum)


def exact(number: float) -> Decimal:
    """A mark as a person reads it, rather than its binary neighbour."""
    return Decimal(f"{number:.6f}").normalize() + 0


def final_ones(marks: Sequence[StudentMark]) -> tuple[list[StudentMark], list[str]]:
    """Those whose mark is final, and a sentence on the others.

    Raises:
        UsageError: there is none.
    """
    final = [mark for mark in marks if mark.points is not None]
    if not final:
        raise UsageError("No student's mark is final yet; graders status says what is still open.")
    open = [mark.student for mark in marks if mark.points is None]
    told = f"{listed(open)}: the mark is not final yet, and is left as it is there."
    return final, [told] if open else []


def listed(names: Sequence[str], most: int = 10) -> str:
    """Names in a sentence."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(one_line(name, 80) for name in names[:most]) + more


def comment(mark: StudentMark) -> str:
    """The summary as HTML that means exactly its text, and that no spreadsheet takes for a formula."""
    text = one_line(mark.summary, 2000)
    text = html.escape(text)
    return f"<span>{text}</span>" if text.startswith(FORMULA) else text
