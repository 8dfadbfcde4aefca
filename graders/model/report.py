"""All that is known of one submission when it has been graded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graders.model.submission import Submission
from graders.model.verdict import Outcome, QuestionReport, total

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
        detail: more for anyone who looks into it, such as a traceback.
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
