"""`graders mark` and `graders serve`: the marking pages, for one person or for a team."""

from __future__ import annotations

import getpass
import hashlib
import importlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from graders.archive.accounts import Accounts
from graders.archive.store import Store, open_store
from graders.catalog.course import find_root, settings_of
from graders.commands.graded import graded
from graders.commands.uploads.serving import Place, handed_in
from graders.errors import UsageError
from graders.marking.late import late_rules
from graders.queue.events import log_to
from graders.web.desk import Marking, MarkingDesk
from graders.web.people import AccountHolders, OneTimeLinks, plain_name
from graders.web.serving import Address, ended_by_sigterm, listening, run, show

WEB = "graders.web.app"  # the framework takes half a second to load, in which a browser can start
READY = "graders.commands.uploads.ready"  # loads all that grades
LAUNCHED = "graders.commands.marking.launched"  # and what learning platforms ask for, which few courses need
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def mark(
    *,
    assignment: str,
    out: Path,
    database: str | None = None,
    port: int = 0,
    name: str | None = None,
    browser: bool = True,
) -> int:
    """Serve the pages on loopback to anyone who has the link, until interrupted; the exit status.

    Raises:
        UsageError: nothing of this assignment has been graded there, or the port is taken.
    """
    who = plain_name(name or getpass.getuser())
    with (
        ended_by_sigterm(),
        _desk(assignment, out, database) as desk,
        listening(Address(port=port)) as listener,
    ):
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        people = OneTimeLinks(
            who, lambda token: print(f"For another browser: {address}/open?token={token}", flush=True)
        )
        show(f"{address}/open?token={people.token}", browser=browser)  # it waits while the server gets ready
        web = importlib.import_module(WEB)
        hosts = tuple(f"{host}:{listener.getsockname()[1]}" for host in ("127.0.0.1", "localhost"))
        with closing(web.Writer(database)) as writer:
            app = web.create_app(desk, people, web.Setting(_secret(desk.store), hosts), writer)
            run(app, Address(port=port), listener, on_ready=desk.begin)
    return 0


def serve(
    *,
    assignment: str,
    out: Path,
    database: str | None = None,
    host: str = "127.0.0.1",
    port: int = 8009,
    certificate: Path | None = None,
    key: Path | None = None,
    proxy: str | None = None,
    names: tuple[str, ...] = (),
    url: str | None = None,
    jobs: int | None = None,
    check: bool = False,
) -> int:
    """Serve the pages to people with accounts, and to those whom platforms send, until interrupted; the exit status.

    Args:
        url: where browsers reach the pages; platforms may launch them then.
        jobs: how many workers grade what students upload, where they do; one a CPU when None, elsewhere when 0.
        check: whether to say what is missing, and serve nothing.

    Raises:
        UsageError: nobody could sign in safely, or nothing has been graded there.
    """
    if (certificate is None) != (key is None):
        raise UsageError("--certificate and --key go together.")
    secure = certificate is not None or proxy is not None
    if check:
        return int(importlib.import_module(READY).check(assignment, out, database, secure=secure, url=url))
    if not secure:
        _refuse_in_the_clear(host, url)
    place = Address(host, port, certificate, key, proxy or "127.0.0.1")
    settings, root = settings_of(assignment, find_root()), find_root()
    with (
        ended_by_sigterm(),
        _desk(assignment, out, database) as desk,
        importlib.import_module(LAUNCHED).launched_at(desk.store, assignment, settings, url) as lti,
        listening(place) as listener,
        handed_in(desk.store, settings, Place(assignment, root, out, database, jobs, port)) as hand_in,
    ):
        accounts = Accounts(desk.store.database)
        if not accounts.all() and lti is None:
            raise UsageError("Nobody has an account yet: graders account add NAME --role instructor.")
        kept = out / ".sessions"
        kept.mkdir(mode=0o700, exist_ok=True)
        web = importlib.import_module(WEB)
        sessions = importlib.import_module("litestar.stores.file").FileStore(kept)
        setting = web.Setting(_secret(desk.store), names, secure, sessions, lti=lti)
        log_to()

        def ready() -> None:
            print(f"Serving on {place.scheme}://{host}:{port}; Ctrl+C ends.", flush=True)
            desk.begin()

        with closing(web.Writer(database)) as writer:
            app = web.create_app(desk, AccountHolders(accounts), setting, writer, hand_in)
            run(app, place, listener, on_ready=ready)
    return 0


def _refuse_in_the_clear(host: str, url: str | None) -> None:
    """Without TLS the pages are for this machine alone."""
    if host not in LOOPBACK:
        raise UsageError(
            f"Passwords would cross the network in the clear on {host}: give --certificate and --key, or --proxy with "
            "the address of a proxy that does TLS."
        )
    if url is not None:
        raise UsageError("--url goes with --certificate and --key, or with --proxy: platforms use TLS alone.")


@contextmanager
def _desk(assignment: str, out: Path, database: str | None) -> Iterator[MarkingDesk]:
    settings = settings_of(assignment, find_root())
    opened = open_store(out, database) if "uploads" in settings else graded(out, database, assignment)
    with opened as store:
        desk = MarkingDesk(store, Marking(assignment, str(settings["title"]), out.resolve(), late_rules(settings)))
        try:
            yield desk
        finally:
            desk.close()


def _secret(store: Store) -> bytes:
    """What cookies depend on, which tells nothing of the course's secret."""
    return hashlib.sha256(b"pages" + store.secret()).digest()
