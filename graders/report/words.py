"""How marks, times, outcomes and sentences are written on pages."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from graders.model import Outcome, Verdict
from graders.report.clean import clean, one_line

WORDS = {
    Outcome.PASSED: "Passed",
    Outcome.FAILED: "Not right yet",
    Outcome.ERROR: "Raised an error",
    Outcome.TIMEOUT: "Ran too long",
    Outcome.MEMORY: "Used too much memory",
    Outcome.MISSING: "Not answered",
    Outcome.SKIPPED: "Not tried",
    Outcome.PENDING: "To be marked by a person",
    Outcome.INTERNAL: "Our fault, not yours",
}


def word(verdict: Verdict) -> str:
    """A check's outcome in a few words."""
    if verdict.outcome is Outcome.FAILED and verdict.points:
        return "Partly right"
    if verdict.by_machine:
        return "Given by machine in part" if verdict.pending else "Given by machine"
    return WORDS[verdict.outcome]


def prose(text: str) -> Markup:
    """A sentence of ours, perhaps with words of a student's, escaped; what stands between backticks becomes code."""
    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", str(escape(clean(text)))))


def points(value: float) -> str:
    """Marks with two decimals at the most."""
    return f"{round(value, 2):g}"


def when(moment: str) -> str:
    """An ISO 8601 time as people write it, to the minute."""
    return one_line(moment[:16].replace("T", " ") + (" UTC" if moment.endswith(("Z", "+00:00")) else ""), 40)
