"""`graders check`: the public checks on a student's own notebook."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path

from graders.model import Outcome
from graders.report.clean import clean
from graders.selfcheck.process import check_notebook
from graders.selfcheck.words import text

FOUND_FAILURE = 1
GOOD = (Outcome.PASSED, Outcome.PENDING)


def check(notebook: Path, questions: Sequence[str]) -> int:
    """Print the public checks' verdicts on a notebook; 1 when one of them does not pass."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # what a console of Windows has no sign for breaks nothing
        sys.stdout.reconfigure(errors="replace")
    found = [report for report in check_notebook(notebook, questions) if questions or report.verdicts]
    for report in found:
        print(clean(text(report)), flush=True)
    fine = all(verdict.outcome in GOOD for report in found for verdict in report.verdicts)
    return 0 if fine else FOUND_FAILURE
