"""Migration 8: which jobs take longer than a first try may."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Of the jobs that there are, none is known to be slow."""
    op.add_column("jobs", sa.Column("slow", sa.Boolean, nullable=False, server_default=sa.false()))
