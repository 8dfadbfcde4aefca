"""Makes pictures of all pages: those of marking on a small class of its own, the class's and students' of a graded one.

    python scripts/make_screenshots.py --graded reports/practical09 --pictures docs/pictures

With `--graded`, a folder that `graders grade` wrote, its class's page and some reports are taken as well; with
`--pictures`, the four that stand in README are made small and put there.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from evening import marking_server, real_class  # noqa: E402 - the tests' own helpers

STUDENTS = ("softmax_over_time", "forgets_recurrence", "argmax_sampler", "correct")
README = {
    "report": "report-softmax_over_time-wide-light.png",
    "class": "class-wide-light.png",
    "marking": "group-wide-light.png",
    "final": "final-wide-light.png",
}
TALL, MOST_BYTES = 2000, 150_000
SIZES = {"wide": (1300, 900), "phone": (390, 844)}


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "screenshots")
    parser.add_argument("--graded", type=Path)
    parser.add_argument("--pictures", type=Path)
    given = parser.parse_args()
    out: Path = given.out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        real_class(Path(folder))
        with marking_server(Path(folder)) as link:
            take_all(browser, link, out)
        if given.graded:
            take_files(browser, given.graded, out)
        browser.close()
    if given.pictures:
        for name, source in README.items():
            if (out / source).is_file():
                make_small(out / source, given.pictures / f"{name}.png")


def take_files(browser: Browser, folder: Path, out: Path) -> None:
    """Take the class's page and some students' reports as they open from disk, and one on paper."""
    paths = {"class": folder / "index.html"}
    paths |= {f"report-{name}": folder / name / "report.html" for name in STUDENTS}
    for name, path in paths.items():
        if not path.is_file():
            continue
        for size, (width, height) in SIZES.items():
            for colour in ("light", "dark"):
                context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=colour)
                page = context.new_page()
                page.goto(path.resolve().as_uri())
                page.screenshot(path=out / f"{name}-{size}-{colour}.png", full_page=True)
                context.close()
        page = browser.new_page(viewport={"width": 800, "height": 1100})
        page.goto(path.resolve().as_uri())
        page.emulate_media(media="print")
        page.screenshot(path=out / f"{name}-print.png", full_page=True)
        page.close()


def make_small(source: Path, picture: Path) -> None:
    """The top of a picture, in few colours, small enough to stand in a repository."""
    picture.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(source) as whole:
        top = whole.convert("RGB").crop((0, 0, whole.width, min(whole.height, TALL)))
    for colours in (128, 64, 32, 16):
        top.quantize(colours).save(picture, optimize=True)
        if picture.stat().st_size <= MOST_BYTES:
            return


def take_all(browser: Browser, link: str, out: Path) -> None:
    """Walk through the pages once, and take each in every size and in both colours."""
    state = browser.new_context()
    page = state.new_page()
    page.goto(link)
    address = page.url.rstrip("/")
    mark_a_few(page, address)
    paths = {"overview": "/", "answer": "/mark/equations/model_equations", "group": "/mark/discussion/argument"}
    paths |= {"rubric": "/rubric/discussion/argument", "students": "/students", "final": "/final"}
    paths |= {"second": "/second", "class-served": "/class", "differences": "/differences"}
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
