"""Keeps what people decide: decisions, rubrics, extensions; every row stays, and anyone who decides again adds one."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from graders.archive.database import Database
from graders.archive.tables import decisions, extensions, rubrics
from graders.errors import ConflictError
from graders.marking.answer import Slot
from graders.marking.decision import Decision, MarkerTurn
from graders.marking.late import LateRules, moment
from graders.marking.ledger import Ledger, newest
from graders.marking.rubric import Rubric, rubric_from
from graders.report.clean import storable

SLOT = ("assignment", "student", "question", "part", "answer")


class Marks:
    """What people have decided, in a database; every method is one transaction.

    Raises:
        StoreError: from every method, when the database cannot be read or written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def ledger(self, assignment: str, late: LateRules | None = None) -> Ledger:
        """What counts of all that was decided about an assignment."""
        with self._database.read() as connection:
            first, second = newest(_decisions(connection, _newest(assignment)))
            found = connection.execute(sa.select(rubrics).where(rubrics.c.assignment == assignment)).all()
            until = connection.execute(sa.select(extensions).where(extensions.c.assignment == assignment)).all()
        kept = {(row.question, row.part): _rubric(row) for row in sorted(found, key=lambda row: row.number)}
        given = {row.student: due for row in until if (due := moment(row.due))}
        return Ledger(first, second, kept, late, given)

    def version(self) -> tuple[int, ...]:
        """Numbers that are others as soon as anything is kept."""
        with self._database.read() as connection:
            columns = (decisions.c.id, rubrics.c.id)
            newest = [connection.execute(sa.select(sa.func.max(column))).scalar() for column in columns]
            until = connection.execute(sa.select(extensions.c.student, extensions.c.due)).all()
        return (*(int(number or 0) for number in newest), hash(tuple(sorted(map(tuple, until)))))

    def history(self, slot: Slot) -> list[Decision]:
        """All that was ever decided in a slot, in its order."""
        with self._database.read() as connection:
            query = sa.select(decisions).where(_is(slot)).order_by(decisions.c.id)
            return _decisions(connection, query)

    def all(self, assignment: str) -> list[Decision]:
        """All that was ever decided about an assignment, in its order."""
        query = sa.select(decisions).where(decisions.c.assignment == assignment).order_by(decisions.c.id)
        with self._database.read() as connection:
            return _decisions(connection, query)

    def decide(self, made: Sequence[Decision], by: str, rubric: Rubric | None = None) -> str:
        """Keep decisions, all of them or none; the name of this act.

        Args:
            made: each with the number after the one that its maker has seen.
            rubric: the one that they rest on, kept as the first version where none was kept yet.

        Raises:
            ConflictError: somebody has decided one of them since; nothing is kept.
        """
        act, now = secrets.token_hex(16), _now()
        with self._database.write() as connection:
            _refuse_conflicts(connection, made)
            if rubric is not None and made:
                _keep_first(connection, made[0].slot, rubric, by, now)
            if made:
                connection.execute(decisions.insert(), [_row(one, by, now, act) for one in made])
        return act

    def take_back(self, act: str, by: str) -> list[Slot]:
        """Undo an act: each of its slots gets once more what counted there before; the slots.

        Raises:
            ConflictError: there is no such act of theirs, or somebody has decided one of the slots since.
        """
        now, undoing = _now(), secrets.token_hex(16)
        with self._database.write() as connection:
            whose = (decisions.c.judgement == act) & (decisions.c.marker == by)
            done = _decisions(connection, sa.select(decisions).where(whose))
            if not done:
                raise ConflictError("There is nothing to undo.")
            made = [replace(_before(connection, one), number=one.number + 1, undoes=act) for one in done]
            _refuse_conflicts(connection, made)
            connection.execute(decisions.insert(), [_row(one, by, now, undoing) for one in made])
        return [one.slot for one in made]

    def last_act(self, assignment: str, by: str) -> str | None:
        """The newest act of a marker that they have not undone; None where there is none."""
        mine = (decisions.c.assignment == assignment) & (decisions.c.marker == by)
        with self._database.read() as connection:
            made = _decisions(connection, sa.select(decisions).where(mine).order_by(decisions.c.id))
        acts = {one.judgement: one.undoes for one in made}
        undone = set(acts.values())
        return next((act for act, undoes in reversed(acts.items()) if not undoes and act not in undone), None)

    def keep_rubric(self, assignment: str, question: str, part: str, rubric: Rubric, by: str) -> None:
        """Keep the next version of a rubric.

        Raises:
            ConflictError: somebody has changed it since.
        """
        with self._database.write() as connection:
            found = _number_of(connection, assignment, question, part)
            if found != rubric.number - 1:
                raise ConflictError("Somebody else has changed this rubric since you opened it; look at it again.")
            _insert_rubric(connection, (assignment, question, part), rubric, by, _now())

    def extend(self, assignment: str, until: Mapping[str, datetime]) -> None:
        """Keep who may hand in later; anyone who had more time before and is not named here has it no more."""
        rows = [
            {"assignment": assignment, "student": storable(student), "due": due.astimezone(UTC).isoformat()}
            for student, due in until.items()
        ]
        with self._database.write() as connection:
            connection.execute(extensions.delete().where(extensions.c.assignment == assignment))
            if rows:
                connection.execute(extensions.insert(), rows)


def _newest(assignment: str) -> sa.Select[Any]:
    """The newest decision of each slot and turn."""
    columns = [decisions.c[name] for name in (*SLOT, "turn")]
    last = sa.select(sa.func.max(decisions.c.id).label("id")).where(decisions.c.assignment == assignment)
    best = last.group_by(*columns).subquery()
    return sa.select(decisions).join(best, best.c.id == decisions.c.id)


def _refuse_conflicts(connection: sa.Connection, made: Iterable[Decision]) -> None:
    for one in made:
        where = _is(one.slot) & (decisions.c.turn == one.turn.value)
        query = sa.select(decisions).where(where).order_by(decisions.c.number.desc()).limit(1)
        found = _decisions(connection, query)
        if (found[0].number if found else 0) != one.number - 1:
            who = f" by {found[0].by}" if found else ""
            raise ConflictError(f"This has been decided{who} since you opened it; nothing was changed.")


def _before(connection: sa.Connection, one: Decision) -> Decision:
    """What counted in a slot before a decision: an earlier one, or nothing."""
    where = _is(one.slot) & (decisions.c.turn == one.turn.value) & (decisions.c.number == one.number - 1)
    found = _decisions(connection, sa.select(decisions).where(where))
    return found[0] if found else Decision(one.slot, turn=one.turn)


def _is(slot: Slot) -> sa.ColumnElement[bool]:
    return sa.and_(*(decisions.c[name] == storable(getattr(slot, name)) for name in SLOT))


def _row(one: Decision, by: str, at: str, act: str) -> dict[str, Any]:
    slot = {name: storable(getattr(one.slot, name)) for name in SLOT}
    kept = {"turn": one.turn.value, "number": one.number, "judgement": act, "marker": by, "at": at}
    return {**slot, **kept, "record": json.dumps({**one.as_record(), "undoes": one.undoes})}


def _decisions(connection: sa.Connection, query: sa.Select[Any]) -> list[Decision]:
    return [_decision(row) for row in connection.execute(query)]


def _decision(row: Any) -> Decision:
    record = json.loads(row.record)
    given = record.pop("given")
    slot = Slot(*(getattr(row, name) for name in SLOT))
    return Decision(
        slot,
        None if given is None else frozenset(given),
        turn=MarkerTurn(row.turn),
        number=row.number,
        judgement=row.judgement,
        by=row.marker,
        at=row.at,
        **record,
    )


def _rubric(row: Any) -> Rubric:
    return rubric_from(json.loads(row.record), number=row.number, by=row.marker, at=row.at)


def _number_of(connection: sa.Connection, assignment: str, question: str, part: str) -> int:
    table = rubrics.c
    where = (table.assignment == assignment) & (table.question == question) & (table.part == part)
    return int(connection.execute(sa.select(sa.func.max(table.number)).where(where)).scalar() or 0)


def _keep_first(connection: sa.Connection, slot: Slot, rubric: Rubric, by: str, at: str) -> None:
    if rubric.number == 0 and not _number_of(connection, slot.assignment, slot.question, slot.part):
        _insert_rubric(connection, (slot.assignment, slot.question, slot.part), replace(rubric, number=1), by, at)


def _insert_rubric(connection: sa.Connection, part: tuple[str, str, str], rubric: Rubric, by: str, at: str) -> None:
    names = dict(zip(("assignment", "question", "part"), part, strict=True))
    record = json.dumps(rubric.as_record())
    connection.execute(rubrics.insert().values(**names, number=rubric.number, record=record, marker=by, at=at))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
