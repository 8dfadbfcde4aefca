"""`graders check`: the public checks on a student's own notebook."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from graders.lms.junit import to_junit
from graders.lms.results import github
from graders.model import Outcome, QuestionReport, Report, Submission, total
from graders.report.clean import clean
from graders.selfcheck.process import check_notebook
from graders.selfcheck.words import text

FOUND_FAILURE = 1
PLAIN = str.maketrans({"✓": "+", "✗": "x", "–": "-", "“": '"', "”": '"'})
GOOD = (Outcome.PASSED, Outcome.PENDING)


def check(notebook: Path, questions: Sequence[str], form: str = "text") -> int:
    """Print the public checks' verdicts on a notebook; 1 when one of them does not pass.

    Args:
        form: `text`, `junit`, or `github` for the reporter of GitHub Classroom.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):  # what a student wrote, and Windows has no sign for, breaks nothing
        sys.stdout.reconfigure(errors="replace")
    found = [report for report in check_notebook(notebook, questions) if questions or report.verdicts]
    if form == "text":
        for report in found:
            print(in_signs_of(sys.stdout.encoding, clean(text(report))), flush=True)
    else:
        whole = _report(notebook, found)
        print(to_junit([whole]) if form == "junit" else github(whole))
    fine = all(verdict.outcome in GOOD for report in found for verdict in report.verdicts)
    return 0 if fine else FOUND_FAILURE


def in_signs_of(encoding: str | None, lines: str) -> str:
    """Lines with plain signs where an encoding has not ours, so that right and wrong still differ."""
    try:
        "".join(map(chr, PLAIN)).encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return lines.translate(PLAIN)
    return lines


def _report(notebook: Path, found: Sequence[QuestionReport]) -> Report:
    """The public checks as a report of their own, worth what they are worth together."""
    handed_in = Submission(notebook.stem, notebook.stem, b"", notebook.suffix, "")
    own = [replace(one, possible=total(verdict.possible for verdict in one.verdicts)) for one in found]
    return Report(notebook.stem, handed_in, tuple(own))
