"""Keeps who may sign in, with the hash of a password each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from graders.archive.database import Database
from graders.archive.tables import accounts
from graders.errors import UsageError


@dataclass(frozen=True)
class Account:
    """Who may sign in.

    Attributes:
        role: `instructor` or `marker`.
        password: its hash.
        since: sessions opened before are void.
    """

    name: str
    role: str
    password: str
    since: str


class Accounts:
    """The accounts of a database.

    Raises:
        StoreError: from every method, when the database cannot be read or written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, name: str) -> Account | None:
        """The account of that name."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(accounts).where(accounts.c.name == name)).first()
        return None if row is None else Account(row.name, row.role, row.password, row.since)

    def all(self) -> list[Account]:
        """Every account, by name."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(accounts).order_by(accounts.c.name)).all()
        return [Account(row.name, row.role, row.password, row.since) for row in rows]

    def add(self, name: str, role: str, password: str) -> None:
        """Make an account.

        Raises:
            UsageError: there is one of that name.
        """
        with self._database.write() as connection:
            if connection.execute(sa.select(accounts.c.id).where(accounts.c.name == name)).first():
                raise UsageError(f"There is an account {name!r} already; graders account password gives it another.")
            values = {"name": name, "role": role, "password": password, "since": _now()}
            connection.execute(accounts.insert().values(values))

    def change(self, name: str, password: str) -> None:
        """Give an account another password, which ends its sessions.

        Raises:
            UsageError: there is none of that name.
        """
        with self._database.write() as connection:
            values = {"password": password, "since": _now()}
            changed = connection.execute(accounts.update().where(accounts.c.name == name).values(values))
        _refuse_none(name, changed.rowcount)

    def remove(self, name: str) -> None:
        """Remove an account, which ends its sessions; what it has decided stays.

        Raises:
            UsageError: there is none of that name.
        """
        with self._database.write() as connection:
            removed = connection.execute(accounts.delete().where(accounts.c.name == name))
        _refuse_none(name, removed.rowcount)


def _refuse_none(name: str, count: int) -> None:
    if not count:
        raise UsageError(f"There is no account {name!r}; graders account list names them.")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
