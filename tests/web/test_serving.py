"""`graders serve` as a team has it: a process of its own behind TLS, on SQLite and on a PostgreSQL server."""

from __future__ import annotations

import csv
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import httpx
import postgres
import pytest
from argon2 import PasswordHasher
from web_clients import PASSWORD, field, fields
from written_answers import course, graded, variant

from graders.archive.accounts import Accounts
from graders.archive.store import open_store
from graders.web.serving import ended_by_sigterm

STUDENTS = 6


@dataclass(frozen=True)
class Certificate:
    """A certificate for 127.0.0.1 that it has signed itself, and its key; PEM files."""

    certificate: Path
    key: Path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A real one, good for a day."""
    folder = tmp_path_factory.mktemp("tls")
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    asked = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    files = ["-out", made.certificate, "-keyout", made.key]
    subprocess.run(["openssl", *asked.split(), *files], check=True, capture_output=True)
    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """None for the file in the folder, or the URL of a server."""
    if request.param == "sqlite":
        yield None
        return
    with postgres.server() as url:
        yield url


@contextmanager
def serving(folder: Path, database: str | None, tls: Certificate) -> Iterator[int]:
    """`graders serve` on a class of a few students, with an instructor and a marker; its port."""
    root = course(folder / "course", "")
    with open_store(folder / "out", database) as store:
        for number in range(STUDENTS):
            store.keep(graded(f"student{number:03}", variant(number, 3)))
        password = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        for name, role in (("ada", "instructor"), ("bob", "marker")):
            Accounts(store.database).add(name, role, password)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "graders", "serve", "--assignment", "course", "--out", folder / "out"]
    command += ["--port", str(port), "--certificate", tls.certificate, "--key", tls.key]
    command += ["--url", f"https://127.0.0.1:{port}"]
    command += ["--database", database] if database else []
    environment = os.environ | {"GRADERS_ROOT": str(root), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == f"Serving on https://127.0.0.1:{port}; Ctrl+C ends.\n"
            yield port
        finally:
            process.terminate()
            process.wait(timeout=30)


def signed_in(port: int, name: str, tls: Certificate) -> httpx.Client:
    """Somebody who trusts this certificate and no other."""
    trusted = ssl.create_default_context(cafile=tls.certificate)
    client = httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=trusted, follow_redirects=True, timeout=30)
    token = field(client.get("/login").text, "_csrf_token")
    page = client.post("/login", data={"_csrf_token": token, "name": name, "password": PASSWORD})
    assert page.status_code == 200 and page.url.path == "/", page.text
    return client


def test_a_team_marks_a_class_behind_tls(tmp_path: Path, database: str | None, certificate: Certificate) -> None:
    """Signing in, marking, undoing, all other pages, and final marks; on either database, with a real certificate."""
    with serving(tmp_path, database, certificate) as port:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(f"https://127.0.0.1:{port}/login")
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/login")
        with closing(signed_in(port, "bob", certificate)) as bob, closing(signed_in(port, "ada", certificate)) as ada:
            assert all(cookie.secure for cookie in bob.cookies.jar)
            page, judged = bob.get("/mark/essay/argument"), 0
            while re.search(r"/answer/\w+$", page.url.path):
                form = {"_csrf_token": field(page.text, "_csrf_token"), "item": "effect", "comment": "Say why, نور."}
                filled = {name: fields(page.text, name) for name in ("seen", "member")}
                page, judged = bob.post(page.url.path, data=form | filled), judged + 1
                assert page.status_code == 200 and judged <= STUDENTS, page.text
            assert judged >= 2 and bob.get("/students").status_code == 403
            undone = bob.post("/undo", data={"_csrf_token": field(page.text, "_csrf_token")})
            assert "Undone" in undone.text
            again = bob.get("/mark/essay/argument")
            filled = {name: fields(again.text, name) for name in ("seen", "member")}
            bob.post(again.url.path, data={"_csrf_token": field(again.text, "_csrf_token"), "item": "why"} | filled)
            for path in (
                "/",
                "/students",
                "/differences",
                "/rubric/essay/argument",
                "/class",
                "/final",
                "/second",
                "/scores",
            ):
                assert ada.get(path).status_code == 200, path
            assert ada.get("/scores").status_code == 200
            assert len(ada.get("/lti/keys").json()["keys"]) == 1
            rows = list(csv.DictReader(StringIO(ada.get("/final/grades.csv").text)))
            given = ada.post("/final/reports", data={"_csrf_token": field(ada.get("/final").text, "_csrf_token")})
            assert given.status_code == 200, given.text
    assert len(rows) == STUDENTS and all(row["final"] for row in rows) and {row["pending"] for row in rows} == {"0"}


def test_sigterm_closes_what_is_open_in_its_order() -> None:
    """At any moment, also before anything is served; and another signal meanwhile changes nothing."""
    closed, before = [], signal.getsignal(signal.SIGTERM)

    @contextmanager
    def part(name: str) -> Iterator[None]:
        try:
            yield
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            closed.append(name)

    with ended_by_sigterm(), part("desk"), part("sender"), part("workers"):
        os.kill(os.getpid(), signal.SIGTERM)
        signal.pause()
    assert closed == ["workers", "sender", "desk"] and signal.getsignal(signal.SIGTERM) is before
