"""Names a mistake: a failing check's calls are answered by every known misconception; only exact agreement counts.

A misconception explains a failing check when it gives the student's answers to *all* the calls that the question made
of the same functions, and differs from the reference in at least one of them. Calls that are random are compared as
samples, by tests of homogeneity (`agreement`). A written answer, which nobody words as another does, is explained by a
misconception of which the check says exactly the same. What explains one check is believed of another, too, where it
gives the student's answers there.

Where no single one fits, pairs are tried: in two functions, or, where misconceptions are made of switches, in one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice

import numpy as np

from graders.authoring.alternative import Alternative
from graders.catalog.assignment import Assignment
from graders.errors import CallError, Failed, Pending
from graders.grading.recording import Called, Recording
from graders.grading.replays import Replays
from graders.model import Outcome, QuestionReport, Verdict

BLAMABLE = (Outcome.FAILED, Outcome.ERROR)
PAIRS = 600  # pairs of mistakes that are tried on one failing check; most are out after one call
Pair = tuple[Alternative, Alternative]


def explain(
    report: QuestionReport, records: Sequence[Recording], assignment: Assignment, profile: str
) -> QuestionReport:
    """The report, with the misconception named in each failing verdict that exactly fits one, or else a pair."""
    known = [item for item in assignment.misconceptions if item.question == report.id]
    failing = [i for i, verdict in enumerate(report.verdicts) if verdict.outcome in BLAMABLE and records[i].calls]
    if not known or not failing:
        return report
    replays = Replays([call for record in records for call in record.calls], assignment, profile)
    verdicts, proven, unexplained = list(report.verdicts), list[_Proven](), list[int]()
    for i in failing:
        blamed = records[i].calls
        if verdicts[i].misconception:  # the check has recognised it
            verdicts[i] = _in_its_words(verdicts[i], known)
            continue
        if all(call.kind == "answer" for call in blamed):
            alike = [item for item in known if _reads_alike(item, verdicts[i], assignment, profile)]
            verdicts[i] = _named(verdicts[i], alike) if alike else verdicts[i]
            continue
        if fitting := [item for item in known if replays.concerns(item, blamed) and replays.fits([item], blamed)]:
            proven.append(_Proven(fitting, False, blamed))
        elif pair := _pair(replays, known, blamed):
            proven.append(_Proven(pair, True, blamed))
        else:
            unexplained.append(i)
            continue
        verdicts[i] = _named(verdicts[i], proven[-1].found, together=proven[-1].together)
    for i in unexplained:
        found = next((one for one in proven if _explains(one, replays, records[i].calls)), None)
        verdicts[i] = _named(verdicts[i], found.found, together=found.together) if found else verdicts[i]
    return replace(report, verdicts=tuple(verdicts))


@dataclass(frozen=True)
class _Proven:
    """What explains a verdict: a mistake, several that fit alike, or two together; and the calls that it explains."""

    found: Sequence[Alternative]
    together: bool
    calls: Sequence[Called]


def _explains(one: _Proven, replays: Replays, blamed: Sequence[Called]) -> bool:
    """Whether what explains one verdict explains another, too, of which it is not seen by itself.

    Of two mistakes one may show elsewhere only; and few draws are no proof, but a mistake that gives the student's
    answers to all calls of the functions concerned, these included, needs none.
    """
    if one.together and replays.fits(_together(*_two(one.found)), blamed):
        return True
    judged = {call.name for call in one.calls}
    concerned = any(replays.concerns(item, blamed) for item in one.found)
    return concerned and {call.name for call in blamed} <= judged and not one.together


def _two(found: Sequence[Alternative]) -> Pair:
    return found[0], found[1]


def _pair(replays: Replays, known: Sequence[Alternative], blamed: Sequence[Called]) -> Pair | None:
    """The first two mistakes, each of which changes some blamed answer, that together give all of them."""
    touching = [item for item in known if replays.concerns(item, blamed) and replays.differs(item, blamed)]
    tried = ((pair, both) for pair in combinations(touching, 2) if (both := _together(*pair)))
    return next((pair for pair, both in islice(tried, PAIRS) if replays.fits(both, blamed)), None)


def _together(one: Alternative, other: Alternative) -> list[Alternative]:
    """Two mistakes at once: each in its own function, or both in one; nothing where they cannot be together."""
    owners = {item.replaces.partition(".")[0] for item in (one, other)}
    if len(owners) == 1 and owners & {one.replaces, other.replaces} and one.replaces != other.replaces:
        return []  # a whole class, and a method of the one that it takes the place of
    if one.replaces != other.replaces:
        return [one, other]
    joined = one.joined(other)
    return [joined] if joined else []


def _in_its_words(verdict: Verdict, known: Sequence[Alternative]) -> Verdict:
    """The verdict with the explanation of the misconception that it names, where its hint has not got that already."""
    named = [item for item in known if item.name == verdict.misconception]
    if any(item.explanation in (verdict.hint or "") for item in named):
        return replace(verdict, read=named[0].read)
    return _named(verdict, named) if named else verdict


def _reads_alike(item: Alternative, verdict: Verdict, assignment: Assignment, profile: str) -> bool:
    """Whether the check says of a misconception what it said of the student."""
    checks = [check for question in assignment.questions for check in question.checks if question.id == item.question]
    for check in checks:
        if check.name == verdict.check and check.run is not None:
            try:
                check.run(assignment.solution(profile, item), assignment.solution(profile), np.random.default_rng(0))
            except Failed as failed:
                return failed.in_full == (verdict.detail or verdict.message)
            except (CallError, Pending):
                return False
    return False


def _named(verdict: Verdict, found: Sequence[Alternative], *, together: bool = False) -> Verdict:
    texts = [item.explanation for item in found]
    if len(texts) == 1:
        text = texts[0]
    elif together:
        text = "Two things together explain this. " + " Also: ".join(texts)
    else:
        text = "More than one mistake would give exactly your answers; it is one of these. " + " Or: ".join(texts)
    places = {item.read for item in found}
    read = found[0].read if len(places) == 1 else ""
    return replace(verdict, misconception=found[0].name, hint=text, read=read)
