"""Where students hand in: what its pages work on, and what they may ask of it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from graders.archive.marks import Marks
from graders.archive.settled import settled_report
from graders.archive.store import Store
from graders.errors import IntakeError, UsageError
from graders.marking.ledger import Ledger
from graders.model import Report
from graders.queue.attempts import Attempts, Author, Receipt, Upload
from graders.queue.events import event
from graders.queue.rules import Stage, UploadRules
from graders.queue.showing import for_student, reports_of
from graders.queue.standing import AttemptStatus, Board
from graders.report.clean import storable
from graders.web.identity import SignedIn

LOOKS, WINDOW = 40, 600.0  # files of one student that are looked at, and the seconds in which they count
TOO_MANY_LOOKS = "You have sent many files just now: wait ten minutes. What you have handed in before stands."
KEPT = 100  # pages that are remembered


class Reader(Protocol):
    """What reads files and renders reports, alongside the server."""

    def examine(self, name: str, content: bytes) -> Upload:
        """Read an uploaded file."""

    def page(self, report: Report, title: str) -> str:
        """A report's page."""


@dataclass(frozen=True)
class OwnAttempt:
    """One attempt as its student sees it.

    Attributes:
        feedback: what the public checks say; None until they have been run.
        report: the part of the report that is shown; None until there is one.
        mark: whether the marks of the report may be read as the student's.
    """

    receipt: Receipt
    status: AttemptStatus
    feedback: Mapping[str, Any] | None
    report: Report | None
    mark: bool


class HandInDesk:
    """Takes files, and gives students what is their own; safe for threads."""

    def __init__(
        self,
        store: Store,
        assignment: str,
        title: str,
        rules: UploadRules,
        reader: Reader,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.assignment, self.title, self.rules, self._reader, self._clock = assignment, title, rules, reader, clock
        self.board = Board(store.database, assignment, clock)
        self._store, self._attempts, self._marks = store, Attempts(store.database, clock), Marks(store.database)
        self._lock = threading.Lock()
        self._looks: dict[str, list[float]] = {}
        self._pages: dict[tuple[int, str], str] = {}
        self._decided: tuple[tuple[int, ...], Ledger] | None = None

    def author(self, person: SignedIn) -> Author:
        """Whose uploads are a person's."""
        return Author(person.name, person.course, self.assignment)

    def receive(self, person: SignedIn, name: str, content: bytes) -> Receipt:
        """Look at a file, and take it.

        Raises:
            IntakeError: it cannot be handed in.
            UsageError: the student has handed in too often of late.
        """
        self._may_look(person)
        try:
            upload = self._reader.examine(name, content)
        except IntakeError:
            event("refused", bytes=len(content))
            raise
        receipt = self._attempts.receive(self.author(person), upload, self.rules)
        event("received", upload=receipt.id, attempt=receipt.number, bytes=receipt.size)
        return receipt

    def receipts(self, person: SignedIn) -> list[Receipt]:
        """A student's own attempts, the newest first."""
        return self._attempts.of(self.author(person))

    def file(self, person: SignedIn, number: int) -> tuple[Receipt, bytes] | None:
        """One of a student's own attempts with the file as it was received."""
        return self._attempts.content(self.author(person), number)

    def due(self, person: SignedIn) -> datetime | None:
        """Until when a student may hand in at no cost."""
        late, extension = self.rules.late, self._extension(person)
        return None if late is None else max(late.due, extension) if extension else late.due

    def shown(self, person: SignedIn) -> list[OwnAttempt]:
        """A student's own attempts with all that they may see, the newest first."""
        receipts = self.receipts(person)
        extension, now = self._extension(person), self._now()
        found = reports_of(self._store.database, [one.id for one in receipts])
        ledger = self._ledger()
        mark = self.rules.shows_mark(now, extension)
        made = []
        for receipt in receipts:
            report = None
            if receipt.id in found:
                settled = settled_report(self._store, _received(found[receipt.id][0], receipt), ledger)
                report = settled if mark else for_student(settled, self.rules, now, extension)
            text = self.board.feedback(receipt.id)
            feedback = json.loads(text) if text else None
            made.append(OwnAttempt(receipt, self.board.status(receipt.id), feedback, report, mark))
        return made

    def page(self, person: SignedIn, number: int) -> str | None:
        """The page of one attempt's report, as far as its student may see it; None where there is none yet."""
        receipt = next((one for one in self.receipts(person) if one.number == number), None)
        found = reports_of(self._store.database, [receipt.id]) if receipt else {}
        if receipt is None or receipt.id not in found:
            return None
        report = _received(found[receipt.id][0], receipt)
        ledger = self._ledger()
        shown = for_student(
            settled_report(self._store, report, ledger), self.rules, self._now(), self._extension(person)
        )
        key = receipt.id, repr((shown, report.grader.get("digest")))
        if key not in self._pages:
            page = self._reader.page(replace(shown, cells=self._store.cells(report)), self.title)
            with self._lock:
                self._pages[key] = page
                while len(self._pages) > KEPT:
                    del self._pages[next(iter(self._pages))]
        return self._pages.get(key)

    def _ledger(self) -> Ledger:
        """What has been decided so far; read again only when somebody has decided something."""
        version = self._marks.version()
        kept = self._decided
        if kept is None or kept[0] != version:
            kept = self._decided = version, self._marks.ledger(self.assignment, self.rules.late)
        return kept[1]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def _extension(self, person: SignedIn) -> datetime | None:
        return self._ledger().extensions.get(storable(person.name))

    def _may_look(self, person: SignedIn) -> None:
        now = self._clock()
        with self._lock:
            recent = [at for at in self._looks.get(person.name, []) if now - at < WINDOW]
            if len(recent) >= LOOKS:
                raise UsageError(TOO_MANY_LOOKS)
            self._looks[person.name] = [*recent, now]


def _received(report: Report, receipt: Receipt) -> Report:
    """The report as that of one attempt, where several attempts are one submission."""
    attempt = replace(report.submission, attempt=receipt.number, received=receipt.received)
    return replace(report, submission=attempt)


SLOW = (
    "Your notebook takes longer than most, so those of others come first. If you did not expect that, look for a loop "
    "that does not end or a long training outside the answer cells, and hand in again."
)


def sentence(status: AttemptStatus) -> str:
    """Where an attempt stands, in words."""
    if status.stage is None:
        return "All checks have been run."
    what = {Stage.PUBLIC: "The public checks", Stage.WHOLE: "All checks", Stage.LATER: "The long training"}[
        status.stage
    ]
    if status.running:
        return f"{what} {'is' if status.stage is Stage.LATER else 'are'} running now."
    if status.seconds is None:
        waits = (
            "a machine that trains at full size" if status.stage is Stage.LATER else "the grader, which is not running"
        )
        return f"{what}: waiting for {waits}. Your file is safe, and you need not stay here."
    queued = f"{what}: place {status.place} in the queue, about {_duration(status.seconds)}."
    return f"{queued} {SLOW}" if status.slow else queued


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} second{'s' if round(seconds) > 1 else ''}"
    return f"{round(seconds / 60)} minutes" if seconds < 5400 else f"{round(seconds / 3600)} hours"
