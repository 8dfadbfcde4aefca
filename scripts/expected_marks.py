"""Prints what the sample class gets, in the form of its expected.toml; to be read line by line before it is kept.

python scripts/expected_marks.py > submissions/practical09/expected.toml
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from graders.catalog.loader import load
from graders.grading.engine import grade
from graders.intake.submissions import find_submissions
from graders.model import Report
from graders.sandbox.host.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[1]


def entry(report: Report) -> str:
    """One student's table: only what differs from full marks, and what is named."""
    lines = [f"[{report.submission.student}]"]
    lost = {q.id: q.points for q in report.questions if q.points != q.possible - q.pending}
    named = {q.id: sorted({v.misconception for v in q.verdicts if v.misconception}) for q in report.questions}
    lines += [f"points.{id} = {points:g}" for id, points in lost.items()]
    lines += [f"named.{id} = {names!r}".replace("'", '"') for id, names in named.items() if names]
    if report.pending != 2:  # the two discussions
        lines.append(f"pending = {report.pending:g}")
    return "\n".join(lines)


def main() -> None:
    """Grade the class and print."""
    assignment = load("practical09", ROOT)
    limits = replace(assignment.limits, cell_cpu_seconds=15, call_cpu_seconds=10)
    print("# What each student of the sample class gets: points where they are not full, and mistakes that are named.")
    print("# Two points wait for a person (the discussions) where nothing else is said: machines give the equations.")
    with Sandbox(beside=assignment.beside, data=assignment.data, limits=limits) as sandbox:
        for submission in find_submissions(ROOT / "submissions" / assignment.id, assignment.id):
            print("\n" + entry(grade(submission, assignment, sandbox, secret=b"sample class")), flush=True)
            print(submission.student, file=sys.stderr)


if __name__ == "__main__":
    main()
