"""Dynamic registration: a platform introduces itself, and learns who we are, by an address that works once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from pylti1p3.dynamic_registration import DynamicRegistration
from pylti1p3.exception import LtiException

from graders.archive.database import Database
from graders.errors import UsageError
from graders.lti.launching import part, text
from graders.lti.passing import Passing
from graders.lti.platforms import Platform, Platforms, refuse_unsafe
from graders.lti.services import with_ends

NAME, TELLS = "graders", "Grades notebooks, and sends the marks to the gradebook."
SCOPES = [
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
]
ABOUT_PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
ABOUT_TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
DAY = 86_400.0
BROKEN = (LtiException, requests.RequestException, AssertionError, KeyError, TypeError, ValueError, AttributeError)


def invite(database: Database, seconds: float = DAY) -> str:
    """A token by which one platform may introduce itself within a day."""
    token = secrets.token_urlsafe(24)
    Passing(database).keep(_name(token), True, seconds)
    return token


def introduce(
    database: Database,
    token: str,
    asked: Mapping[str, str],
    base: str,
    net: Callable[[], requests.Session] = with_ends,
) -> Platform:
    """Register the platform that asks, by an invitation.

    Args:
        asked: what it asked with: `openid_configuration`, and perhaps `registration_token`.
        base: the address of our pages.
        net: makes the session by which the platform is asked.

    Raises:
        UsageError: nobody has invited it, or it cannot be understood.
    """
    if not Passing(database).take(_name(token)):
        raise UsageError("This address was used before, or is older than a day; graders lti register prints a new one.")
    where = asked.get("openid_configuration", "")
    refuse_unsafe(where)
    made = _Introduction(base, where, asked.get("registration_token"), net)
    try:
        found: Any = made.register()  # what `complete_registration` has made
    except BROKEN as error:
        raise UsageError(f"The platform at {where} did not register us as LTI says that it should.") from error
    return Platforms(database).register(found)


class _Introduction(DynamicRegistration):
    """What we say of ourselves, and what we keep of the answer."""

    client_name, description = NAME, TELLS

    def __init__(self, base: str, where: str, token: str | None, net: Callable[[], requests.Session]) -> None:
        self._base, self._where, self._token, self._net = base.rstrip("/"), where, token, net

    def get_request_session(self) -> requests.Session:
        return self._net()

    def get_initiate_login_uri(self) -> str:
        return f"{self._base}/lti/login"

    def get_jwks_uri(self) -> str:
        return f"{self._base}/lti/keys"

    def get_redirect_uris(self) -> list[str]:
        return [f"{self._base}/lti/launch"]

    def get_scopes(self) -> list[str]:
        return SCOPES

    def get_domain(self) -> str:
        return urlsplit(self._base).netloc

    def get_target_link_uri(self) -> str:
        return f"{self._base}/lti/launch"

    def get_claims(self) -> list[str]:
        return ["iss", "sub", "name", "given_name", "family_name"]

    def get_messages(self) -> list[dict[str, str]]:
        link = {"target_link_uri": f"{self._base}/lti/launch"}
        return [{"type": "LtiResourceLinkRequest", **link}, {"type": "LtiDeepLinkingRequest", "label": NAME, **link}]

    def get_logo_uri(self) -> str:
        return f"{self._base}/static/logo.svg"

    def get_openid_configuration_endpoint(self) -> str:
        return self._where

    def get_registration_token(self) -> str:
        return self._token  # type: ignore[return-value] # without one, none is sent

    def complete_registration(
        self, openid_configuration: dict[str, Any], openid_registration: dict[str, Any]
    ) -> Platform:
        """The platform, whose issuer has to be at the very host that we have asked."""
        said = openid_configuration
        issuer = said["issuer"]
        if urlsplit(issuer).hostname != urlsplit(self._where).hostname:
            raise LtiException("The platform says that it is another one.")
        deployment = text(part(openid_registration, ABOUT_TOOL), "deployment_id")
        return Platform(
            text(part(said, ABOUT_PLATFORM), "product_family_code") or urlsplit(issuer).hostname or issuer,
            issuer,
            openid_registration["client_id"],
            said["authorization_endpoint"],
            said["token_endpoint"],
            said["jwks_uri"],
            text(said, "authorization_server"),
            (deployment,) if deployment else (),
        )


def _name(token: str) -> str:
    return "invitation " + hashlib.sha256(token.encode()).hexdigest()
