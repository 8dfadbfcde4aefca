"""A student's page in a real browser: on a screen, a phone and paper, light and dark; axe-core finds nothing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from browsing import Watched, chromium
from hostile import ANSWERS
from page_checks import hostile
from playwright.sync_api import Browser
from sample_reports import report, verdict

from graders.authoring.side_by_side import side_by_side
from graders.model import CellRun, Judged, Late, Outcome, QuestionReport, Report
from graders.report.html import render_report

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium."""
    with chromium() as opened:
        yield opened


def rich() -> Report:
    """A report with every figure, a wide table, a notebook, a comment and a late line."""
    wide = np.arange(80.0).reshape(8, 10) / 7
    wrong = np.abs(wide - 5) < 1
    told = {
        "compared": side_by_side(wide + wrong, wide, wrong),
        "unfolded": {"states": [True, False, False], "outputs": [True, False, False]},
    }
    forward = verdict("states", Outcome.FAILED, 0.0, 1.0, public=True, message="Wrong.", hint="Add.", evidence=told)
    passed = replace(verdict("said", Outcome.PASSED, 1.0, 1.0), judged=Judged("eve", "now", "Well argued."))
    made = report()
    question = QuestionReport("forward", "Forward", (forward, passed), 2.0, "", "3. Forward pass")
    texts = (CellRun(0, None, "# A heading\n\n| a | b |\n|---|---|\n| 1 | $x^2$ |", kind="markdown"),)
    late = Late("2026-11-22T10:00:00+00:00", "2026-11-23T10:00:00+00:00", 1, 10.0, 0.6)
    return replace(made, questions=(question, *made.questions), cells=(*texts, *made.cells), late=late)


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [1300, 360])
def test_anybody_can_read_it(tmp_path: Path, browser: Browser, colours: str, width: int) -> None:
    """Nothing is wider than the screen, axe-core finds nothing, the console is silent; all unfolded, too."""
    page_file = tmp_path / "report.html"
    page_file.write_text(render_report(rich(), title="Practical 9"), "utf-8")
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=colours)  # type: ignore[arg-type]
    watched = Watched(context)
    watched.page.goto(page_file.as_uri())
    for _ in range(2):
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
        assert watched.violations() == []
        watched.page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert watched.noted == []
    context.close()


def test_on_paper_nothing_is_cut_off(tmp_path: Path, browser: Browser) -> None:
    """What scrolls on a screen is whole, and what is folded stays folded."""
    page_file = tmp_path / "report.html"
    page_file.write_text(render_report(rich()), "utf-8")
    page = browser.new_page()
    page.goto(page_file.as_uri())
    page.emulate_media(media="print")
    boxes = "all => all.filter(one => one.checkVisibility() && one.scrollHeight > one.clientHeight + 1).length"
    assert page.locator("pre").evaluate_all(boxes) == 0
    assert not page.locator(".notebook .cell").first.is_visible()
    page.close()


def test_hostile_answers_do_no_harm_in_a_report(tmp_path: Path, browser: Browser) -> None:
    """All forty at once, in every place: nothing runs, nothing is asked for, and the title is ours."""
    made = hostile("<b>plain</b>")
    cells = [
        CellRun(i, "q", text[:20_000], kind=kind) for i, text in enumerate(ANSWERS) for kind in ("markdown", "left")
    ]
    page_file = tmp_path / "report.html"
    answers = {"q": "\n\n".join(text[:2000] for text in ANSWERS)}
    page_file.write_bytes(render_report(replace(made, cells=tuple(cells), answers=answers)).encode("utf-8", "replace"))
    watched = Watched(browser.new_context(viewport={"width": 1300, "height": 900}))
    watched.page.goto(page_file.as_uri())
    watched.page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert watched.page.evaluate("window.pwned") is None and watched.page.locator("script, iframe, form").count() == 0
    assert watched.page.locator("main .marks").is_visible()
    assert watched.noted == []


def test_a_report_stays_small() -> None:
    """Without its notebook, whose pictures are the student's own."""
    assert len(render_report(rich(), notebook=False).encode()) < 300_000
