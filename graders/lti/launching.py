"""A login and a launch: who has come, from which course, for which assignment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from pylti1p3.deep_link import DeepLink
from pylti1p3.exception import LtiException, OIDCException
from pylti1p3.roles import StudentRole, TeacherRole, TeachingAssistantRole

from graders.archive.database import Database
from graders.errors import UsageError
from graders.lti.adapter import DEPLOYMENT, Cookies, Form, KeySets, Launch, Login, LoginSession, NoCookie, Registered
from graders.lti.courses import Activity, Course, Courses, texts
from graders.lti.passing import Passing
from graders.lti.platforms import Platforms
from graders.lti.services import with_ends

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
GRADEBOOK = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
AGAIN = "Open the activity in your course again."


class LaunchRefused(UsageError):
    """A launch that is not taken; its text says why, for the person who clicked."""


@dataclass(frozen=True)
class Arrival:
    """Somebody whom a platform has sent.

    Attributes:
        student: the name under which their work is kept.
        role: `student`, `marker` or `instructor`.
        frames: the origins whose pages may show ours in a frame.
        activity: the link that they came by; None where they are about to make one.
        picking: what deep linking needs, where they are about to make a link.
    """

    student: str
    role: str
    course: Course
    frames: tuple[str, ...]
    activity: Activity | None = None
    picking: Mapping[str, Any] = field(default_factory=dict)


class Door:
    """Through which people come in from learning platforms; safe for threads.

    Args:
        offered: the assignments that can be opened here.
        net: makes the session by which platforms are asked.
    """

    def __init__(
        self, database: Database, offered: tuple[str, ...], net: Callable[[], requests.Session] = with_ends
    ) -> None:
        self.platforms, self.courses, self.passing = Platforms(database), Courses(database), Passing(database)
        self.offered, self.net, self._keys = offered, net, KeySets()

    def begin(self, asked: Mapping[str, str], launch: str, came: Mapping[str, str]) -> tuple[str, Cookies]:
        """Where a login sends the browser, and the cookies that it takes along.

        Args:
            asked: the fields of the platform's request.
            launch: the address to which the platform is to send the browser back.

        Raises:
            LaunchRefused: nobody is registered who could have asked.
        """
        cookies = Cookies(came)
        login = Login(
            Form(asked), Registered(self.platforms), session_service=LoginSession(self.passing), cookie_service=cookies
        )
        try:
            return login.address(launch), cookies
        except (LtiException, OIDCException) as error:
            raise LaunchRefused(f"{_sentence(error)} {AGAIN}") from error

    def enter(self, sent: Mapping[str, str], came: Mapping[str, str]) -> tuple[Arrival, Cookies]:
        """Who a launch brings.

        Args:
            sent: the fields of the form that the platform has sent by the browser: `state` and `id_token`.

        Raises:
            NoCookie: the browser keeps our cookies to itself here; a new tab helps.
            LaunchRefused: the launch is not to be believed, or there is nothing here for this person.
        """
        cookies = Cookies(came)
        form, tool, session = Form(sent), Registered(self.platforms), LoginSession(self.passing)
        with self.net() as net:
            launch = Launch(form, tool, session, cookies, net, self._keys)
            try:
                launch.validate()
            except NoCookie:
                raise
            except LtiException as error:
                raise LaunchRefused(f"{_sentence(error)} {AGAIN}") from error
        return self._arrival(launch), cookies

    def deep_link(self, picking: Mapping[str, Any]) -> DeepLink:
        """What answers a request for a link."""
        platform = self.platforms.by_id(int(picking["platform"]))
        if platform is None:
            raise LaunchRefused(f"The platform is not registered here any more. {AGAIN}")
        return DeepLink(
            platform.registration(self.platforms.keys.signing()), picking["deployment"], picking["settings"]
        )

    def _arrival(self, launch: Launch) -> Arrival:
        claims: Mapping[str, Any] = dict(launch.get_launch_data())
        role = role_of(claims)
        if role is None:
            raise LaunchRefused("Your course says neither that you study in it nor that you teach it; ask who runs it.")
        platform = self.platforms.find(launch.get_iss(), launch.get_client_id())
        deployment = None if platform is None else self.platforms.deployment(platform, claims[DEPLOYMENT])
        if platform is None or deployment is None:
            raise LaunchRefused(f"This platform has just been removed here. {AGAIN}")
        course = self._course(deployment, claims)
        name = text(claims, "name") or f"{text(claims, 'given_name')} {text(claims, 'family_name')}".strip()
        student = self.courses.enrol(course, claims["sub"], name, role)
        frames = frames_of(claims, (platform.issuer, platform.login))
        if launch.is_deep_link_launch():
            if role != "instructor":
                raise LaunchRefused("Only those who teach the course can add an activity to it.")
            picking = {"platform": platform.id, "deployment": claims[DEPLOYMENT], "settings": part(claims, SETTINGS)}
            return Arrival(student, role, course, frames, picking=picking)
        if not launch.is_resource_launch():
            raise LaunchRefused("This is no activity of a course.")
        return Arrival(student, role, course, frames, self._activity(course, claims))

    def _course(self, deployment: int, claims: Mapping[str, Any]) -> Course:
        context = part(claims, CLAIM + "context")
        if not text(context, "id"):
            raise LaunchRefused("The platform does not say from which course you come.")
        title = text(context, "title") or text(context, "label")
        members = text(part(claims, ROSTER), "context_memberships_url")
        return self.courses.arrive(deployment, text(context, "id"), title, members)

    def _activity(self, course: Course, claims: Mapping[str, Any]) -> Activity:
        custom = part(claims, CLAIM + "custom")
        wanted = text(custom, "assignment") or (self.offered[0] if len(self.offered) == 1 else "")
        if wanted not in self.offered:
            known = ", ".join(self.offered)
            raise LaunchRefused(f"The activity opens the assignment {wanted!r}, which is not here; here is {known}.")
        endpoint = {name: part(claims, GRADEBOOK).get(name) for name in ("lineitems", "lineitem")}
        endpoint["scope"] = texts(part(claims, GRADEBOOK).get("scope"))
        link = text(part(claims, CLAIM + "resource_link"), "id")
        held = text(custom, "marks") == "held"
        return self.courses.open(course, link, wanted, endpoint, released=not held)


def role_of(claims: Mapping[str, Any]) -> str | None:
    """What somebody is in the course: roles in it count, and those elsewhere do not where there are any."""
    said = {CLAIM + "roles": texts(claims.get(CLAIM + "roles"))}
    if TeachingAssistantRole(said).check():
        return "marker"
    if TeacherRole(said).check():
        return "instructor"
    return "student" if StudentRole(said).check() else None


def frames_of(claims: Mapping[str, Any], addresses: tuple[str, ...]) -> tuple[str, ...]:
    """The origins of a platform's pages: as it was registered, and as it says itself in what it has signed."""
    back = text(part(claims, CLAIM + "launch_presentation"), "return_url")
    own = text(part(claims, CLAIM + "tool_platform"), "url")
    back_linked = text(part(claims, SETTINGS), "deep_link_return_url")
    return tuple(dict.fromkeys(filter(None, map(origin, (*addresses, back, own, back_linked)))))


def origin(address: str) -> str:
    """The origin of an address; empty where it has none that can stand in a policy."""
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    host = parts.hostname or ""
    plain = host.replace("-", "").replace(".", "").isalnum() and host.isascii()
    return f"{parts.scheme}://{host}{port}" if parts.scheme in ("http", "https") and plain else ""


def part(claims: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object within claims; an empty one where there is none."""
    found = claims.get(name)
    return found if isinstance(found, dict) else {}


def text(claims: Mapping[str, Any], name: str) -> str:
    """A text within claims; empty where there is none."""
    found = claims.get(name)
    return found if isinstance(found, str) else ""


def _sentence(error: Exception) -> str:
    return f"{str(error).rstrip('.')}."
