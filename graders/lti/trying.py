"""Tries what a platform gives us, before people need it: its keys, a token, the roster of each course."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import requests
from pylti1p3.exception import LtiException, LtiServiceException

from graders.errors import UsageError
from graders.lti.launching import Door
from graders.lti.platforms import Platform
from graders.lti.registering import SCOPES
from graders.lti.roster import fetch
from graders.lti.services import Connector, Tokens
from graders.report.clean import one_line

BROKEN = (LtiException, requests.RequestException, KeyError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True)
class PlatformTrial:
    """What was tried of a platform.

    Attributes:
        what: it, in a few words.
        trouble: what is wrong; empty where it works.
    """

    what: str
    trouble: str = ""


def try_platform(door: Door, platform: Platform) -> list[PlatformTrial]:
    """Try everything that we ask of a platform, but for scores, which would be seen."""
    found = (
        [] if platform.deployments else [PlatformTrial("deployments", "none is registered, so every launch is refused")]
    )
    with door.net() as net:
        found.append(_tried("public keys", lambda: _keys(net, platform)))
        connector = Connector(platform.registration(door.platforms.keys.signing()), net, Tokens())
        found.append(_tried("a token for scores", lambda: connector.get_access_token([SCOPES[1]])))
    for course in door.courses.all():
        if course.platform == platform.id and course.members:
            found.append(_tried(f"the roster of {one_line(course.title, 60)}", partial(fetch, door, course)))
    return found


def _keys(net: requests.Session, platform: Platform) -> None:
    answer = net.get(platform.keys)
    answer.raise_for_status()
    if not answer.json()["keys"]:
        raise UsageError("it has none")


def _tried(what: str, ask: Callable[[], object]) -> PlatformTrial:
    try:
        ask()
    except LtiServiceException as error:
        return PlatformTrial(what, f"the platform answered {error.response.status_code}: {_said(error.response)}")
    except UsageError as error:
        return PlatformTrial(what, str(error).rstrip("."))
    except requests.HTTPError as error:
        return PlatformTrial(what, one_line(str(error), 200))
    except requests.ConnectionError:
        return PlatformTrial(what, "the platform cannot be reached")
    except BROKEN as error:
        return PlatformTrial(what, f"{type(error).__name__}: {one_line(str(error), 200)}")
    return PlatformTrial(what)


def _said(answer: requests.Response) -> str:
    """The first words of what a platform says of an error."""
    return one_line(answer.text[:2000], 160) or "nothing more"
