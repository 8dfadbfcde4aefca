"""A student's data is deleted whole, and nobody else's is touched."""

from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from uploading import Clock, receive, work_all
from written_answers import decide, graded, slot

from graders.archive.classroom.likeness import PAIRS, PASSAGES
from graders.archive.classroom.timings import keep_timings, timings_of
from graders.archive.classroom.unchanged import WRITTEN
from graders.archive.database import Database
from graders.archive.giving_out import LINES
from graders.archive.marks import Marks
from graders.archive.store import Store
from graders.archive.tables import metadata, timings
from graders.commands.uploads.forget import forget
from graders.queue.jobs import Jobs
from graders.queue.removal import remove, students_before
from graders.timing import Span


def everything(database: Database) -> str:
    """All that is kept, as text."""
    with database.read() as connection:
        return "".join(repr(connection.execute(sa.select(table)).all()) for table in metadata.sorted_tables)


def filled(path: Path) -> None:
    """A class of ada and bob, with uploads, reports, decisions and an extension of each, and a line about ada."""
    with Store(path) as store:
        for student in ("ada", "bob"):
            receive(store.database, student)
            decide(Marks(store.database), slot(student))
        work_all(Jobs(store.database, "course", "one", clock=Clock()))
        due = datetime(2026, 12, 1, tzinfo=UTC)
        Marks(store.database).extend("course", {"ada": due, "bob": due})
        for report in store.latest("course"):
            keep_timings(store.database, report, [Span("cells", report.submission.student, 0.0, 1.0, 0)])
        for setting in (LINES, PASSAGES, PAIRS, WRITTEN):
            store.database.set(setting.format("course"), '["something about ada"]')


def test_nothing_is_left_of_a_student_and_all_of_the_others(tmp_path: Path) -> None:
    """In no table."""
    filled(tmp_path / "graders.db")
    with Store(tmp_path / "graders.db") as store:
        removed = remove(store.database, ["ada"])
        assert (removed.uploads, removed.submissions, removed.reports, removed.decisions) == (1, 1, 1, 1)
        assert removed.folders == (("course", "ada"),)
        assert "ada" not in everything(store.database)
        (left,) = store.latest("course")
        assert left.submission.student == "bob" and len(timings_of(store.database, left)) == 1
        with store.database.read() as connection:
            assert len(connection.execute(sa.select(timings)).all()) == 1
        assert everything(store.database).count("bob") >= 4 and len(Marks(store.database).all("course")) == 1


def test_what_is_older_than_a_day_goes_by_the_last_work_of_each(tmp_path: Path) -> None:
    """Anyone who handed in after it keeps all that is theirs."""
    with Store(tmp_path / "graders.db") as store:
        store.keep(graded("old", received="2024-01-10T10:00:00+00:00"))
        store.keep(graded("back", received="2024-01-10T10:00:00+00:00"))
        store.keep(graded("back", "again", received="2026-01-10T10:00:00+00:00"))
        store.keep(graded("undated", received=""))
        assert students_before(store.database, datetime(2025, 1, 1, tzinfo=UTC)) == ["old"]


def test_the_command_deletes_folders_too(tmp_path: Path) -> None:
    """And needs a yes where nobody can be asked."""
    filled(tmp_path / "graders.db")
    folders = tmp_path / "course", tmp_path / "staff-only" / "course"
    for folder in folders:
        for student in ("ada", "bob"):
            (folder / student).mkdir(parents=True)
            (folder / student / "report.html").write_text("x")
    assert forget(["ada"], out=tmp_path, database=None, sure=True) == 0
    for folder in folders:
        assert [path.name for path in folder.iterdir()] == ["bob"]
    assert forget([], out=tmp_path, database=None, before=datetime(2020, 1, 1), sure=True) == 0
    with Store(tmp_path / "graders.db") as store:
        assert len(store.latest("course")) == 1
