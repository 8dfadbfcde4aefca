"""Serves the pages on a socket: on loopback for one person, or for a team behind TLS."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from graders.errors import UsageError

GRACE = 3  # seconds that open connections have when the server ends


@dataclass(frozen=True)
class Address:
    """Where a server listens.

    Attributes:
        port: 0 for any that is free.
        certificate, key: PEM files for TLS of its own; None behind a proxy, or on loopback.
        proxies: addresses whose word on the client's address and scheme is taken.
    """

    host: str = "127.0.0.1"
    port: int = 0
    certificate: Path | None = None
    key: Path | None = None
    proxies: str = "127.0.0.1"

    @property
    def scheme(self) -> str:
        """What addresses begin with."""
        return "http" if self.certificate is None else "https"


@contextmanager
def listening(place: Address):  # type: ignore[no-untyped-def]
    """A socket that listens there.

    Raises:
        UsageError: nothing can listen there.
    """
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((place.host, place.port))
        except OSError as error:
            where = f"{place.host}:{place.port}"
            raise UsageError(f"Nothing can listen on {where}: {error.strerror}; choose another with --port.") from error
        opened.listen(128)
        yield opened
    finally:
        opened.close()


def run(app: Any, place: Address, listener: socket.socket, *, on_ready: Callable[[], None] = lambda: None) -> None:
    """Serve an ASGI application until SIGINT or SIGTERM."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        ssl_certfile=place.certificate,
        ssl_keyfile=place.key,
        forwarded_allow_ips=place.proxies,
        timeout_graceful_shutdown=GRACE,
        lifespan="on",
    )
    server = _Server(config, on_ready)
    server.run(sockets=[listener])


class _Ended(Exception):
    """SIGTERM came."""


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """On SIGTERM what happens inside is left, and all that it has opened is closed; a second one changes nothing.

    While the server runs it hears the signal first, and lets open connections end.
    """

    def end(number: int, frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise _Ended

    before = signal.getsignal(signal.SIGTERM)
    with suppress(ValueError):  # not the main thread: that one decides
        signal.signal(signal.SIGTERM, end)
    try:
        with suppress(_Ended):
            yield
    finally:
        with suppress(ValueError):
            signal.signal(signal.SIGTERM, before)


class _Server(uvicorn.Server):
    """A server that says when it can be asked."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


def show(address: str, *, browser: bool) -> None:
    """Print an address, and open it in a browser where there is one."""
    print(f"Mark here, in a browser on this machine (the link works once):\n  {address}")
    print("Every judgement is kept as soon as it is saved; Ctrl+C ends.", flush=True)
    if browser and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform == "darwin"):
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
