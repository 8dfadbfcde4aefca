"""Due dates: the rules as they are written, the extensions, and what lateness costs on each side of every bound."""

import tomllib
from datetime import datetime, timedelta

import pytest
from written_answers import graded

from graders.errors import CatalogError, UsageError
from graders.marking.late import late_rules, read_extensions

RULES = """
[late]
due = 2026-11-30T23:59:00+01:00
grace_minutes = 15
percent_a_day = 10
cap_percent = 50
days = 7
"""
DUE = datetime.fromisoformat("2026-11-30T23:59:00+01:00")


def rules(text: str = RULES):  # type: ignore[no-untyped-def]
    """The rules of a settings file."""
    found = late_rules(tomllib.loads(text))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("after", "days", "percent"),
    [
        (timedelta(days=-3), None, None),
        (timedelta(0), None, None),
        (timedelta(minutes=15), None, None),
        (timedelta(minutes=16), 1, 10),
        (timedelta(days=1), 1, 10),
        (timedelta(days=1, seconds=1), 2, 20),
        (timedelta(days=6), 6, 50),
        (timedelta(days=7), 7, 50),
        (timedelta(days=7, seconds=1), 8, 100),
    ],
)
def test_each_bound(after: timedelta, days: int | None, percent: float | None) -> None:
    """In time, within grace, each day that has begun, the cap, and the day after which nothing counts."""
    late = rules().judge(graded("ada", received=(DUE + after).isoformat()))
    assert (late and late.days, late and late.percent) == (days, percent)
    if late:
        assert late.points == round(1.5 * late.percent / 100, 2) and not late.extended


def test_time_zones_are_times() -> None:
    """The same moment, however it is written."""
    assert rules().judge(graded("ada", received="2026-11-30T22:59:00Z")) is None
    assert rules().judge(graded("ada", received="2026-11-30T23:59:00Z")) is not None


def test_what_nothing_sure_dates_costs_nothing() -> None:
    """The date of a file is what the last copy made it, unless the course says that it counts."""
    from dataclasses import replace

    late = graded("ada", received="2026-12-02T10:00:00+00:00")
    undated = replace(late, submission=replace(late.submission, dated=False))
    assert rules().judge(undated) is None
    assert rules(RULES + "file_dates = true").judge(undated) is not None
    assert rules().judge(graded("ada", received="")) is None and rules().judge(graded("ada", received="soon")) is None


def test_an_extension_moves_the_due_date_of_one_student() -> None:
    """Never to an earlier one than the others'."""
    late = graded("ada", received="2026-12-02T10:00:00+00:00")
    until = read_extensions("student,due\nada,+2\n", rules())["ada"]
    assert until == DUE + timedelta(days=2) and rules().judge(late, until) is None
    later = rules().judge(graded("ada", received="2026-12-04T10:00:00+00:00"), until)
    assert later is not None and later.extended and later.days == 2
    assert rules().judge(late, DUE - timedelta(days=9)).due == rules().judge(late).due


def test_extensions_as_people_write_them() -> None:
    """Days, dates, times, with another order of columns, more columns, a byte order mark, blank lines."""
    text = '\ufeffDue,Reason,Student\n+3,ill,ada\n2026-12-04,,"Lovelace, Bob"\n\n2026-12-04T12:00,,cyd\n'
    text += "2026-12-04T12:00+00:00,,dan\n"
    found = {name: due.isoformat() for name, due in read_extensions(text, rules()).items()}
    assert found == {
        "ada": "2026-12-03T23:59:00+01:00",
        "Lovelace, Bob": "2026-12-04T23:59:59+01:00",
        "cyd": "2026-12-04T12:00:00+01:00",
        "dan": "2026-12-04T12:00:00+00:00",
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name,due\nada,+1",
        "student,due\nada,soon",
        "student,due\n,+1",
        "student,due\nada",
        "student,due\nada,+1\nada,+2",
        "student,due\nada,31.12.2026",
    ],
)
def test_extensions_that_cannot_be_read_are_refused(text: str) -> None:
    """In one sentence that names the line; nobody is left out in silence."""
    with pytest.raises(UsageError, match=r"^(Line \d+|The first line) of the extensions"):
        read_extensions(text, rules())


@pytest.mark.parametrize(
    "text",
    [
        "[late]\ngrace_minutes = 5",
        "[late]\ndue = 2026-11-30T23:59:00",
        "[late]\ndue = '2026-11-30'",
        RULES + "percent = 3",
        RULES.replace("= 10", "= -10"),
        RULES.replace("= 10", "= 101"),
        RULES.replace("= 10", "= true"),
        RULES.replace("= 10", "= '10'"),
        RULES + "file_dates = 1",
    ],
)
def test_rules_that_cannot_be_are_refused(text: str) -> None:
    """In one sentence that names the table."""
    with pytest.raises(CatalogError, match=r"\[late\] of assignment.toml"):
        late_rules(tomllib.loads(text))


def test_an_assignment_without_rules_has_none() -> None:
    """Nothing is late there."""
    assert late_rules({}) is None
