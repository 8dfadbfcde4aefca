"""Whose file is it: the folder layouts of nbgrader, Moodle, Canvas and Gradescope, and a plain folder a student."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import yaml

from graders.errors import IntakeError
from graders.files_in import File

MOODLE = re.compile(r"^(?P<name>.+)_(?P<number>\d+)_assign(?:submission|feedback)_(?:file|onlinetext)_?(?P<file>.*)$")
CANVAS = re.compile(r"^(?P<name>[^_]+)(?:_LATE)?_(?P<user>\d+)_(?P<attempt>\d+)_(?P<file>.+)$", re.IGNORECASE)
GRADESCOPE = "submission_metadata.yml"
RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d|graders\.db|index\.html|grades\.csv)$", re.IGNORECASE)
LONGEST = 80


@dataclass(frozen=True)
class Owner:
    """Whose file it is: one name, or several for a group; the attempt's number and time where the layout tells them."""

    students: tuple[str, ...]
    depth: int  # how many parts of the path lead to the student's own folder
    attempt: int = 0
    received: str = ""


def owners(files: Sequence[File], assignment: str, given: str) -> list[Owner | None]:
    """For each file, whose it is; None for what belongs to nobody, such as a list of marks beside the folders.

    Args:
        given: the name of the folder or archive that the files lie in; the student's where the notebook lies in it.
    """
    groups = _gradescope(files)
    return [_owner(file, assignment, given, groups) for file in files]


def _owner(file: File, assignment: str, given: str, groups: Mapping[str, Owner]) -> Owner | None:
    for depth, part in enumerate(file.parts):
        if part in groups:
            return groups[part]
        if found := MOODLE.match(part):
            return Owner((f"{found['name']}_{found['number']}",), depth + 1)
    parts = file.parts
    skip = 1 if len(parts) > 2 and parts[0] == assignment else 0
    if len(parts) - skip > 2 and parts[skip + 1] == assignment:
        return Owner((parts[skip],), skip + 2)  # nbgrader: student/assignment/file
    if len(parts) - skip > 1:
        return Owner((parts[skip],), skip + 1)
    if file.suffix not in (".ipynb", ".py", ".zip"):
        return None
    if found := CANVAS.match(file.name):
        return Owner((f"{found['name']}_{found['user']}",), 0, int(found["attempt"][:18]))
    stem = PurePosixPath(file.name).stem
    return Owner((given if re.fullmatch(rf"{assignment}(?:[ _-]?\(?\d+\)?)?", stem) else stem,), 0)


def _gradescope(files: Sequence[File]) -> dict[str, Owner]:
    """Folder -> owner, from the metadata of Gradescope's export."""
    for file in files:
        if file.name == GRADESCOPE and len(file.parts) <= 2:
            try:
                data = yaml.safe_load(file.read())
            except (yaml.YAMLError, IntakeError, ValueError, RecursionError):
                return {}
            depth = len(file.parts)
            items = data.items() if isinstance(data, dict) else ()
            return {str(key): _group(value, str(key), depth) for key, value in items if isinstance(value, dict)}
    return {}


def _group(value: Mapping[str, Any], folder: str, depth: int) -> Owner:
    members = value.get(":submitters")
    people = [member for member in members if isinstance(member, dict)] if isinstance(members, list) else []
    names = [str(p.get(":sid") or p.get(":email") or p.get(":name") or folder) for p in people]
    return Owner(tuple(dict.fromkeys(names)) or (folder,), depth, 0, _time(value.get(":created_at")))


def _time(value: Any) -> str:
    if not isinstance(value, datetime):
        return ""
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="seconds")


def safe_name(name: str) -> str:
    """A student's name as a folder's name on every system, and as text that cannot hide what it says.

    Control characters, marks that turn the direction of writing, and separators are replaced; a name that had to be
    changed gets a few digits of its hash.
    """
    text = unicodedata.normalize("NFC", name)
    shown = "".join("_" if _bad(letter) else letter for letter in text).strip(" .")
    whole = shown == text and shown and len(shown.encode()) <= LONGEST and not RESERVED.match(shown)
    return shown if whole else marked(shown, name)


def marked(shown: str, name: str) -> str:
    """A shown name with six digits of the true name's hash."""
    digits = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{shown.encode('utf-8', 'replace')[:LONGEST].decode('utf-8', 'ignore') or 'student'}-{digits}"


def _bad(letter: str) -> bool:
    return letter in '/\\:*?"<>|\ufffd' or unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
