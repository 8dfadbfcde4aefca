"""The nouns of grading, as frozen dataclasses: Question, Check, Submission, Verdict, Outcome, Report."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """How one check ended."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"  # the student's code raised
    TIMEOUT = "timeout"
    MEMORY = "memory"
    MISSING = "missing"  # the name is not defined, or the answer was never written
    SKIPPED = "skipped"  # its predecessor did not pass, or what it needs is not there
    PENDING = "pending"  # a person must mark it
    INTERNAL = "internal"  # our fault: no points are decided, staff are told


@dataclass(frozen=True)
class RubricItem:
    """One line of a rubric: what is looked for in a written answer, and what it is worth.

    Attributes:
        id: unique within its rubric.
        read_by: the advisory check of the same question that reads this by machine; where it passes the item is given.
    """

    id: str
    points: float
    text: str
    read_by: Check | None = None


@dataclass(frozen=True)
class Passed:
    """What a check may return when it passes and has something to show."""

    message: str | None = None
    evidence: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Check:
    """One fact about one question.

    Attributes:
        name: the check's name, unique within its question.
        title: the line that the student reads (the first paragraph of the function's docstring).
        points: what it is worth; 0 for an advisory check.
        public: whether students may run it themselves and see what was expected.
        after: the name of the check that must pass first, or None.
        run: `run(student, reference, rng)`; returns None or `Passed`, raises `Failed`; None when a person marks it.
        rubric: what that person looks for.
        draws: the name of an earlier check whose random draws it shares, or None.
        machine_marks: whether a rubric item is given where the check that reads it passes; else that is advice alone.
    """

    name: str
    title: str
    points: float
    public: bool = False
    after: str | None = None
    run: Callable[..., Passed | None] | None = None
    rubric: tuple[RubricItem, ...] = ()
    draws: str | None = None
    machine_marks: bool = True

    @property
    def written(self) -> bool:
        """Whether a person marks it."""
        return self.run is None


@dataclass(frozen=True)
class Submission:
    """What one student handed in for one assignment.

    Attributes:
        student: the student's folder name or LMS name; safe as a folder name.
        assignment: the assignment's id.
        content: the notebook or script as bytes; empty when it could not be read.
        suffix: `.ipynb` or `.py`.
        sha256: hex digest of `content` (of the fault's text where there is none).
        attempt: counts from 1.
        received: ISO 8601 time with offset, UTC.
        dated: whether a learning platform tells that time; else it is the file's own, which any copy may change.
        fault: why it cannot be graded, as one sentence for the student; None when it can be.
        source: where it came from, for staff only.
        notices: sentences for the student on how it was handed in.
        beside: pictures that were handed in beside the notebook, and the names of scans: name -> bytes, perhaps none.
    """

    student: str
    assignment: str
    content: bytes
    suffix: str
    sha256: str
    attempt: int = 1
    received: str = ""
    fault: str | None = None
    source: str = ""
    notices: tuple[str, ...] = ()
    beside: tuple[tuple[str, bytes], ...] = ()
    dated: bool = False


@dataclass(frozen=True)
class ItemMark:
    """Where one item of a written answer's rubric stands before any person has marked it.

    Attributes:
        id: the rubric item's id.
        points: what is given; None while a person has to decide.
        by_machine: whether a machine has given that; it takes nothing, and a person may overrule it.
        reading: what the machine has read, as one sentence; empty where none reads it.
    """

    id: str
    text: str
    possible: float
    points: float | None = None
    by_machine: bool = False
    reading: str = ""


@dataclass(frozen=True)
class Judged:
    """That a person has decided a verdict, and what they say of it.

    Attributes:
        by: who, for staff alone.
        at: when, ISO 8601 in UTC.
        comment: for the student.
        reason: why they decided otherwise than the machine; empty where the machine had nothing to decide.
        was: what the machine had said then; empty where it had said nothing.
    """

    by: str
    at: str
    comment: str = ""
    reason: str = ""
    was: str = ""


@dataclass(frozen=True)
class Late:
    """What lateness costs a submission.

    Attributes:
        due: until when it would have cost nothing, ISO 8601.
        received: when it came.
        days: how many days late, each that has begun counted.
        percent: what is taken of the points earned.
        points: the same in points.
        extended: whether this student had more time than the others.
    """

    due: str
    received: str
    days: int
    percent: float
    points: float
    extended: bool = False


@dataclass(frozen=True)
class Verdict:
    """One check's outcome on one submission. `points` is None only when the outcome is `internal`.

    Attributes:
        items: where each item of a written answer's rubric stands; what they give adds up to `points`.
        judged: that a person has decided it, if one has.
    """

    check: str
    title: str
    outcome: Outcome
    points: float | None
    possible: float
    public: bool = False
    message: str = ""
    hint: str | None = None
    misconception: str | None = None
    seconds: float = 0.0
    evidence: Mapping[str, Any] | None = None
    undecided: bool = False  # whether a skipped check was skipped for want of something of ours
    detail: str | None = None  # for staff: what a hidden check expected and got, or a fault of ours
    items: tuple[ItemMark, ...] = ()
    judged: Judged | None = None

    def __post_init__(self) -> None:
        """Refuse marks that are not marks."""
        if (self.points is None) != (self.outcome is Outcome.INTERNAL):
            raise ValueError(f"{self.check}: points are None exactly when the outcome is internal")
        if self.points is not None and not (math.isfinite(self.points) and 0 <= self.points <= self.possible):
            raise ValueError(f"{self.check}: {self.points} is not within 0 and {self.possible}")
        if self.items and self.points is not None and self.points != self._given:
            raise ValueError(f"{self.check}: {self.points} points, but its items give {self._given}")

    @property
    def pending(self) -> float:
        """Points that a person has still to decide."""
        open = self.undecided or self.outcome in (Outcome.PENDING, Outcome.INTERNAL)
        return total((self.possible, -(self.points or 0.0) if self.items else 0.0)) if open else 0.0

    @property
    def by_machine(self) -> float:
        """Points that a machine has given for a written answer."""
        return total(item.points or 0.0 for item in self.items if item.by_machine)

    @property
    def _given(self) -> float:
        return total(item.points or 0.0 for item in self.items)


@dataclass(frozen=True)
class QuestionReport:
    """All verdicts of one question; `section` is the heading of the notebook under which it is explained."""

    id: str
    title: str
    verdicts: tuple[Verdict, ...]
    possible: float
    digest: str = ""
    section: str = ""

    @property
    def points(self) -> float:
        """Points earned so far."""
        return total(v.points or 0.0 for v in self.verdicts)

    @property
    def pending(self) -> float:
        """Points that a person has still to decide."""
        return total(v.pending for v in self.verdicts)

    @property
    def by_machine(self) -> float:
        """Points that a machine has given for a written answer."""
        return total(v.by_machine for v in self.verdicts)

    @property
    def said_before(self) -> Mapping[str, str]:
        """Name of each check whose hint an earlier check has given already -> that check's title."""
        first = {verdict.hint: verdict for verdict in reversed(self.verdicts) if verdict.hint}
        shown = {v.check: first[v.hint] for v in self.verdicts if v.hint}
        return {check: other.title.rstrip(".") for check, other in shown.items() if other.check != check}


PICTURE = -1  # the index of a `CellRun` that is no cell but a picture


@dataclass(frozen=True)
class CellRun:
    """An executed cell (`code`) and what it showed as nbformat has it, one `left` out, or text (`markdown`, `raw`)."""

    index: int
    question: str | None
    source: str
    outputs: tuple[Mapping[str, Any], ...] = ()
    outcome: Outcome = Outcome.PASSED
    message: str | None = None
    seconds: float = 0.0
    kind: str = "code"


@dataclass(frozen=True)
class Remark:
    """Something about one submission that staff should know, and that has touched no mark.

    Attributes:
        text: one sentence.
        detail: more for whoever looks into it, such as a traceback.
    """

    text: str
    detail: str = ""


@dataclass(frozen=True)
class ShownResult:
    """A result that a handed-in notebook shows of its own work: a claim, which earns nothing.

    Attributes:
        text: what it shows, as the end of "your notebook shows ...".
        measured: what the grader measured of the same, as the end of "the grader measured ..."; None where it did not.
        far_off: whether the two are so far apart that a person should look.
    """

    text: str
    measured: str | None = None
    far_off: bool = False


@dataclass(frozen=True)
class Report:
    """All verdicts of one submission, with where they come from."""

    assignment: str
    submission: Submission
    questions: tuple[QuestionReport, ...]
    grader: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    notices: tuple[str, ...] = ()  # sentences about the submission as a whole, for the student
    cells: tuple[CellRun, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)  # question id -> the student's written answer (Markdown)
    shown_results: Mapping[str, ShownResult] = field(default_factory=dict)  # by question id
    remarks: tuple[Remark, ...] = ()  # for staff alone
    late: Late | None = None  # what lateness costs, where rules for it are in force

    @property
    def points(self) -> float:
        """Points earned so far."""
        return total(q.points for q in self.questions)

    @property
    def possible(self) -> float:
        """Points of the whole assignment."""
        return total(q.possible for q in self.questions)

    @property
    def pending(self) -> float:
        """Points that a person has still to decide."""
        return total(q.pending for q in self.questions)

    @property
    def final(self) -> float | None:
        """The mark that is given out, with what lateness costs; None while anything is pending."""
        return None if self.pending else max(0.0, total((self.points, -(self.late.points if self.late else 0.0))))


def total(points: Any) -> float:
    """Sum of marks, rounded to a millionth so that 0.1 + 0.2 is 0.3."""
    return round(math.fsum(points), 6)
