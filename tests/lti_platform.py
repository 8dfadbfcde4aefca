"""A small learning platform for tests: it launches, gives tokens, keeps scores and a roster, and errs when asked to."""

import io
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http.client import responses
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import requests
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from litestar.testing import TestClient
from requests.adapters import BaseAdapter
from web_clients import PASSWORD, Visitor, desk_of
from written_answers import class_in

from graders.archive.accounts import Accounts
from graders.lti.launching import Door
from graders.lti.linking import Offer
from graders.lti.platforms import Platform, Platforms
from graders.lti.services import with_ends
from graders.web.app import Setting, create_app
from graders.web.people import AccountHolders
from graders.web.views.lti.pages import LtiPages

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
ROLES = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
TOOL = "https://marking.test"
TEACHER: Mapping[str, Any] = {LTI + "roles": [ROLES + "Instructor"], "sub": "teacher", "name": "Tia"}


@cache
def rsa_key(name: str) -> Any:
    """A key of its own for each name; made once a process, for it takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class FakePlatform:
    """A platform, and everything that it was asked."""

    def __init__(self, name: str = "lms", client: str = "client-1", issuer: str = "") -> None:
        self.host = f"https://{name}.test"
        self.issuer, self.client, self.kid, self.key = issuer or self.host, client, f"{name}-1", rsa_key(name)
        self.deployment, self.name = "1", name
        self.down: Callable[[], requests.Response] | None = None
        self.asked: list[requests.PreparedRequest] = []
        self.scores: list[dict[str, Any]] = []
        self.scored = threading.Event()
        self.stamps: dict[tuple[str, str], str] = {}
        self.members: list[dict[str, Any]] = []
        self.timeouts: list[Any] = []
        self.tokens: dict[str, str] = {}
        self.answers: list[tuple[int, dict[str, str]]] = []  # to scores, before any is taken
        self.registered: dict[str, Any] = {}

    def platform(self) -> Platform:
        """The same as we know it."""
        at = self.host
        return Platform(
            self.name, self.issuer, self.client, f"{at}/auth", f"{at}/token", f"{at}/keys", "", (self.deployment,)
        )

    def claims(self, nonce: str, /, **changes: Any) -> dict[str, Any]:
        """What a good launch says; a change to None leaves a claim out."""
        now = int(time.time())
        said: dict[str, Any] = {
            "iss": self.issuer, "aud": self.client, "sub": "ana", "iat": now, "exp": now + 300, "nonce": nonce,
            "name": "Ana Silva", LTI + "message_type": "LtiResourceLinkRequest", LTI + "version": "1.3.0",
            LTI + "deployment_id": self.deployment, LTI + "target_link_uri": f"{TOOL}/lti/launch",
            LTI + "roles": [ROLES + "Learner"], LTI + "context": {"id": "c1", "title": "Deep learning"},
            LTI + "resource_link": {"id": "link-1", "title": "Essays"}, LTI + "custom": {"assignment": "course"},
            AGS + "claim/endpoint": {"scope": [AGS + "scope/score"], "lineitem": f"{self.host}/lines/1?a=b"},
            NRPS + "claim/namesroleservice": {"context_memberships_url": f"{self.host}/members"},
        }  # fmt: skip
        said |= changes
        return {name: value for name, value in said.items() if value is not None}

    def sign(self, claims: Mapping[str, Any], key: Any = None, algorithm: str = "RS256", **header: Any) -> str:
        """A message that is signed, by the platform's own key or another one."""
        return jwt.encode(dict(claims), key or self.key, algorithm, headers={"kid": self.kid, **header})

    def send(self, request: requests.PreparedRequest, timeout: Any) -> requests.Response:
        """The answer to what we ask."""
        self.asked.append(request)
        self.timeouts.append(timeout)
        path = urlsplit(str(request.url)).path
        if self.down:
            return self.down()
        body = request.body.decode() if isinstance(request.body, bytes) else request.body or ""
        if path == "/keys":
            return answer(200, {"keys": [self._public()]})
        if path == "/token":
            return self._token(dict(parse_qsl(body)))
        if path == "/lines/1/scores":
            return self._score(request, json.loads(body))
        if path == "/members":
            return answer(200, {"id": "x", "context": {"id": "c1"}, "members": self.members})
        if path == "/openid":
            return answer(200, self.configuration())
        if path == "/registration":
            self.registered = json.loads(body)
            tool = {"deployment_id": self.deployment, **self.registered[f"{LTI[:-7]}-tool-configuration"]}
            return answer(200, {"client_id": self.client, f"{LTI[:-7]}-tool-configuration": tool})
        return answer(404, {})

    def configuration(self) -> dict[str, Any]:
        """What the platform says of itself."""
        at = self.host
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{at}/auth", "token_endpoint": f"{at}/token",
            "jwks_uri": f"{at}/keys", "registration_endpoint": f"{at}/registration",
            f"{LTI[:-7]}-platform-configuration": {"product_family_code": self.name},
        }  # fmt: skip

    def _public(self) -> dict[str, Any]:
        return {**json.loads(RSAAlgorithm.to_jwk(self.key.public_key())), "kid": self.kid, "alg": "RS256"}

    def _token(self, form: dict[str, str]) -> requests.Response:
        said = jwt.decode(form["client_assertion"], options={"verify_signature": False})
        token = f"token-{uuid.uuid4()}"
        self.tokens[token] = said["sub"]
        return answer(200, {"access_token": token, "expires_in": 3600, "scope": form["scope"]})

    def _score(self, request: requests.PreparedRequest, score: dict[str, Any]) -> requests.Response:
        if self.answers:
            code, headers = self.answers.pop(0)
            return answer(code, {}, headers)
        if self.tokens.get(str(request.headers["Authorization"]).removeprefix("Bearer ")) != self.client:
            return answer(401, {})
        key = str(request.url), score["userId"]
        if score["timestamp"] <= self.stamps.get(key, ""):
            return answer(409, {})
        self.stamps[key] = score["timestamp"]
        self.scores.append(score)
        self.scored.set()
        return answer(200, {})


def answer(code: int, body: Any, headers: Mapping[str, str] | None = None) -> requests.Response:
    """A platform's answer."""
    made = requests.Response()
    made.status_code, made.reason = code, responses[code]
    made.headers.update({"Content-Type": "application/json", **(headers or {})})
    made.raw, made.url = io.BytesIO(json.dumps(body).encode()), "https://lms.test/"
    return made


class Net(BaseAdapter):
    """All platforms of a test, by the name of their hosts."""

    def __init__(self, *platforms: FakePlatform) -> None:
        super().__init__()
        self.platforms = {urlsplit(one.host).hostname: one for one in platforms}

    def send(self, request: requests.PreparedRequest, *_: Any, **options: Any) -> requests.Response:
        """Ask the platform."""
        made = self.platforms[urlsplit(str(request.url)).hostname].send(request, options.get("timeout"))
        made.request = request
        return made

    def close(self) -> None:
        """Nothing is open."""

    def on(self, make: Callable[[], requests.Session]) -> Callable[[], requests.Session]:
        """Sessions of this kind that ask these platforms."""

        def made() -> requests.Session:
            session = make()
            session.mount("https://", self)
            return session

        return made


class Student(Visitor):
    """A browser that comes by platforms."""

    def __init__(self, app: Any, **headers: str) -> None:
        super().__init__(app)
        self.client = TestClient(app, base_url=TOOL)
        self.client.headers.update(headers)

    def login(self, platform: FakePlatform, **changes: str) -> dict[str, str]:
        """The first step; what we have asked the platform for."""
        asked = {"iss": platform.issuer, "login_hint": "u1", "target_link_uri": f"{TOOL}/lti/launch",
                 "client_id": platform.client, "lti_message_hint": "m1"} | changes  # fmt: skip
        abroad = {"Origin": platform.host, "Sec-Fetch-Site": "cross-site"}
        page = self.client.post("/lti/login", data=asked, follow_redirects=False, headers=abroad)
        assert page.status_code == 302, page.text
        return dict(parse_qsl(urlsplit(page.headers["location"]).query))

    def present(self, token: str, state: str, platform: FakePlatform) -> Any:
        """The second step, with any message."""
        form = {"id_token": token, "state": state}
        headers = {"Origin": platform.host, "Sec-Fetch-Site": "cross-site"}
        return self.client.post("/lti/launch", data=form, follow_redirects=False, headers=headers)

    def launch(self, platform: FakePlatform, **changes: Any) -> Any:
        """Both steps, with a message that is good but for these changes."""
        asked = self.login(platform)
        return self.present(platform.sign(platform.claims(asked["nonce"], **changes)), asked["state"], platform)


@contextmanager
def tool(out: Path, *platforms: FakePlatform, launches: int = 9999, **class_: Any) -> Iterator[Any]:
    """Our pages as platforms launch them, over a small class."""
    with class_in(out, **class_) as store, desk_of(store, out, share=1.0) as desk:
        known = Platforms(store.database)
        for one in platforms:
            known.register(one.platform())
        net = Net(*platforms)
        door = Door(store.database, ("course",), net.on(with_ends))
        pages = LtiPages(door, TOOL, (Offer("course", "A course of essays", 3.0),))
        accounts = Accounts(store.database)
        accounts.add("ada", "instructor", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD))
        setting = Setting(b"secret", secure=True, attempts=9999, launches=launches, lti=pages)
        app = create_app(desk, AccountHolders(accounts), setting)
        app.state.desk, app.state.door, app.state.net, app.state.store = desk, door, net, store
        yield app
