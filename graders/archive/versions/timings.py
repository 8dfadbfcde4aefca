"""Migration 7: where the time of each grading went."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Add the table of timings, which the next grading of each submission fills."""
    op.create_table(
        "timings",
        sa.Column("report", sa.Integer, sa.ForeignKey("reports.id"), primary_key=True, autoincrement=False),
        sa.Column("spans", sa.LargeBinary, nullable=False),
    )
