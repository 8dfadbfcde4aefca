"""Migration 3: what the class's page needs of each report, so that it need not read whole reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Add the tables of facts, which are filled as they are needed."""
    op.create_table(
        "facts",
        sa.Column("report", sa.Integer, sa.ForeignKey("reports.id"), primary_key=True, autoincrement=False),
        sa.Column("stamp", sa.String(64), nullable=False),
        sa.Column("sheet", sa.String(64), nullable=False),
        sa.Column("record", sa.Text, nullable=False),
    )
    op.create_table(
        "sheets",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("record", sa.Text, nullable=False),
    )
