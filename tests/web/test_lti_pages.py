"""What platforms' people get to see: the page that their role opens, their own course, and nothing of another one."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lti_platform import LTI, ROLES, TEACHER, FakePlatform, Student, tool
from web_clients import field
from written_answers import graded

from graders.archive.tables import lti_deployments
from graders.lti.scores import outbox
from graders.web.desk import student_id

OPEN = {("GET", "/lti/login"), ("POST", "/lti/login"), ("POST", "/lti/launch"), ("GET", "/lti/keys"),
        ("GET", "/lti/register"), ("GET", "/lti/ended")}  # fmt: skip
INSTRUCTORS = {("GET", "/pick"), ("POST", "/pick"), ("GET", "/scores"), ("POST", "/scores/release"),
               ("POST", "/scores/again"), ("POST", "/scores/roster")}  # fmt: skip
ASSISTANT = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"


@pytest.fixture
def home() -> FakePlatform:
    """The platform that launches."""
    return FakePlatform()


@pytest.fixture
def app(tmp_path: Path, home: FakePlatform) -> Iterator[Any]:
    """Our pages, which a platform may launch, over a class of two that no platform has sent."""
    with tool(tmp_path, home, students=2) as made:
        yield made


def in_course(number: int, **more: Any) -> dict[str, Any]:
    """What a launch says from one of several courses."""
    return {
        LTI + "context": {"id": f"c{number}", "title": f"Course {number}"},
        LTI + "resource_link": {"id": f"link-{number}"},
        **more,
    }


def teacher(app: Any, home: FakePlatform, number: int = 1, **more: Any) -> Student:
    """Somebody who teaches one of the courses, on the page that the launch has opened."""
    made = Student(app)
    said = {**TEACHER, **in_course(number, **more)} | {"sub": f"teacher{number}"}
    assert made.launch(home, **said).headers["location"] == "/class"
    return made


def learner(app: Any, home: FakePlatform, name: str, number: int = 1) -> str:
    """The name under which the work of somebody is kept who has come from one of the courses, and is graded now."""
    assert Student(app).launch(home, **in_course(number), sub=name.lower(), name=name).status_code == 303
    members = app.state.door.courses.members(number, "student")
    (found,) = [one for one in members if one.startswith(name)]
    app.state.store.keep(graded(found, f"What {name} wrote."))
    return str(found)


@pytest.mark.parametrize(
    ("roles", "opens"),
    [
        ([ROLES + "Learner"], "/submit/course"),
        (["Learner"], "/submit/course"),
        ([ROLES + "Instructor"], "/class"),
        ([ROLES + "Instructor", "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student"], "/class"),
        ([ROLES + "Instructor", ASSISTANT], "/"),
        ([ROLES + "Learner", "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"], "/submit/course"),
        ([ROLES + "Learner", "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Faculty"], "/submit/course"),
    ],
)
def test_a_launch_opens_the_page_of_the_role(app: Any, home: FakePlatform, roles: list[str], opens: str) -> None:
    """What somebody is in the course counts, whatever else they are elsewhere."""
    assert Student(app).launch(home, **{LTI + "roles": roles}).headers["location"] == opens


def test_every_address_says_who_may_ask_it(app: Any, home: FakePlatform) -> None:
    """Strangers, students and assistants get nothing of what instructors get."""
    found = {(m, route.path) for route in app.routes for m in getattr(route, "methods", ())} - {("OPTIONS", "/pick")}
    assert {(m, p) for m, p in found if ("/lti/" in p or p in ("/pick", "/scores") or "/scores/" in p)
            and m not in ("OPTIONS", "HEAD")} == OPEN | INSTRUCTORS  # fmt: skip
    student, assistant = Student(app), Student(app)
    student.launch(home)
    assistant.launch(home, **{LTI + "roles": [ASSISTANT], "sub": "assistant"})
    for person in (student, assistant):
        person.get("/")
    for method, path in sorted(INSTRUCTORS):
        for person in (student, assistant):
            form = {"_csrf_token": person.token} if method == "POST" else None
            assert person.client.request(method, path, data=form).status_code == 403, path
        assert Student(app).client.request(method, path, follow_redirects=False).status_code in (303, 401), path


def test_an_instructor_sees_their_own_course_and_no_other(app: Any, home: FakePlatform) -> None:
    """On every page, in tables and by addresses that others have; an account holder sees all."""
    ana, bob = learner(app, home, "Ana", 1), learner(app, home, "Bob", 2)
    for number, own, other in ((1, ana, bob), (2, bob, ana)):
        tia = teacher(app, home, number)
        for path in ("/", "/class", "/students", "/final", "/final/grades.csv", "/differences", "/mark/essay/argument"):
            page = tia.get(path)
            assert page.status_code in (200, 404) and other not in page.text, path
            assert "student000" not in page.text and f"What {other[:3]} wrote" not in page.text
        assert own in tia.get("/students").text and own in tia.get("/class").text
        assert tia.get(f"/students/{student_id(own)}").status_code == 200
        assert tia.get(f"/students/{student_id(other)}").status_code == 404
        theirs = [a for a in app.state.desk.shelf().answers.values() if a.slot.student == other]
        assert theirs and all(tia.get(f"/answer/{a.slot.id}").status_code == 404 for a in theirs)
        tia.get("/students")
        before = len(app.state.desk.marks.all("course"))
        for answer in theirs:
            path = f"/students/{student_id(other)}"
            assert tia.post(path, slot=answer.slot.id, seen="0", points="0", reason="x").status_code == 404
            assert tia.post(f"/answer/{answer.slot.id}", seen=f"{answer.slot.id} 0").status_code == 404
        assert len(app.state.desk.marks.all("course")) == before
        rubric = tia.get("/rubric/essay/argument")
        changed = tia.post("/rubric/essay/argument", number=field(rubric.text, "number") or "", step="apply")
        assert changed.status_code == 400 and "Other courses have this rubric" in changed.text
    ada = Student(app)
    ada.sign_in("ada")
    assert all(name in ada.get("/students").text for name in (ana, bob, "student000"))


def test_a_course_is_one_of_its_deployment(app: Any, home: FakePlatform) -> None:
    """The same id of a course in another deployment is another course."""
    ana = learner(app, home, "Ana", 1)
    home.deployment = "2"
    app.state.door.platforms.register(home.platform())
    tia = Student(app)
    tia.launch(home, **TEACHER, **in_course(1))
    assert ana not in tia.get("/students").text and "Course 1" in tia.get("/scores").text


def test_names_are_kept_apart(app: Any, home: FakePlatform) -> None:
    """Of two people of one name, and of one whose name nobody tells; each keeps theirs, whatever changes."""
    said = [("a", "Ana"), ("b", "Ana"), ("c", None), ("d", "\u202eAna\n<b>"), ("a", "Ana Maria")]
    for subject, name in said:
        assert Student(app).launch(home, sub=subject, name=name).status_code == 303
    names = app.state.door.courses.members(1)
    assert len(names) == 4 and all("\u202e" not in name and "\n" not in name for name in names)
    assert sum(re.fullmatch(r"Ana [0-9a-f]{10}", name) is not None for name in names) == 2
    assert sum(re.fullmatch(r"Student [0-9a-f]{10}", name) is not None for name in names) == 1


def test_a_session_ends_with_the_deployment(app: Any, home: FakePlatform) -> None:
    """Who came from it is nobody any more; within a frame a page says so that platforms may show."""
    tia = teacher(app, home)
    assert tia.get("/students").status_code == 200
    with app.state.store.database.write() as connection:
        connection.execute(lti_deployments.update().values(platform=1, name="gone"))
    assert Student(app).launch(home, **TEACHER).status_code == 400
    courses = app.state.door.courses
    courses.enrol(courses.course(1), "teacher1", "Tia", "student")
    gone = tia.client.get("/students", follow_redirects=False, headers={"Sec-Fetch-Dest": "iframe"})
    assert gone.headers["location"] == "/lti/ended"
    ended = tia.get("/lti/ended")
    assert "in your course again" in ended.text and not {"x-frame-options", "cross-origin-opener-policy"} & {
        *ended.headers
    }


def test_the_platform_may_frame_its_own_people_s_pages(app: Any, home: FakePlatform) -> None:
    """And nobody else may; pages of account holders are in no frame at all."""
    signed = {LTI + "launch_presentation": {"return_url": "https://school.lms.test/back?x=1"},
              LTI + "tool_platform": {"url": "javascript:alert(1)"}}  # fmt: skip
    page = teacher(app, home, **signed).get("/students")
    ancestors = re.search(r"frame-ancestors ([^;]*)", page.headers["content-security-policy"])
    assert ancestors and ancestors[1] == "https://lms.test https://school.lms.test"
    assert "x-frame-options" not in page.headers
    ada = Student(app)
    ada.sign_in("ada")
    page = ada.get("/students")
    assert page.headers["x-frame-options"] == "DENY" and "frame-ancestors 'none'" in str(page.headers)
    assert ada.get("/login").headers["x-frame-options"] == "DENY"


def test_a_login_in_a_tab_of_its_own_says_when_cookies_are_off(app: Any, home: FakePlatform) -> None:
    """There is no further tab to be offered then."""
    student = Student(app, **{"Sec-Fetch-Dest": "document"})
    asked = student.login(home)
    student.client.cookies.clear()
    answer = student.present(home.sign(home.claims(asked["nonce"])), asked["state"], home)
    assert answer.status_code == 400 and "Allow cookies" in answer.text and "_blank" not in answer.text


def test_scores_are_released_by_those_who_teach_the_course(app: Any, home: FakePlatform) -> None:
    """Held ones wait, failed ones have a button; another course's cannot be touched."""
    held = {LTI + "custom": {"assignment": "course", "marks": "held"}}
    tia, eve = teacher(app, home, 1, **held), teacher(app, home, 2, **held)
    ana = learner(app, home, "Ana", 1)
    outbox.enqueue(app.state.store.database, "course", ana)
    page = tia.get("/scores")
    assert "wait for you to release them" in page.text and ana in page.text
    assert ana not in eve.get("/scores").text
    for path in ("/scores/release", "/scores/again", "/scores/roster"):
        assert eve.post(path, activity="1", step="release").status_code == 404
    assert not app.state.door.courses.activities(1)[0].released
    tia.get("/scores")
    assert tia.post("/scores/release", activity="1", step="release").status_code == 200
    assert app.state.door.courses.activities(1)[0].released
    one = outbox.claim(app.state.store.database, 1e12)
    assert one is not None
    outbox.give_up(app.state.store.database, one, "The platform answered 404 Not Found.")
    page = tia.get("/scores")
    assert "1 failed" in page.text and "answered 404" in page.text
    assert "0 failed" in tia.post("/scores/again", activity="1").text
    assert "Hold back from now on" in tia.get("/scores").text


def test_a_roster_tells_who_is_in_the_course(app: Any, home: FakePlatform) -> None:
    """Those who are active, by their roles in it; somebody who comes later is the same person."""
    home.members = [
        {"user_id": "ana", "name": "Ana Silva", "roles": ["Learner"], "status": "Active"},
        {"user_id": "bea", "given_name": "Bea", "family_name": "Costa", "roles": [ROLES + "Learner"]},
        {"user_id": "left", "name": "Left", "roles": ["Learner"], "status": "Inactive"},
        {"user_id": "tia", "name": "Tia", "roles": ["Instructor"]},
        {"user_id": "odd", "name": "Odd", "roles": ["Mentor"]},
    ]
    tia = teacher(app, home)
    tia.get("/scores")
    assert "2 students are known" in tia.post("/scores/roster", activity="1").text
    before = app.state.door.courses.members(1, "student")
    assert Student(app).launch(home, **in_course(1), sub="ana", name="Ana Silva").status_code == 303
    assert app.state.door.courses.members(1, "student") == before
    home.down = lambda: (_ for _ in ()).throw(ValueError())
    assert "did not give the roster" in tia.post("/scores/roster", activity="1").text
