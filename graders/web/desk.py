"""What every page works on: a class, its answers in groups, what has been decided, and who is at what just now."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from graders.archive.marks import Marks
from graders.archive.settled import Class, class_of
from graders.archive.store import Store
from graders.marking.answer import Answer, answers_of
from graders.marking.groups import Grouping, grouped, nearly_equal
from graders.marking.late import LateRules
from graders.marking.ledger import Ledger
from graders.marking.rubric import Rubric
from graders.marking.second import SHARE
from graders.model import Report
from graders.report.clean import storable
from graders.web.renderer import Renderer

CLAIMED = 180.0  # seconds for which an answer that somebody has opened is kept from others' next
Part = tuple[str, str]  # question and check


@dataclass(frozen=True)
class Marking:
    """What the pages of one assignment are about.

    Attributes:
        out: where the files that are given out are written.
        share: of the answers that are read by a second marker.
    """

    assignment: str
    title: str
    out: Path
    late: LateRules | None = None
    share: float = SHARE


@dataclass(frozen=True)
class Shelf:
    """A class as it was graded, and its answers.

    Attributes:
        turn: tells this state of the database from a later one.
        parts: question and check -> the answers to it, in the order of the assignment.
        students: name in addresses -> report.
    """

    turn: int
    reports: Class
    answers: Mapping[str, Answer]
    parts: Mapping[Part, Sequence[Answer]]
    students: Mapping[str, Report]

    def report(self, student: str) -> Report | None:
        """The report of a student by the name that stands in addresses."""
        return self.students.get(student)


class MarkingDesk:
    """Gives pages what they show; safe for threads. Close it when the server ends.

    Args:
        grouping: finds nearly equal texts.
        clock: seconds, for how long somebody has been at something.
    """

    def __init__(
        self,
        store: Store,
        course: Marking,
        *,
        grouping: Grouping = nearly_equal,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store, self.course, self.renderer = store, course, Renderer()
        self.marks = Marks(store.database)
        self._grouping, self._clock = grouping, clock
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="groups")
        self._shelf: Shelf | None = None
        self._ledger: tuple[tuple[int, ...], Ledger] | None = None
        self._groups: dict[tuple[int, Part], Future[list[tuple[Answer, ...]]]] = {}
        self._claims: dict[str, tuple[str, float]] = {}

    def close(self) -> None:
        """End what runs alongside."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.renderer.close()

    def shelf(self) -> Shelf:
        """The class as it is graded now; read again only when it was graded again."""
        turn = self.store.newest_turn()
        with self._lock:
            if self._shelf is None or self._shelf.turn != turn:
                self._shelf = shelved(turn, class_of(self.store, self.course.assignment))
                self._groups.clear()
            return self._shelf

    def ledger(self) -> Ledger:
        """What has been decided so far; read again only when somebody has decided something."""
        version = self.marks.version()
        with self._lock:
            if self._ledger is None or self._ledger[0] != version:
                self._ledger = version, self.marks.ledger(self.course.assignment, self.course.late)
            return self._ledger[1]

    def groups(self, part: Part, *, wait: bool = False) -> list[tuple[Answer, ...]]:
        """The answers to a part in groups: of equal ones, and of nearly equal ones as soon as they are found.

        Args:
            wait: whether to wait until they are.
        """
        shelf = self.shelf()
        answers = shelf.parts.get(part, ())
        with self._lock:
            key = shelf.turn, part
            if key not in self._groups:
                self._groups[key] = self._pool.submit(grouped, answers, self._grouping)
            found = self._groups[key]
        return found.result() if wait or found.done() else grouped(answers)

    @property
    def students(self) -> frozenset[str] | None:
        """Those that can be seen; None for all."""
        return None

    @property
    def shares_rubrics(self) -> bool:
        """Whether a rubric is about students that cannot be seen, too."""
        return False

    def begin(self) -> None:
        """Begin what takes a while before anybody asks for it: the process that renders, nearly equal answers."""
        self.renderer.warm_up()
        for part in self.shelf().parts:
            self.groups(part)

    def group_of(self, answer: Answer) -> tuple[Answer, ...]:
        """An answer, and those that are equal or nearly equal to it; the answer itself first."""
        for group in self.groups(part_of(answer)):
            if any(one.slot == answer.slot for one in group):
                return answer, *(one for one in group if one.slot != answer.slot)
        return (answer,)

    def rubric(self, answer: Answer, ledger: Ledger) -> Rubric:
        """What the items of an answer's rubric are worth."""
        return ledger.rubric(answer.slot.question, answer.slot.part, answer.items)

    def cells(self, answer: Answer) -> bytes:
        """What the cells of the student's notebook showed, packed."""
        report = self.shelf().report(student_id(answer.slot.student))
        return b"" if report is None else self.store.packed_cells(report)

    def next_open(self, part: Part, marker: str) -> Answer | None:
        """The answer to mark next: of the largest group that waits, and that nobody else has just opened.

        None where none waits, or others are at all that do.
        """

        def leaders(ledger: Ledger) -> list[Answer]:
            waiting = [[one for one in group if is_open(one, ledger)] for group in self.groups(part)]
            return [members[0] for members in sorted(waiting, key=len, reverse=True) if members]

        return self.first_free(leaders, marker)

    def first_free(self, waiting: Callable[[Ledger], Sequence[Answer]], marker: str) -> Answer | None:
        """The first of the answers that wait that nobody else has just opened, now this marker's.

        Looked for again where somebody has decided something meanwhile: what is decided is let go at once.
        """
        while True:
            ledger = self.ledger()
            free = self._claimed(waiting(ledger), marker)
            if self.ledger() is ledger:
                return free

    def _claimed(self, answers: Sequence[Answer], marker: str) -> Answer | None:
        now = self._clock()
        with self._lock:
            taken = {id for id, (who, since) in self._claims.items() if who != marker and now - since < CLAIMED}
            free = next((one for one in answers if one.slot.id not in taken), None)
            if free is not None:
                self._claims[free.slot.id] = (marker, now)
        return free

    def claim(self, answers: Iterable[Answer], marker: str) -> None:
        """Note that a marker is at these answers, and at no others; what somebody else is at stays theirs."""
        now = self._clock()
        with self._lock:
            for id in [id for id, (who, since) in self._claims.items() if who == marker or now - since >= CLAIMED]:
                del self._claims[id]
            for one in answers:
                self._claims.setdefault(one.slot.id, (marker, now))

    def others_at(self, answer: Answer, marker: str) -> str | None:
        """Who else has just opened an answer."""
        with self._lock:
            who, since = self._claims.get(answer.slot.id, (marker, 0.0))
        return who if who != marker and self._clock() - since < CLAIMED else None


def is_open(answer: Answer, ledger: Ledger) -> bool:
    """Whether an answer waits for a person."""
    return ledger.decision(answer.slot) is None and any(item.points is None for item in answer.items)


def part_of(answer: Answer) -> Part:
    """The question and the check of an answer."""
    return answer.slot.question, answer.slot.part


def student_id(student: str) -> str:
    """A short name for addresses of pages, safe whatever a student is called."""
    return hashlib.sha256(storable(student).encode()).hexdigest()[:16]


def shelved(turn: int, reports: Class) -> Shelf:
    """A class as pages need it."""
    found = [a for r in reports.reports for a in answers_of(r, reports.pictures.get(r.submission.student))]
    parts: dict[Part, list[Answer]] = {}
    for report in reports.reports:
        for question in report.questions:
            for verdict in question.verdicts:
                if verdict.items:
                    parts.setdefault((question.id, verdict.check), [])
    for answer in found:
        parts[part_of(answer)].append(answer)
    students = {student_id(report.submission.student): report for report in reports.reports}
    return Shelf(turn, reports, {answer.slot.id: answer for answer in found}, parts, students)
