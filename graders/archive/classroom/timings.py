"""Keeps where the time of each grading went, next to its report; what people are given of a report never reads it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence

import sqlalchemy as sa

from graders.archive.database import Database
from graders.archive.store import key_of
from graders.archive.tables import reports, submissions, timings
from graders.model import Report
from graders.timing import Span


def keep_timings(database: Database, report: Report, spans: Sequence[Span]) -> None:
    """Keep the spans of a report's grading, in place of those of an earlier one; nothing where there are none."""
    if not spans:
        return
    with database.write() as connection:
        id = connection.execute(sa.select(reports.c.id).join(submissions).where(key_of(report))).scalar()
        if id is None:  # deleted since, or graded by somebody else
            return
        connection.execute(timings.delete().where(timings.c.report == id))
        connection.execute(timings.insert().values(report=id, spans=_packed(spans)))


def timings_of(database: Database, report: Report) -> tuple[Span, ...]:
    """The spans of a report's grading, in the order in which they began; none where they were not kept."""
    query = sa.select(timings.c.spans).join_from(timings, reports).join(submissions).where(key_of(report))
    with database.read() as connection:
        packed = connection.execute(query).scalar()
    return () if packed is None else tuple(Span(*fields) for fields in json.loads(zlib.decompress(packed)))


def _packed(spans: Sequence[Span]) -> bytes:
    rows = [(span.phase, span.name, round(span.start, 6), round(span.seconds, 6), span.depth) for span in spans]
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode(), 1)
