"""Compares what the sample class gets with its expected.toml, which people write; exit status 1 where they differ.

python scripts/expected_marks.py [STUDENT...]
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from graders.catalog.loader import load
from graders.grading.engine import grade
from graders.intake.submissions import find_submissions
from graders.model import Report
from graders.sandbox.host.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[1]
CLASS = ROOT / "submissions" / "practical09"
PENDING = 2.0  # the two discussions, where nothing else is said


def due(entry: Mapping[str, Any]) -> dict[str, str]:
    """What an entry of expected.toml says, by what it is about."""
    points = {f"points.{id}": f"{value:g}" for id, value in entry.get("points", {}).items()}
    named = {f"named.{id}": ", ".join(names) for id, names in entry.get("named", {}).items()}
    return points | named | {"pending": f"{entry.get('pending', PENDING):g}"}


def found(report: Report) -> dict[str, str]:
    """The same of a report: points where they are not full, mistakes that are named, what waits for a person."""
    points = {f"points.{q.id}": f"{q.points:g}" for q in report.questions if q.points != q.possible - q.pending}
    named = {q.id: sorted({v.misconception for v in q.verdicts if v.misconception}) for q in report.questions}
    told = {f"named.{id}": ", ".join(names) for id, names in named.items() if names}
    return points | told | {"pending": f"{report.pending:g}"}


def main(students: list[str]) -> int:
    """Grade the students, or all; print what differs."""
    assignment, differ = load("practical09", ROOT), 0
    expected = tomllib.loads((CLASS / "expected.toml").read_text("utf-8"))
    limits = replace(assignment.limits, cell_cpu_seconds=15, call_cpu_seconds=10)
    with Sandbox(beside=assignment.beside, data=assignment.data, limits=limits) as sandbox:
        for submission in find_submissions(CLASS, assignment.id):
            if students and submission.student not in students:
                continue
            wanted = due(expected.get(submission.student, {}))
            got = found(grade(submission, assignment, sandbox, secret=b"sample class"))
            for what in sorted({*wanted, *got}):
                if wanted.get(what) != got.get(what):
                    differ = 1
                    print(f"{submission.student}, {what}: expected {wanted.get(what)}, got {got.get(what)}", flush=True)
    return differ


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
