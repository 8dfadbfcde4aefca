"""The verdicts of a self-check as lines for a person."""

from __future__ import annotations

from graders.model import Outcome, QuestionReport

MARKS = {Outcome.PASSED: "✓", Outcome.SKIPPED: "–", Outcome.PENDING: "–"}


def text(report: QuestionReport) -> str:
    """The verdicts as lines for a person."""
    lines = [f"{report.id}: {report.title}"]
    for verdict in report.verdicts:
        lines.append(f"  {MARKS.get(verdict.outcome, '✗')} {verdict.title}")
        if verdict.outcome is not Outcome.PASSED:
            before = report.said_before.get(verdict.check)
            hint = f"The same as above, at “{before}”." if before else verdict.hint
            lines += [f"      {note}" for note in (verdict.message, hint) if note]
    if not report.verdicts:
        lines.append("  There is nothing here that can be checked without a person.")
    return "\n".join(lines)
