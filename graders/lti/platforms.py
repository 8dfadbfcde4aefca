"""Keeps which learning platforms may launch these pages, and their deployments."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from pylti1p3.deployment import Deployment
from pylti1p3.registration import Registration

from graders.archive.database import Database
from graders.archive.tables import lti_deployments, lti_platforms
from graders.errors import UsageError
from graders.lti.keys import OwnKeys, public_of

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

    One that is removed stays in the database, for what its people did here stays, and nobody else may ever be taken for
    them; but nothing finds it until it is registered again.

    Args:
        clock: seconds since 1970.

    Raises:
        StoreError: from every method, when the database cannot be read or written.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database, self.keys = database, OwnKeys(database, clock)

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
        """Keep a platform, or what is new about one that is known; its deployments are added to those it has.

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
                insert = lti_platforms.insert().values(**values, removed=False).returning(lti_platforms.c.id)
                id = connection.execute(insert).scalar_one()
            else:
                connection.execute(lti_platforms.update().where(where).values(**values, removed=False))
            for name in platform.deployments:
                _open(connection, id, name)
        found = self.by_id(int(id))
        assert found is not None
        return found

    def deployment(self, platform: Platform, name: str) -> int | None:
        """The number of a deployment; None for one that nobody has registered."""
        where = (lti_deployments.c.platform == platform.id) & (lti_deployments.c.name == name)
        query = sa.select(lti_deployments.c.id).where(where & ~lti_deployments.c.removed)
        with self._database.read() as connection:
            return connection.execute(query).scalar()

    def remove(self, id: int) -> Platform:
        """Let a platform launch no more, and send it nothing; the one that was removed.

        Raises:
            UsageError: there is none of that number.
        """
        found = self.by_id(id)
        if found is None:
            raise UsageError(f"There is no platform {id}; graders lti platforms lists them.")
        with self._database.write() as connection:
            connection.execute(lti_platforms.update().where(lti_platforms.c.id == id).values(removed=True))
            theirs = lti_deployments.c.platform == id
            connection.execute(lti_deployments.update().where(theirs).values(removed=True))
        return found

    def _found(self, where: sa.ColumnElement[bool]) -> list[Platform]:
        query = sa.select(lti_platforms).where(where & ~lti_platforms.c.removed).order_by(lti_platforms.c.id)
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


def known_deployment(name: str) -> Deployment:
    """A deployment for pylti1p3."""
    return Deployment().set_deployment_id(name)


def _deployments(platform: Any) -> sa.Select[Any]:
    theirs = (lti_deployments.c.platform == platform) & ~lti_deployments.c.removed
    return sa.select(lti_deployments.c.name).where(theirs).order_by(lti_deployments.c.id)


def _open(connection: sa.Connection, platform: int, name: str) -> None:
    """Let a deployment launch, whether it did before or not."""
    where = (lti_deployments.c.platform == platform) & (lti_deployments.c.name == name)
    if not connection.execute(lti_deployments.update().where(where).values(removed=False)).rowcount:
        connection.execute(lti_deployments.insert().values(platform=platform, name=name, removed=False))


def _platform(row: Any, deployments: Sequence[str]) -> Platform:
    names = ("name", "issuer", "client", "login", "token", "keys", "audience", "id")
    return Platform(**{name: getattr(row, name) for name in names}, deployments=tuple(deployments))
