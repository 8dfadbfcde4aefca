"""`graders export`: the marks of a graded class in other forms."""

from __future__ import annotations

import sys
from pathlib import Path

from graders.errors import UsageError
from graders.report.csv import to_csv
from graders.report.files import write
from graders.store import Store


def export_csv(*, assignment: str, out: Path, to: Path | None = None, database: str | None = None) -> int:
    """Write the marks as CSV to a file, or to standard output; the exit status.

    Raises:
        UsageError: nothing of this assignment has been graded there.
    """
    if database is None and not (out / "graders.db").is_file():
        raise UsageError(f"Nothing has been graded in {out} yet; name the folder with --out, or grade first.")
    with Store(database or out / "graders.db") as store:
        reports = store.latest(assignment)
        known = store.assignments()
    if not reports:
        raise UsageError(f"No report of {assignment!r} in {out}; it has {', '.join(known) or 'none at all'}.")
    if to is None:
        sys.stdout.write(to_csv(reports))
    else:
        write(to, to_csv(reports))
    return 0
