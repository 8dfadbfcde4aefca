"""Servers and crews are killed at random points: what was accepted is graded once, and its marks are heard of."""

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from small_course import course
from uploading import RULES, InThisProcess, author, upload

from graders.archive.database import Database
from graders.archive.store import Store
from graders.archive.tables import jobs, reports, uploads
from graders.notebooks.notebook import Notebook
from graders.queue.attempts import Attempts
from graders.queue.crew import Crew
from graders.queue.examine import HandedOut
from graders.queue.jobs import DONE, Jobs

KILLS, STUDENTS = 50, 8
LEASE = 0.3  # seconds; a heartbeat comes in time, or the job is claimed again, which costs nothing here


def killed_after(seconds: float, work: Callable[[], None]) -> None:
    """Do some work in a copy of this process, and kill that."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    time.sleep(seconds)  # the moment of the kill, not a wait for anything
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def serve(path: Path, number: int, told: int) -> None:
    """Receive uploads, and say of each that it was accepted once it was."""
    database = Database(path)
    attempts = Attempts(database)
    for turn in range(100):
        student = f"student{turn % STUDENTS}"
        sent = upload(student, f"{number}, {turn}")
        attempts.receive(author(student), sent, RULES)
        os.write(told, f"{sent.sha256}\n".encode())


def work(path: Path, name: str, heard: Path, *, once: bool = False) -> None:
    """Work through the queue without a sandbox, and write down whose marks were heard of."""

    def note(assignment: str, student: str) -> None:
        with heard.open("a") as file:
            file.write(f"{student}\n")

    with Store(path) as store:
        queue = Jobs(store.database, "course", name, lease=LEASE, on_marks=note)
        crew = Crew(queue, store, course(), HandedOut("course", Notebook(()), 1), 1, once=once)
        crew._beat = time.monotonic()
        crew.run(InThisProcess())  # type: ignore[arg-type]


def test_kills_at_random_lose_nothing_and_do_nothing_twice(tmp_path: Path) -> None:
    """Fifty kills, of servers that receive and of crews that grade, at moments drawn over their whole work."""
    rng, path, heard = random.Random(5), tmp_path / "graders.db", tmp_path / "heard"
    Database(path).close()
    heard.touch()
    with (tmp_path / "accepted").open("ab", buffering=0) as accepted:
        for number in range(KILLS):
            seconds = 0.02 + 0.15 * rng.random()
            if number % 2:
                killed_after(seconds, lambda name=f"crew{number}": work(path, name, heard))  # type: ignore[misc]
            else:
                killed_after(seconds, lambda n=number: serve(path, n, accepted.fileno()))  # type: ignore[misc]
    time.sleep(LEASE)  # until what the killed were at is anybody's
    work(path, "last", heard, once=True)
    promised = (tmp_path / "accepted").read_text().split()
    with Store(path) as store, store.database.read() as connection:
        kept = list(connection.execute(sa.select(uploads.c.sha256)).scalars())
        assert len(promised) > KILLS / 4 and set(promised) <= set(kept)
        states = Counter(connection.execute(sa.select(jobs.c.state)).scalars())
        assert states == {DONE: 2 * len(kept)}
        graded = list(connection.execute(sa.select(reports.c.submission)).scalars())
        assert len(graded) == len(set(graded)) == len(kept)
        newest = dict(
            connection.execute(
                sa.select(uploads.c.student, sa.func.max(uploads.c.number)).group_by(uploads.c.student)
            ).all()
        )
        assert {r.submission.student: r.submission.attempt for r in store.latest("course")} == newest
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        feedback = list(connection.execute(sa.select(jobs.c.feedback).where(jobs.c.stage == "public")).scalars())
        assert all(json.loads(text) == {"notices": [], "questions": []} for text in feedback)
    assert set(heard.read_text().split()) == set(newest)
