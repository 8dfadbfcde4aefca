"""Who may do what on the marking pages: every address is tried by strangers, markers, instructors, from abroad."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from argon2 import PasswordHasher
from web_clients import BASE, PASSWORD, Visitor, fields, launched, team

from graders.archive.accounts import Accounts
from graders.errors import UsageError
from graders.web.app import Setting, create_app
from graders.web.identity import Role, SignedIn
from graders.web.people import TRIES, AccountHolders, hashed, plain_name
from graders.web.safety import HEADERS

OPEN = {("GET", "/login"), ("POST", "/login"), ("GET", "/open"), ("GET", "/static/{file_path:path}"),
        ("GET", "/health"), ("GET", "/metrics")}  # fmt: skip
INSTRUCTORS = {
    ("GET", "/students"), ("GET", "/students/{id:str}"), ("POST", "/students/{id:str}"), ("GET", "/differences"),
    ("GET", "/rubric/{question:str}/{part:str}"), ("POST", "/rubric/{question:str}/{part:str}"), ("GET", "/final"),
    ("GET", "/class"), ("GET", "/final/grades.csv"), ("POST", "/final/reports"),
    ("GET", "/students/{id:str}/timings"),
}  # fmt: skip
MARKERS = {
    ("GET", "/"), ("GET", "/progress"), ("GET", "/mark/{question:str}/{part:str}"), ("GET", "/answer/{id:str}"),
    ("POST", "/answer/{id:str}"), ("POST", "/undo"), ("GET", "/second"), ("GET", "/second/{id:str}"),
    ("POST", "/second/{id:str}"), ("POST", "/logout"),
}  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A team that marks a class of four."""
    with team(tmp_path_factory.mktemp("team"), students=4, kinds=2) as made:
        yield made


def addresses(app: Any) -> set[tuple[str, str]]:
    """Method and path of every handler that is asked over HTTP."""
    found = {(method, route.path) for route in app.routes for method in getattr(route, "methods", ())}
    return {(method, path) for method, path in found if method not in ("OPTIONS", "HEAD")}


def filled(app: Any, path: str) -> str:
    """The path with names that are there."""
    shelf = app.state.desk.shelf()
    names = {"question:str": "essay", "part:str": "argument", "file_path:path": "style.css"}
    student = "students" in path
    names["id:str"] = next(iter(shelf.students if student else shelf.answers))
    return re.sub(r"\{(.*?)\}", lambda found: names[found[1].lstrip("/")], path)


def ask(person: Visitor, method: str, path: str, **headers: str) -> Any:
    """One request with the token that the person has."""
    data = {"_csrf_token": person.token} if method == "POST" else None
    return person.client.request(method, path, data=data, headers=headers, follow_redirects=False)


def signed_in(app: Any, name: str) -> Visitor:
    """Somebody with an account."""
    made = Visitor(app)
    made.sign_in(name)
    return made


def test_every_address_is_known_here(app: Any) -> None:
    """A new one must say who may ask it."""
    assert addresses(app) == OPEN | MARKERS | INSTRUCTORS


def test_a_stranger_gets_nothing(app: Any) -> None:
    """But the page to sign in, with styles; everything else leads there, or is refused, token or not."""
    stranger = Visitor(app)
    stranger.get("/login")
    for method, path in addresses(app) - OPEN:
        answer = ask(stranger, method, filled(app, path))
        expected = (303, "/login") if method == "GET" else (401, None)
        assert (answer.status_code, answer.headers.get("location")) == expected, (method, path)
        assert "student0" not in answer.text


def test_a_marker_gets_what_markers_may(app: Any) -> None:
    """And no name of a student, no rubric to change, no marks to give out."""
    for method, path in sorted(MARKERS | INSTRUCTORS):
        answer = ask(signed_in(app, "bob"), method, filled(app, path))
        refused = answer.status_code == 403
        assert refused == ((method, path) in INSTRUCTORS), (method, path, answer.status_code)
        assert answer.status_code < 500 and "student0" not in answer.text


def test_a_student_gets_nothing_of_the_marking(app: Any) -> None:
    """Somebody who has come from an LMS as a student may leave, and nothing else that is here."""
    ana = launched(app, SignedIn("student000", Role.STUDENT, "1"))
    ana.get("/")
    for method, path in sorted((MARKERS | INSTRUCTORS) - {("POST", "/logout")}):
        answer = ask(ana, method, filled(app, path))
        assert answer.status_code == 403 and "student0" not in answer.text.replace(ana_s_own(answer.text), ""), path
    assert ask(ana, "POST", "/logout").status_code == 303 and ask(ana, "GET", "/").status_code == 303


def ana_s_own(page: str) -> str:
    """The line of a page that says who is signed in."""
    return "<span>student000</span>" if "<span>student000</span>" in page else "-"


def test_an_instructor_gets_everything(app: Any) -> None:
    """No address is refused to them; one that needs more in its form says so."""
    for method, path in sorted(MARKERS | INSTRUCTORS - {("POST", "/final/reports")}):
        answer = ask(signed_in(app, "ada"), method, filled(app, path))
        assert answer.status_code in (200, 201, 303, 400, 404, 409), (method, path, answer.status_code)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://marking.test.evil.example", "http://marking.test:81"]
)
def test_nothing_is_taken_from_a_page_of_another_site(app: Any, origin: str) -> None:
    """Every address refuses it, no matter who is signed in, token and all; nothing is kept and nobody is signed out."""
    for name in ("ada", "bob", ""):
        person = signed_in(app, name) if name else Visitor(app)
        person.get("/")
        before = len(app.state.desk.marks.all("course"))
        for method, path in sorted(addresses(app) - {("GET", "/static/{file_path:path}")}):
            answer = ask(person, method, filled(app, path), Origin=origin)
            assert answer.status_code in (401, 403, 303 if not name else 403), (method, path, answer.status_code)
            assert not name or answer.status_code == 403
        assert len(app.state.desk.marks.all("course")) == before
        assert (person.get("/").url.path == "/login") == (not name)


def test_our_own_origin_is_no_foreign_one(app: Any) -> None:
    """A browser sends it with each form."""
    bob = signed_in(app, "bob")
    assert ask(bob, "POST", "/undo", Origin=BASE).status_code == 409
    assert ask(bob, "POST", "/undo", **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert ask(bob, "GET", "/", **{"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_form_without_its_token_is_refused(app: Any) -> None:
    """Missing, wrong, another visitor's, and one in a cookie alone."""
    bob, other = signed_in(app, "bob"), Visitor(app)
    other.get("/login")
    page = bob.get("/mark/essay/argument")
    path, before = page.url.path, len(app.state.desk.marks.all("course"))
    spoilt = bob.token[:-1] + ("1" if bob.token.endswith("0") else "0")
    for token in ("", "x", "0" * 128, other.token, spoilt):
        answer = bob.client.post(path, data={"_csrf_token": token, "seen": fields(page.text, "seen")})
        assert answer.status_code == 403, token
    assert len(app.state.desk.marks.all("course")) == before


def test_every_answer_has_the_headers(app: Any) -> None:
    """Pages, refusals, redirects, files and what is not there; pages are kept nowhere, and no script stands in them."""
    bob = signed_in(app, "bob")
    inline = re.compile(r"<script(?! src=\"/static/keys.js\" defer></script>)|<style|\sstyle=|\son\w+=")
    for path in ("/", "/mark/essay/argument", "/final", "/nowhere", "/static/style.css", "/static/../app.py", "/login"):
        for person in (bob, Visitor(app)):
            answer = person.client.get(path, follow_redirects=False)
            assert {name: answer.headers[name] for name in HEADERS} == HEADERS, path
            assert path.startswith("/static/") or answer.headers["cache-control"] == "no-store"
            assert "unsafe" not in answer.headers["content-security-policy"]
            assert not inline.search(answer.text)


def test_cookies_are_out_of_reach(app: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Of scripts and of other sites; behind TLS they are sent by TLS alone, and belong to one host."""
    visitor = Visitor(app)
    visitor.get("/login")
    form = {"_csrf_token": visitor.token, "name": "bob", "password": PASSWORD}
    answer = visitor.client.post("/login", data=form, follow_redirects=False)
    cookies = answer.headers.get_list("set-cookie")
    assert cookies and all("HttpOnly" in c and "SameSite=lax" in c for c in cookies)
    desk = app.state.desk
    secure = create_app(desk, AccountHolders(Accounts(desk.store.database)), Setting(b"secret", secure=True))
    made = Visitor(secure)
    cookies = made.client.get("/login").headers.get_list("set-cookie")
    assert cookies and all(c.startswith("__Host-") and "Secure" in c and "Path=/" in c for c in cookies)


def test_another_name_of_the_machine_is_refused() -> None:
    """A page that makes its own name point to loopback cannot read anything there."""
    from graders.web.desk import MarkingDesk

    class NoDesk(MarkingDesk):
        def __init__(self) -> None:
            self.course = None  # type: ignore[assignment]

    app = create_app(NoDesk(), AccountHolders(None), Setting(b"s", hosts=("127.0.0.1:5",)))  # type: ignore[arg-type]
    assert Visitor(app).client.get("/static/style.css").status_code == 400
    good = Visitor(app).client.get("/static/style.css", headers={"Host": "127.0.0.1:5"})
    assert good.status_code == 200


def test_whoever_signs_in_gets_a_new_session(app: Any) -> None:
    """An id that was planted before is worth nothing then; signing out ends the session everywhere."""
    bob = Visitor(app)
    bob.get("/login")
    name = next(cookie for cookie in bob.client.cookies if "csrf" in cookie).replace("csrf", "session")
    bob.client.cookies.set(name, "planted" * 8, domain="marking.test")
    bob.post("/login", name="bob", password=PASSWORD)
    sessions = {cookie.value for cookie in bob.client.cookies.jar if cookie.name == name}
    attacker = Visitor(app)
    attacker.client.cookies.set(name, "planted" * 8, domain="marking.test")
    assert attacker.get("/").url.path == "/login"
    stolen = Visitor(app)
    stolen.client.cookies.set(name, (sessions - {"planted" * 8}).pop(), domain="marking.test")
    assert stolen.get("/").url.path == "/"
    stolen.post("/logout")
    again = Visitor(app)
    again.client.cookies.update(stolen.client.cookies)
    assert again.get("/").url.path == "/login"


def test_wrong_passwords_are_slowed_down(app: Any) -> None:
    """By name, no matter who asks and whether there is such an account; the answer does not say which was wrong."""
    now = [0.0]
    holders = AccountHolders(Accounts(app.state.desk.store.database), lambda: now[0])
    for name in ("cyd", "nobody"):
        for _ in range(TRIES):
            assert holders.sign_in(name, "wrong") is None
        with pytest.raises(UsageError, match="Too many wrong passwords"):
            holders.sign_in(name, PASSWORD)
    now[0] += 901
    assert holders.sign_in("cyd", PASSWORD) is not None
    one, other = (Visitor(app).sign_in(name, "wrong") for name in ("bob", "nobody"))
    assert one.status_code == other.status_code == 400
    assert "Name or password is not right." in one.text and "Name or password is not right." in other.text


def test_one_address_may_not_try_for_ever(tmp_path_factory: pytest.TempPathFactory) -> None:
    """After so many attempts in a minute the answer is that one should wait."""
    with team(tmp_path_factory.mktemp("limit"), students=1, attempts=3) as app:
        visitor = Visitor(app)
        visitor.get("/login")
        codes = [visitor.post("/login", name=f"n{i}", password="x").status_code for i in range(5)]
        assert codes == [400, 400, 400, 429, 429]


def test_a_changed_or_removed_account_is_signed_out(app: Any) -> None:
    """At once, in every session."""
    accounts = Accounts(app.state.desk.store.database)
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    accounts.add("eve", "marker", quick.hash(PASSWORD))
    eve = signed_in(app, "eve")
    assert eve.get("/").url.path == "/"
    accounts.change("eve", quick.hash("another long sentence"))
    assert eve.get("/").url.path == "/login"
    assert eve.sign_in("eve", "another long sentence").url.path == "/"
    accounts.remove("eve")
    assert eve.get("/").url.path == "/login" and [a.name for a in accounts.all()] == ["ada", "bob", "cyd", "dan"]
    with pytest.raises(UsageError, match="There is no account 'eve'"):
        accounts.remove("eve")
    with pytest.raises(UsageError, match="already"):
        accounts.add("bob", "marker", "x")


def test_passwords_and_names_have_a_form() -> None:
    """Long enough, not endless; a name is one visible line. A hash tells nothing of its password."""
    for password in ("short", "x" * 2000):
        with pytest.raises(UsageError):
            hashed(password)
    assert hashed(PASSWORD).startswith("$argon2id$") and hashed(PASSWORD) != hashed(PASSWORD)
    for name in ("", "a\nb", "x" * 100, "a\u202eb", " a"):
        with pytest.raises(UsageError):
            plain_name(name)
    assert plain_name("Ana Silva") == "Ana Silva"


def test_a_form_has_an_end(app: Any) -> None:
    """More than a megabyte is refused before anything is made of it."""
    bob = signed_in(app, "bob")
    path = bob.get("/mark/essay/argument").url.path
    assert bob.post(path, comment="x" * 2_000_000).status_code == 413
