"""What a launch needs for some minutes is given once, and void afterwards."""

from pathlib import Path

from graders.archive.database import Database
from graders.archive.tables import lti_passing
from graders.lti.passing import Passing


def test_a_value_is_given_once_and_for_a_while(tmp_path: Path) -> None:
    """By any process; what is void goes from the database as others come."""
    database, now = Database(tmp_path / "x.db"), [1000.0]
    passing, another = (Passing(database, lambda: now[0]) for _ in range(2))
    passing.keep("a", {"nonce": "n"}, 600)
    passing.keep("b", 1, 600)
    assert another.take("a") == {"nonce": "n"} and passing.take("a") is None and another.take("a") is None
    now[0] += 601
    assert passing.take("b") is None
    passing.keep("c", 1, 600)
    now[0] += 601
    passing.keep("d", 1, 600)
    with database.read() as connection:
        assert [row.name for row in connection.execute(lti_passing.select())] == ["d"]
    database.close()


def test_nobody_takes_a_name_that_is_not_there(tmp_path: Path) -> None:
    """Empty, of another kind, or never kept."""
    database = Database(tmp_path / "x.db")
    assert [Passing(database).take(name) for name in ("", "state-x", "invitation x")] == [None, None, None]
    database.close()
