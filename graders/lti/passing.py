"""Keeps what a launch needs for some minutes: in the database, so that any server process may go on; used once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from graders.archive.database import Database
from graders.archive.tables import lti_passing

MINUTES_10 = 600.0


class Passing:
    """Values that are given once, and are void after some minutes.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock

    def keep(self, name: str, value: Any, seconds: float = MINUTES_10) -> None:
        """Keep a value as JSON; what is void goes."""
        now = self._clock()
        row = {"name": name, "value": json.dumps(value), "until": now + seconds}
        with self._database.write() as connection:
            connection.execute(lti_passing.delete().where((lti_passing.c.until < now) | (lti_passing.c.name == name)))
            connection.execute(lti_passing.insert().values(row))

    def take(self, name: str) -> Any:
        """The value of a name, which nobody gets a second time; None where there is none, or it is void."""
        remove = lti_passing.delete().where(lti_passing.c.name == name)
        with self._database.write() as connection:
            row = connection.execute(remove.returning(lti_passing.c.value, lti_passing.c.until)).first()
        return json.loads(row.value) if row is not None and row.until >= self._clock() else None
