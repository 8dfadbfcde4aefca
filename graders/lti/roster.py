"""Who is in a course, as its platform says (Names and Role Provisioning Services)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests
from pylti1p3.exception import LtiException
from pylti1p3.names_roles import NamesRolesProvisioningService

from graders.errors import UsageError
from graders.lti.courses import Course
from graders.lti.launching import CLAIM, Door, role_of, text
from graders.lti.services import Connector, Tokens

BROKEN = (LtiException, requests.RequestException, KeyError, TypeError, ValueError, AttributeError)
MOST = 20_000  # people in a course


def fetch(door: Door, course: Course) -> dict[str, int]:
    """Enrol everybody whom the platform names; how many there are, by role.

    Raises:
        UsageError: the platform has no roster of this course, or does not give it.
    """
    platform = door.platforms.by_id(course.platform)
    if platform is None or not course.members:
        raise UsageError("The platform gives no roster of this course; allow it there, and open the activity again.")
    with door.net() as net:
        connector = Connector(platform.registration(door.platforms.keys.signing()), net, Tokens())
        service = NamesRolesProvisioningService(connector, {"context_memberships_url": course.members})
        try:
            members = service.get_members()[:MOST]
        except BROKEN as error:
            raise UsageError(f"The platform did not give the roster: {type(error).__name__}.") from error
    found: dict[str, int] = {}
    for member in members:
        role = _enrol(door, course, dict(member))
        found[role] = found.get(role, 0) + 1
    found.pop("", None)
    return found


def _enrol(door: Door, course: Course, member: Mapping[str, Any]) -> str:
    """Enrol somebody who is active in the course; their role, empty for who has none that counts here."""
    roles = [role if role.startswith("http") else _whole(role) for role in member.get("roles", ())]
    role = role_of({CLAIM + "roles": roles})
    subject = text(member, "user_id")
    if role is None or not subject or member.get("status", "Active") != "Active":
        return ""
    name = text(member, "name") or f"{text(member, 'given_name')} {text(member, 'family_name')}".strip()
    door.courses.enrol(course, subject, name, role)
    return role


def _whole(role: str) -> str:
    """The full name of a role in a course, of which the short one may stand for it."""
    return f"http://purl.imsglobal.org/vocab/lis/v2/membership#{role}"
