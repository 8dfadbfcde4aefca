"""Migration 6: learning platforms and deployments can be removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Note of platforms and deployments whether they are removed."""
    for table in ("lti_platforms", "lti_deployments"):
        op.add_column(table, sa.Column("removed", sa.Boolean, nullable=False, server_default=sa.false()))
