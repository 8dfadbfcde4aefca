"""Where the time went, in tables and as a waterfall: adds up, is read by anybody, and runs nothing of a student's."""

from pathlib import Path

import pytest
from browsing import Watched, chromium
from page_checks import ATTACKS, Page
from rich.console import Console

from graders.report.timings import duration, render_timings, summed, ticks, to_time_tables, waterfall
from graders.timing import WHOLE, Span

SPANS = (
    Span(WHOLE, "", 0.0, 10.0, 0),
    Span("file", "reading the file", 0.0, 0.5, 1),
    Span("cells", "the notebook", 0.5, 1.5, 1),
    Span("fork", "attempt", 0.5, 0.25, 2),
    Span("cells", "cell 3", 1.0, 1.0, 2),
    Span("checks", "sampling", 2.0, 7.0, 1),
    Span("checks", "follows_the_probabilities", 2.0, 6.0, 2),
    Span("calls", "sampling.draw", 2.0, 1.0, 3),
    Span("calls", "sampling.draw", 3.0, 2.0, 3),
    Span("reference", "sampling.draw", 6.0, 1.0, 3),
    Span("diagnosis", "diagnosis", 8.0, 1.0, 2),
    Span("report", "laying out the report", 9.0, 1.0, 1),
    Span("store", "keeping the report", 10.0, 0.5, 0),
)


def test_phases_and_pieces_add_up() -> None:
    """Each second counts once; pieces of several submissions come together under question, check and call."""
    summary = summed([("ada", SPANS), ("bob", SPANS[:-1])])
    assert summary.submissions == 2 and summary.seconds == pytest.approx(20.5)
    assert sum(phase.seconds for phase in summary.phases) == pytest.approx(20.5)
    assert sum(phase.share for phase in summary.phases) == pytest.approx(1.0)
    assert {phase.phase: phase.seconds for phase in summary.phases if phase.seconds} == {
        "cells": 2.5,
        "calls": 6.0,
        "fork": 0.5,
        "checks": 4.0,
        "reference": 2.0,
        "diagnosis": 2.0,
        "file": 1.0,
        "report": 2.0,
        "store": 0.5,
    }
    first, second = summary.slowest[:2]
    assert first.path == ("sampling", "follows_the_probabilities", "sampling.draw")
    assert (first.phase, first.seconds, first.count, first.longest) == ("calls", 6.0, 4, 2.0)
    assert (second.phase, second.path) == ("checks", ("sampling", "follows_the_probabilities"))


def test_nothing_measured_is_no_fault() -> None:
    """Neither in the summary nor on the page, which says so."""
    assert summed([]).seconds == 0.0
    assert "no times were kept" in render_timings("ada", ())


def test_the_terminal_gets_phases_and_the_slowest() -> None:
    """With question, check and what was called, and whose the longest was."""
    console = Console(width=120, force_terminal=False)
    with console.capture() as capture:
        console.print(to_time_tables(summed([("ada\x1b[31m", SPANS)])))
    text = capture.get()
    assert "Calls into the student's code" in text and "28.6 %" in text and "10.5 s" in text
    assert "sampling.draw" in text and "reference: sampling.draw" in text and "follows the probabilities" in text
    assert "\x1b[31m" not in text


def test_a_waterfall_is_rows_within_rows() -> None:
    """Bars begin and end where their spans did; a bar shows what lies within it, neighbours of one kind in one."""
    rows = waterfall(SPANS)
    assert [row.span.name for row in rows] == [
        "reading the file",
        "the notebook",
        "sampling",
        "laying out the report",
        "keeping the report",
    ]
    check = rows[2].within[0]
    assert (check.start, check.width) == (pytest.approx(100 * 2 / 10.5), pytest.approx(100 * 6 / 10.5))
    assert [tone for _, _, tone in check.inside] == ["theirs", "judging"]
    assert check.inside[0][1] == pytest.approx(100 * 3 / 10.5)
    assert rows[0].inside == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_names_are_only_text(attack: str) -> None:
    """A student's name and whatever a span is called."""
    spans = [Span("cells", attack, 0.0, 1.0, 0), Span("calls", attack, 0.0, 1.0, 1)]
    page = Page(render_timings(attack, spans, title=attack, back=("index.html", attack), profile=attack))
    plain = Page(render_timings("a", [one._replace(name="a") for one in spans], title="a", back=("index.html", "a")))
    assert page.tags == plain.tags


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.0 ms"),
        (0.00049, "0.5 ms"),
        (0.0123, "12 ms"),
        (0.9994, "999 ms"),
        (1.2345, "1.23 s"),
        (4321.0, "4,321 s"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    """Three digits are enough."""
    assert duration(seconds) == text


@pytest.mark.parametrize("end", [1e-4, 0.03, 0.99, 1.0, 7.3, 22.7, 3600.0])
def test_axes_have_a_few_round_times(end: float) -> None:
    """From 0 on, none beyond the end."""
    found = ticks(end)
    assert found[0] == 0.0 and 3 <= len(found) <= 7 and found[-1] < end
    assert ticks(0.0) == []


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_anybody_can_read_the_waterfall(tmp_path: Path) -> None:
    """Wide and narrow, light and dark: nothing overflows, axe-core finds nothing, rows open by keyboard."""
    (tmp_path / "timings.html").write_text(render_timings("ada", SPANS, title="Practical 9", back=("x", "The class")))
    with chromium() as browser:
        for width, colours in ((1300, "light"), (1300, "dark"), (390, "light"), (390, "dark")):
            size = {"width": width, "height": 900}
            context = browser.new_context(viewport=size, color_scheme=colours)  # type: ignore[arg-type]
            watched = Watched(context)
            watched.page.goto((tmp_path / "timings.html").as_uri())
            assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
            assert watched.violations() == [] and watched.noted == []
            assert watched.page.get_by_text("follows_the_probabilities", exact=True).is_visible()
            hidden = watched.page.locator("summary", has_text="the notebook")
            hidden.focus()
            hidden.press("Enter")
            assert watched.page.get_by_text("cell 3", exact=True).is_visible()
            context.close()
