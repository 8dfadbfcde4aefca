"""Launches that must be refused, each next to the good one; and the faults of the library, each with its mend."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from lti_platform import LTI, ROLES, FakePlatform, Student, rsa_key, tool

from graders.lti.adapter import COOKIE

Spoil = Callable[[FakePlatform, FakePlatform, dict[str, Any]], str]


@pytest.fixture(scope="module")
def home() -> FakePlatform:
    """The platform that launches."""
    return FakePlatform()


@pytest.fixture(scope="module")
def other() -> FakePlatform:
    """Another platform that is registered as well."""
    return FakePlatform("other", "client-2")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, home: FakePlatform, other: FakePlatform) -> Iterator[Any]:
    """Our pages, which two platforms may launch."""
    with tool(tmp_path_factory.mktemp("out"), home, other, students=2) as made:
        yield made


def came_in(answer: Any) -> bool:
    """Whether a launch was taken."""
    assert answer.status_code in (303, 400), answer.text
    return bool(answer.status_code == 303)


NOW = int(time.time())
BAD: dict[str, dict[str, Any]] = {
    "expired": {"exp": NOW - 3600},
    "without an end": {"exp": None},
    "without a beginning": {"iat": None},
    "from the future": {"iat": NOW + 3600, "exp": NOW + 7200},
    "for another audience": {"aud": "client-9"},
    "for another audience of ours": {"aud": "client-2"},
    "for nobody": {"aud": None},
    "for several, none named": {"aud": ["client-1", "client-9"]},
    "for several, another one named": {"aud": ["client-1", "client-9"], "azp": "client-9"},
    "for one, another one named": {"azp": "client-9"},
    "for odd ones": {"aud": [{"client-1": 1}]},
    "of another issuer": {"iss": "https://evil.test"},
    "of another platform's issuer": {"iss": "https://other.test", "aud": "client-2"},
    "of no issuer": {"iss": None},
    "of another deployment": {LTI + "deployment_id": "2"},
    "of no deployment": {LTI + "deployment_id": None},
    "of an odd deployment": {LTI + "deployment_id": ["1"]},
    "with another nonce": {"nonce": "n" * 32},
    "without nonce": {"nonce": None},
    "with an odd nonce": {"nonce": {"a": 1}},
    "of nobody": {"sub": None},
    "of an odd subject": {"sub": 7},
    "of another version": {LTI + "version": "1.1"},
    "of no kind": {LTI + "message_type": None},
    "of an unknown kind": {LTI + "message_type": "LtiStartProctoring"},
    "of no activity": {LTI + "resource_link": {}},
    "of no course": {LTI + "context": None},
    "of no role": {LTI + "roles": []},
    "of a role elsewhere": {LTI + "roles": ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Alumni"]},
    "of odd roles": {LTI + "roles": {"a": 1}},
    "of a parent": {LTI + "roles": [ROLES + "Mentor"]},
    "for an assignment that is not here": {LTI + "custom": {"assignment": "../secrets"}},
}


@pytest.mark.parametrize("name", BAD)
def test_a_launch_that_says_something_wrong_is_refused(app: Any, home: FakePlatform, name: str) -> None:
    """In a sentence, without a session; the same without what is wrong comes in."""
    student = Student(app)
    answer = student.launch(home, **BAD[name])
    assert not came_in(answer) and "Traceback" not in answer.text
    assert student.client.get("/class", follow_redirects=False).headers["location"] == "/login"
    assert came_in(student.launch(home))


def forged(home: FakePlatform, _: FakePlatform, claims: dict[str, Any]) -> str:
    """Another key, under the platform's own name of a key."""
    return home.sign(claims, rsa_key("forger"))


def others(_: FakePlatform, other: FakePlatform, claims: dict[str, Any]) -> str:
    """Another registered platform's key."""
    return other.sign(claims)


def unsigned(home: FakePlatform, _: FakePlatform, claims: dict[str, Any]) -> str:
    """No signature at all."""
    return jwt.encode(claims, None, "none", headers={"kid": home.kid})


def by_public_key(home: FakePlatform, _: FakePlatform, claims: dict[str, Any]) -> str:
    """The public key as if it were a shared secret."""
    return jwt.encode(claims, "x" * 64, "HS256", headers={"kid": home.kid})


def nameless(home: FakePlatform, _: FakePlatform, claims: dict[str, Any]) -> str:
    """No name of a key."""
    return jwt.encode(claims, home.key, "RS256")


def unknown_key(home: FakePlatform, _: FakePlatform, claims: dict[str, Any]) -> str:
    """A name of a key that the platform does not have."""
    return home.sign(claims, kid="nobody")


def spoilt(home: FakePlatform, _: FakePlatform, claims: dict[str, Any]) -> str:
    """Other claims under a good signature."""
    head, _body, end = home.sign(claims).split(".")
    return ".".join([head, home.sign(claims | {"sub": "teacher"}).split(".")[1], end])


def odd(_: FakePlatform, __: FakePlatform, claims: dict[str, Any]) -> str:
    """Lists where objects are due."""
    return "W10.W10.W10"


@pytest.mark.parametrize("spoil", [forged, others, unsigned, by_public_key, nameless, unknown_key, spoilt, odd])
def test_a_launch_that_nobody_of_the_platform_signed_is_refused(
    app: Any, home: FakePlatform, other: FakePlatform, spoil: Spoil
) -> None:
    """No matter who signed it instead; the platform's own signature comes in."""
    student = Student(app)
    asked = student.login(home)
    claims = home.claims(asked["nonce"])
    assert not came_in(student.present(spoil(home, other, claims), asked["state"], home))
    assert came_in(student.launch(home))


def test_a_launch_is_taken_once(app: Any, home: FakePlatform) -> None:
    """The very same again, by the same browser or by another one that has its cookie, is refused."""
    student = Student(app)
    asked = student.login(home)
    cookies = dict(student.client.cookies)
    token = home.sign(home.claims(asked["nonce"]))
    assert came_in(student.present(token, asked["state"], home))
    thief = Student(app)
    for name, value in cookies.items():
        thief.client.cookies.set(name, value, domain="marking.test")
    assert not came_in(student.present(token, asked["state"], home))
    assert not came_in(thief.present(token, asked["state"], home))


def test_a_nonce_belongs_to_one_login(app: Any, home: FakePlatform) -> None:
    """A message that answers another login of the same browser is refused, though both are open."""
    student = Student(app)
    one, another = student.login(home), student.login(home)
    token = home.sign(home.claims(one["nonce"]))
    assert not came_in(student.present(token, another["state"], home))
    assert came_in(student.present(token, one["state"], home))


def test_a_platform_answers_for_itself_alone(app: Any, home: FakePlatform, other: FakePlatform) -> None:
    """A good message of another registered platform is no answer to a login that went to this one."""
    student = Student(app)
    asked = student.login(home)
    assert not came_in(student.present(other.sign(other.claims(asked["nonce"])), asked["state"], home))
    asked = student.login(other)
    assert came_in(student.present(other.sign(other.claims(asked["nonce"])), asked["state"], other))


def test_a_message_stolen_from_another_browser_is_worth_nothing(app: Any, home: FakePlatform) -> None:
    """Without the cookie of the login there is no session, and a link by which one begins again in a tab of its own."""
    victim, thief = Student(app), Student(app)
    asked = victim.login(home)
    answer = thief.present(home.sign(home.claims(asked["nonce"])), asked["state"], home)
    assert answer.status_code == 400 and 'target="_blank"' in answer.text
    assert "login_hint=u1" in answer.text and "lti_message_hint=m1" in answer.text
    assert not came_in(victim.present(home.sign(home.claims(asked["nonce"])), asked["state"], home))


def test_a_platform_may_change_its_key(app: Any, home: FakePlatform) -> None:
    """The new one is fetched as soon as something is signed by it; between, no key is fetched twice."""
    student = Student(app)
    assert came_in(student.launch(home))
    fetched = sum(str(one.url).endswith("/keys") for one in home.asked)
    assert came_in(student.launch(home))
    assert sum(str(one.url).endswith("/keys") for one in home.asked) == fetched
    home.key, home.kid = rsa_key("next"), "lms-2"
    assert came_in(student.launch(home))


def test_a_clock_may_be_some_seconds_ahead(app: Any, home: FakePlatform) -> None:
    """A platform's message from ten seconds in the future is taken."""
    now = int(time.time())
    assert came_in(Student(app).launch(home, iat=now + 10))


def test_cookies_come_back_from_the_platforms_page(app: Any, home: FakePlatform) -> None:
    """In a frame they are for all sites, by TLS, and kept apart by the site around; in a tab they are not apart."""
    for where, apart in (("iframe", True), ("document", False)):
        student = Student(app, **{"Sec-Fetch-Dest": where})
        answer = student.client.post("/lti/login", data={"iss": home.issuer, "login_hint": "u"}, follow_redirects=False)
        (cookie,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith(COOKIE)]
        assert all(part in cookie for part in ("SameSite=none", "Secure", "HttpOnly", "Path=/"))
        assert ("; Partitioned" in cookie) == apart
        sessions = [c for c in student.launch(home).headers.get_list("set-cookie") if "-session-" in c]
        assert all(("; Partitioned" in c and "SameSite=None" in c) == apart for c in sessions)


def test_what_a_launch_says_fits_in_no_cookie_and_need_not(app: Any, home: FakePlatform) -> None:
    """A name of any length comes in, and cookies stay small."""
    answer = Student(app).launch(home, **{"name": "A" * 50_000, LTI + "custom": {"x": "y" * 50_000}})
    assert came_in(answer) and all(len(c) < 500 for c in answer.headers.get_list("set-cookie"))


def test_every_request_to_a_platform_has_an_end(app: Any, home: FakePlatform) -> None:
    """And follows few redirections."""
    assert came_in(Student(app).launch(home))
    assert home.timeouts and all(home.timeouts)


def test_a_login_that_nobody_registered_is_refused(app: Any, home: FakePlatform) -> None:
    """By issuer, client or without a hint; a platform need not name its client where it has one alone."""
    for changes in ({"iss": "https://evil.test"}, {"client_id": "x"}, {"login_hint": ""}, {"iss": ""}):
        with pytest.raises(AssertionError, match="Open the activity in your course again"):
            Student(app).login(home, **changes)
    assert Student(app).login(home, client_id="")["client_id"] == home.client


def test_one_address_may_not_launch_for_ever(tmp_path: Path, home: FakePlatform) -> None:
    """After so many launches in a minute the answer is that one should wait, whatever was sent; other pages go on."""
    with tool(tmp_path, home, students=2, launches=5) as limited:
        student = Student(limited)
        assert came_in(student.launch(home)) and not came_in(student.present("a.b.c", "none", home))
        assert student.get("/lti/register?invitation=x").status_code == 400
        student.login(home)
        for ask in ("/lti/login", "/lti/launch"):
            assert student.client.post(ask, data={}, follow_redirects=False).status_code == 429
        waits = student.get("/lti/register")
        assert waits.status_code == 429 and "wait a minute" in waits.text
        assert student.get("/lti/keys").status_code == 200
        visitor = Student(limited)
        assert visitor.sign_in("ada").url.path == "/"
