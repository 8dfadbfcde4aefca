"""`graders serve --check`: whether all is here that serving needs, each in a line."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from graders.archive.accounts import Accounts
from graders.archive.store import open_store
from graders.catalog import loader
from graders.catalog.course import find_root, settings_of
from graders.errors import GradersError, UsageError
from graders.marking.late import late_rules
from graders.queue.rules import UploadRules, upload_rules
from graders.report.clean import one_line
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.selftest.abilities import refuse_less_than_promised
from graders.sandbox.selftest.trials import refuse_open_walls

LEAST_FREE = 2 << 30  # bytes of disk
Check = Callable[[], str]  # says what holds; raises GradersError with what does not


def check(assignment: str, out: Path, database: str | None, *, secure: bool, url: str | None = None) -> int:
    """Print what is here and what is missing; 1 when anything is."""
    missing = 0
    for name, holds in _checks(assignment, out, database, secure, url):
        try:
            word, said = "ok", holds()
        except GradersError as error:
            word, said, missing = "MISSING", str(error), missing + 1
        print(f"{word:8} {name}: {one_line(said, 600)}")
    print("Ready to serve." if not missing else f"Not ready: {missing} of these lines say what is missing.")
    return 1 if missing else 0


def _checks(
    assignment: str, out: Path, database: str | None, secure: bool, url: str | None
) -> Iterator[tuple[str, Check]]:
    yield "assignment", lambda: _assignment(assignment)
    yield "database", lambda: _database(out, database)
    yield "accounts", lambda: _accounts(out, database, url)
    yield "TLS", lambda: _secure(secure)
    yield "disk", lambda: _disk(out)
    yield "uploads", lambda: _uploads(assignment)
    yield "sandbox", lambda: _sandbox(assignment)


def _assignment(assignment: str) -> str:
    loaded = loader.load(assignment, find_root())
    return f"{loaded.title}, {len(loaded.questions)} questions, {loaded.points:g} points."


def _database(out: Path, database: str | None) -> str:
    with open_store(out, database) as store, store.database.write():
        return f"{store.database.name} can be read and written, at this version's schema."


def _accounts(out: Path, database: str | None, url: str | None) -> str:
    with open_store(out, database) as store:
        found = [account for account in Accounts(store.database).all() if account.role == "instructor"]
    if not found and url is None:
        raise UsageError("No instructor can sign in: graders account add NAME --role instructor, or --url for an LMS.")
    return f"{len(found)} {'instructor has an account' if len(found) == 1 else 'instructors have accounts'}."


def _secure(secure: bool) -> str:
    if not secure:
        raise UsageError("Only a browser on this machine is safe: give --certificate and --key, or --proxy.")
    return "browsers come by TLS."


def _disk(out: Path) -> str:
    free = shutil.disk_usage(out).free
    if free < LEAST_FREE:
        raise UsageError(f"{free / (1 << 30):.1f} GB are free in {out}; at least {LEAST_FREE >> 30} GB should be.")
    return f"{free / (1 << 30):.0f} GB are free."


def _uploads(assignment: str) -> str:
    settings = settings_of(assignment, find_root())
    rules = upload_rules(settings)
    if rules is None:
        return "students hand in elsewhere; a table [uploads] in assignment.toml lets them hand in here."
    return f"{_told(rules)} {'There is no due date.' if late_rules(settings) is None else ''}".strip()


def _told(rules: UploadRules) -> str:
    later = f"; profile {rules.later} waits for graders work --later" if rules.later else ""
    return f"{rules.an_hour} an hour, {rules.most_mb} MB each, hidden checks {rules.hidden.value}{later}."


def _sandbox(assignment: str) -> str:
    loaded = loader.load(assignment, find_root())
    with Sandbox(loaded.beside, loaded.data, loaded.limits, packages=loaded.packages) as sandbox:
        refuse_open_walls(sandbox)
        refuse_less_than_promised(sandbox)
    return "its walls hold here, and answers may use what the course says."
