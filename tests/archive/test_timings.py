"""Where the time of gradings went is kept next to reports, replaced with them, and in no report."""

from dataclasses import replace
from pathlib import Path

import pytest
from written_answers import graded

from graders.archive.classroom.timings import keep_timings, timings_of
from graders.archive.finished import timed
from graders.archive.store import Store
from graders.report.json import dumps
from graders.timing import WHOLE, Span

SPANS = (Span(WHOLE, "", 0.0, 2.5, 0), Span("calls", "f_ö", 0.25, 0.125001, 1))


def test_spans_come_back_as_they_were_kept(tmp_path: Path) -> None:
    """To the microsecond; of this very report, and no other."""
    with Store(tmp_path / "a.db") as store:
        ada, bob, by_another = graded("ada"), graded("bob"), graded("ada", grader={"digest": "b", "profile": "full"})
        for report in (ada, bob, by_another):
            store.keep(report)
        assert timings_of(store.database, ada) == ()
        keep_timings(store.database, ada, SPANS)
        assert timings_of(store.database, ada) == SPANS
        assert timings_of(store.database, bob) == timings_of(store.database, by_another) == ()


def test_a_newer_grading_replaces_them(tmp_path: Path) -> None:
    """Where nothing was measured, what is there stays."""
    with Store(tmp_path / "a.db") as store:
        store.keep(graded("ada"))
        keep_timings(store.database, graded("ada"), SPANS)
        store.keep(replace(graded("ada"), seconds=9.0))
        keep_timings(store.database, graded("ada"), SPANS[:1])
        keep_timings(store.database, graded("ada"), ())
        assert timings_of(store.database, graded("ada")) == SPANS[:1]


def test_of_a_report_that_is_gone_nothing_is_kept(tmp_path: Path) -> None:
    """Somebody may have deleted it in between."""
    with Store(tmp_path / "a.db") as store:
        keep_timings(store.database, graded("ada"), SPANS)
        assert timings_of(store.database, graded("ada")) == ()


@pytest.mark.parametrize("staff", [True, False])
def test_no_report_tells_them(staff: bool) -> None:
    """What a grading measured goes with the report, and is in none of its texts."""
    done = timed(lambda: graded("ada"), title="A course")
    assert [(one.phase, one.depth) for one in done.spans] == [(WHOLE, 0), ("report", 1)]
    for text in (done.html, done.data, dumps(done.report, staff=staff)):
        assert "laying out the report" not in text and "spans" not in text.replace("<span", "")
