"""The tables of the database, as the newest migration leaves them."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

settings = sa.Table(
    "settings",
    metadata,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

submissions = sa.Table(
    "submissions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("assignment", sa.String(200), nullable=False),
    sa.Column("student", sa.String(1000), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("record", sa.Text, nullable=False),  # everything but the content
    sa.Column("content", sa.LargeBinary, nullable=False),  # zlib
    sa.UniqueConstraint("assignment", "student", "sha256"),
)

reports = sa.Table(
    "reports",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("submission", sa.ForeignKey("submissions.id"), nullable=False, index=True),
    sa.Column("profile", sa.String(100), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("turn", sa.Integer, nullable=False, index=True),  # counts up: a student's highest is the one that counts
    sa.Column("record", sa.Text, nullable=False),  # everything but the submission and the cells
    sa.Column("cells", sa.LargeBinary, nullable=False),  # zlib of JSON: what the notebook printed
    sa.UniqueConstraint("submission", "profile", "digest"),
)

# What the class's page needs of a report with what was decided: made again where the stamp is not the one due.
facts = sa.Table(
    "facts",
    metadata,
    sa.Column("report", sa.ForeignKey("reports.id"), primary_key=True, autoincrement=False),
    sa.Column("stamp", sa.String(64), nullable=False),
    sa.Column("sheet", sa.String(64), nullable=False),
    sa.Column("record", sa.Text, nullable=False),
)

# The questions and checks of reports, by digest: most of a class share theirs.
sheets = sa.Table(
    "sheets",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("record", sa.Text, nullable=False),
)

# What people have decided. A row is never changed: anyone who decides again, or takes back, adds one.
decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("assignment", sa.String(200), nullable=False),
    sa.Column("student", sa.String(1000), nullable=False),
    sa.Column("question", sa.String(200), nullable=False),
    sa.Column("part", sa.String(200), nullable=False),  # the check
    sa.Column("answer", sa.String(64), nullable=False),  # digest of the text that was judged
    sa.Column("turn", sa.String(10), nullable=False),  # first, or second: a blind second opinion
    sa.Column("number", sa.Integer, nullable=False),  # counts up from 1: the highest counts
    sa.Column("judgement", sa.String(32), nullable=False, index=True),  # the same for all that one act has decided
    sa.Column("record", sa.Text, nullable=False),  # what was decided, as JSON
    sa.Column("marker", sa.String(200), nullable=False),
    sa.Column("at", sa.String(40), nullable=False),  # ISO 8601, UTC
    sa.UniqueConstraint("assignment", "student", "question", "part", "answer", "turn", "number", name="one_of_each"),
)

# What the items of a rubric are worth: the highest number counts, and each earlier one stays.
rubrics = sa.Table(
    "rubrics",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("assignment", sa.String(200), nullable=False),
    sa.Column("question", sa.String(200), nullable=False),
    sa.Column("part", sa.String(200), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("record", sa.Text, nullable=False),  # the items, and those of the assignment at that time, as JSON
    sa.Column("marker", sa.String(200), nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.UniqueConstraint("assignment", "question", "part", "number", name="one_version"),
)

# Who may hand in later than the others.
extensions = sa.Table(
    "extensions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("assignment", sa.String(200), nullable=False),
    sa.Column("student", sa.String(1000), nullable=False),
    sa.Column("due", sa.String(40), nullable=False),  # ISO 8601, UTC
    sa.UniqueConstraint("assignment", "student", name="one_extension"),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(200), nullable=False, unique=True),
    sa.Column("role", sa.String(20), nullable=False),  # instructor or marker
    sa.Column("password", sa.String(200), nullable=False),  # argon2
    sa.Column("since", sa.String(40), nullable=False),  # sessions opened before are void
)
