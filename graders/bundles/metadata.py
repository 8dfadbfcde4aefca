"""Gradescope's submission_metadata.json: whose a submission is, when it came, and what came before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from graders.marking.late import moment


@dataclass(frozen=True)
class Earlier:
    """One earlier submission: when it came, whether grading it failed, and its results where Gradescope gives them."""

    received: datetime
    failed: bool = False
    results: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Metadata:
    """What Gradescope says of a submission; everything may be missing.

    Attributes:
        due: until when it may be handed in, with this student's own extension.
    """

    student: str = "student"
    received: datetime | None = None
    due: datetime | None = None
    earlier: tuple[Earlier, ...] = ()

    def within(self, hours: float) -> list[Earlier]:
        """The earlier submissions of the last hours before this one that were graded."""
        if self.received is None:
            return []
        since = self.received - timedelta(hours=hours)
        return [one for one in self.earlier if not one.failed and since < one.received <= self.received]


def read_metadata(path: Path) -> Metadata:
    """What the file says; unknown keys, numbers as text, nulls and an empty file are taken as they come."""
    try:
        data = json.loads(path.read_bytes() or b"{}")
    except (OSError, ValueError, RecursionError):
        return Metadata()
    if not isinstance(data, Mapping):
        return Metadata()
    users = [user for user in _list(data.get("users")) if isinstance(user, Mapping)]
    first = users[0] if users else {}
    names = [str(user.get("email") or user.get("name") or user.get("id") or "") for user in users]
    own = first.get("assignment") if isinstance(first.get("assignment"), Mapping) else data.get("assignment")
    due = _moment(own.get("due_date")) if isinstance(own, Mapping) else None
    found = [_earlier(one) for one in _list(data.get("previous_submissions")) if isinstance(one, Mapping)]
    return Metadata(
        ", ".join(name for name in names if name) or "student",
        _moment(data.get("created_at")),
        due,
        tuple(one for one in found if one is not None),
    )


def _earlier(one: Mapping[str, Any]) -> Earlier | None:
    received = _moment(one.get("submission_time"))
    results = one.get("results")
    if received is None:
        return None
    return Earlier(received, one.get("autograder_error") is True, results if isinstance(results, Mapping) else None)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _moment(value: Any) -> datetime | None:
    found = moment(value) if isinstance(value, str) else None
    return found.astimezone(UTC) if found else None
