"""The application: pages, people and safety put together."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from anyio import CapacityLimiter, to_thread
from litestar import Litestar, Request, Response, Router
from litestar.config.allowed_hosts import AllowedHostsConfig
from litestar.connection import ASGIConnection
from litestar.datastructures import FormMultiDict, State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.security.session_auth import SessionAuth
from litestar.static_files import create_static_files_router
from litestar.status_codes import HTTP_303_SEE_OTHER, HTTP_500_INTERNAL_SERVER_ERROR, HTTP_503_SERVICE_UNAVAILABLE
from litestar.stores.base import Store
from litestar.stores.memory import MemoryStore
from litestar.template import TemplateConfig

from graders.errors import ConflictError, GradersError, UsageError
from graders.queue.events import fault
from graders.web.desk import MarkingDesk
from graders.web.desks import Desks
from graders.web.hand_in import HandInDesk
from graders.web.identity import SignedIn, launched
from graders.web.pages import engine, page
from graders.web.people import People
from graders.web.safety import (
    FreshSessions,
    add_headers,
    csrf_config,
    refuse_foreign_origins,
    session_config,
    staff_only,
)
from graders.web.views.answers import AnswerPages
from graders.web.views.entry import entry
from graders.web.views.finals import FinalPages, Writer
from graders.web.views.hand_in import HandInPages
from graders.web.views.health import health, metrics
from graders.web.views.lti import OPEN
from graders.web.views.overview import OverviewPages
from graders.web.views.rubrics import RubricPages
from graders.web.views.seconds import SecondPages
from graders.web.views.students import StudentPages

AT_ONCE = 4  # uploads that are held in memory
MOST_BYTES = 1_000_000  # of a request: a judgement of a large group needs some 100 kB
STATIC = Path(__file__).parent / "static"
STATUS = {UsageError: 400, ConflictError: 409}
WORDS = {
    401: "Please sign in first.",
    403: "You may not do this.",
    404: "There is no such page.",
    405: "This page cannot be asked that.",
    413: "This is more than a form may send.",
    429: "Too many attempts: wait a minute.",
}


class Launches(Protocol):
    """What learning platforms launch: `views.lti.pages.LtiPages`, which `graders mark` need not load."""

    @property
    def door(self) -> Any:
        """What a launch goes through, with the courses that platforms have."""

    def still_there(self, person: SignedIn) -> bool:
        """Whether somebody whom a launch has signed in is still in that course, in that role."""

    def router(self, launches: int) -> Router:
        """All their pages; one address may ask for launches so often within a minute."""


@dataclass(frozen=True)
class Setting:
    """How the pages are served.

    Attributes:
        secret: of the database; cookies and tokens depend on it.
        hosts: names by which the server may be asked; any when empty.
        secure: whether browsers reach it by TLS alone.
        sessions: where sessions are kept; in memory when None.
        attempts: how often one address may try to come in within a minute.
        launches: how often one address may ask for a launch within a minute; a whole lecture hall may have one address,
            and each student asks two or four times.
        lti: what learning platforms launch; None where none may.
    """

    secret: bytes
    hosts: tuple[str, ...] = ()
    secure: bool = False
    sessions: Store | None = None
    attempts: int = 30
    launches: int = 1500
    lti: Launches | None = None


def create_app(
    desk: MarkingDesk,
    people: People,
    setting: Setting,
    writer: Writer | None = None,
    hand_in: HandInDesk | None = None,
) -> Litestar:
    """The application over a desk; anyone who calls this closes the desk afterwards.

    Args:
        hand_in: where students hand in; nowhere when None.
    """
    sessions = session_config(setting.secret, secure=setting.secure)
    auth = SessionAuth[SignedIn, FreshSessions](
        retrieve_user_handler=functools.partial(_recognise, people, setting.lti),
        session_backend_config=sessions,  # type: ignore[arg-type] # its backend is named by a class attribute
        exclude=["^/static/", "^/login$", "^/open$", "^/health$", "^/metrics$", OPEN],
    )
    dependencies = {"writer": _provided(writer or Writer()), "desk": Provide(_desk, sync_to_thread=False)}
    dependencies |= {"hand_in": _provided(hand_in)}
    dependencies |= {"person": Provide(_person, sync_to_thread=False), "form": Provide(_form)}
    marking = Router(
        "/",
        route_handlers=[OverviewPages, AnswerPages, SecondPages, RubricPages, StudentPages, FinalPages],
        guards=[staff_only],
    )
    desks = Desks(desk, setting.lti.door.courses if setting.lti else None)
    launches = [setting.lti.router(setting.launches)] if setting.lti else []
    students, reading = [HandInPages] if hand_in else [], CapacityLimiter(AT_ONCE)
    static = create_static_files_router("/static", directories=[STATIC], send_as_attachment=False)
    return Litestar(
        route_handlers=[marking, entry(setting.attempts), *launches, static, health, metrics, *students],
        on_app_init=[auth.on_app_init],
        dependencies=dependencies,
        template_config=TemplateConfig(instance=engine()),
        csrf_config=csrf_config(setting.secret, secure=setting.secure),
        allowed_hosts=AllowedHostsConfig(list(setting.hosts)) if setting.hosts else None,
        stores={"sessions": setting.sessions or MemoryStore()},
        before_request=refuse_foreign_origins,
        before_send=[add_headers],
        exception_handlers={
            HTTPException: functools.partial(_refusal, desk),
            GradersError: functools.partial(_trouble, desk),
            Exception: functools.partial(_fault, desk),
        },
        request_max_body_size=MOST_BYTES,
        openapi_config=None,
        logging_config=None,
        state=State({"people": people, "sessions": sessions, "desks": desks, "lti": setting.lti, "reading": reading}),
        signature_types=[MarkingDesk, HandInDesk, SignedIn, Writer, FormMultiDict],
        debug=False,
    )


async def _recognise(
    people: People, lti: Launches | None, session: Mapping[str, Any], _: ASGIConnection[Any, Any, Any, Any]
) -> SignedIn | None:
    if not session:
        return None
    person = launched(session)
    if person is None:
        return await to_thread.run_sync(people.recognise, session)
    return person if lti is None or await to_thread.run_sync(lti.still_there, person) else None


def _desk(request: Request[Any, Any, Any]) -> MarkingDesk:
    desks: Desks = request.app.state.desks
    return desks.of(request.scope.get("user"))


def _provided(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)


def _person(request: Request[Any, Any, Any]) -> SignedIn:
    person: SignedIn = request.user
    return person


async def _form(request: Request[Any, Any, Any]) -> FormMultiDict:
    return await request.form()


def _refusal(desk: MarkingDesk, request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """What the framework, or a page, refuses."""
    if error.status_code == 401 and request.method == "GET":
        framed = request.headers.get("sec-fetch-dest") == "iframe"
        where = "/lti/ended" if framed and request.app.state.lti else "/login"
        return Response(b"", status_code=HTTP_303_SEE_OTHER, headers={"Location": where})
    said = error.detail if error.detail and error.detail.endswith(".") else ""
    return _told(desk, request, said or WORDS.get(error.status_code, "This did not work."), error.status_code)


def _trouble(desk: MarkingDesk, request: Request[Any, Any, Any], error: GradersError) -> Response[Any]:
    """What cannot be done, in its own sentence."""
    return _told(desk, request, str(error), STATUS.get(type(error), HTTP_503_SERVICE_UNAVAILABLE))


def _fault(desk: MarkingDesk, request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A fault of ours: the log tells where, the page a sentence."""
    fault(error, method=request.method, route=_route(request))
    said = "graders failed for a fault of its own; what was said to be saved is saved. The log shows where."
    return _told(desk, request, said, HTTP_500_INTERNAL_SERVER_ERROR)


def _route(request: Request[Any, Any, Any]) -> str:
    """The address as a pattern, in which nobody is named."""
    template = request.scope.get("path_template")
    return str(template) if template else "unknown"


def _told(desk: MarkingDesk, request: Request[Any, Any, Any], sentence: str, status: int) -> Response[Any]:
    return page("error", request, desk, status=status, note=sentence, code=status)
