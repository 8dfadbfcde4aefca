"""Coming in and going out: one-time links, names and passwords."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from litestar import Request, Router, get, post
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.middleware.rate_limit import RateLimitConfig
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_400_BAD_REQUEST

from graders.errors import UsageError
from graders.web.given import TheDesk
from graders.web.pages import page, see
from graders.web.people import AccountHolders, OneTimeLinks
from graders.web.safety import renew_session
from graders.web.views.answer_form import one

WRONG = "Name or password is not right."
USED = "This link has been used, or belongs to an earlier start. The terminal that runs graders mark shows a new one."


@get("/open")
async def open_link(request: Request[Any, Any, Any]) -> Redirect:
    """Come in by a one-time link."""
    people = request.app.state.people
    if not isinstance(people, OneTimeLinks):
        raise NotFoundException("There is no such page.")
    session = people.use(request.query_params.get("token", ""))
    if session is None:
        raise PermissionDeniedException(USED)
    await renew_session(request, dict(session), request.app.state.sessions)
    return see("/")


@get("/login")
async def login_page(request: Request[Any, Any, Any], desk: TheDesk) -> Template:
    """Where people with accounts sign in."""
    return page("login", request, desk, by_password=request.app.state.people.by_password, name="")


@post("/login")
async def login(request: Request[Any, Any, Any], desk: TheDesk) -> Redirect | Template:
    """Sign in with name and password."""
    people = request.app.state.people
    if not isinstance(people, AccountHolders):
        raise NotFoundException("There is no such page.")
    form = await request.form()
    name = one(form, "name").strip()
    try:
        session = await to_thread.run_sync(people.sign_in, name, one(form, "password"))
        note = WRONG
    except UsageError as error:
        session, note = None, str(error)
    if session is None:
        context = {"by_password": True, "name": name, "note": note}
        return page("login", request, desk, status=HTTP_400_BAD_REQUEST, **context)
    await renew_session(request, dict(session), request.app.state.sessions)
    return see("/")


@post("/logout")
async def logout(request: Request[Any, Any, Any]) -> Redirect:
    """End the session."""
    request.clear_session()
    return see("/login")


def entry(attempts: int) -> Router:
    """All ways in and out.

    Args:
        attempts: how often one address may try to come in within a minute.
    """
    limit = RateLimitConfig(rate_limit=("minute", attempts), set_rate_limit_headers=False)
    ways_in = Router("/", route_handlers=[open_link, login], middleware=[limit.middleware])
    return Router("/", route_handlers=[ways_in, login_page, logout])
