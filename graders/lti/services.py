"""Calls to a platform: tokens, scores, rosters, each with an end; from worker threads, for they block."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import requests
from pylti1p3.registration import Registration
from pylti1p3.service_connector import ServiceConnector

SECONDS = (5.0, 20.0)  # to connect, and between two pieces of an answer
HOPS = 3
EARLY = 60.0  # seconds before its end at which a token is not used any more


class _WithEnds(requests.Session):
    """A session whose requests have an end."""

    def request(self, *arguments: Any, **options: Any) -> requests.Response:
        """The same as ever, which waits no longer than `SECONDS`."""
        return super().request(*arguments, **{"timeout": SECONDS, **options})


def with_ends() -> requests.Session:
    """A session by which platforms are asked: every request has an end, and follows few redirections."""
    made = _WithEnds()
    made.max_redirects = HOPS
    made.headers["User-Agent"] = "graders"
    return made


class Tokens:
    """Tokens that platforms have given, as long as they are good; safe for threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._kept: dict[str, tuple[str, float]] = {}

    def get(self, name: str) -> str | None:
        """A token that is still good."""
        with self._lock:
            token, until = self._kept.get(name, ("", 0.0))
        return token if self._clock() < until else None

    def keep(self, name: str, token: str, seconds: float) -> None:
        """Keep a token for as long as it is good."""
        with self._lock:
            self._kept[name] = token, self._clock() + seconds - EARLY

    def forget(self) -> None:
        """Forget all, as a platform has refused one."""
        with self._lock:
            self._kept.clear()


class Connector(ServiceConnector):
    """pylti1p3's connector, whose tokens are kept by platform, client and scopes."""

    def __init__(self, registration: Registration, net: requests.Session, tokens: Tokens) -> None:
        super().__init__(registration, net)
        self._tokens = tokens

    def _scope_key(self, scopes: Iterable[str]) -> str:
        who = (self._registration.get_issuer(), self._registration.get_client_id())
        return repr((*who, self._registration.get_auth_token_url(), sorted(scopes)))

    def _get_cached_access_token(self, scope_key: str) -> str | None:
        return self._tokens.get(scope_key)

    def _cache_access_token(self, scope_key: str, access_token: str, expires_in: float) -> None:
        self._tokens.keep(scope_key, access_token, float(expires_in or 0))
