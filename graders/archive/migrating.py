"""Brings a database to today's schema with Alembic, in the transaction that is given: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from graders.archive.tables import settings
from graders.archive.versions import classroom, lti, marking, removal, reports, slow_jobs, timings, uploads

STEPS: tuple[Callable[[Operations], None], ...] = (
    reports.upgrade,
    marking.upgrade,
    classroom.upgrade,
    uploads.upgrade,
    lti.upgrade,
    removal.upgrade,
    timings.upgrade,
    slow_jobs.upgrade,
)  # in the order of their numbers


def migrate(connection: sa.Connection, found: int) -> None:
    """Take the steps that a database lacks.

    Args:
        found: the number of the last step that it has; 0 for an empty database.
    """
    operations = Operations(MigrationContext.configure(connection))
    for number, step in enumerate(STEPS[found:], start=found + 1):
        step(operations)
        _note(connection, str(number))


def _note(connection: sa.Connection, number: str) -> None:
    values: dict[str, Any] = {"name": "schema", "value": number}
    if not connection.execute(settings.update().where(settings.c.name == "schema").values(values)).rowcount:
        connection.execute(settings.insert().values(values))
