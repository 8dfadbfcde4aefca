"""Due dates, grace, extensions, and what lateness costs."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from graders.errors import CatalogError, UsageError
from graders.model import Late, Report

DAY = timedelta(days=1)


@dataclass(frozen=True)
class LateRules:
    """What an assignment says of late work; `[late]` in its assignment.toml.

    Attributes:
        due: until when it costs nothing.
        grace: how much later still costs nothing; after that every day that has begun since `due` counts.
        percent_a_day: of what was earned.
        cap_percent: the most that lateness takes.
        days: for how many days late work counts at all; None without end.
        file_dates: whether the date of a file counts where no learning platform tells when it was handed in.
    """

    due: datetime
    grace: timedelta = timedelta()
    percent_a_day: float = 0.0
    cap_percent: float = 100.0
    days: int | None = None
    file_dates: bool = False

    def judge(self, report: Report, extension: datetime | None = None) -> Late | None:
        """What lateness costs a report; None where it is not late, or where nothing sure tells when it was received."""
        received = self.received(report)
        due = max(self.due, extension) if extension else self.due
        if received is None or received <= due + self.grace:
            return None
        days = math.ceil((received - due) / DAY)
        percent = min(self.cap_percent, days * self.percent_a_day)
        if self.days is not None and days > self.days:
            percent = 100.0
        points = round(report.points * percent / 100, 2)
        return Late(_told(due), report.submission.received, days, percent, points, bool(extension))

    def received(self, report: Report) -> datetime | None:
        """When it was handed in, as far as that counts."""
        return moment(report.submission.received) if report.submission.dated or self.file_dates else None


def late_rules(settings: Mapping[str, Any], where: str = "assignment.toml") -> LateRules | None:
    """The rules of `[late]`; None where an assignment has none.

    Raises:
        CatalogError: they cannot mean anything.
    """
    table = settings.get("late")
    if table is None:
        return None
    known = {"due", "grace_minutes", "percent_a_day", "cap_percent", "days", "file_dates"}
    if unknown := ", ".join(sorted(set(table) - known)):
        raise CatalogError(
            f"[late] of {where} has {unknown}, which it does not know; it has {', '.join(sorted(known))}."
        )
    due = table.get("due")
    if not isinstance(due, datetime) or due.tzinfo is None:
        raise CatalogError(f"[late] of {where} needs due, a date and time with its offset: 2026-11-30T23:59:00+01:00.")
    numbers = {"grace_minutes": 0, "percent_a_day": 0, "cap_percent": 100, "days": 0} | {
        name: value for name, value in table.items() if name not in ("due", "file_dates")
    }
    if not isinstance(table.get("file_dates", False), bool):
        raise CatalogError(f"[late] of {where}: file_dates must be true or false.")
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e6:
            raise CatalogError(f"[late] of {where}: {name} must be a number that is not negative.")
    if numbers["percent_a_day"] > 100 or numbers["cap_percent"] > 100:
        raise CatalogError(f"[late] of {where}: percent_a_day and cap_percent can be 100 at the most.")
    grace = timedelta(minutes=float(numbers["grace_minutes"]))
    days = int(numbers["days"]) if "days" in table else None
    return LateRules(
        due, grace, float(numbers["percent_a_day"]), float(numbers["cap_percent"]), days, table.get("file_dates", False)
    )


def read_extensions(text: str, rules: LateRules) -> dict[str, datetime]:
    """Student -> until when, from a CSV with the columns `student` and `due` (a date, a time, or `+3` for days).

    Raises:
        UsageError: a line cannot be read; it is named.
    """
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    header = [name.strip().casefold() for name in next(rows, [])]
    if not {"student", "due"} <= set(header):
        raise UsageError("The first line of the extensions must name the columns student and due.")
    found: dict[str, datetime] = {}
    for row in rows:
        if not any(field.strip() for field in row):
            continue
        values = dict(zip(header, row, strict=False))
        student, due = values.get("student", "").strip(), values.get("due", "").strip()
        until = _until(due, rules)
        if not student or until is None:
            raise UsageError(
                f"Line {rows.line_num} of the extensions cannot be read ({','.join(row)[:80]}): it needs a student, "
                "and a due date such as 2026-12-04, 2026-12-04T12:00+01:00 or +3 for three days more."
            )
        if student in found and found[student] != until:
            raise UsageError(
                f"Line {rows.line_num} of the extensions gives {student} a second due date: leave one of them."
            )
        found[student] = until
    return found


def moment(text: str) -> datetime | None:
    """A time in ISO 8601, which is in UTC where it does not say; None where it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _until(text: str, rules: LateRules) -> datetime | None:
    if text.startswith("+"):
        days = text[1:].removesuffix("d").strip()
        return rules.due + int(days) * DAY if days.isdecimal() and len(days) < 4 else None
    try:  # a date alone means that day's end, by the clock of the assignment's own due date
        return datetime.combine(date.fromisoformat(text), datetime.max.time(), rules.due.tzinfo).replace(microsecond=0)
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=rules.due.tzinfo)


def _told(due: datetime) -> str:
    return due.isoformat(timespec="minutes")
