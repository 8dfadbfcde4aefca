"""Scores on their way: later where a platform is down, once in effect, in order, within bounds, when released."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
import requests
from lti_platform import FakePlatform, answer
from score_post import START, Post, given, marked
from written_answers import graded

from graders.archive.marks import Marks
from graders.archive.store import open_store
from graders.errors import CatalogError
from graders.lti.scores import outbox
from graders.lti.scores import sender as sending
from graders.lti.scores.outbox import LEASE, enqueue
from graders.lti.scores.sender import score_of
from graders.marking.answer import answers_of
from graders.marking.decision import Judgement
from graders.model import Late


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    """A course, its platform and a sender."""
    with open_store(tmp_path) as store:
        yield Post(store, FakePlatform())


def test_a_score_arrives(post: Post) -> None:
    """With whose it is, of how much, and the time at which it is sent; nothing is sent twice."""
    post.grade(1.5)
    post.now += 100
    assert post.sender.send_all() == 1
    (score,) = post.lms.scores
    assert (score["userId"], score["scoreGiven"], score["scoreMaximum"]) == ("ana", 1.5, 2.0)
    assert (score["activityProgress"], score["gradingProgress"]) == ("Completed", "FullyGraded")
    assert score["timestamp"] == "2026-11-27T12:01:40.000+00:00"
    assert post.sender.send_all() == 0
    enqueue(post.database, "course", post.ana)
    post.sender.send_all()
    assert given(post) == [1.5] and not post.standing().waiting


@pytest.mark.parametrize("fault", [CatalogError("There is a mistake in assignment.toml."), RuntimeError("a bug")])
def test_what_fails_once_does_not_end_the_sending(
    post: Post, fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings with a mistake in them, or a fault of ours, are complained about, and scores go once that is over."""
    monkeypatch.setattr(sending, "PAUSE", 0.01)
    post.grade(1.5)
    post.now += 100
    said, sent, look = list[str](), threading.Event(), post.sender.look_around

    def look_around(assignments: Any) -> None:
        if not said:
            raise fault
        look(assignments)
        if post.lms.scores:
            sent.set()

    monkeypatch.setattr(post.sender, "look_around", look_around)
    post.sender.start(["course"], said.append)
    assert sent.wait(30)
    post.sender.close()
    assert len(said) == 1 and str(fault) in said[0]
    assert given(post) == [1.5]


def down(kind: str) -> Any:
    """How a platform fails."""

    def raises() -> NoReturn:
        raise {"unreachable": requests.ConnectionError(), "slow": requests.Timeout()}[kind]

    def says() -> requests.Response:
        made = requests.Response()
        made.status_code = 200 if kind == "nonsense" else int(kind)
        made._content, made.url = b"<html>", "https://lms.test"
        return made

    return raises if kind in ("unreachable", "slow") else says


@pytest.mark.parametrize("kind", ["unreachable", "slow", "503", "429", "401", "nonsense"])
def test_a_platform_that_is_down_gets_its_scores_later(post: Post, kind: str) -> None:
    """However long it takes; only the newest, and staff see why it waits."""
    post.grade(1.5)
    post.lms.down = down(kind)
    for number in range(10):
        assert post.sender.send_all() == 1
        post.now += min(15 * 2**number, 3600) - 1
        assert post.sender.send_all() == 0
        post.now += 1
    assert post.standing().waiting and not post.standing().failed and post.standing().said.startswith("The platform")
    post.grade(2.0)
    post.lms.down = None
    post.sender.send_all()
    assert given(post) == [2.0] and post.standing().said == ""


@pytest.mark.parametrize("code", [400, 403, 404, 422])
def test_what_fails_for_good_waits_for_a_person(post: Post, code: int) -> None:
    """After three refusals; a button tries again, and so does a changed mark."""
    post.lms.answers = [(code, {})] * 3
    post.grade(1.5)
    for _ in range(10):
        post.sender.send_all()
        post.now += 3600
    assert post.standing().failed and f"answered {code}" in post.standing().said and post.lms.answers == []
    outbox.again(post.database, [post.standing().id])
    post.sender.send_all()
    assert given(post) == [1.5] and not post.standing().failed


def test_a_conflict_is_answered_by_a_later_time(post: Post) -> None:
    """By the platform's own clock, where that is ahead; a score that stands there from later is written over."""
    ahead = datetime.fromtimestamp(START + 500, UTC)
    post.lms.answers = [(409, {"Date": format_datetime(ahead, usegmt=True)})]
    post.lms.stamps[f"{post.lms.host}/lines/1/scores", "ana"] = ahead.isoformat(timespec="milliseconds")
    post.grade(1.5)
    post.sender.send_all()
    assert given(post) == [1.5] and post.lms.scores[0]["timestamp"] > ahead.isoformat()
    post.grade(1.0)
    post.sender.send_all()
    assert given(post) == [1.5, 1.0] and post.lms.scores[1]["timestamp"] > post.lms.scores[0]["timestamp"]


def test_a_conflict_that_stays_is_tried_later(post: Post) -> None:
    """It never ends in a loop."""
    post.lms.answers = [(409, {})] * 3
    post.grade(1.5)
    post.sender.send_all()
    assert given(post) == [] and post.standing().tries == 1
    post.now += 60
    post.sender.send_all()
    assert given(post) == [1.5]


def test_retry_after_is_heeded(post: Post) -> None:
    """A platform that asks for ten minutes gets them."""
    post.lms.answers = [(429, {"Retry-After": "600"})]
    post.grade(1.5)
    post.sender.send_all()
    post.now += 599
    assert post.sender.send_all() == 0
    post.now += 1
    assert post.sender.send_all() == 1 and given(post) == [1.5]


@pytest.mark.parametrize(("points", "late", "sent"), [(130, 0, 100), (-5, 0, 0), (50, 90, 0), (50, 12.5, 37.5)])
def test_scores_stay_within_bounds(points: float, late: float, sent: float) -> None:
    """Never more than there is to earn, never less than nothing, with what lateness costs."""
    lateness = Late("", "", 1, 10.0, late) if late else None
    report: Any = SimpleNamespace(points=points, possible=100, pending=0.0, late=lateness)
    assert score_of(report) == outbox.Score(sent, 100, True)


def test_what_is_open_is_said_to_be(post: Post) -> None:
    """A mark that a person has still to give is named as such, and sent again when it is whole."""
    post.store.keep(graded(post.ana))
    enqueue(post.database, "course", post.ana)
    post.sender.send_all()
    assert post.lms.scores[-1]["gradingProgress"] == "PendingManual"
    (answer,) = answers_of(post.store.latest("course")[0])
    Marks(post.database).decide(Judgement({answer.slot: 0}, frozenset({"why"})).decisions(), "eve")
    post.sender.look_around(["course"])
    post.sender.send_all()
    assert post.lms.scores[-1]["gradingProgress"] == "FullyGraded"
    assert given(post) == [1.5, 1.8]


def test_changes_of_marks_need_not_be_announced(post: Post) -> None:
    """The sender itself sees gradings and decisions, once each; students whom no platform sent do not concern it."""
    post.store.keep(marked(post.ana, 1.0))
    post.store.keep(marked("somebody else", 1.0))
    for _ in range(3):
        post.sender.look_around(["course"])
        post.sender.send_all()
    assert given(post) == [1.0]
    post.store.keep(marked(post.ana, 2.0))
    post.another().look_around(["course"])
    post.sender.send_all()
    assert given(post) == [1.0, 2.0]


def test_nothing_is_sent_before_it_is_released(post: Post) -> None:
    """Then all of it is, as it stands at that time; and held back again where that is wanted."""
    post.courses.release(post.activity.id, False)
    post.grade(1.0)
    post.grade(1.5)
    assert post.sender.send_all() == 0 and post.lms.asked == [] and post.standing().waiting
    assert not post.open(True).released, "a later launch does not release"
    post.courses.release(post.activity.id, True)
    post.sender.send_all()
    assert given(post) == [1.5]


def test_marks_that_change_while_they_are_sent_are_sent_again(post: Post) -> None:
    """The older one does not stand for the newer one."""
    post.grade(1.0)
    one = outbox.claim(post.database, post.now)
    assert one is not None
    post.grade(2.0)
    assert post.another().send_all() == 0, "one sender at a time"
    outbox.arrive(post.database, one, score_of(marked("x", 1.0)).as_text(), post.now)
    assert post.another().send_all() == 1 and given(post) == [2.0]


def test_a_score_whose_answer_was_lost_arrives_once(post: Post) -> None:
    """It is sent again, with a later time; the gradebook has one mark of the student, which is the right one."""
    kept = post.lms.send

    def loses(request: requests.PreparedRequest, timeout: Any) -> requests.Response:
        answer = kept(request, timeout)
        if str(request.url).endswith("/scores") and len(post.lms.scores) == 1:
            raise requests.ConnectionError("the line was cut")
        return answer

    post.lms.send = loses  # type: ignore[method-assign]
    post.grade(1.5)
    post.sender.send_all()
    assert given(post) == [1.5] and post.standing().waiting
    post.now += 60
    post.sender.send_all()
    assert len(post.lms.stamps) == 1 and set(given(post)) == {1.5} and not post.standing().waiting


def test_a_sender_that_was_killed_leaves_its_score_to_others(post: Post) -> None:
    """After a while; and if it comes back to life, its word counts no more."""
    post.grade(1.0)
    dead = outbox.claim(post.database, post.now)
    assert dead is not None and post.sender.send_all() == 0
    post.now += LEASE
    post.sender.send_all()
    outbox.give_up(post.database, dead, "It is dead.")
    assert given(post) == [1.0] and not post.standing().failed
    post.grade(2.0)
    outbox.arrive(post.database, dead, "", 0.0)
    outbox.give_up(post.database, dead, "It is dead.")
    post.sender.send_all()
    assert given(post) == [1.0, 2.0] and not post.standing().failed


def test_two_senders_send_nothing_twice(post: Post) -> None:
    """Each of a class's scores goes out once."""
    for number in range(20):
        student = post.courses.enrol(post.course, f"s{number}", f"S {number}", "student")
        post.store.keep(marked(student, 1.0))
        enqueue(post.database, "course", student)
    senders = [threading.Thread(target=post.another().send_all) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sorted(score["userId"] for score in post.lms.scores) == sorted(f"s{n}" for n in range(20))


def test_a_thread_looks_after_it(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it is closed; what is not a student's own is left alone."""
    monkeypatch.setattr("graders.lti.scores.sender.PAUSE", 0.01)
    arrived, put = threading.Event(), post.lms.send
    monkeypatch.setattr(post.lms, "send", lambda *a: (put(*a), arrived.set() if post.lms.scores else None)[0])
    post.store.keep(marked(post.ana, 1.5))
    post.sender.start(["course"])
    assert arrived.wait(30)
    post.sender.close()
    assert given(post) == [1.5]


def test_its_end_does_not_wait_for_a_platform_that_hangs(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was being sent is sent again when its lease is over, and stands there once."""
    monkeypatch.setattr("graders.lti.scores.sender.PAUSE", 0.01)
    monkeypatch.setattr("graders.lti.scores.sender.GRACE", 0.01)
    asked, answers, put = threading.Event(), threading.Event(), post.lms.send
    monkeypatch.setattr(post.lms, "send", lambda *a: (asked.set(), answers.wait(60), answer(503, {}))[2])
    post.grade(1.5)
    post.sender.start(["course"], lambda _: None)
    assert asked.wait(30)
    post.sender.close()
    assert post.standing().waiting
    monkeypatch.setattr(post.lms, "send", put)
    post.now += LEASE + 1
    assert post.another().send_all() == 1 and given(post) == [1.5]
    answers.set()
    assert post.sender._thread is not None
    post.sender._thread.join(30)
    assert given(post) == [1.5] and not post.standing().waiting
