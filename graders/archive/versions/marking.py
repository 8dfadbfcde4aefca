"""Migration 2: what people decide about written answers, rubrics that changed, extensions, accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Add the tables of marking next to those of reports, which stay as they are."""
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("assignment", sa.String(200), nullable=False),
        sa.Column("student", sa.String(1000), nullable=False),
        sa.Column("question", sa.String(200), nullable=False),
        sa.Column("part", sa.String(200), nullable=False),
        sa.Column("answer", sa.String(64), nullable=False),
        sa.Column("turn", sa.String(10), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("judgement", sa.String(32), nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("marker", sa.String(200), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.UniqueConstraint(
            "assignment", "student", "question", "part", "answer", "turn", "number", name="one_of_each"
        ),
    )
    op.create_index("ix_decisions_judgement", "decisions", ["judgement"])
    op.create_table(
        "rubrics",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("assignment", sa.String(200), nullable=False),
        sa.Column("question", sa.String(200), nullable=False),
        sa.Column("part", sa.String(200), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("marker", sa.String(200), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.UniqueConstraint("assignment", "question", "part", "number", name="one_version"),
    )
    op.create_table(
        "extensions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("assignment", sa.String(200), nullable=False),
        sa.Column("student", sa.String(1000), nullable=False),
        sa.Column("due", sa.String(40), nullable=False),
        sa.UniqueConstraint("assignment", "student", name="one_extension"),
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("since", sa.String(40), nullable=False),
    )
