"""The pages at which students hand in, in this process: with a reader that needs none of its own, and no sandbox."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import uvicorn
from httpx import Response
from small_notebook import EDGE, RELEASE, saved, written
from uploading import Clock, finished
from web_clients import Visitor, launched, team

from graders.archive.finished import Finished
from graders.archive.store import Store
from graders.model import Outcome, QuestionReport, Report, Verdict
from graders.queue.attempts import Upload
from graders.queue.examine import HandedOut, examine
from graders.queue.jobs import Jobs
from graders.queue.rules import Stage, UploadRules
from graders.queue.stages import feedback
from graders.web.app import Setting, create_app
from graders.web.hand_in import HandInDesk
from graders.web.identity import Role, SignedIn
from graders.web.serving import Address, listening

OPEN = Verdict("example", "It gives the example.", Outcome.FAILED, 0.0, 0.5, True, message="Expected 6, got 5.")
HIDDEN = Verdict("general", "It works in general.", Outcome.PASSED, 1.5, 1.5, message="A hidden word.")
PART = QuestionReport("programme", "A programme", (OPEN, HIDDEN), 2.0, "d2")


class InProcess:
    """Reads files and renders reports here."""

    def examine(self, name: str, content: bytes) -> Upload:
        """Look at a file as the examiner does."""
        return examine(name, content, HandedOut("course", RELEASE, 1))

    def page(self, report: Report, title: str) -> str:
        """All that a report says, in a word each."""
        return f'<title>{title}</title><link rel="icon" href="data:,">' + " ".join(
            f"{v.title} {v.message}" for q in report.questions for v in q.verdicts
        )


@dataclass
class Course:
    """A served course, its queue, and those who visit it."""

    app: Any
    store: Store
    desk: HandInDesk
    jobs: Jobs
    clock: Clock

    def student(self, name: str, course: str = "dl") -> Visitor:
        """A student who has come from an LMS."""
        return launched(self.app, SignedIn(name, Role.STUDENT, course))

    def work(self, *stages: Stage) -> list[tuple[Stage, str, int]]:
        """Do what waits."""
        done = []
        while (job := self.jobs.claim(stages or tuple(Stage))) is not None:
            made: Finished = finished(job.submission)
            report = replace(made.report, questions=(PART,), answers={})
            if job.stage is Stage.PUBLIC:
                shown = replace(report, questions=(replace(PART, verdicts=(OPEN,), possible=0.5),))
                assert self.jobs.finish_public(job, feedback(shown))
            else:
                assert self.jobs.finish(job, report, made.cells, b"")
            done.append((job.stage, job.submission.student, job.submission.attempt))
        return done


@contextmanager
def served(folder: Path, rules: UploadRules) -> Iterator[Course]:
    """A course at whose pages students hand in."""
    clock = Clock()
    with team(folder, students=0) as app:
        desk, people = app.state.desk, app.state.people
        hand_in = HandInDesk(desk.store, "course", "A course of essays", rules, InProcess(), clock)
        made = create_app(desk, people, Setting(b"secret", attempts=10_000), hand_in=hand_in)
        made.state.desk = desk
        yield Course(made, desk.store, hand_in, Jobs(desk.store.database, "course", "one", clock=clock), clock)


@contextmanager
def listened_to(app: Any) -> Iterator[str]:
    """The application on a socket, for browsers; its address."""
    with listening(Address()) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def notebook(words: str = "Areas grow with the square.") -> bytes:
    """A whole notebook of the small assignment, with an answer of one's own."""
    return saved([replace(c, source=words) if c.grade_id == "words" else c for c in written()])


def unfinished() -> bytes:
    """A notebook with one answer that is still as it was handed out."""
    edge = next(cell for cell in RELEASE.cells if cell.grade_id == "edge")
    return saved([edge if cell.source == EDGE else cell for cell in written()])


def hand_in(visitor: Visitor, content: bytes, name: str = "small.ipynb", at: str = "/submit/course") -> Response:
    """Fill in the form; the page that follows."""
    visitor.get(at)
    files = {"file": (name, content, "application/octet-stream")}
    return visitor.client.post(at, data={"_csrf_token": visitor.token}, files=files, follow_redirects=True)


def events(answer: Response) -> list[tuple[str, Any]]:
    """What a stream of events said."""
    found = []
    for block in answer.text.replace("\r", "").split("\n\n"):
        lines = dict(line.partition(": ")[::2] for line in block.splitlines() if line)
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found
