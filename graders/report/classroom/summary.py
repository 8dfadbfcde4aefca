"""What staff want to know about a class: marks, which check broke it, common mistakes, and what needs their hand."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from graders.model import total
from graders.report.classroom.facts import AssignmentSheet, StudentFacts

BINS = 10
SLOWEST = 5
LOST = frozenset("lfetm")
ANSWERED = LOST | {"p"}
FAILURES = {"t": "ran too long", "m": "used too much memory", "i": "fault of ours"}


@dataclass(frozen=True)
class CommonMistake:
    """A mistake that was recognised, and in whose work."""

    question: str
    name: str
    text: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class QuestionSummary:
    """One question over the class; `share` is the mean earned of what is not pending, None while every answer is."""

    id: str
    title: str
    possible: float
    share: float | None
    unanswered: int


@dataclass(frozen=True)
class CheckRate:
    """How a check went over the class: of those who answered, what share passed.

    Attributes:
        key: tells it from all others, in addresses and filters.
        skipped: how many have it not decided, not tried or not answered.
    """

    key: str
    question: str
    title: str
    possible: float
    passed: int
    lost: int
    skipped: int

    @property
    def rate(self) -> float | None:
        """The share that passed; None where nobody answered."""
        return self.passed / (self.passed + self.lost) if self.passed + self.lost else None


@dataclass(frozen=True)
class ClassSummary:
    """A class in figures; `by_machine` are points of written answers that a machine has given."""

    students: int
    final: int
    mean: float
    median: float
    pending: float
    by_machine: float
    possible: float
    histogram: tuple[int, ...]
    questions: tuple[QuestionSummary, ...]
    checks: tuple[CheckRate, ...]
    mistakes: tuple[CommonMistake, ...]
    troubles: tuple[StudentFacts, ...]
    remarked: tuple[StudentFacts, ...]
    claims: tuple[StudentFacts, ...]
    seconds: float
    slowest: tuple[StudentFacts, ...]
    failures: tuple[tuple[str, int], ...]


def summarise(facts: Sequence[StudentFacts]) -> ClassSummary:
    """Figures of a class; all zero for an empty one."""
    earned = [one.points if one.final is None else one.final for one in facts] or [0.0]
    possible = max((one.possible for one in facts), default=0.0)
    bins = Counter(min(BINS - 1, int(BINS * points / possible)) if possible else 0 for points in earned)
    codes = Counter("".join(one.outcomes for one in facts))
    return ClassSummary(
        students=len(facts),
        final=sum(one.final is not None for one in facts),
        mean=statistics.fmean(earned),
        median=statistics.median(earned),
        pending=total(one.pending for one in facts),
        by_machine=total(standing.by_machine for one in facts for standing in one.standings),
        possible=possible,
        histogram=tuple(bins[i] if facts else 0 for i in range(BINS)),
        questions=_questions(facts),
        checks=_checks(facts),
        mistakes=_mistakes(facts),
        troubles=tuple(one for one in facts if one.faults),
        remarked=tuple(one for one in facts if one.remarks),
        claims=tuple(one for one in facts if one.claims),
        seconds=sum(one.seconds for one in facts),
        slowest=tuple(sorted(facts, key=lambda one: -one.seconds)[:SLOWEST]),
        failures=tuple((word, codes[code]) for code, word in FAILURES.items() if codes[code]),
    )


def check_keys(sheet: AssignmentSheet) -> list[str]:
    """A name for each check of a sheet, the same for the same check in whatever sheet it stands."""
    return [f"{sheet.questions[check.question].id}.{check.name}" for check in sheet.checks]


def _questions(facts: Sequence[StudentFacts]) -> tuple[QuestionSummary, ...]:
    standings: dict[str, list[tuple[float, float, bool]]] = {}
    first: dict[str, tuple[str, float]] = {}
    for one in facts:
        absent = _unanswered(one)
        for place, (question, standing) in enumerate(zip(one.sheet.questions, one.standings, strict=True)):
            first.setdefault(question.id, (question.title, question.possible))
            decided = question.possible - standing.pending
            standings.setdefault(question.id, []).append((standing.points, decided, place in absent))
    found = []
    for id, rows in standings.items():
        decided = sum(row[1] for row in rows)
        waiting = all(absent or not part for _, part, absent in rows)  # only what was not answered is decided
        share = None if waiting else sum(row[0] for row in rows) / decided
        found.append(QuestionSummary(id, *first[id], share, sum(row[2] for row in rows)))
    return tuple(found)


def _unanswered(one: StudentFacts) -> set[int]:
    """The places of the questions of which nothing is there."""
    there = {check.question for check, code in zip(one.sheet.checks, one.outcomes, strict=True) if code != "x"}
    return set(range(len(one.sheet.questions))) - there


def _checks(facts: Sequence[StudentFacts]) -> tuple[CheckRate, ...]:
    """Every check that is worth anything, the one that most of those who answered did not pass first."""
    by_sheet: dict[int, tuple[AssignmentSheet, list[str]]] = {}
    for one in facts:
        by_sheet.setdefault(id(one.sheet), (one.sheet, []))[1].append(one.outcomes)
    counts: dict[str, Counter[str]] = {}
    told: dict[str, tuple[str, str, float]] = {}
    for sheet, rows in by_sheet.values():
        for key, check, column in zip(check_keys(sheet), sheet.checks, zip(*rows, strict=True), strict=True):
            if check.possible:
                counts.setdefault(key, Counter()).update(column)
                told.setdefault(key, (sheet.questions[check.question].id, check.title, check.possible))
    rates = [
        CheckRate(key, *told[key], found["p"], lost := sum(found[c] for c in LOST), found.total() - found["p"] - lost)
        for key, found in counts.items()
    ]
    return tuple(sorted(rates, key=lambda one: (1.0 if one.rate is None else one.rate, -one.lost)))


def _mistakes(facts: Sequence[StudentFacts]) -> tuple[CommonMistake, ...]:
    who: dict[tuple[str, str], list[str]] = {}
    texts: dict[tuple[str, str], str] = {}
    for one in facts:
        for place, name, text in one.named:
            key = one.sheet.questions[place].id, name
            who.setdefault(key, []).append(one.student)
            texts.setdefault(key, text)
    found = [CommonMistake(*key, texts[key], tuple(students)) for key, students in who.items()]
    return tuple(sorted(found, key=lambda one: (-len(one.students), one.question, one.name)))
