"""Tools for worker processes in tests; light to import, for each worker imports them again."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sample_reports import questions, report

from graders.archive.finished import Finished, timed
from graders.errors import SandboxError
from graders.model import Report, Submission
from graders.runners.pool import Work

WHOLE = questions()[:2]


def answer(task: tuple[Submission, Report | None]) -> Finished:
    """What a healthy worker says; it notes how often it was asked, and what it was given of an earlier report."""
    handed_in, previous = task
    kept = () if previous is None else tuple(question.id for question in previous.questions)
    return timed(lambda: replace(report(handed_in.student, submission=handed_in, questions=WHOLE), notices=kept))


@contextmanager
def obedient(folder: Path) -> Iterator[Work]:
    """A worker whose submissions' contents say what it should do; each attempt leaves a file behind."""

    def work(task: tuple[Submission, Report | None]) -> Report:
        handed_in = task[0]
        attempts = folder / handed_in.student
        attempts.mkdir(exist_ok=True)
        number = len(list(attempts.iterdir()))
        (attempts / f"{number}-{os.getpid()}").touch()
        order, _, times = handed_in.content.decode().partition(" ")
        if order == "die" and number < int(times):
            os.kill(os.getpid(), signal.SIGKILL)
        if order == "exit" and number < int(times):
            os._exit(3)
        if order == "raise" and number < int(times):
            raise KeyError("broken")
        if order == "sleep":
            time.sleep(600)
        if order == "stop":
            os.kill(os.getppid(), signal.SIGTERM if times == "term" else signal.SIGINT)
            signal.pause()
        return answer(task)

    yield work


@contextmanager
def unable() -> Iterator[Work]:
    """A worker that has no sandbox."""
    raise SandboxError("There is no sandbox here; install bubblewrap.")
    yield


@contextmanager
def stillborn() -> Iterator[Work]:
    """A worker that dies before it is ready."""
    os._exit(9)
    yield
