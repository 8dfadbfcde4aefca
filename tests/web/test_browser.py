"""The instructor's evening in a real browser, by keyboard alone; and forty hostile answers that do no harm there."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import Watched, chromium
from evening import marking_server, real_class, team_server
from hostile import ANSWERS
from playwright.sync_api import Browser, BrowserContext, Page
from written_answers import class_of_answers, course

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium."""
    with chromium() as opened:
        yield opened


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without any past."""
    made = browser.new_context(viewport={"width": 1300, "height": 900}, accept_downloads=True)
    made.set_default_timeout(20_000)
    yield made
    made.close()


def test_the_instructors_evening_by_keyboard_alone(tmp_path: Path, context: BrowserContext) -> None:
    """From the link to the final CSV: marks, a comment, undo, an undecided check, a table; axe-core finds nothing."""
    real_class(tmp_path, students=8)
    watched = Watched(context)
    page, keys = watched.page, watched.page.keyboard
    with marking_server(tmp_path) as link:
        page.goto(link)
        address = page.url.rstrip("/")
        assert watched.violations() == []
        keys.press("Enter")  # the first question's button
        page.wait_for_url("**/answer/*")
        assert page.locator("math").count() and watched.violations() == []
        keys.press("s")
        assert page.locator("details.raw").get_attribute("open") is not None
        before = page.url
        keys.press("1")
        worth = page.locator("[data-worth]").inner_text()
        keys.press("c")
        keys.type("Nearly: what is the state before the first step?")
        keys.press("Control+Enter")
        page.wait_for_url("**did=*")
        assert page.locator(".flash").is_visible() and float(worth) >= 0
        keys.press("u")
        page.wait_for_url("**undone=*")
        assert page.url.partition("?")[0] == before
        for _ in range(30):
            if "/answer/" not in page.url:
                break
            keys.press("2")
            keys.press("Enter")
            page.wait_for_url(lambda url, last=page.url: url != last)
        page.goto(address + "/mark/discussion/argument")
        for _ in range(30):
            if "/answer/" not in page.url:
                break
            keys.press("3")
            keys.press("Enter")
            page.wait_for_url(lambda url, last=page.url: url != last)
        decide_what_no_machine_could(watched, address)
        tabbed(page, "Final marks")
        page.wait_for_url("**/final")
        assert "8 of 8 students have a final mark" in page.inner_text("main") and watched.violations() == []
        with page.expect_download() as download:
            tabbed(page, "grades.csv")
        with Path(download.value.path()).open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == 8 and all(row["final"] and row["pending"] == "0" for row in rows)
        tabbed(page, "Write students’ reports")
        page.wait_for_selector("text=The reports are being written")
        for path in ("/class", "/students", "/differences", "/rubric/discussion/argument"):
            page.goto(address + path)
            assert watched.violations() == [], path
        page.locator("form.who button").focus()
        keys.press("Enter")
        page.wait_for_url("**/login")
        assert watched.violations() == []
    read_one_again(watched, tmp_path)
    assert watched.noted == []


def read_one_again(watched: Watched, folder: Path) -> None:
    """Somebody else signs in by name and password, and reads an answer as the second; a rubric is changed."""
    page, keys = watched.page, watched.page.keyboard
    with team_server(folder, "kim", "a long enough sentence") as address:
        page.goto(address + "/login")
        assert watched.violations() == []
        page.locator("input[name=name]").focus()
        keys.type("kim")
        keys.press("Tab")
        keys.type("a long enough sentence")
        keys.press("Enter")
        page.wait_for_url(address + "/")
        page.goto(address + "/second")
        assert "/second/" in page.url
        assert watched.violations() == []
        keys.press("1")
        keys.press("Enter")
        page.wait_for_url("**done=second")
        page.goto(address + "/differences")
        assert page.locator("main li, main tr").count() and watched.violations() == []
        page.goto(address + "/rubric/discussion/argument")
        page.locator("input[name=points]").first.fill("0.5")
        page.locator("button", has_text="Show what this changes").focus()
        keys.press("Enter")
        page.wait_for_selector("h1:has-text('This changes')")
        assert watched.violations() == []


def decide_what_no_machine_could(watched: Watched, address: str) -> None:
    """Give the points of each check that is open, with a reason."""
    page = watched.page
    for _ in range(4):
        page.goto(address + "/final")
        if page.locator("#open ul.names a").count() == 0:
            return
        page.locator("#open ul.names a").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/students/*")
        assert watched.violations() == []
        page.locator("summary", has_text="Decide this").first.focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.type("0.5")
        page.keyboard.press("Tab")
        page.keyboard.type("Ran on the lab's own GPU.")
        page.keyboard.press("Enter")
        page.wait_for_url("**saved=1**")


def tabbed(page: Page, name: str) -> None:
    """Go by the Tab key to what is named so, and press it."""
    page.locator("body").press("Tab")
    for _ in range(200):
        if page.evaluate("document.activeElement.innerText || ''").strip() == name:
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not to be reached by keyboard")


def test_hostile_answers_do_no_harm(tmp_path: Path, context: BrowserContext) -> None:
    """Nothing runs, nothing is asked of another machine, nothing covers the page; marks and tables come out whole."""
    course(tmp_path / "course")
    class_of_answers(tmp_path / "out", ANSWERS).close()
    watched = Watched(context)
    page = watched.page
    with marking_server(tmp_path) as link:
        page.goto(link)
        address = page.url.rstrip("/")
        page.goto(address + "/mark/essay/argument")
        for count in range(len(ANSWERS)):
            assert "/answer/" in page.url, count
            assert (
                page.locator("script").count() == 1
                and page.locator("main iframe, main object, main style").count() == 0
            )
            assert page.evaluate("document.title + (window.pwned || '')").startswith("What the size does")
            box = page.locator("#judge button[type=submit]").bounding_box()
            assert box is not None and page.evaluate(
                "([x, y]) => document.elementFromPoint(x, y)?.closest('button')?.form?.id", [box["x"] + 9, box["y"] + 9]
            ) in ("judge", None)
            page.keyboard.press("1")
            page.keyboard.press("Enter")
            page.wait_for_url(lambda url, last=page.url: url != last)
            if "done=" in page.url:
                break
        assert "Every answer" in page.inner_text("main")
        page.goto(address + "/students")
        assert page.locator("tbody tr").count() == len(ANSWERS)
    assert watched.noted == []


def test_pages_work_without_javascript(tmp_path: Path, browser: Browser) -> None:
    """Mark, save, undo, and see what is left; and on a phone nothing is wider than the screen."""
    real_class(tmp_path, students=4)
    phone = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = phone.new_page()
    with marking_server(tmp_path) as link:
        page.goto(link)
        page.click("text=Begin >> nth=0")
        page.locator("input[name=item]").first.click()
        page.click("#judge button[type=submit]")
        page.click("text=Undo")
        assert "Undone" in page.inner_text("main")
        address = page.url.partition("/answer")[0]
        for path in ("/", "/mark/discussion/argument", "/students", "/final", "/rubric/discussion/argument"):
            page.goto(address + path)
            main = page.locator("main").bounding_box()
            assert main is not None and main["width"] <= 390, path
    phone.close()
