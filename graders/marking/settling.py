"""A report with what people have decided: a machine's marks, a person's, overrides with their reasons, and lateness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from graders.marking.answer import slot_of
from graders.marking.decision import Decision
from graders.marking.ledger import Ledger
from graders.marking.rubric import Rubric
from graders.model import ItemMark, Judged, Outcome, QuestionReport, Report, Verdict, total
from graders.report.clean import storable

ADJUSTMENT = "adjustment"
BY_PERSON = "A person has read and marked this answer."
DECIDED = "A person has decided this."


def settle(report: Report, ledger: Ledger, pictures: Mapping[str, str] | None = None) -> Report:
    """The report as it stands with all that was decided about it; the report itself where nothing was.

    Args:
        pictures: name -> digest of the pictures to which its answers point.
    """
    questions = tuple(_question(report, question, ledger, pictures) for question in report.questions)
    changed = any(new is not old for new, old in zip(questions, report.questions, strict=True))
    settled = replace(report, questions=questions) if changed else report
    if ledger.late is None:
        return settled
    late = ledger.late.judge(settled, ledger.extensions.get(storable(report.submission.student)))
    return replace(settled, late=late) if late else settled


@dataclass(frozen=True)
class Touched:
    """Whose points a change of a rubric changes, from what to what."""

    student: str
    before: float
    after: float


def touched(before: Sequence[Report], after: Sequence[Report]) -> list[Touched]:
    """Whose points differ between two settlings of the same class, those that differ most first."""
    pairs = [(a.submission.student, a.points, b.points) for a, b in zip(before, after, strict=True)]
    found = [Touched(student, old, new) for student, old, new in pairs if old != new]
    return sorted(found, key=lambda one: (-abs(one.after - one.before), one.student))


def _question(
    report: Report, question: QuestionReport, ledger: Ledger, pictures: Mapping[str, str] | None
) -> QuestionReport:
    def settled(verdict: Verdict) -> Verdict:
        decision = ledger.decision(slot_of(report, question, verdict, pictures))
        kept = (question.id, verdict.check) in ledger.rubrics
        if verdict.items and (decision or (kept and verdict.outcome is not Outcome.MISSING)):
            return _marked(verdict, ledger.rubric(question.id, verdict.check, verdict.items), decision)
        return _overridden(verdict, decision) if decision and not verdict.items else verdict

    verdicts = tuple(map(settled, question.verdicts))
    changed = any(new is not old for new, old in zip(verdicts, question.verdicts, strict=True))
    return replace(question, verdicts=verdicts) if changed else question


def _marked(verdict: Verdict, rubric: Rubric, decision: Decision | None) -> Verdict:
    """A written answer's verdict: by a person's decision, else by what a machine gave, at what items are worth now."""
    own = {item.id: item for item in verdict.items}
    if decision is None:
        return _by_machine(verdict, rubric, own)
    given = decision.given or frozenset()
    items = [
        ItemMark(
            item.id,
            item.text,
            item.points,
            item.points if item.id in given else 0.0,
            by_machine=item.id in own and own[item.id].by_machine and item.id in given,
            reading=own[item.id].reading if item.id in own else "",
        )
        for item in rubric.items
    ]
    points = rubric.worth(decision, verdict.possible)
    return replace(
        verdict,
        outcome=Outcome.PASSED if points == verdict.possible else Outcome.FAILED,
        points=points,
        message=BY_PERSON,
        hint=None,
        undecided=False,
        items=(*items, *_rest(items, decision, points)),
        judged=Judged(decision.by, decision.at, decision.comment),
    )


def _by_machine(verdict: Verdict, rubric: Rubric, own: Mapping[str, ItemMark]) -> Verdict:
    """What a machine has given, at what the items are worth now; the others stay open."""
    items = tuple(
        replace(own[item.id], text=item.text, possible=item.points, points=_worth_now(own[item.id], item.points))
        if item.id in own
        else ItemMark(item.id, item.text, item.points)
        for item in rubric.items
    )
    points = total(item.points or 0.0 for item in items)
    if points > verdict.possible:
        items = (*items, ItemMark(ADJUSTMENT, "More than the question is worth", 0.0, verdict.possible - points))
        points = verdict.possible
    return replace(verdict, items=items, points=max(points, 0.0))


def _worth_now(item: ItemMark, points: float) -> float | None:
    return item.points if not item.points else points


def _rest(items: list[ItemMark], decision: Decision, points: float) -> list[ItemMark]:
    """The line that makes items add up to the points: what a person added or took off, and what lies out of bounds."""
    over = round(points - total(item.points or 0.0 for item in items), 6)
    if not over and not decision.adjustment:
        return []
    reason = decision.reason if decision.adjustment else "Never more than the question is worth, nor less than nothing"
    return [ItemMark(ADJUSTMENT, reason, 0.0, over)]


def _overridden(verdict: Verdict, decision: Decision) -> Verdict:
    """An automatic verdict that a person has decided otherwise, or has decided at all."""
    points = min(decision.points or 0.0, verdict.possible)
    full = points == verdict.possible
    return replace(
        verdict,
        outcome=Outcome.PASSED if full else Outcome.FAILED,
        points=points,
        message=f"{DECIDED} {decision.reason}",
        hint=None if full else verdict.hint,
        misconception=None if full else verdict.misconception,
        undecided=False,
        judged=Judged(decision.by, decision.at, decision.comment, decision.reason, _was(verdict)),
    )


def _was(verdict: Verdict) -> str:
    """What the machine had said, with its points."""
    if verdict.pending:
        return f"{verdict.outcome}, undecided"
    return f"{verdict.outcome}, {verdict.points or 0.0:g} of {verdict.possible:g}"
