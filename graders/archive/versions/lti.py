"""Migration 5: learning platforms, their courses and people, and scores on their way to gradebooks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Add the tables of LTI."""
    op.create_table(
        "lti_platforms",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("client", sa.String(255), nullable=False),
        sa.Column("login", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("keys", sa.Text, nullable=False),
        sa.Column("audience", sa.Text, nullable=False),
        sa.UniqueConstraint("issuer", "client", name="one_client"),
    )
    op.create_table(
        "lti_deployments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("platform", sa.Integer, sa.ForeignKey("lti_platforms.id"), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.UniqueConstraint("platform", "name", name="one_deployment"),
    )
    op.create_table(
        "lti_courses",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("deployment", sa.Integer, sa.ForeignKey("lti_deployments.id"), nullable=False),
        sa.Column("context", sa.String(255), nullable=False),
        sa.Column("title", sa.String(1000), nullable=False),
        sa.Column("members", sa.Text, nullable=False),
        sa.UniqueConstraint("deployment", "context", name="one_course"),
    )
    op.create_table(
        "lti_activities",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("course", sa.Integer, sa.ForeignKey("lti_courses.id"), nullable=False),
        sa.Column("link", sa.String(255), nullable=False),
        sa.Column("assignment", sa.String(200), nullable=False),
        sa.Column("endpoint", sa.Text, nullable=False),
        sa.Column("released", sa.Boolean, nullable=False),
        sa.UniqueConstraint("course", "link", name="one_link"),
    )
    op.create_table(
        "lti_people",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("platform", sa.Integer, sa.ForeignKey("lti_platforms.id"), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("student", sa.String(1000), nullable=False, unique=True),
        sa.UniqueConstraint("platform", "subject", name="one_subject"),
    )
    op.create_table(
        "lti_enrolments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("course", sa.Integer, sa.ForeignKey("lti_courses.id"), nullable=False),
        sa.Column("person", sa.Integer, sa.ForeignKey("lti_people.id"), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.UniqueConstraint("course", "person", name="one_enrolment"),
    )
    op.create_table(
        "lti_scores",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("activity", sa.Integer, sa.ForeignKey("lti_activities.id"), nullable=False),
        sa.Column("person", sa.Integer, sa.ForeignKey("lti_people.id"), nullable=False),
        sa.Column("wanted", sa.Integer, nullable=False),
        sa.Column("sent", sa.Integer, nullable=False),
        sa.Column("arrived", sa.Text, nullable=False),
        sa.Column("stamp", sa.Float, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due", sa.Float, nullable=False),
        sa.Column("busy", sa.Float, nullable=False),
        sa.Column("failed", sa.Boolean, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.UniqueConstraint("activity", "person", name="one_score"),
    )
    op.create_table(
        "lti_passing",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("until", sa.Float, nullable=False),
    )
