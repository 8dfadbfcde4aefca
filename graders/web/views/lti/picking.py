"""Deep linking: an instructor picks the assignment that an activity opens, and is sent back to the platform."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Template
from litestar.status_codes import HTTP_400_BAD_REQUEST

from graders.errors import UsageError
from graders.lti.launching import origin, text
from graders.lti.linking import Offer, answer
from graders.web.given import TheDesk, TheForm
from graders.web.pages import page
from graders.web.safety import POLICY, instructors_only
from graders.web.views.answer_form import one


class PickingPages(Controller):
    """The choice, and the way back."""

    guards = (instructors_only,)

    @get("/pick", sync_to_thread=True)
    def show(self, request: Request[Any, Any, Any], desk: TheDesk) -> Template:
        """Every assignment that can be opened here."""
        _picking(request)
        return page("lti_pick", request, desk, offers=request.app.state.lti.offers)

    @post("/pick", sync_to_thread=True, status_code=200)
    def pick(self, request: Request[Any, Any, Any], desk: TheDesk, form: TheForm) -> Template:
        """The platform learns of the activity, from the browser."""
        picking, lti = _picking(request), request.app.state.lti
        offer = next((one_ for one_ in lti.offers if one_.id == one(form, "assignment")), None)
        try:
            if offer is None:
                raise UsageError("Pick one of the assignments.")
            due = _due(offer, one(form, "due"))
        except UsageError as error:
            return page("lti_pick", request, desk, offers=lti.offers, note=str(error), status=HTTP_400_BAD_REQUEST)
        link = lti.door.deep_link(picking)
        signed = answer(link, offer, lti.launch, due=due, held=one(form, "marks") == "held")
        where = text(picking["settings"], "deep_link_return_url")
        made = page("lti_picked", request, desk, where=where, signed=signed, offer=offer)
        goes = " ".join(dict.fromkeys([origin(where) or "'none'", *request.session["frames"]]))
        policy = POLICY.replace("form-action 'self'", f"form-action {goes}")
        made.headers["Content-Security-Policy"] = policy
        return made


def _picking(request: Request[Any, Any, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] | None = request.session.get("picking")
    if not found:
        raise NotFoundException("Add the activity in your course: it opens this page.")
    return found


def _due(offer: Offer, given: str) -> datetime | None:
    """The date for the platform's calendar: the assignment's own, where it has one; in UTC."""
    if offer.due is not None or not given:
        return offer.due
    try:
        return datetime.fromisoformat(given).replace(tzinfo=UTC)
    except ValueError:
        raise UsageError(f"{given!r} is no date.") from None
