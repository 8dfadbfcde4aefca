"""Handing in on a page: what is said at once, receipts, feedback in stages, and nothing that is anybody else's."""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from handing_in import Course, events, hand_in, notebook, served, unfinished
from small_notebook import RELEASE, saved
from web_clients import Visitor, launched

from graders.archive.marks import Marks
from graders.marking.late import LateRules
from graders.queue.rules import Hidden, Stage, UploadRules
from graders.web.identity import Role, SignedIn
from graders.web.views.hand_in import HandInPages

DUE = datetime(2026, 11, 27, 13, tzinfo=UTC)  # an hour after the clock of these tests begins
AFTER_DUE = UploadRules(Hidden.AFTER_DUE, an_hour=3, most_mb=1, late=LateRules(DUE, percent_a_day=10))


@pytest.fixture
def course(tmp_path: Path) -> Iterator[Course]:
    """A course that shows hidden checks after it is due."""
    with served(tmp_path, AFTER_DUE) as made:
        yield made


def test_who_waits_since_their_notebook_takes_long_is_notified_of_that(course: Course) -> None:
    """Their place is behind those of others, and the page says why, and what to look for."""
    ana = course.student("ana")
    hand_in(ana, notebook())
    course.jobs.beat([], 2, (Stage.PUBLIC, Stage.WHOLE))
    job = course.jobs.claim(tuple(Stage))
    assert job is not None and course.jobs.put_behind(job)
    hand_in(course.student("bob"), notebook("Another."))
    course.clock.now += 2
    page = ana.get("/submit/course/1").text
    assert "place 3 in the queue, about" in page and "Your notebook takes longer than most" in page


def test_a_file_goes_in_and_feedback_comes_out_in_stages(course: Course) -> None:
    """A receipt at once, then the public checks, then the report, of which the hidden part waits till it is due."""
    ana, content = course.student("ana"), notebook()
    page = hand_in(ana, content)
    digest = hashlib.sha256(content).hexdigest()
    assert page.status_code == 200 and digest in page.text and "2026-11-27 12:00:00 UTC" in page.text
    assert "waiting for the grader, which is not running" in page.text and 'http-equiv="refresh"' in page.text
    assert ana.get("/submit/course/1/report").status_code == 404
    assert ana.get("/submit/course/1/file").content == content
    receipt = ana.get("/submit/course/1/receipt.txt").text
    assert f"sha256      {digest}" in receipt and "student     ana" in receipt
    course.jobs.beat([], 2, (Stage.PUBLIC, Stage.WHOLE))
    course.clock.now += 2
    assert "place 1 in the queue, about 2 seconds" in ana.get("/submit/course").text
    course.work(Stage.PUBLIC)
    course.clock.now += 2
    page = ana.get("/submit/course/1")
    assert "0 of 1</span> public checks" in page.text and "Expected 6, got 5." in page.text
    assert "All checks: place 1" in page.text and "in general" not in page.text
    course.work()
    course.clock.now += 2
    page = ana.get("/submit/course")
    assert "All checks have been run" in page.text and "http-equiv" not in page.text and "mark" not in page.text
    report = ana.get("/submit/course/1/report").text
    assert "It gives the example" in report and "in general" not in report and "hidden word" not in report
    course.clock.now += 3600
    assert "A hidden word" in ana.get("/submit/course/1/report").text
    assert "Your mark: <strong>1.5</strong> of 2" in ana.get("/submit/course").text


@pytest.mark.parametrize("hidden", Hidden)
def test_hidden_checks_follow_the_instructor_s_rule(tmp_path: Path, hidden: Hidden) -> None:
    """Never, after it is due (each by their own date), or at once; the mark, which tells of them, does so too."""
    with served(tmp_path, UploadRules(hidden, late=LateRules(DUE))) as course:
        ana = course.student("ana")
        hand_in(ana, notebook())
        course.work()
        seen = []
        for _ in range(2):
            course.clock.now += 2
            report, page = ana.get("/submit/course/1/report").text, ana.get("/submit/course/1").text
            assert "It gives the example" in report
            seen.append(("A hidden word" in report, "Your mark" in page))
            course.clock.now += 2 * 3600
    wanted = {
        Hidden.NEVER: [(False, False), (False, True)],
        Hidden.AFTER_DUE: [(False, False), (True, True)],
        Hidden.AT_ONCE: [(True, True), (True, True)],
    }
    assert seen == wanted[hidden]


def test_what_is_wrong_is_said_at_once_and_nothing_is_taken(course: Course) -> None:
    """Each in a sentence on the page with the form."""
    ana = course.student("ana")
    for name, content, said in (
        ("small.ipynb", b"", "This file is empty"),
        ("essay.docx", b"text", "no notebook, no script and no zip"),
        ("small.ipynb", saved(list(RELEASE.cells)), "still as it was handed out"),
        ("small.ipynb", b"{" * 100, "not a Jupyter notebook"),
        ("small.ipynb", b" " * 1_100_000, "at most 1 MB can be taken"),
        ("<script>alert(1)</script>.gif", b"GIF", "no notebook"),
    ):
        page = hand_in(ana, content, name)
        assert page.status_code == 400 and said in page.text and "<script>alert" not in page.text, name
    ana.get("/submit/course")
    page = ana.client.post("/submit/course", data={"_csrf_token": ana.token})
    assert page.status_code == 400 and "Choose a file first" in page.text
    assert "You have not handed anything in yet" in ana.get("/submit/course").text


def test_what_is_odd_is_said_and_the_file_is_taken(course: Course) -> None:
    """An answer that is not written, a file that was sent twice, and one too many within an hour."""
    ana = course.student("ana")
    assert "Not answered in this file: <code>edge</code>" in hand_in(ana, unfinished()).text
    assert "Attempt 1</h1>" in hand_in(ana, unfinished()).text
    assert "Attempt 2</h1>" in hand_in(ana, notebook("b")).text
    assert "Attempt 3</h1>" in hand_in(ana, notebook("c")).text
    page = hand_in(ana, notebook("d"))
    assert page.status_code == 400 and "3 times within an hour" in page.text and "Attempt 3" in page.text
    assert page.text.count(">counts<") == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the framework does not close the file
def test_without_our_token_or_from_another_site_nothing_is_taken(course: Course) -> None:
    """As everywhere on these pages."""
    ana = course.student("ana")
    ana.get("/submit/course")
    files = {"file": ("small.ipynb", notebook(), "application/octet-stream")}
    assert ana.client.post("/submit/course", files=files).status_code == 403
    foreign = {"origin": "https://evil.example"}
    answer = ana.client.post("/submit/course", data={"_csrf_token": ana.token}, files=files, headers=foreign)
    assert answer.status_code == 403 and course.desk.receipts(SignedIn("ana", Role.STUDENT, "dl")) == []


def addresses() -> list[tuple[str, str]]:
    """Every address at which students hand in, with what is asked there."""
    found = []
    for handler in HandInPages.__dict__.values():
        for path in getattr(handler, "paths", ()):
            filled = path.replace("{number:int}", "1").rstrip("/")
            found += [(method, f"/submit/course{filled}") for method in handler.http_methods if method != "OPTIONS"]
    assert len(found) >= 7
    return found


def test_nobody_else_gets_anything_of_a_student_s(course: Course) -> None:
    """Every address: a stranger, another student, one of that name in another course, a marker and an instructor."""
    ana, content = course.student("ana"), notebook("Of nobody else.")
    hand_in(ana, content)
    course.work()
    course.clock.now += 2
    digest = hashlib.sha256(content).hexdigest()
    bob = Visitor(course.app)
    bob.sign_in("bob")
    ada = Visitor(course.app)
    ada.sign_in("ada")
    others = {
        "stranger": Visitor(course.app),
        "another student": course.student("eva"),
        "the same name elsewhere": course.student("ana", "another course"),
        "marker": bob,
        "instructor": ada,
        "an instructor of another course": launched(course.app, SignedIn("zoe", Role.INSTRUCTOR, "another course")),
    }
    for who, visitor in others.items():
        for method, path in addresses():
            visitor.get("/login" if who == "stranger" else "/submit/course")
            answer = visitor.client.request(
                method, path, data={"_csrf_token": visitor.token} if method == "POST" else None, follow_redirects=False
            )
            assert digest not in answer.text and content not in answer.content, (who, path)
            assert "Expected 6" not in answer.text and "small.ipynb" not in answer.text, (who, path)
            allowed = (200, 400, 404) if "student" in who or "elsewhere" in who else (303, 401, 403)
            assert answer.status_code in allowed, (who, path, answer.status_code)
            assert answer.status_code != 200 or "/1" not in path, (who, path)
    assert [one.number for one in course.desk.receipts(SignedIn("ana", Role.STUDENT, "dl"))] == [1]
    for name in ("eva", "zoe"):
        assert course.desk.receipts(SignedIn(name, Role.STUDENT, "dl")) == []
    assert digest in ana.get("/submit/course/1").text


def test_another_student_cannot_tell_when_somebody_is_graded(course: Course) -> None:
    """Their own stream of events is the same whether others wait or not; a place is a number alone."""
    eva, silent = course.student("eva"), course.student("eva").client.get("/submit/course/events").text
    hand_in(course.student("ana"), notebook())
    assert eva.client.get("/submit/course/events").text == silent
    assert eva.get("/submit/other").status_code == 404 and eva.get("/submit/course/x").status_code == 404


def test_events_say_where_an_attempt_stands_until_all_is_done(course: Course) -> None:
    """A page that shows less than what is done hears of it, and loads itself again."""
    ana = course.student("ana")
    hand_in(ana, notebook())
    course.work()
    course.clock.now += 2
    assert events(ana.client.get("/submit/course/events?seen=0")) == [("done", 2), ("places", {})]
    assert events(ana.client.get("/submit/course/events?seen=2")) == [("places", {})]
    page = ana.get("/submit/course").text
    assert re.search(r'data-events="/submit/course/events\?seen=2"', page) and "place.js" in page


def test_health_and_figures_are_there_and_name_nobody(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Health says when nobody grades; figures are for this machine alone."""
    visitor = Visitor(course.app)
    assert visitor.client.get("/health").status_code == 503
    hand_in(course.student("ana"), notebook())
    course.jobs.beat([], 2, (Stage.PUBLIC, Stage.WHOLE))
    course.clock.now += 2
    assert visitor.client.get("/health").json() == {"status": "ok"}
    assert visitor.client.get("/metrics").status_code == 404
    monkeypatch.setattr("graders.web.views.health.LOOPBACK", ("testclient",))
    text = visitor.client.get("/metrics").text
    assert 'graders_waiting{stage="public"} 1.0' in text and 'graders_workers{stage="whole"} 2.0' in text
    assert "ana" not in text.replace("quantile", "")
    forwarded = {"x-forwarded-for": "1.2.3.4"}
    assert visitor.client.get("/metrics", headers=forwarded).status_code == 404
    course.work()
    assert 'graders_seconds_until_done{quantile="0.5",stage="public"} 2.0' in visitor.client.get("/metrics").text


def test_an_extension_moves_the_date_on_the_page(course: Course) -> None:
    """And with it when hidden checks are shown."""
    Marks(course.store.database).extend("course", {"ana": DUE + timedelta(days=2)})
    ana = course.student("ana")
    assert "Due 2026-11-29 13:00 UTC" in ana.get("/submit/course").text
    hand_in(ana, notebook())
    course.work()
    course.clock.now += 7200
    assert "A hidden word" not in ana.get("/submit/course/1/report").text
