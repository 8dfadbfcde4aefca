"""A browser for tests, and a page of it of which everything is noted that it complains of."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@contextmanager
def chromium(*switches: str) -> Iterator[Browser]:
    """Debian's chromium; without its own sandbox where we are root, which it needs then."""
    path = shutil.which("chromium")
    assert path, "chromium is not here: scripts/system-packages installs it"
    with sync_playwright() as playwright:
        arguments = [*switches, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        opened = playwright.chromium.launch(executable_path=path, args=arguments)
        yield opened
        opened.close()


class Watched:
    """A page of which everything is noted that a browser complains of, or that leaves the machine."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.noted: list[str] = []
        self.page.on("console", lambda said: self.noted.append(f"{said.type}: {said.text}"))
        self.page.on("pageerror", lambda error: self.noted.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: (self.noted.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", self._asked)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "file:")):
            self.noted.append(f"asked for {request.url[:200]}")

    def violations(self) -> list[str]:
        """What axe-core finds."""
        found = Axe().run(self.page, options=RULES).response["violations"]
        return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found]
