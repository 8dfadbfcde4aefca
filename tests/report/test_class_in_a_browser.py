"""The class's page in a real browser: sorted, searched, filtered; harmless; whole without scripts."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from browsing import Watched, chromium
from hostile import ANSWERS
from page_checks import hostile
from playwright.sync_api import Browser
from sample_reports import report, verdict

from graders.model import Outcome, QuestionReport, Remark, Report, ShownResult
from graders.report.classroom.page import AlikePair, render_index

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium."""
    with chromium() as opened:
        yield opened


def students() -> list[Report]:
    """Three with everything, and one who has the first question alone, and right."""
    right = QuestionReport("equations", "The equations", (verdict("all", Outcome.PASSED, 2.0, 2.0),), 2.0)
    claimed = {"training": ShownResult("2.1", "2.9", far_off=True)}
    return [
        report("Zoë"),
        replace(report("ada"), remarks=(Remark("Odd.", "Details."),)),
        replace(report("bob"), shown_results=claimed),
        report("Carla", questions=(right,)),
    ]


def opened(browser: Browser, folder: Path, width: int = 1300, colours: str = "light") -> Watched:
    """The page, from disk."""
    path = folder / "index.html"
    alike = [AlikePair("ada", "bob", 0.9)]
    path.write_text(render_index(students(), title="Practical 9", lines=["A line."], alike=alike), "utf-8")
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=colours)  # type: ignore[arg-type]
    watched = Watched(context)
    watched.page.goto(path.as_uri())
    return watched


@pytest.mark.parametrize(("width", "colours"), [(1300, "light"), (1300, "dark"), (390, "light")])
def test_anybody_can_read_it(tmp_path: Path, browser: Browser, width: int, colours: str) -> None:
    """Wide tables scroll in boxes of their own, axe-core finds nothing, the console is silent."""
    watched = opened(browser, tmp_path, width, colours)
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
    assert watched.violations() == [] and watched.noted == []


def test_it_sorts_searches_and_filters(tmp_path: Path, browser: Browser) -> None:
    """By keyboard: a column up and down, a name, those who made a mistake, and everybody again."""
    page = opened(browser, tmp_path).page
    names = "all => all.filter(one => one.checkVisibility()).map(one => one.innerText.trim())"

    def shown() -> list[str]:
        found: list[str] = page.locator("#students tbody th").evaluate_all(names)
        return found

    page.locator("#students thead button", has_text="Student").press("Enter")
    assert shown() == ["ada", "bob", "Carla", "Zoë"]
    page.locator("#students thead button", has_text="Earned").press("Enter")
    assert shown()[0] == "Carla"
    page.locator("#students thead button", has_text="Earned").press("Enter")
    assert shown()[-1] == "Carla" and page.locator("th[aria-sort=descending]").count() == 1
    page.fill("#find", "CAR")
    assert shown() == ["Carla"] and "1 of 4 shown" in page.inner_text("#shown")
    page.locator("#all").press("Enter")
    assert len(shown()) == 4
    page.locator(".mistakes button").first.press("Enter")
    assert sorted(shown()) == ["Zoë", "ada", "bob"] and "recurrence_forgotten" in page.inner_text("#shown")
    page.close()


def test_it_works_without_scripts(tmp_path: Path, browser: Browser) -> None:
    """Everything is there to read, and no button that does nothing."""
    opened(browser, tmp_path)
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((tmp_path / "index.html").as_uri())
    for words in (
        "What to explain again",
        "recurrence forgotten",
        "Carla",
        "nearly the same",
        "Claims far off",
        "Odd.",
    ):
        assert words in page.inner_text("main")
    assert page.locator("button:visible, input:visible").count() == 0
    page.close()


def test_hostile_students_do_no_harm(tmp_path: Path, browser: Browser) -> None:
    """As names, mistakes, faults and remarks: nothing runs, and nothing is asked of another machine."""
    made = [replace(hostile(text[:2000]), remarks=(Remark(text[:2000], text[:2000]),)) for text in ANSWERS]
    path = tmp_path / "index.html"
    path.write_bytes(render_index(made, title="Class").encode("utf-8", "replace"))
    watched = Watched(browser.new_context())
    watched.page.goto(path.as_uri())
    assert watched.page.locator("#students tbody tr").count() == len(ANSWERS)
    assert watched.page.evaluate("window.pwned") is None and watched.page.locator("script").count() == 1
    assert watched.noted == []
