"""Keeps which learning platforms may launch these pages, their deployments, and the key by which they know us."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from jwcrypto.jwk import JWK
from pylti1p3.deployment import Deployment
from pylti1p3.registration import Registration

from graders.archive.database import Database
from graders.archive.tables import lti_deployments, lti_platforms, settings
from graders.errors import UsageError

KEY = "lti key"  # the setting under which our private key is kept, in a database that its owner alone may read
BITS = 2048
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Platform:
    """A learning platform.

    Attributes:
        name: for people.
        issuer, client: who it says that it is, and what it calls us.
        login, token, keys: its addresses: where a launch goes on, where tokens are given, its public keys.
        audience: what a request for a token is meant for, where that is another than `token`.
    """

    name: str
    issuer: str
    client: str
    login: str
    token: str
    keys: str
    audience: str = ""
    deployments: tuple[str, ...] = ()
    id: int = 0

    def registration(self, key: str) -> Registration:
        """The same for pylti1p3, with our private key."""
        made = Registration().set_issuer(self.issuer).set_client_id(self.client)
        made.set_auth_login_url(self.login).set_auth_token_url(self.token).set_key_set_url(self.keys)
        if self.audience:
            made.set_auth_audience(self.audience)
        return made.set_tool_private_key(key).set_tool_public_key(public_of(key))


class Platforms:
    """The platforms of a database.

    Raises:
        StoreError: from every method, when the database cannot be read or written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Platform]:
        """Every platform, in the order in which they were registered."""
        return self._found(sa.true())

    def of_issuer(self, issuer: str) -> list[Platform]:
        """Those that have this issuer: several where several schools share one."""
        return self._found(lti_platforms.c.issuer == issuer)

    def find(self, issuer: str, client: str) -> Platform | None:
        """The platform of that issuer that calls us so."""
        found = self._found((lti_platforms.c.issuer == issuer) & (lti_platforms.c.client == client))
        return found[0] if found else None

    def by_id(self, id: int) -> Platform | None:
        """The platform of that number."""
        found = self._found(lti_platforms.c.id == id)
        return found[0] if found else None

    def register(self, platform: Platform) -> Platform:
        """Keep a platform, or what is new about one that is known; its deployments are added to those it had.

        Raises:
            UsageError: an address of it is none that is safe to use.
        """
        for address in (platform.login, platform.token, platform.keys):
            refuse_unsafe(address)
        names = ("name", "issuer", "client", "login", "token", "keys", "audience")
        values: dict[str, Any] = {name: getattr(platform, name) for name in names}
        where = (lti_platforms.c.issuer == platform.issuer) & (lti_platforms.c.client == platform.client)
        with self._database.write() as connection:
            id = connection.execute(sa.select(lti_platforms.c.id).where(where)).scalar()
            if id is None:
                insert = lti_platforms.insert().values(values).returning(lti_platforms.c.id)
                id = connection.execute(insert).scalar_one()
            else:
                connection.execute(lti_platforms.update().where(where).values(values))
            known = set(connection.execute(_deployments(id)).scalars())
            for name in platform.deployments:
                if name not in known:
                    connection.execute(lti_deployments.insert().values(platform=id, name=name))
        found = self.by_id(int(id))
        assert found is not None
        return found

    def deployment(self, platform: Platform, name: str) -> int | None:
        """The number of a deployment; None for one that nobody has registered."""
        where = (lti_deployments.c.platform == platform.id) & (lti_deployments.c.name == name)
        with self._database.read() as connection:
            return connection.execute(sa.select(lti_deployments.c.id).where(where)).scalar()

    def key(self) -> str:
        """Our private key as PEM, made once for each database."""
        with self._database.read() as connection:
            found = connection.execute(sa.select(settings.c.value).where(settings.c.name == KEY)).scalar()
        if found is None:
            made = JWK.generate(kty="RSA", size=BITS).export_to_pem(private_key=True, password=None).decode()
            found = self._database.setting(KEY, made)  # of two that make one at once, the first one's counts
        return str(found)

    def _found(self, where: sa.ColumnElement[bool]) -> list[Platform]:
        query = sa.select(lti_platforms).where(where).order_by(lti_platforms.c.id)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            return [_platform(row, connection.execute(_deployments(row.id)).scalars().all()) for row in rows]


def refuse_unsafe(address: str) -> None:
    """Refuse an address that is not https; http on this very machine is for trying things out.

    Raises:
        UsageError: it is not one.
    """
    parts = urlsplit(address)
    if not (parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))):
        raise UsageError(f"{address!r} is no address of a learning platform; it should begin with https://.")


@functools.cache
def public_of(key: str) -> str:
    """The public key of a private one, both as PEM."""
    return str(JWK.from_pem(key.encode()).export_to_pem().decode())


def key_set(key: str) -> dict[str, Any]:
    """What platforms get to know of our key: its public half, as a JWKS."""
    return {"keys": [dict(Registration.get_jwk(public_of(key)))]}


def known_deployment(name: str) -> Deployment:
    """A deployment for pylti1p3."""
    return Deployment().set_deployment_id(name)


def _deployments(platform: Any) -> sa.Select[Any]:
    columns = sa.select(lti_deployments.c.name).where(lti_deployments.c.platform == platform)
    return columns.order_by(lti_deployments.c.id)


def _platform(row: Any, deployments: Sequence[str]) -> Platform:
    names = ("name", "issuer", "client", "login", "token", "keys", "audience", "id")
    return Platform(**{name: getattr(row, name) for name in names}, deployments=tuple(deployments))
