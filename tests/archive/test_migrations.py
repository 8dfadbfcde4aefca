"""Databases of every version: opened, brought to today's schema, nothing of them lost; a newer one is refused."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import postgres
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from written_answers import graded

from graders.archive.database import SCHEMA, Database
from graders.archive.migrating import STEPS, migrate
from graders.archive.store import Store
from graders.archive.tables import metadata
from graders.errors import StoreError

SCHEMA_1 = """
CREATE TABLE settings (name VARCHAR(100) NOT NULL, value TEXT NOT NULL, PRIMARY KEY (name));
CREATE TABLE submissions (id INTEGER NOT NULL, assignment VARCHAR(200) NOT NULL, student VARCHAR(1000) NOT NULL,
    sha256 VARCHAR(64) NOT NULL, record TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (id),
    UNIQUE (assignment, student, sha256));
CREATE TABLE reports (id INTEGER NOT NULL, submission INTEGER NOT NULL, profile VARCHAR(100) NOT NULL,
    digest VARCHAR(64) NOT NULL, turn INTEGER NOT NULL, record TEXT NOT NULL, cells BLOB NOT NULL, PRIMARY KEY (id),
    UNIQUE (submission, profile, digest), FOREIGN KEY(submission) REFERENCES submissions (id));
CREATE INDEX ix_reports_submission ON reports (submission);
CREATE INDEX ix_reports_turn ON reports (turn);
INSERT INTO settings VALUES ('schema', '1'), ('secret', 'abcd');
"""


def rows(path: Path, table: str) -> list[tuple[object, ...]]:
    """All rows of a table of an SQLite database."""
    with sqlite3.connect(path) as connection:
        found = connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
    connection.close()
    return found


def old_database(path: Path, made_with: Path) -> None:
    """A database of schema 1 with the submissions and reports of another one."""
    with sqlite3.connect(path) as connection:
        connection.executescript(SCHEMA_1)
        for table, marks in (("submissions", "?,?,?,?,?,?"), ("reports", "?,?,?,?,?,?,?")):
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows(made_with, table))
    connection.close()


def test_a_database_of_the_first_schema_loses_nothing(tmp_path: Path) -> None:
    """Its reports, submissions and secret are as they were, and today's tables stand next to them."""
    with Store(tmp_path / "today.db") as store:
        for student in ("ada", "bob"):
            store.keep(graded(student))
        expected = repr(store.latest("course"))
    old_database(tmp_path / "old.db", tmp_path / "today.db")
    before = {table: rows(tmp_path / "old.db", table) for table in ("submissions", "reports")}
    with Store(tmp_path / "old.db") as store:
        assert repr(store.latest("course")) == expected and store.secret() == bytes.fromhex("abcd")
        assert store.submission("course", "ada", graded("ada").submission.sha256) == graded("ada").submission
    assert {table: rows(tmp_path / "old.db", table) for table in before} == before
    assert dict(rows(tmp_path / "old.db", "settings"))["schema"] == str(SCHEMA)
    assert rows(tmp_path / "old.db", "decisions") == rows(tmp_path / "old.db", "timings") == []


def test_migrations_lead_to_the_tables_that_are_used() -> None:
    """On both kinds of database nothing is left to do after the last step."""
    with postgres.server() as url:
        for address in ("sqlite://", url):
            engine = sa.create_engine(address)
            with engine.begin() as connection:
                migrate(connection, 0)
                assert compare_metadata(MigrationContext.configure(connection), metadata) == []
            engine.dispose()
    assert len(STEPS) == SCHEMA


@pytest.mark.parametrize("schema", [str(SCHEMA + 1), "99", "2027a"])
def test_a_newer_database_is_refused_in_one_sentence(tmp_path: Path, schema: str) -> None:
    """Before anything is written to it."""
    Database(tmp_path / "x.db").close()
    with sqlite3.connect(tmp_path / "x.db") as connection:
        connection.execute("UPDATE settings SET value = ? WHERE name = 'schema'", (schema,))
    connection.close()
    before = rows(tmp_path / "x.db", "settings")
    with pytest.raises(StoreError, match=r"was made by a newer version of graders \(schema .*; install that version"):
        Database(tmp_path / "x.db")
    assert rows(tmp_path / "x.db", "settings") == before


def test_many_programs_may_open_an_old_database_at_once(tmp_path: Path) -> None:
    """One of them migrates, the others wait for it."""
    with sqlite3.connect(tmp_path / "old.db") as connection:
        connection.executescript(SCHEMA_1)
    connection.close()
    with ThreadPoolExecutor(4) as pool:
        for database in pool.map(Database, [tmp_path / "old.db"] * 4):
            database.close()
    assert dict(rows(tmp_path / "old.db", "settings"))["schema"] == str(SCHEMA)


def test_a_step_that_fails_leaves_the_database_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All steps or none: tables that were made in it are gone again."""

    def fails(_: object) -> None:
        raise OSError("the disk is full")

    with sqlite3.connect(tmp_path / "old.db") as connection:
        connection.executescript(SCHEMA_1)
    connection.close()
    monkeypatch.setattr("graders.archive.migrating.STEPS", (*STEPS, fails))
    with pytest.raises(StoreError):
        Database(tmp_path / "old.db")
    assert dict(rows(tmp_path / "old.db", "settings"))["schema"] == "1"
    assert [
        name for (name,) in rows(tmp_path / "old.db", "(SELECT name FROM sqlite_master WHERE name = 'decisions')")
    ] == []
    monkeypatch.undo()
    Database(tmp_path / "old.db").close()
    assert rows(tmp_path / "old.db", "decisions") == []
