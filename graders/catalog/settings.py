"""What an assignment's own file may say, and of which kind each setting must be."""

from __future__ import annotations

import keyword
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from graders.errors import CatalogError
from graders.sandbox.limits import Limits

NEEDED = {
    "title": '`title = "..."` at its top',
    "questions": "a table [questions] with `name = points` for each question",
    "profiles": "a table [profiles.quick.parameters], which may be empty",
}
KNOWN = {*NEEDED, "default_profile", "packages", "limits", "late", "uploads"}
OF_A_PROFILE = {"parameters", "datasets"}


@dataclass(frozen=True)
class Kind:
    """What a setting must be, in words, and whether a value is that."""

    words: str
    fits: Callable[[Any], bool]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0


def _plain(value: Any) -> bool:
    """Whether a notebook's cell can set it: its `repr` is Python for the same value."""
    if isinstance(value, list):
        return all(map(_plain, value))
    return isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value))


TEXT = Kind("text", lambda value: isinstance(value, str))
TEXTS = Kind("a list of texts", lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value))
TABLE = Kind(
    "a table (its name in brackets, and `name = value` in the lines after it)", lambda value: isinstance(value, dict)
)
NUMBER = Kind("a number above 0", _number)
WHOLE = Kind("a whole number above 0", lambda value: _number(value) and isinstance(value, int))
PARAMETER = Kind("a number, a text, true or false, or a list of these", _plain)


def check(settings: Mapping[str, Any], file: str) -> None:
    """Look at all that an assignment's file says, but for the tables of parts that look at their own.

    Args:
        file: the file's name, for the sentence.

    Raises:
        CatalogError: something is missing, unknown, or of the wrong kind.
    """
    for name in NEEDED:
        if name not in settings:
            raise CatalogError(f"{file} has no {name!r}: write {NEEDED[name]}.")
    for what, value, kind in _settings(settings):
        if not kind.fits(value):
            raise CatalogError(f"{file}: {what} must be {kind.words}, and is {str(value)!r:.60}.")
    _all_known(settings, KNOWN | settings["questions"].keys(), f"{file}:", "neither setting nor question")
    for name, profile in settings["profiles"].items():
        _all_known(profile, OF_A_PROFILE, f"{file}, profile {name}:", "neither parameters nor datasets")
        if wrong := [one for one in profile.get("parameters", {}) if not one.isidentifier() or keyword.iskeyword(one)]:
            raise CatalogError(
                f"{file}, profile {name}: {wrong[0]!r} is no name that a notebook's cell can set: take letters, digits "
                "and underscores."
            )
    _all_known(settings.get("limits", {}), {field.name for field in fields(Limits)}, f"{file}: limits:", "no limit")


def _all_known(table: Mapping[str, Any], known: set[str], where: str, what: str) -> None:
    if unknown := sorted(table.keys() - known):
        raise CatalogError(f"{where} {', '.join(unknown)} is {what}; there can be {', '.join(sorted(known))}.")


def _settings(settings: Mapping[str, Any]) -> Iterator[tuple[str, Any, Kind]]:
    """Name, value and kind of all that must be of a kind; tables before what is in them."""
    tables = ("questions", "profiles", "limits", "late", "uploads")
    kinds = {"title": TEXT, "default_profile": TEXT, "packages": TEXTS, **dict.fromkeys(tables, TABLE)}
    yield from ((name, settings[name], kind) for name, kind in kinds.items() if name in settings)
    for name, points in settings["questions"].items():
        yield f"questions.{name}", points, NUMBER
    for name, profile in settings["profiles"].items():
        yield f"profiles.{name}", profile, TABLE
        yield f"profiles.{name}.parameters", profile.get("parameters", {}), TABLE
        yield f"profiles.{name}.datasets", profile.get("datasets", []), TEXTS
        for parameter, value in profile.get("parameters", {}).items():
            yield f"profiles.{name}.parameters.{parameter}", value, PARAMETER
    yield from _limits(settings.get("limits", {}))


def _limits(limits: Mapping[str, Any]) -> Iterator[tuple[str, Any, Kind]]:
    kinds = {field.name: WHOLE if field.type == "int" else NUMBER for field in fields(Limits)} | {"calls": TABLE}
    for name, value in limits.items():
        yield f"limits.{name}", value, kinds.get(name, NUMBER)
    for name, value in limits.get("calls", {}).items():
        yield f"limits.calls.{name}", value, NUMBER
