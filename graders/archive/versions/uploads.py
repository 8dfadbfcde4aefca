"""Migration 4: what students upload, and the queue in which it waits to be graded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Add the tables of uploads, of jobs, and of who does them."""
    op.create_table(
        "uploads",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("assignment", sa.String(200), nullable=False),
        sa.Column("context", sa.String(300), nullable=False),
        sa.Column("student", sa.String(1000), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("received", sa.String(40), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("notices", sa.Text, nullable=False),
        sa.Column("submission", sa.Integer, sa.ForeignKey("submissions.id"), nullable=False, index=True),
        sa.UniqueConstraint("assignment", "student", "number", name="one_attempt"),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("upload", sa.Integer, sa.ForeignKey("uploads.id"), nullable=False),
        sa.Column("stage", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False, index=True),
        sa.Column("worker", sa.String(100), nullable=False),
        sa.Column("beat", sa.Float, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("since", sa.Float, nullable=False),
        sa.Column("started", sa.Float, nullable=False),
        sa.Column("ended", sa.Float, nullable=False),
        sa.Column("feedback", sa.Text, nullable=False),
        sa.Column("page", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("upload", "stage", name="one_job"),
    )
    op.create_table(
        "crews",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("assignment", sa.String(200), nullable=False),
        sa.Column("stages", sa.String(50), nullable=False),
        sa.Column("jobs", sa.Integer, nullable=False),
        sa.Column("beat", sa.Float, nullable=False),
    )
