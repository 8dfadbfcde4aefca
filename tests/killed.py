"""Processes of a served course that are made to be killed: one receives, one grades, one sends scores.

Each is a copy of this process without a sandbox, so that a life costs some milliseconds; what they do to the database
is what the real ones do.
"""

import fcntl
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import requests
from lti_platform import FakePlatform, Net, answer
from score_post import Post
from small_course import course
from uploading import RULES, InThisProcess, author, upload
from uploading import answer as public
from written_answers import programme

from graders.archive.database import Database
from graders.archive.finished import Finished
from graders.archive.store import Store
from graders.lti.scores import outbox
from graders.lti.scores.sender import Sender
from graders.lti.services import with_ends
from graders.notebooks.notebook import Notebook
from graders.queue.attempts import Attempts
from graders.queue.crew import Crew
from graders.queue.examine import HandedOut
from graders.queue.jobs import Jobs
from graders.queue.stages import Task

LEASE = 0.3  # seconds; a heartbeat comes in time, or the job is claimed again, which costs nothing here
EACH = 4  # uploads that a server receives in its life
STUDENTS = 6


class Gradebook(FakePlatform):
    """A platform whose gradebook is a file: scores of all processes stand in it in one order, and outlast them."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        path.touch()

    def _token(self, form: dict[str, str]) -> requests.Response:
        return answer(200, {"access_token": "t", "expires_in": 3600, "scope": form["scope"]})

    def _score(self, request: requests.PreparedRequest, score: dict[str, Any]) -> requests.Response:
        with self.path.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            before = [one for one in map(json.loads, file) if one["userId"] == score["userId"]]
            if before and score["timestamp"] <= before[-1]["timestamp"]:
                return answer(409, {})
            os.write(file.fileno(), (json.dumps(score) + "\n").encode())
        return answer(200, {})

    def arrived(self) -> dict[str, list[float]]:
        """Whose scores have arrived, in their order."""
        found: dict[str, list[float]] = {}
        for one in map(json.loads, self.path.read_text().splitlines()):
            found.setdefault(one["userId"], []).append(one["scoreGiven"])
        return found


@dataclass(frozen=True)
class Town:
    """A course on a platform, and the files that outlast its processes.

    Attributes:
        students: the platform's name of each -> the name under which their work is kept.
    """

    folder: Path
    lms: Gradebook
    students: dict[str, str]

    @classmethod
    def made(cls, folder: Path) -> "Town":
        """A course with some students and a link to its gradebook."""
        with Store(folder / "graders.db") as store:
            lms = Gradebook(folder / "gradebook")
            post = Post(store, lms)
            names = [f"s{number}" for number in range(STUDENTS)]
            return cls(folder, lms, {name: post.courses.enrol(post.course, name, name, "student") for name in names})

    @property
    def path(self) -> Path:
        """The database."""
        return self.folder / "graders.db"

    def receive(self, life: int) -> None:
        """Receive some uploads, and say of each that it was accepted once it was; then wait for the end."""
        attempts = Attempts(Database(self.path))
        with (self.folder / "accepted").open("ab", buffering=0) as accepted:
            for turn, student in enumerate([*self.students.values()][life % 3 :][:EACH]):
                sent = upload(student, f"{life}, {turn}")
                attempts.receive(author(student), sent, RULES)
                accepted.write(f"{sent.sha256}\n".encode())
        signal.pause()

    def grade(self, life: int, *, once: bool = False) -> None:
        """Work through the queue."""
        with Store(self.path) as store:
            enqueue = partial(outbox.enqueue, store.database)
            queue = Jobs(store.database, "course", f"crew{life}", lease=LEASE, on_marks=enqueue)
            crew = Crew(queue, store, course(), HandedOut("course", Notebook(()), 1), once=once, pause=0.01)
            crew._beat = time.monotonic()
            crew.run(InThisProcess(graded))  # type: ignore[arg-type]

    def send(self, life: int, *, once: bool = False) -> None:
        """Send scores, and look for those that have changed."""
        with Store(self.path) as store:
            sender = Sender(store, lambda _: None, net=Net(self.lms).on(with_ends))
            while not once or sender.send_all():
                sender.look_around(["course"])
                sender.send_all()
                time.sleep(0.005)  # as the sender does between two looks


def points(attempt: int) -> float:
    """What an attempt earns: more than the ones before."""
    return round(2.0 - 1.0 / (attempt + 1), 4)


def graded(task: Task) -> Finished | str:
    """What a worker makes of an attempt."""
    made = public(task)
    if isinstance(made, str):
        return made
    return replace(made, report=replace(made.report, questions=(programme(points(task.submission.attempt)),)))


def started(work: Callable[[int], None], life: int) -> int:
    """A copy of this process that does some work; its id."""
    child = os.fork()
    if child == 0:
        try:
            work(life)
        finally:
            os._exit(1)  # none of them ends by itself: the test hears of it
    return child
