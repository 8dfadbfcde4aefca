"""Spans: recorded where somebody asks, nested, added up without counting anything twice."""

import pickle
import threading

import pytest

from graders import timing
from graders.timing import PHASES, WHOLE, Span, own_seconds, recording, span


def test_nothing_is_put_down_where_nobody_asks() -> None:
    """Every span is then the same context, which does nothing."""
    assert span("cells", "one") is span("checks", "another")
    with span("cells"), recording() as record:
        pass
    assert record.spans == ()


def test_spans_lie_within_each_other() -> None:
    """In the order in which they began, also where one ended by an exception."""
    with recording() as record, span(WHOLE):
        with span("cells", "the notebook"):
            with span("cells", "cell 1"):
                pass
            with pytest.raises(KeyError), span("cells", "cell 2"):
                raise KeyError
        with span("report"):
            pass
    assert [(one.phase, one.name, one.depth) for one in record.spans] == [
        (WHOLE, "", 0),
        ("cells", "the notebook", 1),
        ("cells", "cell 1", 2),
        ("cells", "cell 2", 2),
        ("report", "", 1),
    ]
    starts, ends = [one.start for one in record.spans], [one.start + one.seconds for one in record.spans]
    assert starts == sorted(starts) and max(ends) == ends[0] and min(starts) >= 0
    assert {one.phase for one in record.spans} <= PHASES.keys()
    assert pickle.loads(pickle.dumps(record.spans)) == record.spans


def test_another_process_goes_on_with_a_record() -> None:
    """Its spans come after those that were there."""
    before = (Span(WHOLE, "", 0.0, 7.0, 0), Span("cells", "x", 1.0, 2.0, 1))
    with recording(before) as record, span("store"):
        pass
    assert record.spans[:2] == before and record.spans[2].start >= 7.0 and record.spans[2].depth == 0


def test_a_record_is_of_one_thread_and_ends() -> None:
    """What others do meanwhile, or what comes afterwards, is not in it."""

    def other() -> None:
        with span("cells", "elsewhere"):
            pass

    with recording() as record:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    other()
    assert record.spans == ()


def test_no_notebook_makes_a_record_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies deep within others is left out once there are many; the outer ones stay, with all their time."""
    monkeypatch.setattr(timing, "MOST", 10)
    with recording() as record, span(WHOLE), span("cells", "all"):
        for number in range(50):
            with span("cells", f"cell {number}"):
                pass
    names = [one.name for one in record.spans]
    assert names == ["", "all", *(f"cell {number}" for number in range(10))]
    assert sum(own for _, _, own in own_seconds(record.spans)) == pytest.approx(record.spans[0].seconds)


def test_own_seconds_add_up() -> None:
    """To the outermost spans, whatever lies within what."""
    spans = [
        Span(WHOLE, "", 0.0, 10.0, 0),
        Span("checks", "question", 1.0, 6.0, 1),
        Span("checks", "check", 1.0, 4.0, 2),
        Span("calls", "f", 2.0, 1.0, 3),
        Span("calls", "f", 3.5, 1.0, 3),
        Span("reference", "f", 6.0, 0.5, 3),  # what lay between was left out
        Span("report", "page", 8.0, 1.0, 1),
        Span("store", "keep", 10.0, 2.0, 0),
    ]
    found = own_seconds(spans)
    assert [own for _, _, own in found] == [3.0, 2.0, 1.5, 1.0, 1.0, 0.5, 1.0, 2.0]
    assert sum(own for _, _, own in found) == 12.0
    assert found[3][0] == ("question", "check") and found[6][0] == found[7][0] == ()
