"""Marking pages in this process, and people who use them as a browser would: cookies, tokens, forms."""

import json
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import anyio
from argon2 import PasswordHasher
from httpx import Response
from litestar.testing import TestClient
from written_answers import class_in, class_of_answers

from graders.archive.accounts import Accounts
from graders.archive.store import Store
from graders.marking.groups import Grouping, alone
from graders.marking.late import LateRules
from graders.web.app import Setting, create_app
from graders.web.desk import Marking, MarkingDesk
from graders.web.identity import SignedIn, launch_session
from graders.web.people import AccountHolders, People

BASE = "http://marking.test"
PASSWORD = "a long enough sentence"
INPUT = re.compile(r"<input[^>]*>")


class Visitor:
    """Somebody with a browser: keeps cookies, and sends the token of the page last seen with each form."""

    def __init__(self, app: Any) -> None:
        self.client = TestClient(app, base_url=BASE)
        self.token = ""

    def get(self, path: str, **options: Any) -> Response:
        """Look at a page, and follow where it leads."""
        page = self.client.get(path, follow_redirects=True, **options)
        self.token = field(page.text, "_csrf_token") or self.token
        return page

    def post(self, path: str, follow: bool = True, **fields: Any) -> Response:
        """Send a form."""
        page = self.client.post(path, data={"_csrf_token": self.token, **fields}, follow_redirects=follow)
        self.token = field(page.text, "_csrf_token") or self.token
        return page

    def sign_in(self, name: str, password: str = PASSWORD) -> Response:
        """Sign in by name and password."""
        self.get("/login")
        return self.post("/login", name=name, password=password)


def launched(app: Any, person: SignedIn) -> Visitor:
    """Somebody who has come from an LMS."""
    session, made = secrets.token_hex(32), Visitor(app)
    anyio.run(app.stores.get("sessions").set, session, json.dumps(launch_session(person)).encode())
    made.client.cookies.set(app.state.sessions.key, session, domain="marking.test")
    return made


def field(page: str, name: str) -> str | None:
    """The value of the first hidden field of that name."""
    for found in INPUT.findall(page):
        if f'name="{name}"' in found:
            value = re.search(r'value="([^"]*)"', found)
            return unescape(value[1]) if value else ""
    return None


def fields(page: str, name: str) -> list[str]:
    """The values of all fields of that name; of boxes, only of those that are ticked."""
    found = [one for one in INPUT.findall(page) if f'name="{name}"' in one]
    ticked = [one for one in found if 'type="checkbox"' not in one or " checked" in one]
    return [unescape(value[1]) for one in ticked if (value := re.search(r'value="([^"]*)"', one))]


@contextmanager
def team(
    out: Path,
    people: People | None = None,
    *,
    share: float = 1.0,
    late: LateRules | None = None,
    attempts: int = 10_000,
    texts: Sequence[str] = (),
    grouping: Grouping = alone,
    **class_: Any,
) -> Iterator[Any]:
    """The application over a small class, with an instructor (ada) and three markers (bob, cyd, dan).

    Args:
        texts: what the students wrote; answers that repeat where there are none.
    """
    made = class_of_answers(out, texts) if texts else class_in(out, **class_)
    with made as store, desk_of(store, out, share=share, late=late, grouping=grouping) as desk:
        accounts = Accounts(store.database)
        password = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)  # quick to check
        for name, role in (("ada", "instructor"), ("bob", "marker"), ("cyd", "marker"), ("dan", "marker")):
            accounts.add(name, role, password)
        app = create_app(desk, people or AccountHolders(accounts), Setting(b"secret", attempts=attempts))
        app.state.desk = desk
        yield app


@contextmanager
def desk_of(store: Store, out: Path, **options: Any) -> Iterator[MarkingDesk]:
    """A desk over a class, on which only equal answers are grouped."""
    grouping = options.pop("grouping", alone)
    desk = MarkingDesk(store, Marking("course", "A course of essays", out, **options), grouping=grouping)
    try:
        yield desk
    finally:
        desk.close()
