"""How people come in: by a one-time link on one's own machine, or by an account on a server."""

from __future__ import annotations

import functools
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from graders.archive.accounts import Accounts
from graders.errors import UsageError
from graders.report.clean import one_line
from graders.web.identity import Role, SignedIn

SHORTEST, LONGEST = 12, 1000  # characters of a password
TRIES, WINDOW = 10, 900.0  # wrong passwords for one name, and the seconds in which they count
HASHER = PasswordHasher()  # argon2id with the parameters of RFC 9106's second choice


class People(Protocol):
    """How people come in."""

    by_password: bool

    def recognise(self, session: Mapping[str, Any]) -> SignedIn | None:
        """Whose session this is; None where it is nobody's, or nobody's any more."""


class OneTimeLinks:
    """One person at their own machine, who comes in by a link that was printed there and works once.

    Args:
        name: who decides, in the record of decisions.
        on_used: called with the next link's token as soon as one is used.
    """

    by_password = False

    def __init__(self, name: str, on_used: Callable[[str], None] = lambda token: None) -> None:
        self._person = SignedIn(name, Role.INSTRUCTOR)
        self._on_used = on_used
        self._lock = threading.Lock()
        self.token = secrets.token_urlsafe(32)
        self._run = secrets.token_hex(16)  # sessions of an earlier server are nobody's

    def use(self, token: str) -> dict[str, str] | None:
        """The session that a token opens; None where it is not the one, or was used before."""
        with self._lock:
            if not hmac.compare_digest(token.encode(), self.token.encode()):
                return None
            self.token = secrets.token_urlsafe(32)
        self._on_used(self.token)
        return {"run": self._run}

    def recognise(self, session: Mapping[str, Any]) -> SignedIn | None:
        """The one person, in every session of this server."""
        return self._person if session.get("run") == self._run else None


class AccountHolders:
    """People with accounts in the database."""

    by_password = True

    def __init__(self, accounts: Accounts, clock: Callable[[], float] = time.monotonic) -> None:
        self._accounts, self._clock = accounts, clock
        self._lock = threading.Lock()
        self._wrong: dict[str, list[float]] = {}

    def sign_in(self, name: str, password: str) -> dict[str, str] | None:
        """The session of an account; None where name or password is wrong.

        Raises:
            UsageError: too many have been wrong for this name of late.
        """
        if not self._may_try(name):
            raise UsageError("Too many wrong passwords for this name: wait a quarter of an hour, or ask for another.")
        account = self._accounts.find(name)
        right = matches(account.password if account else _nobody(), password)
        if account is None or not right:
            with self._lock:
                self._wrong.setdefault(name, []).append(self._clock())
            return None
        with self._lock:
            self._wrong.pop(name, None)
        return {"name": account.name, "at": datetime.now(UTC).isoformat(timespec="milliseconds")}

    def recognise(self, session: Mapping[str, Any]) -> SignedIn | None:
        """The holder of the account, as it is now: one that was removed, or has a new password, is signed out."""
        account = self._accounts.find(str(session.get("name", "")))
        if account is None or str(session.get("at", "")) < account.since:
            return None
        return SignedIn(account.name, Role(account.role))

    def _may_try(self, name: str) -> bool:
        now = self._clock()
        with self._lock:
            for known in list(self._wrong):
                self._wrong[known] = [at for at in self._wrong[known] if now - at < WINDOW]
                if not self._wrong[known]:
                    del self._wrong[known]
            return len(self._wrong.get(name, ())) < TRIES


@functools.cache
def _nobody() -> str:
    """What a password is compared with where there is no such account."""
    return HASHER.hash(secrets.token_hex(16))


def hashed(password: str) -> str:
    """A password as it is kept.

    Raises:
        UsageError: it is too short, or far too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(
            f"A password has at least {SHORTEST} characters, and at most {LONGEST:,}; a sentence is a good one."
        )
    return HASHER.hash(password)


def matches(kept: str, password: str) -> bool:
    """Whether a password is the one that is kept; it takes as long either way."""
    try:
        return HASHER.verify(kept, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False


def plain_name(name: str) -> str:
    """A name that can be shown and kept.

    Raises:
        UsageError: it is none.
    """
    found = one_line(name, 80)
    if not found or found != name:
        raise UsageError(f"A name is one line of at most 80 visible characters, not {found!r}.")
    return found
