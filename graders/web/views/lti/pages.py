"""The pages of LTI put together, and what they share."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Router
from litestar.middleware.rate_limit import RateLimitConfig

from graders.lti.launching import Door
from graders.lti.linking import Offer
from graders.web.identity import SignedIn
from graders.web.views.lti.entering import ended, keys, launch, login, register
from graders.web.views.lti.picking import PickingPages
from graders.web.views.lti.scores import ScorePages


@dataclass(frozen=True)
class LtiPages:
    """What learning platforms launch.

    Attributes:
        base: the address of our pages, as browsers and platforms know it; https.
        offers: the assignments that can be opened here.
    """

    door: Door
    base: str
    offers: tuple[Offer, ...]

    @property
    def launch(self) -> str:
        """The address of launches."""
        return f"{self.base.rstrip('/')}/lti/launch"

    def still_there(self, person: SignedIn) -> bool:
        """Whether somebody whom a launch has signed in is still in that course, in that role."""
        return self.door.courses.is_there(int(person.course), person.name, person.role.value)

    def router(self, launches: int) -> Router:
        """All pages.

        Args:
            launches: how often one address may ask for a launch within a minute.
        """
        limit = RateLimitConfig(rate_limit=("minute", launches), set_rate_limit_headers=False, store="launches")
        ways_in = Router("/", route_handlers=[login, launch, register], middleware=[limit.middleware])
        return Router("/", route_handlers=[ways_in, keys, ended, PickingPages, ScorePages])
