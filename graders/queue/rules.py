"""What an assignment says of uploads: `[uploads]` in its assignment.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from graders.errors import CatalogError
from graders.marking.late import LateRules, late_rules

KEYS = {"hidden", "an_hour", "most_mb", "later"}
WHERE = "[uploads] of assignment.toml"


class Hidden(StrEnum):
    """When a student sees what hidden checks say."""

    NEVER = "never"
    AFTER_DUE = "after_due"
    AT_ONCE = "at_once"


class Stage(StrEnum):
    """What is done with an upload, in this order."""

    PUBLIC = "public"  # the public checks, for the first feedback
    WHOLE = "whole"  # everything, by the assignment's default profile
    LATER = "later"  # everything, by a profile that waits for a machine of its own: a GPU, say


@dataclass(frozen=True)
class UploadRules:
    """What uploads of an assignment may be, and what students see of it.

    Attributes:
        an_hour: how many attempts a student has within any hour.
        most_mb: how large a file may be.
        later: the profile by which the marks are made that count in the end; None where the default one does.
        late: the rules for late work, which say when it is due.
    """

    hidden: Hidden = Hidden.NEVER
    an_hour: int = 6
    most_mb: int = 20
    later: str | None = None
    late: LateRules | None = None

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What is done with each upload."""
        return (Stage.PUBLIC, Stage.WHOLE, *((Stage.LATER,) if self.later else ()))

    def is_due(self, now: datetime, extension: datetime | None = None) -> bool:
        """Whether the time to hand in has passed for a student; never where there is no due date."""
        if self.late is None:
            return False
        due = max(self.late.due, extension) if extension else self.late.due
        return now > due + self.late.grace

    def shows_hidden(self, now: datetime, extension: datetime | None = None) -> bool:
        """Whether a student may see what the hidden checks say."""
        return self.hidden is Hidden.AT_ONCE or (self.hidden is Hidden.AFTER_DUE and self.is_due(now, extension))

    def shows_mark(self, now: datetime, extension: datetime | None = None) -> bool:
        """Whether a student may see the whole mark, which tells something of the hidden checks."""
        return self.hidden is Hidden.AT_ONCE or self.is_due(now, extension)


def upload_rules(settings: Mapping[str, Any]) -> UploadRules | None:
    """The rules of `[uploads]`; None where students hand in elsewhere.

    Raises:
        CatalogError: they cannot mean anything.
    """
    table = settings.get("uploads")
    if table is None:
        return None
    if unknown := ", ".join(sorted(set(table) - KEYS)):
        raise CatalogError(f"{WHERE} has {unknown}, which it does not know; it has {', '.join(sorted(KEYS))}.")
    late = late_rules(settings)
    hidden = table.get("hidden", Hidden.NEVER.value)
    if hidden not in [one.value for one in Hidden]:
        raise CatalogError(f"{WHERE}: hidden must be one of {', '.join(one.value for one in Hidden)}, not {hidden!r}.")
    if hidden == Hidden.AFTER_DUE and late is None:
        raise CatalogError(f"{WHERE}: hidden = {hidden!r} needs a due date: give one in [late].")
    later = table.get("later")
    if later is not None and (later not in settings["profiles"] or later == settings.get("default_profile")):
        raise CatalogError(f"{WHERE}: later must be a profile other than the default one, not {later!r}.")
    numbers = {"an_hour": (UploadRules.an_hour, 1000), "most_mb": (UploadRules.most_mb, 100)}
    found = {name: _number(table.get(name, own), name, most) for name, (own, most) in numbers.items()}
    return UploadRules(Hidden(hidden), found["an_hour"], found["most_mb"], later, late)


def _number(value: Any, name: str, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise CatalogError(f"{WHERE}: {name} must be a whole number from 1 to {most}, not {value!r}.")
    return value
