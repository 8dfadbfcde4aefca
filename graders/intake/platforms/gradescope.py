"""Gradescope's file of metadata: whose each folder is, groups included."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import yaml

from graders.errors import IntakeError
from graders.intake.choosing import Work
from graders.intake.names import shown
from graders.intake.plan import NamedStudent, Plan
from graders.intake.top import METADATA, Top, with_work
from graders.intake.uploads import File


def named(top: Top) -> int:
    """How much lies next to Gradescope's file of metadata, which names everything; 0 where there is none."""
    return len(top.folders) + len(top.files) if any(file.name == METADATA for file in top.files) else 0


def read(top: Top, plan: Plan) -> None:
    """Folders, and their people in a file of metadata next to them."""
    known = groups(next(file for file in top.files if file.name == METADATA), plan)
    for name, inside in top.folders.items():
        people, received = known.get(name) or ((NamedStudent(name, name),), "")
        if name not in known and with_work(inside):
            plan.lines.append(f"{METADATA} does not name the folder {shown(name)}; it is graded under its name.")
        for path, file in inside:
            plan.add(name, people, Work(file, path), received)


def groups(file: File, plan: Plan) -> dict[str, tuple[tuple[NamedStudent, ...], str]]:
    """For each folder its people, and when they handed in; a line for staff where the file cannot be read."""
    try:
        data = yaml.safe_load(file.read())
    except (yaml.YAMLError, IntakeError, ValueError, RecursionError):
        plan.lines.append(f"{METADATA} cannot be read; the folders next to it are graded under their names.")
        return {}
    items = data.items() if isinstance(data, dict) else ()
    return {str(key): _group(value, str(key)) for key, value in items if isinstance(value, dict)}


def _group(value: Mapping[str, Any], folder: str) -> tuple[tuple[NamedStudent, ...], str]:
    members = value.get(":submitters")
    people = [_person(m, folder) for m in members if isinstance(m, dict)] if isinstance(members, list) else []
    return tuple(dict.fromkeys(people)) or (NamedStudent(folder, folder),), _time(value.get(":created_at"))


def _person(member: Mapping[str, Any], folder: str) -> NamedStudent:
    """A student by number, else mail address, else name; all three together are the identity."""
    told = [member.get(key) for key in (":sid", ":email", ":name")]
    said = [str(value)[:200] if isinstance(value, (str, int)) and value else "" for value in told]
    name = next((value for value in said if value), folder)
    return NamedStudent(name, "gradescope " + "\n".join(said), sure=True)


def _time(value: Any) -> str:
    if not isinstance(value, datetime):
        return ""
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="seconds")
