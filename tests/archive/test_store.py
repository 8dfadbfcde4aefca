"""The store: what is written stays whole, what is done is found, and its errors are one sentence."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from sample_reports import graded, questions, report, submission

from graders.archive.store import Store, is_whole, open_store
from graders.archive.tables import reports
from graders.errors import StoreError
from graders.model import ShownResult

DIGEST = "ab" * 32


def count(store: Store) -> int:
    """How many reports the database holds."""
    with store._read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(reports)).scalar_one())


def test_a_report_is_found_again_by_what_it_depends_on(tmp_path: Path) -> None:
    """The same submission, profile and grader find it; any other does not."""
    with open_store(tmp_path) as store:
        store.keep(graded())
        assert repr(store.find(submission(), "quick", DIGEST)) == repr(graded())
        assert store.find(submission(), "full", DIGEST) is None
        assert store.find(submission(), "quick", "cd" * 32) is None
        assert store.find(submission(content=b"other"), "quick", DIGEST) is None
        assert store.find(submission("grace"), "quick", DIGEST) is None


def test_it_is_still_there_after_closing(tmp_path: Path) -> None:
    """The database is a file that the next run opens."""
    with open_store(tmp_path / "new" / "folder") as store:
        store.keep(graded())
    with open_store(tmp_path / "new" / "folder") as store:
        assert store.find(submission(), "quick", DIGEST) is not None


def test_keeping_again_replaces(tmp_path: Path) -> None:
    """A regrade by the same grader leaves one report, the newer one."""
    with open_store(tmp_path) as store:
        store.keep(graded())
        store.keep(replace(graded(), seconds=9.0))
        assert count(store) == 1
        assert [found.seconds for found in store.latest("practical09")] == [9.0]


def test_the_last_submission_of_a_student_counts(tmp_path: Path) -> None:
    """Also when an earlier one is handed in again and found already graded."""
    first, second = graded(content=b"first"), graded(content=b"second!")
    with open_store(tmp_path) as store:
        store.keep(first)
        store.keep(second)
        assert [found.submission.sha256 for found in store.latest("practical09")] == [second.submission.sha256]
        store.find(first.submission, "quick", DIGEST)
        assert [found.submission.sha256 for found in store.latest("practical09")] == [first.submission.sha256]


def test_the_class_comes_by_name_and_assignment(tmp_path: Path) -> None:
    """One report a student, without what weighs much."""
    other = replace(graded("zoe"), submission=replace(submission("zoe"), assignment="other"), assignment="other")
    with open_store(tmp_path) as store:
        for kept in (graded("grace"), graded("Ada"), graded("ada"), other):
            store.keep(kept)
        found = store.latest("practical09")
        assert [one.submission.student for one in found] == ["Ada", "ada", "grace"]
        assert all(one.cells == () and one.submission.content == b"" for one in found)
        assert store.assignments() == ["other", "practical09"]


def test_what_a_notebook_shows_of_its_results_comes_back(tmp_path: Path) -> None:
    """As it was kept, however the report is read."""
    shown = {"sentiment_rnn": ShownResult("85.0% accuracy", "50.1%", far_off=True)}
    with open_store(tmp_path) as store:
        store.keep(replace(graded(), shown_results=shown))
        found = store.find(submission(), "quick", DIGEST)
        assert found is not None and found.shown_results == shown
        assert [one.shown_results for one in store.latest("practical09")] == [shown]


def test_reports_of_earlier_versions_are_read(tmp_path: Path) -> None:
    """What they have in another form, and what they lack, costs nothing else of them."""
    with open_store(tmp_path) as store:
        store.keep(graded())
        with store._write() as connection:
            record = json.loads(connection.execute(sa.select(reports.c.record)).scalar_one())
            record |= {"claims": {"sentiment_rnn": {"accuracy": 0.85}}}
            del record["shown_results"], record["remarks"]
            connection.execute(reports.update().values(record=json.dumps(record)))
        assert repr(store.latest("practical09")[0].questions) == repr(graded().questions)


def test_an_earlier_grader_s_report_is_offered(tmp_path: Path) -> None:
    """So that only the questions that changed are graded again."""
    with open_store(tmp_path) as store:
        assert store.previous(submission(), "quick") is None
        store.keep(graded(digest="old"))
        store.keep(graded(digest="newer"))
        found = store.previous(submission(), "quick")
        assert found is not None and found.grader["digest"] == "newer"
        assert store.previous(submission(), "full") is None


def test_submissions_keep_their_bytes(tmp_path: Path) -> None:
    """What was handed in can be had back, whatever the student is called."""
    with open_store(tmp_path) as store:
        for student in ("ada", "o'brien; DROP TABLE reports", "null\0byte", "half\ud800", "نور", "a" * 900):
            handed_in = submission(student, bytes(range(256)))
            store.keep(graded(student, bytes(range(256))))
            assert store.submission("practical09", student, handed_in.sha256) == handed_in
            assert store.find(handed_in, "quick", DIGEST) is not None
        assert store.submission("practical09", "nobody", "00") is None


def test_the_secret_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each database has its own, which stays; the environment may set another."""
    monkeypatch.delenv("GRADERS_SECRET", raising=False)
    with open_store(tmp_path / "a") as store:
        secret = store.secret()
        assert len(secret) == 32
    with open_store(tmp_path / "a") as again, open_store(tmp_path / "b") as other:
        assert again.secret() == secret != other.secret()
        monkeypatch.setenv("GRADERS_SECRET", "chosen")
        assert again.secret() == b"chosen"


def test_the_secret_is_in_no_report(tmp_path: Path) -> None:
    """Anyone who gets reports learns nothing of it."""
    with open_store(tmp_path) as store:
        store.keep(graded())
        secret = store.secret()
        assert secret.hex() not in repr(store.latest("practical09"))


def test_our_own_faults_make_a_report_worth_trying_again() -> None:
    """A report is whole when nothing in it is internal."""
    assert not is_whole(report())
    assert is_whole(report(questions=questions()[:2]))


def test_write_ahead_log_and_full_syncs(tmp_path: Path) -> None:
    """The settings that survive a power cut."""
    with open_store(tmp_path) as store, store._read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


WRITER = """
import sys
from pathlib import Path
from graders.archive.store import open_store
from sample_reports import graded
with open_store(Path(sys.argv[1])) as store:
    print("ready", flush=True)
    for number in range(100_000):
        store.keep(graded(f"student{number}", digest="x" * 64))
        print(number, flush=True)
"""


def test_kill_9_leaves_whole_reports_only(tmp_path: Path) -> None:
    """A writer killed at random points: every report that it announced is there and whole, and the next run goes on."""
    for round_ in range(3):
        command = [sys.executable, "-c", WRITER, str(tmp_path)]
        paths = os.pathsep.join(path for path in sys.path if path)
        with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": paths}) as process:
            assert process.stdout is not None
            for _ in range(4 + 3 * round_):
                line = process.stdout.readline()
            process.send_signal(signal.SIGKILL)
        announced = int(line)
        with open_store(tmp_path) as store:
            kept = store.latest("practical09")
            assert len(kept) >= announced + 1
            assert all(repr(found.questions) == repr(graded().questions) for found in kept)
            with store._read() as connection:
                assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """One sentence that says what to do."""
    (tmp_path / "graders.db").write_bytes(b"this is a text file, and a long enough one to be looked at" * 20)
    with pytest.raises(StoreError, match=r"graders\.db is not a database; move that file away"):
        open_store(tmp_path)


def test_a_database_of_another_version(tmp_path: Path) -> None:
    """It is refused before anything is written."""
    with open_store(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "graders.db") as connection:
        connection.execute("UPDATE settings SET value = '99' WHERE name = 'schema'")
    connection.close()
    with pytest.raises(StoreError, match="schema 99"):
        open_store(tmp_path)


def test_a_locked_database(tmp_path: Path) -> None:
    """Another program that holds it is named as the cause."""
    with open_store(tmp_path) as store:
        other = sqlite3.connect(tmp_path / "graders.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with store._read() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=0")
        with pytest.raises(StoreError, match="is locked by another program"):
            store.keep(graded())
        other.execute("ROLLBACK")
        other.close()
        store.keep(graded())


def test_a_read_only_database(tmp_path: Path) -> None:
    """SQLite's own query_only stands in for a read-only disk, which root could write to all the same."""
    with open_store(tmp_path) as store:
        with store._read() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
        with pytest.raises(StoreError, match="cannot be written to; make it and its folder writable"):
            store.keep(graded())


def test_a_full_disk(tmp_path: Path) -> None:
    """A database that may not grow stands in for it; what was there stays."""
    with open_store(tmp_path) as store:
        store.keep(graded())
        with store._read() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count=1")
        with pytest.raises(StoreError, match="the disk is full"):
            for number in range(1000):
                store.keep(graded(f"student{number}", os.urandom(5000)))
        assert store.find(submission(), "quick", DIGEST) is not None


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot be made"):
        open_store(tmp_path / "file")


def test_a_database_elsewhere(tmp_path: Path) -> None:
    """A URL is used instead of the file in the folder; one that means nothing is a sentence."""
    with open_store(tmp_path / "out", f"sqlite:///{tmp_path / 'elsewhere.db'}") as store:
        store.keep(graded())
    assert (tmp_path / "elsewhere.db").is_file() and not (tmp_path / "out" / "graders.db").exists()
    with pytest.raises(StoreError, match="not a database address"):
        open_store(tmp_path / "out", "nonsense")
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(tmp_path / "out", f"sqlite:///{tmp_path}/nowhere/x.db")


def test_the_database_is_its_owner_s_alone(tmp_path: Path) -> None:
    """From the first byte on, with SQLite's other files; a database that was open to others is closed to them."""
    old = os.umask(0)
    try:
        with open_store(tmp_path / "out") as store:
            store.keep(graded())
            files = list((tmp_path / "out").iterdir())
            assert {path.stat().st_mode & 0o777 for path in files} == {0o600} and len(files) > 1
        (tmp_path / "out" / "graders.db").chmod(0o644)
        with open_store(tmp_path / "out") as store:
            assert store.latest("practical09") and (tmp_path / "out" / "graders.db").stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(old)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700


def test_a_report_is_found_without_its_weight(tmp_path: Path) -> None:
    """Its cells are left where they are, unless they are asked for."""
    with open_store(tmp_path) as store:
        store.keep(graded())
        light = store.find(submission(), "quick", DIGEST, cells=False)
        assert light is not None and light.cells == () and repr(replace(graded(), cells=())) == repr(light)
