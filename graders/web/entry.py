"""Coming in and going out: one-time links, names and passwords."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from litestar import Request, get, post
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.middleware.rate_limit import RateLimitConfig
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_400_BAD_REQUEST

from graders.errors import UsageError
from graders.web.answer_form import one
from graders.web.desk import Desk
from graders.web.pages import page, see
from graders.web.people import AccountHolders, OneTimeLinks
from graders.web.safety import renew_session

A_MINUTE = 30  # attempts to come in that one address may make in a minute
LIMIT = RateLimitConfig(rate_limit=("minute", A_MINUTE), set_rate_limit_headers=False)
WRONG = "Name or password is not right."
USED = "This link has been used, or belongs to an earlier start. The terminal that runs graders mark shows a new one."


@get("/open", middleware=[LIMIT.middleware])
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
async def login_page(request: Request[Any, Any, Any], desk: Desk) -> Template:
    """Where people with accounts sign in."""
    return page("login", request, desk, by_password=request.app.state.people.by_password, name="")


@post("/login", middleware=[LIMIT.middleware])
async def login(request: Request[Any, Any, Any], desk: Desk) -> Redirect | Template:
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
