"""What keeps pages safe: headers on every answer, no foreign origin, sessions that are renewed, cookies of our own."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from litestar import Request
from litestar.config.csrf import CSRFConfig
from litestar.connection import ASGIConnection
from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.exceptions import PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.middleware.session.server_side import ServerSideSessionBackend, ServerSideSessionConfig
from litestar.types import Message, Scope

HOURS_12 = 12 * 3600
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
FROM_ABROAD = "from_abroad"  # the mark of handlers that other sites' pages may ask
FRAMED = "/lti/"  # where our pages are that say nothing of anybody, and may be shown by any platform
FRESH = "graders.session"  # where a request's new session id lies in its scope


class FreshSessions(ServerSideSessionBackend):
    """Sessions whose id is made by us alone: signing in gives a new one, and an unknown one is never taken up."""

    def get_session_id(self, connection: ASGIConnection[Any, Any, Any, Any]) -> str:
        """The id under which this request's session is kept."""
        scope = cast(dict[str, Any], connection.scope)
        if FRESH not in scope and not scope.get("session"):
            scope[FRESH] = self.generate_session_id()
        return str(scope.get(FRESH) or super().get_session_id(connection))


class FreshSessionConfig(ServerSideSessionConfig):
    """The configuration of such sessions."""

    _backend_class = FreshSessions


async def renew_session(
    request: Request[Any, Any, Any], session: dict[str, Any], config: ServerSideSessionConfig
) -> None:
    """Give a request a session under a new id; the one that it came with ends."""
    if old := request.cookies.get(config.key):
        await config.get_store_from_app(request.app).delete(old)
    cast(dict[str, Any], request.scope)[FRESH] = config._backend_class(config=config).generate_session_id()
    request.set_session(session)


def session_config(secret: bytes, *, secure: bool) -> FreshSessionConfig:
    """Sessions in a cookie of this database's own, as cookies of one host are not kept apart by port."""
    return FreshSessionConfig(
        key=_cookie("session", secret, secure), max_age=HOURS_12, secure=secure, httponly=True, samesite="lax"
    )


def csrf_config(secret: bytes, *, secure: bool) -> CSRFConfig:
    """A token in each form that must fit the one in a cookie."""
    key = hashlib.sha256(b"csrf" + secret).hexdigest()
    return CSRFConfig(
        secret=key, cookie_name=_cookie("csrf", secret, secure), cookie_secure=secure, cookie_httponly=True,
        cookie_samesite="lax",
    )  # fmt: skip


def _cookie(name: str, secret: bytes, secure: bool) -> str:
    own = hashlib.sha256(b"cookie" + secret).hexdigest()[:8]
    return f"{'__Host-' if secure else ''}graders-{name}-{own}"


def refuse_foreign_origins(request: Request[Any, Any, Any]) -> None:
    """Refuse what another site's page sends, no matter who is signed in here; but for what a platform has to send."""
    if request.scope["route_handler"].opt.get(FROM_ABROAD):
        return
    origin = request.headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc.casefold() != request.headers.get("host", "").casefold()
    if foreign or (request.headers.get("sec-fetch-site") == "cross-site" and request.method not in ("GET", "HEAD")):
        raise PermissionDeniedException("This was sent by a page of another site; nothing was done.")


async def add_headers(message: Message, scope: Scope) -> None:
    """Put our headers on every answer."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    _let_platforms_frame(headers, scope)
    if scope["scheme"] == "https":
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if not scope["path"].startswith("/static/"):
        headers["Cache-Control"] = "no-store"


def _let_platforms_frame(headers: MutableScopeHeaders, scope: Scope) -> None:
    """Let the platform from which somebody came show our pages in a frame, and our cookies come back there."""
    session: Any = scope.get("session")
    session = session if isinstance(session, dict) else {}
    frames = session.get("frames") or (["https:"] if scope["path"].startswith(FRAMED) else [])
    if not frames:
        return
    del headers["X-Frame-Options"]
    if scope["path"].startswith(FRAMED):  # a platform may have opened these in a window, and waits for its word
        del headers["Cross-Origin-Opener-Policy"]
    policy = headers["Content-Security-Policy"].replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(frames)}")
    headers["Content-Security-Policy"] = policy
    if session.get("framed", in_a_frame(Headers.from_scope(scope))):
        cookies = headers.getall("Set-Cookie", [])
        if cookies:
            del headers["Set-Cookie"]
        for cookie in cookies:
            headers.add("Set-Cookie", in_frame(cookie))


def in_a_frame(headers: Mapping[str, str]) -> bool:
    """Whether a page is asked for to be shown within another one, as far as the browser tells."""
    return headers.get("sec-fetch-dest", "iframe") != "document"


def in_frame(cookie: str) -> str:
    """A cookie that comes back within a frame of another site's page, to pages under that site alone."""
    return cookie.replace("SameSite=lax", "SameSite=None") + "; Partitioned" if "Secure" in cookie else cookie


def policy_of(style: str, script: str) -> str:
    """The policy of a page that holds its own style sheet and script: it allows these two, by their hashes."""
    policy = POLICY
    for name, text in (("style-src", style), ("script-src", script)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        policy = policy.replace(f"{name} 'self'", f"{name} 'sha256-{digest}'")
    return policy


def instructors_only(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Refuse markers what only instructors may do."""
    if not connection.user.instructs:
        raise PermissionDeniedException("Only an instructor may do this.")


def staff_only(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Refuse students what only people who mark may do."""
    if connection.user.studies:
        raise PermissionDeniedException("Only those who mark may do this.")


def students_only(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Refuse what only a student can do, who has come from an LMS."""
    if not connection.user.studies:
        raise PermissionDeniedException("Only a student may do this, from the activity in the course.")
