"""One database: opened, brought to today's schema, read and written in transactions, its errors reported in a sentence.

SQLite by default. On PostgreSQL a writer takes one lock first, as SQLite's writers do, so that both promise the
same: a transaction that writes sees no half of another, and nobody writes between what it reads and what it writes.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from graders.archive.tables import metadata, settings
from graders.errors import StoreError

SCHEMA = 8  # the number of the newest migration
BUSY_SECONDS = 30
WRITERS = 0x67726164  # PostgreSQL's number of the lock that writers take
SENTENCES = {  # SQLite's error names, by their beginning
    "SQLITE_BUSY": "is locked by another program; close that program, or wait, and run the same command again",
    "SQLITE_LOCKED": "is locked by another program; close that program, or wait, and run the same command again",
    "SQLITE_READONLY": "cannot be written to; make it and its folder writable, or choose another folder with --out",
    "SQLITE_CANTOPEN": "cannot be opened; make its folder writable, or choose another folder with --out",
    "SQLITE_PERM": "may not be opened by this user; choose another folder with --out",
    "SQLITE_FULL": "cannot grow because the disk is full; free some space and run the same command again",
    "SQLITE_NOTADB": "is not a database; move that file away, or choose another folder with --out",
    "SQLITE_CORRUPT": "is damaged; restore it from a backup, or move it away and grade again",
    "SQLITE_IOERR": "cannot be read or written because of a disk error; see to the disk and run the same command again",
}
NEWER = (
    "The database {name} was made by a newer version of graders (schema {found}; this version knows {known}); "
    "install that version, or choose another folder with --out."
)


class Database:
    """An open database at today's schema; from one process at a time or from several.

    Args:
        url: an SQLAlchemy URL, or the path of an SQLite file, which is made where it does not exist.

    Raises:
        StoreError: from every method, when the database cannot be read or written, or is a newer version's.
    """

    def __init__(self, url: str | Path) -> None:
        address = sa.URL.create("sqlite", database=str(url)) if isinstance(url, Path) else _address(url)
        self.name = str(url) if isinstance(url, Path) else address.render_as_string(hide_password=True)
        try:
            self._engine = sa.create_engine(address)
        except (exc.ArgumentError, ImportError) as error:
            raise StoreError(f"There is no driver for the database {self.name} here: {error}.") from error
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _prepare_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
        elif self._engine.dialect.name == "postgresql":
            event.listen(self._engine, "begin", _begin_postgresql)
        try:
            self._bring_up_to_date()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that reads."""
        with self._told(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that writes: all of it is kept, or nothing."""
        engine = self._engine.execution_options(write=True)
        with self._told(), engine.begin() as connection:
            yield connection

    def setting(self, name: str, default: str) -> str:
        """The value of a setting, which is the default from the first time on that somebody asks for it."""
        with self.write() as connection:
            found = connection.execute(sa.select(settings.c.value).where(settings.c.name == name)).scalar()
            if found is None:
                connection.execute(settings.insert().values(name=name, value=default))
        return default if found is None else str(found)

    def set(self, name: str, value: str) -> None:
        """Keep the value of a setting in place of the one before."""
        with self.write() as connection:
            if not connection.execute(settings.update().where(settings.c.name == name).values(value=value)).rowcount:
                connection.execute(settings.insert().values(name=name, value=value))

    def _bring_up_to_date(self) -> None:
        with self.read() as connection:
            found = _schema(connection)
        if found == SCHEMA:
            return
        with self.write() as connection:
            found = _schema(connection)
            if found > SCHEMA:
                raise StoreError(NEWER.format(name=self.name, found=found, known=SCHEMA))
            if found == 0:
                metadata.create_all(connection)
                connection.execute(settings.insert().values(name="schema", value=str(SCHEMA)))
            elif found < SCHEMA:  # Alembic takes a second to load, which only a database that needs it should cost
                importlib.import_module("graders.archive.migrating").migrate(connection, found)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn the database's errors into one sentence each."""
        try:
            yield
        except (exc.DBAPIError, OSError) as error:
            raise StoreError(_sentence(error, self.name)) from error


def for_its_owner(path: Path) -> None:
    """See that nobody else may read a database, from its first byte on; SQLite's other files follow its example."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        status = os.fstat(descriptor)
        if status.st_mode & 0o077 and status.st_uid == os.geteuid():
            os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def _schema(connection: sa.Connection) -> int:
    """The number of the migration at which a database is; 0 for an empty one."""
    if not sa.inspect(connection).has_table("settings"):
        return 0
    found = connection.execute(sa.select(settings.c.value).where(settings.c.name == "schema")).scalar()
    if found is None:
        return 0
    return int(found) if str(found).isdecimal() else SCHEMA + 1


def _address(url: str) -> sa.URL:
    try:
        return sa.make_url(url)
    except exc.ArgumentError as error:
        raise StoreError(f"{url!r} is not a database address; it should look like sqlite:///graders.db.") from error


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, so that a transaction holds what it reads as well
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("write", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")


def _sentence(error: Exception, name: str) -> str:
    """What is wrong with the database and what to do about it."""
    cause = getattr(error, "orig", error)
    code = getattr(cause, "sqlite_errorname", None) or ""
    for prefix, words in SENTENCES.items():
        if code.startswith(prefix):
            return f"The database {name} {words}."
    return f"The database {name} cannot be used: {' '.join(str(cause).split()).rstrip('.')}."
