"""Every verdict that the engine gives is made here, from what a check found or from what went wrong around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from graders.errors import CallError, Failed, Pending, Skipped
from graders.grading.rubric import unmarked
from graders.model import Check, Outcome, Passed, Verdict

UNTOUCHED = "This answer is still as it was handed out."
INTERNAL = "The grader itself failed here. This costs you nothing: staff have been notified and will look at it."
POISONED = (
    "The grader itself broke down each time it tried this notebook. This costs you nothing: "
    "staff have been notified and will look at it."
)
HIDDEN = {
    Outcome.ERROR: "Your code raised an error here.",
    Outcome.TIMEOUT: "Your code ran longer than its time limit here.",
    Outcome.MEMORY: "Your code used more memory than its limit here.",
    Outcome.MISSING: "There is no answer here yet.",
}


def blank(check: Check) -> Verdict:
    """A verdict to be changed by what is found: of full marks, or, where a person marks it, of none yet."""
    if check.written:
        return Verdict(check.name, check.title, Outcome.PENDING, 0.0, check.points, items=unmarked(check))
    return Verdict(check.name, check.title, Outcome.PASSED, check.points, check.points, check.public)


def missing(check: Check, message: str = UNTOUCHED) -> Verdict:
    """The verdict where there is no answer: it is empty or as it was handed out, or the file cannot be read."""
    return replace(blank(check), outcome=Outcome.MISSING, points=0.0, message=message)


def internal(check: Check, detail: str, message: str = INTERNAL) -> Verdict:
    """The verdict of a fault of ours, which costs no marks; the detail is for staff."""
    return replace(blank(check), outcome=Outcome.INTERNAL, points=None, message=message, detail=detail)


def poisoned(check: Check, detail: str) -> Verdict:
    """The verdict of a submission that took down every worker that tried it."""
    return internal(check, detail, POISONED)


def by_person(check: Check, message: str, evidence: Mapping[str, Any] | None = None) -> Verdict:
    """The verdict where a person decides, and why."""
    return replace(blank(check), outcome=Outcome.PENDING, points=0.0, message=message, evidence=evidence)


def skipped(check: Check, message: str, *, undecided: bool) -> Verdict:
    """The verdict of a check that was not made; its points are open where that is for want of something of ours."""
    return replace(blank(check), outcome=Outcome.SKIPPED, points=0.0, message=message, undecided=undecided)


def open_for_a_person(check: Check, message: str) -> Verdict:
    """The verdict where no machine can decide, of a written answer as of any other check."""
    return by_person(check, message) if check.written else skipped(check, message, undecided=True)


def builds_on(check: Check, earlier: Verdict) -> Verdict:
    """The verdict of a check whose predecessor did not pass."""
    message = f"Not tried, because it builds on: “{earlier.title.rstrip('.')}”."
    return skipped(check, message, undecided=earlier.undecided)


def passed(check: Check, found: Passed | None) -> Verdict:
    """The verdict of a check that holds, with what it has to show."""
    return replace(blank(check), message=found.message or "", evidence=found.evidence) if found else blank(check)


def refused(check: Check, finding: Failed | Pending | Skipped | CallError) -> Verdict:
    """The verdict of a check that ended with a finding."""
    if isinstance(finding, Failed):
        return _failed(check, finding)
    if isinstance(finding, Pending):
        return by_person(check, str(finding), finding.evidence)
    if isinstance(finding, Skipped):
        return skipped(check, str(finding), undecided=True)
    return broken_off(check, finding)


def broken_off(check: Check, error: CallError) -> Verdict:
    """The verdict where a call did not come back: its text is for public checks alone, its outcome and hint for all.

    Where it was skipped, that is for want of what the student's machine had and this one has not.
    """
    summary = error.summary or HIDDEN.get(error.outcome, HIDDEN[Outcome.ERROR])
    return replace(
        blank(check),
        outcome=error.outcome,
        points=0.0,
        message=error.message if check.public else summary,
        hint=error.hint,
        detail=None if check.public else error.message,
        undecided=error.outcome is Outcome.SKIPPED,
    )


def _failed(check: Check, failed: Failed) -> Verdict:
    return replace(
        blank(check),
        outcome=Outcome.FAILED,
        points=round(min(1.0, max(0.0, failed.keep)) * check.points, 6),
        message=failed.in_full if check.public else failed.finding,
        hint=failed.hint,
        misconception=failed.misconception,
        evidence=_shown(failed) if check.public else failed.evidence,
        detail=None if check.public else failed.in_full,
    )


def _shown(failed: Failed) -> Mapping[str, Any] | None:
    """What a public check shows: expected values next to the student's own as well."""
    return {**(failed.evidence or {}), "compared": failed.compared} if failed.compared is not None else failed.evidence
