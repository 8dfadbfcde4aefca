"""Keeps a few facts of each report as it stands, so that the page of a class reads those and not whole reports.

They are derived: whatever changes what a report says changes the stamp that its facts should have, and those that have
another are made again from the report. So nothing has to be notified of decisions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from graders.archive.marks import Marks
from graders.archive.settled import settled_report
from graders.archive.store import Store
from graders.archive.tables import decisions, extensions, facts, reports, rubrics, sheets, submissions
from graders.marking.late import LateRules
from graders.model import Report
from graders.report.classroom.facts import (
    FORM,
    AssignmentSheet,
    StudentFacts,
    facts_of,
    pack,
    pack_sheet,
    sheet_of,
    unpack,
    unpack_sheet,
)
from graders.report.clean import storable


class _Kept(NamedTuple):
    """The report that counts for a student, and the facts of it that are kept, if any are."""

    report: int
    student: str
    stamp: str
    due: str
    sheet: str
    record: str


def class_facts(store: Store, assignment: str, late: LateRules | None) -> list[StudentFacts]:
    """The facts of each student, by name, with all that was decided.

    Stamps are read before reports and decisions: what comes in between makes other stamps and other facts due.
    """
    with store.database.read() as connection:
        rows = _kept(connection, assignment, late)
        known = {digest: unpack_sheet(text) for digest, text in connection.execute(sa.select(sheets)).all()}
    stale = [row for row in rows if row.stamp != row.due]
    fresh: dict[int, StudentFacts] = {}
    if stale:
        made = _made(store, assignment, late, stale)
        fresh = _keep(store, stale, made, known)
    found = [fresh.get(row.report) or unpack(row.record, known[row.sheet]) for row in rows]
    return sorted(found, key=lambda one: (one.student.casefold(), one.student))


def _kept(connection: sa.Connection, assignment: str, late: LateRules | None) -> list[_Kept]:
    best = (
        sa.select(submissions.c.student, sa.func.max(reports.c.turn).label("turn"))
        .join(reports)
        .where(submissions.c.assignment == assignment)
        .group_by(submissions.c.student)
        .subquery()
    )
    query = (
        sa.select(reports.c.id, best.c.student, best.c.turn, facts.c.stamp, facts.c.sheet, facts.c.record)
        .join(best, best.c.turn == reports.c.turn)
        .join(facts, facts.c.report == reports.c.id, isouter=True)
    )
    due = due_stamps(connection, assignment, late)
    return [
        _Kept(row.id, row.student, row.stamp or "", due(row.student, row.turn), row.sheet or "", row.record or "")
        for row in connection.execute(query).all()
    ]


def due_stamps(connection: sa.Connection, assignment: str, late: LateRules | None) -> Callable[[str, int], str]:
    """For a student, as the database names them, and the turn of a report: a stamp of the report and all decisions."""
    newest = (
        sa.select(decisions.c.student, sa.func.max(decisions.c.id).label("newest"))
        .where(decisions.c.assignment == assignment)
        .group_by(decisions.c.student)
    )
    decided = {row.student: row.newest for row in connection.execute(newest)}
    until = sa.select(extensions.c.student, extensions.c.due).where(extensions.c.assignment == assignment)
    extended = {row.student: row.due for row in connection.execute(until)}
    rubric = connection.execute(sa.select(sa.func.max(rubrics.c.id)).where(rubrics.c.assignment == assignment)).scalar()
    shared = f"{FORM} {rubric} {late!r}"
    return lambda student, turn: _stamp(shared, turn, decided.get(student), extended.get(student))


def _stamp(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _made(store: Store, assignment: str, late: LateRules | None, stale: Sequence[_Kept]) -> Mapping[str, Report]:
    """The reports of some students with what was decided, by their names as the database has them."""
    ledger = Marks(store.database).ledger(assignment, late)
    found = store.latest(assignment, [row.student for row in stale])
    return {storable(r.submission.student): settled_report(store, r, ledger) for r in found}


def _keep(
    store: Store, stale: Sequence[_Kept], made: Mapping[str, Report], known: dict[str, AssignmentSheet]
) -> dict[int, StudentFacts]:
    """Keep the facts of some reports; those facts, by the reports' numbers."""
    digests: dict[AssignmentSheet, str] = {sheet: digest for digest, sheet in known.items()}
    found: dict[int, StudentFacts] = {}
    rows: list[dict[str, Any]] = []
    new: dict[str, str] = {}
    for row in stale:
        report = made.get(row.student)
        if report is None:
            continue
        sheet = sheet_of(report)
        if sheet not in digests:
            text = pack_sheet(sheet)
            digests[sheet] = hashlib.sha256(text.encode()).hexdigest()
            new[digests[sheet]] = text
            known[digests[sheet]] = sheet
        found[row.report] = facts_of(report, known[digests[sheet]])
        rows.append(
            {"report": row.report, "stamp": row.due, "sheet": digests[sheet], "record": pack(found[row.report])}
        )
    with store.database.write() as connection:
        there = set(connection.execute(sa.select(sheets.c.digest)).scalars())
        if missing := [{"digest": digest, "record": text} for digest, text in new.items() if digest not in there]:
            connection.execute(sheets.insert(), missing)
        if rows:
            connection.execute(facts.delete().where(facts.c.report.in_([row["report"] for row in rows])))
            connection.execute(facts.insert(), rows)
    return found
