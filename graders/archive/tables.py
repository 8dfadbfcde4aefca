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

# Where the time of each grading went: for staff, and in no report.
timings = sa.Table(
    "timings",
    metadata,
    sa.Column("report", sa.ForeignKey("reports.id"), primary_key=True, autoincrement=False),
    sa.Column("spans", sa.LargeBinary, nullable=False),  # zlib of JSON
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

# What students have uploaded: each attempt as it was received.
uploads = sa.Table(
    "uploads",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("assignment", sa.String(200), nullable=False),
    sa.Column("context", sa.String(300), nullable=False),  # the course, as a learning platform names it
    sa.Column("student", sa.String(1000), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),  # counts a student's attempts from 1
    sa.Column("name", sa.String(300), nullable=False),  # of the file
    sa.Column("received", sa.String(40), nullable=False),  # ISO 8601, UTC
    sa.Column("sha256", sa.String(64), nullable=False),  # of the file
    sa.Column("size", sa.Integer, nullable=False),  # bytes of the file
    sa.Column("content", sa.LargeBinary, nullable=False),  # zlib; empty where the submission has the file's own bytes
    sa.Column("notices", sa.Text, nullable=False),  # JSON: what was said at once
    sa.Column("submission", sa.ForeignKey("submissions.id"), nullable=False, index=True),
    sa.UniqueConstraint("assignment", "student", "number", name="one_attempt"),
)

# What is to be done with an upload, in stages. A job that somebody has claimed is theirs as long as they say so.
jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("upload", sa.ForeignKey("uploads.id"), nullable=False),
    sa.Column("stage", sa.String(10), nullable=False),  # public, whole or later
    sa.Column("state", sa.String(10), nullable=False, index=True),  # waiting, running, kept or done
    sa.Column("worker", sa.String(100), nullable=False),  # whose it is, or was
    sa.Column("beat", sa.Float, nullable=False),  # when they last said so, seconds since 1970
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("slow", sa.Boolean, nullable=False, server_default=sa.false()),  # longer than a first try may take
    sa.Column("since", sa.Float, nullable=False),
    sa.Column("started", sa.Float, nullable=False),  # 0 before
    sa.Column("ended", sa.Float, nullable=False),  # 0 before
    sa.Column("feedback", sa.Text, nullable=False),  # JSON: what the public checks say
    sa.Column("page", sa.LargeBinary, nullable=False),  # zlib: the report's page as it was graded
    sa.UniqueConstraint("upload", "stage", name="one_job"),
)

# Who works through the queue.
crews = sa.Table(
    "crews",
    metadata,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("assignment", sa.String(200), nullable=False),
    sa.Column("stages", sa.String(50), nullable=False),  # separated by spaces
    sa.Column("jobs", sa.Integer, nullable=False),  # worker processes
    sa.Column("beat", sa.Float, nullable=False),
)

# Learning platforms that may launch these pages by LTI: one row an issuer and client id.
lti_platforms = sa.Table(
    "lti_platforms",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("issuer", sa.String(500), nullable=False),
    sa.Column("client", sa.String(255), nullable=False),
    sa.Column("login", sa.Text, nullable=False),
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("keys", sa.Text, nullable=False),
    sa.Column("audience", sa.Text, nullable=False),  # of requests for tokens; that address itself where it is empty
    sa.Column("removed", sa.Boolean, nullable=False),  # nobody may launch by it, and nothing is sent to it
    sa.UniqueConstraint("issuer", "client", name="one_client"),
)

lti_deployments = sa.Table(
    "lti_deployments",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("platform", sa.ForeignKey("lti_platforms.id"), nullable=False),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("removed", sa.Boolean, nullable=False),
    sa.UniqueConstraint("platform", "name", name="one_deployment"),
)

lti_courses = sa.Table(
    "lti_courses",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("deployment", sa.ForeignKey("lti_deployments.id"), nullable=False),
    sa.Column("context", sa.String(255), nullable=False),
    sa.Column("title", sa.String(1000), nullable=False),
    sa.Column("members", sa.Text, nullable=False),  # the address of its roster; empty where it has none
    sa.UniqueConstraint("deployment", "context", name="one_course"),
)

# Links in courses that open an assignment, and the column of the gradebook that belongs to each.
lti_activities = sa.Table(
    "lti_activities",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("course", sa.ForeignKey("lti_courses.id"), nullable=False),
    sa.Column("link", sa.String(255), nullable=False),
    sa.Column("assignment", sa.String(200), nullable=False),
    sa.Column("endpoint", sa.Text, nullable=False),  # what the launch says of the gradebook, as JSON
    sa.Column("released", sa.Boolean, nullable=False),  # whether scores are sent
    sa.UniqueConstraint("course", "link", name="one_link"),
)

# Who has come from a platform, and the name under which their work is reported.
lti_people = sa.Table(
    "lti_people",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("platform", sa.ForeignKey("lti_platforms.id"), nullable=False),
    sa.Column("subject", sa.String(255), nullable=False),
    sa.Column("student", sa.String(1000), nullable=False, unique=True),
    sa.UniqueConstraint("platform", "subject", name="one_subject"),
)

lti_enrolments = sa.Table(
    "lti_enrolments",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("course", sa.ForeignKey("lti_courses.id"), nullable=False),
    sa.Column("person", sa.ForeignKey("lti_people.id"), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.UniqueConstraint("course", "person", name="one_enrolment"),
)

# Scores on their way to gradebooks: one row an activity and student, which says what of it has arrived.
lti_scores = sa.Table(
    "lti_scores",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("activity", sa.ForeignKey("lti_activities.id"), nullable=False),
    sa.Column("person", sa.ForeignKey("lti_people.id"), nullable=False),
    sa.Column("wanted", sa.Integer, nullable=False),  # counts up each time that the marks may have changed
    sa.Column("sent", sa.Integer, nullable=False),  # the count of which the score has arrived
    sa.Column("arrived", sa.Text, nullable=False),  # that score, as JSON
    sa.Column("stamp", sa.Float, nullable=False),  # the time that was given with it, in seconds: later ones are later
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("due", sa.Float, nullable=False),  # when it is tried next
    sa.Column("busy", sa.Float, nullable=False),  # until when a sender is at it
    sa.Column("failed", sa.Boolean, nullable=False),  # for good: a person has to see to it
    sa.Column("said", sa.Text, nullable=False),  # why it has not arrived, in a sentence
    sa.UniqueConstraint("activity", "person", name="one_score"),
)

# What a launch needs for some minutes: used once, and void afterwards.
lti_passing = sa.Table(
    "lti_passing",
    metadata,
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("until", sa.Float, nullable=False),
)
