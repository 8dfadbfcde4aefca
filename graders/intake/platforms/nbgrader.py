"""nbgrader's own ways: the folders of its exchange, and the file that says when something was handed in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from graders.errors import IntakeError
from graders.intake.choosing import Work
from graders.intake.names import shown
from graders.intake.plan import NamedStudent, Plan
from graders.intake.top import Top, add_folder
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


def named(top: Top) -> int:
    """How many folders are called as in an exchange, where most are."""
    found = sum(inbound(name) is not None for name in top.folders)
    return found if found * 2 > len(top.folders) else 0


def read(top: Top, plan: Plan) -> None:
    """`student+assignment+time+digits`, as nbgrader keeps what comes in; other assignments are passed over."""
    for name, inside in top.folders.items():
        handed = inbound(name)
        if handed is None:
            add_folder(name, NamedStudent(name, name), inside, top.assignment, plan)
        elif handed.assignment == top.assignment:
            person = NamedStudent(handed.student, f"nbgrader {handed.student}", sure=True)
            for path, file in inside:
                plan.add(name, person, Work(file, path), handed.received)
    others = {one.assignment for name in top.folders if (one := inbound(name))} - {top.assignment}
    if others:
        plan.lines.append(
            f"What the exchange holds of {', '.join(map(shown, sorted(others)))} is not {top.assignment}."
        )


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
