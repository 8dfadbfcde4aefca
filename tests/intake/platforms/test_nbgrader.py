"""nbgrader's exchange and its time stamps: who handed in what, and when, by what nbgrader wrote and nobody else."""

from pathlib import Path

import pytest

from graders.intake.platforms.nbgrader import inbound, received
from graders.intake.submissions import collect


def put(
    folder: Path, name: str, text: str = '{"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}'
) -> None:
    """A file below a folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("2015-02-02 14:58:23.948203 America/Los_Angeles", "2015-02-02T22:58:23+00:00"),
        ("2026-11-23 10:00:00 UTC", "2026-11-23T10:00:00+00:00"),
        ("2026-11-23 10:00:00.1 Europe/Berlin", "2026-11-23T09:00:00+00:00"),
        ("2026-11-23 10:00:00", "2026-11-23T10:00:00+00:00"),
        ("2026-11-23 10:00:00 Nowhere/Land", ""),
        ("2026-13-40 10:00:00 UTC", ""),
        ("yesterday", ""),
        ("2026-11-23 10:00:00 ../../etc/passwd", ""),
    ],
)
def test_times_are_read_with_their_zone(text: str, expected: str) -> None:
    """A zone that nobody knows gives no time at all, rather than a wrong one."""
    assert received(text) == expected


def test_the_name_of_a_folder_in_the_exchange_says_all() -> None:
    """Student, assignment and time, with the random end or without."""
    found = inbound("ada+practical09+2026-11-23 10:00:00.123456 UTC+abc123")
    assert found is not None and (found.student, found.assignment) == ("ada", "practical09")
    assert found == inbound("ada+practical09+2026-11-23 10:00:00.123456 UTC")
    assert inbound("ada+practical09") is None and inbound("ada") is None


def test_the_newest_of_an_exchange_counts(tmp_path: Path) -> None:
    """Other assignments are passed over, with a line; lateness goes by the exchange's own time."""
    put(tmp_path, "bob+practical09+2026-11-22 09:00:00.0 UTC+y/practical09.ipynb")
    put(tmp_path, "ada+practical09+2026-11-23 10:00:00.0 UTC+x/practical09.ipynb")
    put(tmp_path, "ada+practical09+2026-11-24 10:00:00.0 UTC+z/practical09.ipynb", '{"cells": [], "nbformat": 4}')
    put(tmp_path, "ada+other+2026-11-25 10:00:00.0 UTC+z/other.ipynb")
    inbox = collect([tmp_path], "practical09")
    assert [(one.student, one.received, one.dated) for one in inbox.submissions] == [
        ("ada", "2026-11-24T10:00:00+00:00", True),
        ("bob", "2026-11-22T09:00:00+00:00", True),
    ]
    assert any("other" in line for line in inbox.lines)


def test_a_time_stamp_counts_only_where_everybody_has_one(tmp_path: Path) -> None:
    """Who puts such a file next to their notebook has not been early by that."""
    for name in ("ada", "bob"):
        put(tmp_path, f"{name}/practical09/practical09.ipynb")
        put(tmp_path, f"{name}/practical09/timestamp.txt", "2026-11-23 10:00:00 UTC")
    assert all(one.dated for one in collect([tmp_path], "practical09").submissions)
    (tmp_path / "bob/practical09/timestamp.txt").unlink()
    assert not any(one.dated for one in collect([tmp_path], "practical09").submissions)
