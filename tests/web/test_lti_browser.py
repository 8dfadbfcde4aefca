"""Our pages in a platform's frame, in a real browser that lets no foreign cookie in, on two sites of loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browsing import chromium
from lti_platform import TEACHER, FakePlatform, tool
from lti_sites import LMS, NO_FOREIGN_COOKIES, RULES, TOOL, certificate, our_site, platform_site
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium, which knows the two names and lets no foreign cookie in."""
    with chromium(RULES, NO_FOREIGN_COOKIES) as opened:
        yield opened


@contextmanager
def course_page(folder: Path, browser: Browser) -> Iterator[Page]:
    """The page of a course whose activity is shown in a frame, as its instructor sees it."""
    lms = FakePlatform()
    context = certificate(folder)
    with tool(folder, lms, students=2) as app, our_site(app, folder) as port:
        ours = f"https://{TOOL}:{port}"
        object.__setattr__(app.state.lti, "base", ours)
        with platform_site(lms, ours, context, {"tia": TEACHER}) as at:
            move(app, lms, f"https://{LMS}:{at}")
            opened = browser.new_context(ignore_https_errors=True, viewport={"width": 1200, "height": 900})
            opened.set_default_timeout(30_000)
            page = opened.new_page()
            page.goto(f"https://{LMS}:{at}/?as=tia")
            yield page
            opened.close()


def move(app: Any, lms: FakePlatform, address: str) -> None:
    """Let a platform stand at an address with a port, which is known when it stands there."""
    lms.host = lms.issuer = address
    lms.client = "client-at-port"
    app.state.door.platforms.register(lms.platform())


def test_a_course_shows_our_pages_in_a_frame(tmp_path: Path, browser: Browser) -> None:
    """From the launch to a form that is sent: cookies come back, as they are kept apart by the site around."""
    with course_page(tmp_path, browser) as page:
        frame = page.frame_locator("iframe")
        frame.locator("h1").first.wait_for()
        frame.get_by_role("link", name="Marking").first.click()
        frame.get_by_role("link", name="Gradebooks").click()
        frame.get_by_role("button", name="Hold back from now on").click()
        frame.get_by_role("button", name="Release marks").wait_for()
        cookies = [c for c in page.context.cookies() if "session" in c["name"]]
        assert len(page.context.pages) == 1 and cookies
        assert all(c["sameSite"] == "None" and c["secure"] and c.get("partitionKey") for c in cookies)


def test_a_new_tab_helps_where_cookies_do_not_come_back(
    tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the mark that keeps them apart nothing comes back in the frame; in a tab of its own all works."""
    monkeypatch.setattr("graders.web.safety.in_frame", lambda cookie: cookie)
    with course_page(tmp_path, browser) as page:
        link = page.frame_locator("iframe").get_by_role("link", name="Open in a new tab")
        with page.context.expect_page() as opened:
            link.click()
        tab = opened.value
        tab.wait_for_url("**/class")
        tab.goto(tab.url.replace("/class", "/scores"))
        tab.get_by_role("button", name="Hold back from now on").click()
        tab.get_by_role("button", name="Release marks").wait_for()
