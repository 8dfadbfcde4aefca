"""What pylti1p3 asks of a web framework, over our database; and what that library leaves open, closed.

Its faults, each mended where it stands, and each with a test that fails without the mend:
1. tokens are kept by issuer alone (`services.Connector`);
2. no request has an end (`services.with_ends`);
3. `exp` and `iat` need not be there, and neither clock may be a second off (`Launch.validate_jwt_signature`);
4. a nonce is looked at and stays good, and is bound to no login (`LoginSession.check_nonce`);
5. what a launch says would not fit a cookie (`Passing`);
6. cookies do not come back inside another site's frame (`graders.web.safety`);
7. a score's time is when it was made, not sent, and may be above its maximum (`scores.sender`).
And besides: a state counts that no cookie proves (`Launch.validate_state`); of several audiences the first is believed
(`Launch.get_client_id`); what is no object, or no text, where one is due, is a fault in the library itself
(`Launch.validate_jwt_format`).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import jwt
import requests
from pylti1p3.cookie import CookieService
from pylti1p3.deployment import Deployment
from pylti1p3.exception import LtiException, LtiKeyException, LtiMessageValidationException
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.oidc_login import OIDCLogin
from pylti1p3.redirect import Redirect
from pylti1p3.registration import Registration
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from pylti1p3.tool_config.abstract import ToolConfAbstract

from graders.lti.passing import Passing
from graders.lti.platforms import Platform, Platforms, known_deployment

COOKIE = "__Host-graders-lti-"  # the beginning of the names of cookies that hold a login's state
LEEWAY = 30  # seconds by which a platform's clock may differ from ours
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512"})
REQUIRED = ["exp", "iat", "iss", "aud", "sub", "nonce"]
TEXTS = ("iss", "sub", "nonce", "azp")  # claims that are looked up as text before anything is proven
DEPLOYMENT = "https://purl.imsglobal.org/spec/lti/claim/deployment_id"


class NoCookie(LtiException):
    """The browser did not send back the cookie of the login; what the login began with is at hand."""

    def __init__(self, asked: Mapping[str, str]) -> None:
        super().__init__("Your browser keeps our cookies from coming back inside this page.")
        self.asked = asked


class Form(Request):
    """The fields of a request."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = fields

    def is_secure(self) -> bool:
        """LTI is served by TLS alone."""
        return True

    def get_param(self, key: str) -> str:
        """A field; empty where it is not there."""
        return self.fields.get(key, "")


class Cookies(CookieService):
    """The cookies that came, and those that are to be set."""

    def __init__(self, came: Mapping[str, str]) -> None:
        self._came = came
        self.wanted: dict[str, tuple[str, int]] = {}

    def get_cookie(self, name: str) -> str | None:
        """A cookie that came."""
        return self._came.get(COOKIE + name)

    def set_cookie(self, name: str, value: str | int, exp: int | None = 3600) -> None:
        """Note a cookie, and the seconds for which it is good."""
        self.wanted[COOKIE + name] = (str(value), exp or 0)


class LoginSession(SessionService):
    """What a login leaves for its launch: a nonce and more under its state, taken by the first launch that names it.

    Args:
        taken: what was left, once it is taken.
    """

    def __init__(self, passing: Passing) -> None:
        self._passing = passing
        self.taken: Mapping[str, Any] = {}

    def save_nonce(self, nonce: str) -> None:
        """Nothing: it is kept with the rest of its login (`save_state_params`)."""

    def save_state_params(self, state: str, params: dict[str, object]) -> None:
        """Keep what the launch needs."""
        self._passing.keep(state, params)

    def take(self, state: str) -> bool:
        """Take what a login has left; whether there was anything."""
        self.taken = self._passing.take(state) or {}
        return bool(self.taken)

    def check_nonce(self, nonce: str) -> bool:
        """Whether it is the one of this very login."""
        return bool(self.taken) and self.taken.get("nonce") == nonce


class Registered(ToolConfAbstract[Form]):
    """Our registrations, for pylti1p3."""

    def __init__(self, platforms: Platforms) -> None:
        self._platforms, self._key = platforms, platforms.keys.signing()

    def check_iss_has_one_client(self, iss: str) -> bool:
        """Never: an issuer may have any number."""
        return False

    def find_platform(self, iss: str, client_id: str) -> Platform | None:
        """The platform; where no client is named, the only one of its issuer."""
        if client_id:
            return self._platforms.find(iss, client_id)
        found = self._platforms.of_issuer(iss)
        return found[0] if len(found) == 1 else None

    def find_registration_by_issuer(self, iss: str, *args: Any, **kwargs: Any) -> Registration:
        """Not asked for, as an issuer may have any number of clients."""
        raise NotImplementedError

    def find_deployment(self, iss: str, deployment_id: str) -> Deployment | None:
        """Not asked for either."""
        raise NotImplementedError

    def find_registration_by_params(self, iss: str, client_id: str, *args: Any, **kwargs: Any) -> Registration:
        """The registration of a platform."""
        found = self.find_platform(iss, client_id)
        if found is None:
            raise LtiException(f"The platform {iss} is not registered here for the client id {client_id or '(none)'}.")
        return found.registration(self._key)

    def find_deployment_by_params(
        self, iss: str, deployment_id: str, client_id: str, *args: Any, **kwargs: Any
    ) -> Deployment | None:
        """A deployment of it, if it was registered."""
        found = self.find_platform(iss, client_id)
        known = found is not None and self._platforms.deployment(found, deployment_id) is not None
        return known_deployment(deployment_id) if known else None


class Login(OIDCLogin[Form, Registered, LoginSession, Cookies, str]):
    """The first step of a launch: where the browser is sent, and what is kept until it is back."""

    def _generate_nonce(self) -> str:
        nonce = secrets.token_urlsafe(32)  # the library's own tells of this machine and of the time
        whose = {"issuer": self.get_iss(), "client": self.get_client_id()}
        self.pass_params_to_launch({"nonce": nonce, "asked": dict(self._request.fields), **whose})
        return nonce

    def get_redirect(self, url: str) -> Redirect[str]:
        """Not asked for: `address` is all that we need."""
        raise NotImplementedError

    def address(self, launch: str) -> str:
        """Where the browser goes on; `launch` is where it comes back."""
        return self._prepare_redirect_url(launch)


class KeySets:
    """Platforms' public keys as they were fetched last."""

    def __init__(self) -> None:
        self._kept: dict[str, Any] = {}

    def get(self, url: str) -> Any:
        """What was kept; None where nothing is."""
        return self._kept.get(url)

    def keep(self, url: str, keys: Any) -> None:
        """Keep a set of keys."""
        self._kept[url] = keys

    def forget(self, url: str) -> bool:
        """Forget it; whether there was anything."""
        return self._kept.pop(url, None) is not None


class Launch(MessageLaunch[Form, Registered, LoginSession, Cookies]):
    """The second step of a launch, of which nothing is believed before all of it has been checked."""

    def __init__(self, form: Form, tool: Registered, session: LoginSession, cookies: Cookies, net: requests.Session,
                 keys: KeySets) -> None:  # fmt: skip
        super().__init__(form, tool, session_service=session, cookie_service=cookies, requests_session=net)
        self._keys = keys

    @property
    def registration(self) -> Registration:
        """The registration of the platform that launched."""
        assert self._registration is not None
        return self._registration

    def _get_request_param(self, key: str) -> str:
        return self._request.get_param(key)

    def validate_state(self) -> Launch:
        """A state of ours, used for the first time, that this browser's own cookie proves."""
        state = self._get_request_param("state")
        if not self._session_service.take(state):
            raise LtiMessageValidationException("This launch was used before, or has waited for too long.")
        if self._cookie_service.get_cookie(state) != state:
            raise NoCookie(self._session_service.taken["asked"])
        self._cookie_service.set_cookie(state, "", 0)
        return self

    def validate_jwt_format(self) -> Launch:
        """Three parts, of which two are objects; and text where text is due."""
        super().validate_jwt_format()
        header, body = self._jwt.get("header"), self._jwt.get("body")
        if not isinstance(header, dict) or not isinstance(body, dict):
            raise LtiMessageValidationException("The platform's message is not of a form that LTI knows.")
        claims: dict[str, Any] = dict(body)
        if any(not isinstance(claims.get(name, ""), str) for name in (*TEXTS, DEPLOYMENT)):
            raise LtiMessageValidationException("The platform's message is not of a form that LTI knows.")
        return self

    def get_client_id(self) -> str:
        """Whom the message is for: its one audience, or the one of several that it names as the party meant."""
        claims: dict[str, Any] = dict(self._get_jwt_body())
        named = claims.get("aud")
        audiences = [named] if isinstance(named, str) else named
        if not isinstance(audiences, list) or not all(isinstance(one, str) for one in audiences):
            raise LtiMessageValidationException("The platform's message does not say for whom it is.")
        party = claims.get("azp", audiences[0] if len(audiences) == 1 else None)
        if party not in audiences:
            raise LtiMessageValidationException("The platform's message is for somebody else.")
        return str(party)

    def validate_registration(self) -> Launch:
        """A platform that is registered here, and the same that the login went to."""
        super().validate_registration()
        taken = self._session_service.taken
        if (self.get_iss(), self.get_client_id()) != (taken["issuer"], taken["client"]):
            raise LtiMessageValidationException("The answer comes from another platform than the one that was asked.")
        return self

    def fetch_public_key(self, key_set_url: str) -> Any:
        """The platform's keys, as they were fetched last."""
        found = self._keys.get(key_set_url) or super().fetch_public_key(key_set_url)
        if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
            raise LtiKeyException("The platform's keys cannot be read.")
        self._keys.keep(key_set_url, found)
        return found

    def get_public_key(self) -> tuple[str, str]:
        """The key that signed; fetched again where it is none of those that are known."""
        try:
            return super().get_public_key()
        except LtiKeyException:
            if not self._keys.forget(self.registration.get_key_set_url() or ""):
                raise
            self.registration.set_key_set(None)
            return super().get_public_key()

    def validate_jwt_signature(self) -> Launch:
        """Signed by the platform, for us, and neither expired nor without a date."""
        key, algorithm = self.get_public_key()
        if algorithm not in ALGORITHMS:
            raise LtiKeyException(f"Messages signed by {algorithm} are not taken.")
        try:
            jwt.decode(
                self._get_id_token(), key, algorithms=[algorithm], audience=self.get_client_id(), issuer=self.get_iss(),
                leeway=LEEWAY, options={"require": REQUIRED},
            )  # fmt: skip
        except jwt.InvalidTokenError as error:
            raise LtiMessageValidationException(f"The platform's message is not valid: {error}.") from error
        return self

    def save_launch_data(self) -> Launch:
        """Nothing: what counts of it goes into the session and the database."""
        return self
