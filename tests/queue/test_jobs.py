"""Jobs in the database: claimed once, kept alive, done once whatever is killed; on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import postgres
import pytest
from uploading import QUICK, Clock, author, receive, upload, work, work_all

from graders.archive.database import Database
from graders.archive.store import Store
from graders.errors import UsageError
from graders.queue.attempts import Attempts
from graders.queue.jobs import LEASE, Jobs
from graders.queue.order import FIRST_TRY
from graders.queue.rules import Stage, UploadRules
from graders.queue.standing import Board


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """One PostgreSQL server for all tests of this file."""
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    url: str | Path = tmp_path / "graders.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("server")
    with Store(url) as opened:
        yield opened
        with opened.database.write() as connection:
            for table in ("jobs", "uploads", "reports", "submissions", "crews"):
                connection.exec_driver_sql(f"DELETE FROM {table}")


def crew(database: Database, name: str, clock: Clock, **more: object) -> Jobs:
    """A crew's view of the queue."""
    return Jobs(database, "course", name, clock=clock, **more)  # type: ignore[arg-type]


def test_an_upload_is_done_in_stages_and_its_report_counts(store: Store) -> None:
    """Public checks, then everything; nothing is left then."""
    clock, heard = Clock(), list[tuple[str, str]]()
    receive(store.database, "ada", clock=clock)
    jobs = crew(store.database, "one", clock, on_marks=lambda *whose: heard.append(whose))
    assert work_all(jobs) == [(Stage.PUBLIC, "ada", 1), (Stage.WHOLE, "ada", 1)]
    (report,) = store.latest("course")
    assert (report.submission.student, report.submission.attempt, report.submission.dated) == ("ada", 1, True)
    assert heard == [("course", "ada")] and jobs.claim(tuple(Stage)) is None


def test_the_newest_attempt_counts_whichever_was_graded_last(store: Store) -> None:
    """Newest first: the older one is graded after it, and kept, and does not count."""
    clock = Clock()
    for number in range(3):
        receive(store.database, "ada", f"text {number}", clock)
    done = work_all(crew(store.database, "one", clock))
    assert [number for stage, _, number in done if stage is Stage.WHOLE] == [3, 2, 1]
    (report,) = store.latest("course")
    assert report.submission.attempt == 3


def test_the_same_file_again_is_the_same_attempt(store: Store) -> None:
    """A double click makes no second one; going back to an earlier file does, and then that one counts."""
    clock = Clock()
    first = receive(store.database, "ada", "a", clock)
    assert receive(store.database, "ada", "a", clock) == first
    assert receive(store.database, "ada", "b", clock).number == 2
    jobs = crew(store.database, "one", clock)
    work_all(jobs)
    clock.now += 60
    assert receive(store.database, "ada", "a", clock).number == 3
    work_all(jobs)
    (report,) = store.latest("course")
    assert report.submission.sha256 == first.sha256 and report.submission.attempt == 3


def test_nobody_else_sees_an_attempt(store: Store) -> None:
    """Attempts are found by student and course together."""
    clock = Clock()
    attempts = Attempts(store.database, clock)
    receive(store.database, "ada", clock=clock)
    assert [one.number for one in attempts.of(author("ada"))] == [1]
    assert attempts.of(author("bob")) == attempts.of(author("ada", "another")) == []
    assert attempts.content(author("bob"), 1) is None and attempts.content(author("ada", "another"), 1) is None
    found = attempts.content(author("ada"), 1)
    assert found is not None and found[1] == upload("ada").content


def test_too_many_within_an_hour_are_refused_in_a_sentence(store: Store) -> None:
    """What came before stands, and the next is taken when the hour has passed; others are not touched."""
    clock, rules = Clock(), UploadRules(an_hour=2)
    for number in range(2):
        receive(store.database, "ada", f"{number}", clock, rules)
        clock.now += 600
    with pytest.raises(UsageError, match=r"2 times within an hour.* in 40 minutes"):
        receive(store.database, "ada", "3", clock, rules)
    receive(store.database, "bob", "1", clock, rules)
    clock.now += 2401
    assert receive(store.database, "ada", "3", clock, rules).number == 3


def test_what_takes_long_waits_for_all_others(store: Store) -> None:
    """A first try that was broken off is done after everybody's jobs, with the next stage, and then to its end."""
    clock = Clock()
    attempt, _ = (receive(store.database, student, clock=clock) for student in ("ada", "bob"))
    jobs = crew(store.database, "one", clock)
    first = jobs.claim(QUICK)
    assert first is not None and first.submission.student == "ada" and first.seconds == FIRST_TRY[Stage.PUBLIC]
    assert jobs.put_behind(first) and not jobs.put_behind(first)
    quick = [
        (job.submission.student, job.stage)
        for job in iter(lambda: jobs.claim(QUICK, slow=False), None)
        if work(jobs, job)
    ]
    assert quick == [("bob", Stage.PUBLIC), ("bob", Stage.WHOLE)]
    status = Board(store.database, "course", clock).status(attempt.id)
    assert (status.slow, status.place, status.stage) == (True, 1, Stage.PUBLIC)
    again = jobs.claim(QUICK)
    assert again is not None and again.id == first.id and again.slow and again.seconds is None
    assert work(jobs, again) and [stage for stage, _, _ in work_all(jobs)] == [Stage.WHOLE]


def test_what_a_dead_crew_had_is_claimed_again(store: Store) -> None:
    """After its lease, or at once where somebody knows that it is dead; what it says afterwards is not believed."""
    clock = Clock()
    receive(store.database, "ada", clock=clock)
    dead, alive = crew(store.database, "dead", clock), crew(store.database, "alive", clock)
    first = dead.claim(QUICK)
    assert first is not None and alive.claim(QUICK) is None
    clock.now += LEASE - 1
    dead.beat([first.id], 1, QUICK)
    clock.now += 2
    assert alive.claim(QUICK) is None
    clock.now += LEASE
    second = alive.claim(QUICK)
    assert second is not None and (second.id, second.tries) == (first.id, 2)
    assert not work(dead, first) and work(alive, second)
    third = alive.claim(QUICK)
    assert third is not None and third.stage is Stage.WHOLE
    alive.let_go()
    fourth = dead.claim(QUICK)
    assert fourth is not None and fourth.id == third.id and not work(alive, third)
    assert store.latest("course") == [] and work(dead, fourth) and len(store.latest("course")) == 1


def test_marks_are_told_again_until_they_were_heard(store: Store) -> None:
    """A crew that ends between keeping a report and notifying of it leaves that to the next."""
    clock, heard = Clock(), list[str]()
    receive(store.database, "ada", clock=clock)

    def deaf(assignment: str, student: str) -> None:
        raise KeyError("killed")

    jobs = crew(store.database, "deaf", clock, on_marks=deaf)
    for _ in range(2):
        job = jobs.claim(QUICK)
        assert job is not None
        if job.stage is Stage.WHOLE:
            with pytest.raises(KeyError):
                work(jobs, job)
        else:
            work(jobs, job)
    assert len(store.latest("course")) == 1
    crew(store.database, "next", clock, on_marks=lambda _, student: heard.append(student)).notify()
    crew(store.database, "next", clock, on_marks=lambda _, student: heard.append(student)).notify()
    assert heard == ["ada"]


def test_a_profile_for_later_waits_for_its_own_crew(store: Store) -> None:
    """The quick marks are there before; and those for later count once they come."""
    clock = Clock()
    receive(store.database, "ada", clock=clock, rules=UploadRules(later="full"))
    assert [stage for stage, _, _ in work_all(crew(store.database, "cpu", clock), QUICK)] == list(QUICK)
    assert len(store.latest("course")) == 1
    assert work_all(crew(store.database, "gpu", clock), (Stage.LATER,)) == [(Stage.LATER, "ada", 1)]


def test_four_crews_at_once_do_each_job_once(store: Store) -> None:
    """Forty uploads of ten students; no two jobs of one student at the same time."""
    clock = Clock()
    for number in range(40):
        receive(store.database, f"student{number % 10}", f"{number}", clock)

    def all_of(name: str) -> list[tuple[Stage, str, int]]:
        return work_all(crew(store.database, name, clock))

    with ThreadPoolExecutor(4) as pool:
        done = [one for found in pool.map(all_of, "abcd") for one in found]
    done += all_of("e")  # what was left while others were at jobs of the same students
    assert len(done) == len(set(done)) == 80
    assert {report.submission.attempt for report in store.latest("course")} == {4}
