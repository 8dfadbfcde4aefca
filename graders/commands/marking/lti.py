"""`graders lti`: which learning platforms may launch the pages of `graders serve`, and whether they work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from graders.archive.store import open_store
from graders.errors import UsageError
from graders.lti.keys import OwnKeys
from graders.lti.launching import Door
from graders.lti.platforms import Platform, Platforms, refuse_unsafe
from graders.lti.registering import invite
from graders.lti.trying import try_platform
from graders.report.clean import one_line

CANVAS = Platform(
    "Canvas",
    "https://canvas.instructure.com",
    "",
    "https://sso.canvaslms.com/api/lti/authorize_redirect",
    "https://sso.canvaslms.com/login/oauth2/token",
    "https://sso.canvaslms.com/api/lti/security/jwks",
)
PASTE = """What the platform asks for:
  initiate login    {url}/lti/login
  redirect, launch  {url}/lti/launch
  public keys       {url}/lti/keys"""
REMOVED = (
    "it launches nothing, everybody who came from it is signed out, and marks for it wait. What its students handed in "
    "stays; graders lti register lets it in again, and they find it."
)
ALONE = (
    "it signs, and no other one is good any more. What a platform refuses until it has fetched it waits under "
    "Gradebooks in the pages, with a button."
)
INVITED = """Give this address to the platform as the tool's registration URL; it works once, within a day:
  {url}/lti/register?invitation={token}"""


def show(*, out: Path, database: str | None = None) -> int:
    """List the platforms with their deployments and courses; the exit status."""
    with _door(out, database) as door:
        for one in door.platforms.all():
            print(f"{one.id}  {one.name}: {one.issuer}, client {one.client}")
            print(f"   deployments: {', '.join(one.deployments) or 'none, so every launch is refused'}")
            for course in door.courses.all():
                if course.platform == one.id:
                    students = len(door.courses.members(course.id, "student"))
                    print(f"   course {course.id}: {one_line(course.title, 80)}, {students} students")
        if not door.platforms.all():
            print("No platform is registered: graders lti register adds one.")
    return 0


def remove(number: int, *, out: Path, database: str | None = None) -> int:
    """Remove the platform of a number; the exit status.

    Raises:
        UsageError: there is none.
    """
    with open_store(out, database) as store:
        found = Platforms(store.database).remove(number)
    print(f"{found.name} ({found.issuer}, client {found.client}) is removed: {REMOVED}")
    return 0


def keys(*, out: Path, database: str | None = None) -> int:
    """List our keys; the exit status."""
    with open_store(out, database) as store:
        own = OwnKeys(store.database)
        now = own.signing()
        for key in own.shown():
            later = f"signs from {_moment(key.signs)} on" if key.signs > time.time() else "is shown, and signs no more"
            print(f"{key.public['kid']}  {'signs' if key.pem == now else later}")
    return 0


def rotate(*, at_once: bool = False, out: Path, database: str | None = None) -> int:
    """Make a new key; the exit status.

    Args:
        at_once: whether it is the only one from now on.
    """
    with open_store(out, database) as store:
        made = OwnKeys(store.database).rotate(at_once=at_once)
    when = ALONE if at_once else f"platforms see it from now on, and it signs from {_moment(made.signs)} on."
    print(f"The new key is {made.public['kid']}; {when}")
    return 0


def register(
    *,
    url: str | None,
    given: Platform,
    moodle: str | None = None,
    canvas: bool = False,
    out: Path,
    database: str | None = None,
) -> int:
    """Register a platform, or invite one to register itself; the exit status.

    Args:
        url: the address of our pages, as browsers know it.
        given: what was said of the platform; empty where nothing was.

    Raises:
        UsageError: something is missing, or an address is none.
    """
    with open_store(out, database) as store:
        platforms = Platforms(store.database)
        if not given.client:
            if not url:
                raise UsageError("Say by --url at which address browsers reach graders serve; https://...")
            refuse_unsafe(url)
            print(INVITED.format(url=url.rstrip("/"), token=invite(store.database)))
            return 0
        made = platforms.register(_whole(platforms, given, moodle, canvas))
    print(f"{made.name} is registered, with {_deployments(made)}.")
    if url:
        print(PASTE.format(url=url.rstrip("/")))
    return 0


def test(*, out: Path, database: str | None = None) -> int:
    """Try what every platform gives us; the exit status, 1 where something does not work."""
    failed = 0
    with _door(out, database) as door:
        if not door.platforms.all():
            raise UsageError("No platform is registered: graders lti register adds one.")
        for platform in door.platforms.all():
            print(platform.name)
            for finding in try_platform(door, platform):
                print(f"  {'✗' if finding.trouble else '✓'} {finding.what}{': ' if finding.trouble else ''}"
                      f"{finding.trouble}")  # fmt: skip
                failed += bool(finding.trouble)
    return 1 if failed else 0


def _whole(platforms: Platforms, given: Platform, moodle: str | None, canvas: bool) -> Platform:
    """A platform with its addresses: those of its kind, those that it had, those that were given."""
    base = given
    if canvas:
        base = CANVAS
    elif moodle:
        site = moodle.rstrip("/")
        login, token, keys = (f"{site}/mod/lti/{page}.php" for page in ("auth", "token", "certs"))
        base = Platform("Moodle", site, "", login, token, keys)
    issuer = given.issuer or base.issuer
    base = platforms.find(issuer, given.client) or base
    names = ("name", "issuer", "client", "login", "token", "keys", "audience")
    made = replace(base, **{name: getattr(given, name) or getattr(base, name) for name in names})
    made = replace(made, name=made.name or made.issuer, deployments=given.deployments)
    missing = [f"--{name}" for name in ("issuer", "login", "token", "keys") if not getattr(made, name)]
    if missing:
        raise UsageError(f"The platform's addresses are needed: {', '.join(missing)}; or --moodle SITE, or --canvas.")
    return made


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().isoformat(" ", "minutes")


def _deployments(platform: Platform) -> str:
    if not platform.deployments:
        return "no deployment yet, so every launch is refused: --deployment ID adds one"
    return f"the deployment {', '.join(platform.deployments)}"


@contextmanager
def _door(out: Path, database: str | None) -> Iterator[Door]:
    with open_store(out, database) as store:
        yield Door(store.database, ())
