"""nbgrader's own ways: the folders of its exchange, and the file that says when something was handed in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from graders.errors import IntakeError
from graders.intake.uploads import File

TIMESTAMP = "timestamp.txt"
INBOUND = re.compile(r"^(?P<student>[^+]+)\+(?P<assignment>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d[ _T][^+]+)(?:\+[^+]*)?$")
TIME = re.compile(r"^(\d{4}-\d\d-\d\d)[ _T](\d\d[:_]\d\d[:_]\d\d)(?:\.\d+)?(?: +(\S+))?$")


@dataclass(frozen=True)
class Handed:
    """A folder of an exchange's `inbound`: who handed in which assignment, and when (ISO 8601 in UTC)."""

    student: str
    assignment: str
    received: str


def inbound(name: str) -> Handed | None:
    """What the name of a folder in `inbound` says; None for any other folder."""
    found = INBOUND.match(name)
    return Handed(found["student"], found["assignment"], received(found["time"])) if found else None


def stamped(files: dict[str, File]) -> str:
    """When a folder was handed in, as nbgrader's file in it says; empty where there is none."""
    file = files.get(TIMESTAMP)
    if file is None:
        return ""
    try:
        return received(file.read()[:200].decode("utf-8", "replace").strip())
    except IntakeError:
        return ""


def received(text: str) -> str:
    """A time as nbgrader writes it, with the name of its zone, in ISO 8601 and UTC; empty where it is none."""
    found = TIME.match(text.strip())
    if not found:
        return ""
    zone = _zone(found[3] or "UTC")
    try:
        moment = datetime.fromisoformat(f"{found[1]} {found[2].replace('_', ':')}")
    except ValueError:
        return ""
    return moment.replace(tzinfo=zone).astimezone(UTC).isoformat(timespec="seconds") if zone else ""


def _zone(name: str) -> tzinfo | None:
    if name in ("UTC", "GMT", "Z"):
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
