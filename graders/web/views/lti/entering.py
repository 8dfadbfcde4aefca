"""What learning platforms ask: a login, a launch, our keys, an introduction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from anyio import to_thread
from litestar import Request, get, post, route
from litestar.datastructures import Cookie
from litestar.enums import HttpMethod
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_302_FOUND, HTTP_303_SEE_OTHER, HTTP_400_BAD_REQUEST

from graders.errors import UsageError
from graders.lti.adapter import Cookies, NoCookie
from graders.lti.launching import Arrival
from graders.lti.registering import introduce
from graders.web.given import TheDesk
from graders.web.identity import Role, SignedIn, launch_session
from graders.web.pages import page
from graders.web.safety import FROM_ABROAD, in_a_frame, renew_session

ABROAD = {FROM_ABROAD: True, "exclude_from_csrf": True}
NEW_TAB = "graders_new_tab"  # in a login that somebody has opened in a tab of its own


@route("/lti/login", http_method=[HttpMethod.GET, HttpMethod.POST], opt=ABROAD, status_code=HTTP_302_FOUND)
async def login(request: Request[Any, Any, Any], desk: TheDesk) -> Redirect | Template:
    """The first step of a launch: send the browser back to the platform, which says who it is."""
    lti = request.app.state.lti
    asked = await _fields(request)
    try:
        where, cookies = await to_thread.run_sync(
            lti.door.begin, {k: v for k, v in asked.items() if k != NEW_TAB}, lti.launch, request.cookies
        )
    except UsageError as error:
        return page("error", request, desk, status=HTTP_400_BAD_REQUEST, note=str(error), code=400)
    return _with_cookies(Redirect(where, status_code=HTTP_302_FOUND), cookies)


@post("/lti/launch", opt=ABROAD, status_code=HTTP_303_SEE_OTHER)
async def launch(request: Request[Any, Any, Any], desk: TheDesk) -> Redirect | Template:
    """The second step: the platform has said who it is, and the right page opens."""
    lti = request.app.state.lti
    try:
        arrival, cookies = await to_thread.run_sync(lti.door.enter, await _fields(request), request.cookies)
    except NoCookie as error:
        link = f"/lti/login?{urlencode({**error.asked, NEW_TAB: '1'})}" if in_a_frame(request.headers) else ""
        return page("lti_new_tab", request, desk, status=HTTP_400_BAD_REQUEST, link=link)
    except UsageError as error:
        return page("error", request, desk, status=HTTP_400_BAD_REQUEST, note=str(error), code=400)
    person = SignedIn(arrival.student, Role(arrival.role), str(arrival.course.id))
    session = launch_session(person, arrival.frames, framed=in_a_frame(request.headers))
    await renew_session(request, session | {"picking": dict(arrival.picking)}, request.app.state.sessions)
    return _with_cookies(Redirect(opens(arrival), status_code=HTTP_303_SEE_OTHER), cookies)


@get("/lti/keys", opt=ABROAD, sync_to_thread=True)
def keys(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The public halves of our keys."""
    found: dict[str, Any] = request.app.state.lti.door.platforms.keys.key_set()
    return found


@get("/lti/register", opt=ABROAD)
async def register(request: Request[Any, Any, Any], desk: TheDesk) -> Template:
    """A platform introduces itself, by an address that works once."""
    lti, asked = request.app.state.lti, dict(request.query_params.items())
    try:
        platform = await to_thread.run_sync(
            introduce, desk.store.database, asked.get("invitation", ""), asked, lti.base, lti.door.net
        )
    except UsageError as error:
        return page("error", request, desk, status=HTTP_400_BAD_REQUEST, note=str(error), code=400)
    return page("lti_registered", request, desk, platform=platform)


@get("/lti/ended", opt=ABROAD, sync_to_thread=False)
def ended(request: Request[Any, Any, Any], desk: TheDesk) -> Template:
    """Where somebody is sent in a frame whose session is over."""
    note = "Your visit is over. Open the activity in your course again."
    return page("error", request, desk, status=HTTP_400_BAD_REQUEST, note=note, code=400)


def opens(arrival: Arrival) -> str:
    """The page that a launch opens."""
    if arrival.activity is None:
        return "/pick"
    if arrival.role == "student":
        return f"/submit/{arrival.activity.assignment}"
    return "/class" if arrival.role == "instructor" else "/"


async def _fields(request: Request[Any, Any, Any]) -> Mapping[str, str]:
    found = request.query_params if request.method == "GET" else await request.form()
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _with_cookies(answer: Redirect, cookies: Cookies) -> Redirect:
    """An answer with the cookies of a launch, which have to come back from the platform's own page."""
    for name, (value, seconds) in cookies.wanted.items():
        answer.set_cookie(Cookie(name, "/", value, seconds, secure=True, httponly=True, samesite="none"))
    return answer
