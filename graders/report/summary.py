"""What staff want to know about a class: marks, the hard questions, common mistakes, and what needs their hand."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from graders.model import Outcome, Remark, Report, Verdict, total
from graders.report.csv import faults, question_ids

BINS = 10
MOST = 12


@dataclass(frozen=True)
class Common:
    """Something that several students have in common."""

    name: str
    text: str
    students: int


@dataclass(frozen=True)
class QuestionSummary:
    """One question over the class; `share` is the mean earned of what is not pending, None when all is pending."""

    id: str
    title: str
    possible: float
    share: float | None
    unanswered: int


@dataclass(frozen=True)
class Trouble:
    """What staff must look at, or should know: a report, and what it is, in full."""

    report: Report
    sentence: str
    details: tuple[str, ...]


@dataclass(frozen=True)
class ClassSummary:
    """A class in figures; `by_machine` are points of written answers that a machine has given."""

    students: int
    mean: float
    median: float
    pending: float
    by_machine: float
    possible: float
    histogram: tuple[int, ...]
    questions: tuple[QuestionSummary, ...]
    failed: tuple[Common, ...]
    misconceptions: tuple[Common, ...]
    troubles: tuple[Trouble, ...]
    remarks: tuple[Trouble, ...]


def summarise(reports: Sequence[Report]) -> ClassSummary:
    """Figures of a class; all zero for an empty one."""
    earned = [report.points for report in reports] or [0.0]
    possible = max((report.possible for report in reports), default=0.0)
    bins = Counter(min(BINS - 1, int(BINS * points / possible)) if possible else 0 for points in earned)
    return ClassSummary(
        students=len(reports),
        mean=statistics.fmean(earned),
        median=statistics.median(earned),
        pending=sum(report.pending for report in reports),
        by_machine=total(question.by_machine for report in reports for question in report.questions),
        possible=possible,
        histogram=tuple(bins[i] if reports else 0 for i in range(BINS)),
        questions=tuple(_question(id, reports) for id in question_ids(reports)),
        failed=_failed(reports),
        misconceptions=_misconceptions(reports),
        troubles=tuple(_trouble(report) for report in reports if faults(report)),
        remarks=tuple(_remark(report, remark) for report in reports for remark in report.remarks),
    )


def _question(id: str, reports: Sequence[Report]) -> QuestionSummary:
    found = [question for report in reports for question in report.questions if question.id == id]
    decided = sum(question.possible - question.pending for question in found)
    share = sum(question.points for question in found) / decided if decided else None
    unanswered = sum(all(v.outcome is Outcome.MISSING for v in question.verdicts) for question in found)
    return QuestionSummary(id, found[0].title, found[0].possible, share, unanswered)


def _verdicts(reports: Sequence[Report]) -> list[tuple[str, str, Verdict]]:
    return [(r.submission.student, q.id, v) for r in reports for q in r.questions for v in q.verdicts]


def _failed(reports: Sequence[Report]) -> tuple[Common, ...]:
    """The checks that most students who answered did not pass."""
    bad = (Outcome.FAILED, Outcome.ERROR, Outcome.TIMEOUT, Outcome.MEMORY)
    found = Counter((id, v.title) for _, id, v in _verdicts(reports) if v.outcome in bad and v.possible > 0)
    return tuple(Common(id, title, count) for (id, title), count in found.most_common(MOST))


def _misconceptions(reports: Sequence[Report]) -> tuple[Common, ...]:
    named = {(student, id, v.misconception, v.hint or "") for student, id, v in _verdicts(reports) if v.misconception}
    found = Counter((id, name) for _, id, name in {(s, id, name) for s, id, name, _ in named})
    texts = {(id, name): hint for _, id, name, hint in sorted(named, reverse=True)}
    return tuple(Common(name or "", texts[id, name], count) for (id, name), count in found.most_common(MOST))


def _trouble(report: Report) -> Trouble:
    internal = [(q, v) for q in report.questions for v in q.verdicts if v.outcome is Outcome.INTERNAL]
    details = [f"{q.id}, {v.check}: {v.detail or v.message}" for q, v in internal]
    return Trouble(report, faults(report), tuple(details[:20]))


def _remark(report: Report, remark: Remark) -> Trouble:
    return Trouble(report, remark.text, (remark.detail,) if remark.detail else ())
