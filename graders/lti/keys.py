"""The keys by which platforms know us: one signs, the next is shown before it does, the last is still shown a while.

Platforms keep what they have fetched of our keys, often for hours. So a new key is shown a day before anything is
signed by it, and the one before stays shown until nobody can hold a message of it any more. A key that somebody else
has seen is another matter: then the new one counts at once, and the others are void.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from jwcrypto.jwk import JWK
from pylti1p3.registration import Registration

from graders.archive.database import Database
from graders.archive.tables import settings

KEY = "lti key"  # the setting that holds our private keys, in a database that its owner alone may read
BITS = 2048
DAY = 86_400.0
KNOWN = DAY  # seconds until a new key signs
AGED = 7 * DAY  # seconds from then on until the one before it is not shown any more


@dataclass(frozen=True)
class OwnKey:
    """A private key of ours.

    Attributes:
        pem: the key.
        signs: when it begins to sign, in seconds since 1970; 0 for as long as it is there.
    """

    pem: str
    signs: float = 0.0

    @property
    def public(self) -> dict[str, Any]:
        """Its public half as a JWK, with its name `kid`."""
        return dict(Registration.get_jwk(public_of(self.pem)))


class OwnKeys:
    """The keys of a database.

    Args:
        clock: seconds since 1970.

    Raises:
        StoreError: from every method, when the database cannot be read or written.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock

    def signing(self) -> str:
        """The private key that signs now, as PEM; the first is made when somebody asks for it."""
        now = self._clock()
        return [key for key in self.shown() if key.signs <= now][-1].pem

    def shown(self) -> list[OwnKey]:
        """The keys whose public halves platforms may see, by when they begin to sign: some may still begin to."""
        return _not_aged(self._all(), self._clock())

    def key_set(self) -> dict[str, Any]:
        """What platforms see of our keys: their public halves, as a JWKS."""
        return {"keys": [key.public for key in self.shown()]}

    def rotate(self, *, at_once: bool = False) -> OwnKey:
        """Make a new key, which signs from tomorrow on; those that have aged are deleted.

        Args:
            at_once: whether it signs from now on, and no other key is good any more: somebody has seen one.
        """
        self._all()  # there is one to begin with
        made = _made()
        with self._database.write() as connection:
            where = settings.c.name == KEY
            now = self._clock()
            kept = _not_aged(_read(connection.execute(sa.select(settings.c.value).where(where)).scalar_one()), now)
            new = OwnKey(made, 0.0 if at_once else max(now, kept[-1].signs) + KNOWN)
            value = json.dumps([asdict(key) for key in ([new] if at_once else [*kept, new])])
            connection.execute(settings.update().where(where).values(value=value))
        return new

    def _all(self) -> list[OwnKey]:
        with self._database.read() as connection:
            found = connection.execute(sa.select(settings.c.value).where(settings.c.name == KEY)).scalar()
        return _read(found or self._database.setting(KEY, _made()))  # of two made at once the first counts


@functools.cache
def public_of(key: str) -> str:
    """The public key of a private one, both as PEM."""
    return str(JWK.from_pem(key.encode()).export_to_pem().decode())


def _made() -> str:
    return str(JWK.generate(kty="RSA", size=BITS).export_to_pem(private_key=True, password=None).decode())


def _read(value: str) -> list[OwnKey]:
    """The keys of a setting: a list, or the one PEM that it is before anything was rotated."""
    return [OwnKey(value)] if value.startswith("-----") else [OwnKey(**key) for key in json.loads(value)]


def _not_aged(keys: list[OwnKey], now: float) -> list[OwnKey]:
    """Those that sign, will sign, or have signed until a while ago."""
    ends = [*(after.signs + AGED for after in keys[1:]), now + 1.0]
    return [key for key, end in zip(keys, ends, strict=True) if now < end]
