"""What a student sees of a report of their own: public checks at once, all else when the instructor's rule says so."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from graders.archive.database import Database
from graders.archive.record import from_text, submission_from_record
from graders.archive.tables import jobs, reports, submissions, uploads
from graders.model import QuestionReport, Report, Verdict, total
from graders.queue.rules import Hidden, UploadRules

UNTIL_DUE = "Here are the public checks. What the hidden ones say is shown once it is due."
NOT_SHOWN = "Here are the public checks. What the hidden ones say is not shown in this course."
Found = tuple[Report, bytes]  # a report, and its page as it was graded


def reports_of(database: Database, ids: Collection[int]) -> dict[int, Found]:
    """Attempt -> its report, the newest one, without cells; those that were not graded yet are left out."""
    columns = [column for column in reports.c if column.name != "cells"]
    query = sa.select(uploads.c.id.label("upload"), *columns, submissions.c.record.label("handed_in"))
    query = query.join_from(uploads, submissions).join(reports).where(uploads.c.id.in_(ids)).order_by(reports.c.turn)
    pages = sa.select(jobs.c.upload, jobs.c.page).where(jobs.c.upload.in_(ids) & (jobs.c.page != b""))
    with database.read() as connection:
        rows = connection.execute(query).all()
        page = {row.upload: row.page for row in connection.execute(pages.order_by(jobs.c.ended))}
    return {
        row.upload: (
            from_text(row.record, submission_from_record(json.loads(row.handed_in))),
            page.get(row.upload, b""),
        )
        for row in rows
    }  # of several reports the last stays


def for_student(report: Report, rules: UploadRules, now: datetime, extension: datetime | None) -> Report:
    """The report as its student may see it now; the report itself where that is all of it."""
    if rules.shows_hidden(now, extension):
        return report
    mark = rules.shows_mark(now, extension)
    parts = [_part(question, mark) for question in report.questions]
    due = rules.hidden is Hidden.AFTER_DUE
    return replace(
        report,
        questions=tuple(part for part in parts if part.verdicts),
        shown_results={},  # what the grader measured comes from hidden checks
        late=None,  # what it takes tells of the whole mark
        notices=(*report.notices, UNTIL_DUE if due else NOT_SHOWN),
    )


def _part(question: QuestionReport, mark: bool) -> QuestionReport:
    shown = tuple(verdict for verdict in question.verdicts if _is_shown(verdict, mark))
    return replace(question, verdicts=shown, possible=total(verdict.possible for verdict in shown))


def _is_shown(verdict: Verdict, mark: bool) -> bool:
    return verdict.public or (mark and bool(verdict.items))
