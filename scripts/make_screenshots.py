"""Makes pictures of the marking pages, on a small class of its own: wide and narrow, light and dark."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from evening import marking_server, real_class  # noqa: E402 - the tests' own helpers

SIZES = {"wide": (1300, 900), "phone": (390, 844)}


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "screenshots")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        real_class(Path(folder))
        with marking_server(Path(folder)) as link:
            take_all(browser, link, out)
        browser.close()


def take_all(browser: Browser, link: str, out: Path) -> None:
    """Walk through the pages once, and take each in every size and in both colours."""
    state = browser.new_context()
    page = state.new_page()
    page.goto(link)
    address = page.url.rstrip("/")
    mark_a_few(page, address)
    paths = {"overview": "/", "answer": "/mark/equations/model_equations", "group": "/mark/discussion/argument"}
    paths |= {"rubric": "/rubric/discussion/argument", "students": "/students", "final": "/final"}
    paths |= {"second": "/second", "differences": "/differences"}
    cookies = state.cookies()
    for size, (width, height) in SIZES.items():
        for colour in ("light", "dark"):
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=colour)
            context.add_cookies(cookies)  # type: ignore[arg-type]
            shot = context.new_page()
            for name, path in paths.items():
                shot.goto(address + path)
                shot.screenshot(path=out / f"{name}-{size}-{colour}.png", full_page=True)
            shot.goto(address + "/students")
            shot.click("tbody a >> nth=0")
            shot.screenshot(path=out / f"student-{size}-{colour}.png", full_page=True)
            context.close()


def mark_a_few(page: Page, address: str) -> None:
    """Decide some answers, so that pages have something to show."""
    for number in range(3):
        page.goto(f"{address}/mark/discussion/argument")
        page.keyboard.press("1")
        if number:
            page.keyboard.press("2")
        page.fill("#comment", "Say why: which names did you see?" if number else "Well argued.")
        page.keyboard.press("Control+Enter")
        page.wait_for_load_state()


if __name__ == "__main__":
    main()
