"""Gradescope's file of metadata: whose each folder is, groups included."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import yaml

from graders.errors import IntakeError
from graders.intake.plan import NamedStudent, Plan
from graders.intake.uploads import File

GRADESCOPE = "submission_metadata.yml"


def groups(file: File, plan: Plan) -> dict[str, tuple[tuple[NamedStudent, ...], str]]:
    """For each folder its people, and when they handed in; a line for staff where the file cannot be read."""
    try:
        data = yaml.safe_load(file.read())
    except (yaml.YAMLError, IntakeError, ValueError, RecursionError):
        plan.lines.append(f"{GRADESCOPE} cannot be read; the folders next to it are graded under their names.")
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
