"""What was handed in lies on disk until it is asked for."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from sample_reports import submission

from graders.archive.spool import Spool, Tasks


def test_bytes_come_back_as_they_were() -> None:
    """Of each submission its own; what is the same lies there once; what was empty stays so."""
    given = [
        replace(submission(name, content), sha256=str(hash(content)))
        for name, content in (("a", b"one"), ("b", b"two" * 1000), ("c", b"one"), ("d", b""))
    ]
    with Spool() as spool:
        light = [spool.put(one) for one in given]
        assert all(one.content == b"" for one in light) and spool._end == 3 + 3000
        assert [spool.get(one) for one in reversed(light)] == given[::-1]
        assert spool.get(given[1]) == given[1]


def test_tasks_read_when_they_are_asked_for() -> None:
    """A task has its bytes, and the list of tasks does not."""
    with Spool() as spool:
        light = [spool.put(replace(submission(str(i), b"x" * i), sha256=str(i))) for i in range(1, 4)]
        tasks = Tasks([(one, None) for one in light], spool)
        assert len(tasks) == 3 and [task[0].content for task in tasks] == [b"x", b"xx", b"xxx"]
        assert tasks[1][0].content == b"xx" and tasks[1][1] is None
    assert Tasks([(submission("z", b"kept"), None)], None)[0][0].content == b"kept"


def test_nothing_is_left_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file has no name, so that a killed process leaves none either."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Spool() as spool:
        spool.put(submission("a", b"content"))
        assert os.listdir(tmp_path) == []
