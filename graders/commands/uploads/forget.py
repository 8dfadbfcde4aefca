"""`graders forget`: deletes all that is kept of students."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from graders.archive.files import STAFF
from graders.archive.store import open_store
from graders.errors import UsageError
from graders.queue.removal import remove, students_before
from graders.report.clean import one_line

SHOWN = 20
ELSEWHERE = "What was exported, sent to a learning platform or copied to a backup is not deleted by this."


def forget(
    students: Sequence[str], *, out: Path, database: str | None, before: datetime | None = None, sure: bool = False
) -> int:
    """Delete what the database and the folder of reports hold of students; the exit status.

    Args:
        before: take all students whose last work came before this day.
        sure: whether nobody needs to be asked.

    Raises:
        UsageError: nobody was named, or nobody is there to say that they are sure.
    """
    if bool(students) == (before is not None):
        raise UsageError("Name the students whose data is to be deleted, or give --before.")
    with open_store(out, database) as store:
        found = list(students) if before is None else students_before(store.database, before.astimezone())
        if not found:
            print("There is nobody whose work came before that day.")
            return 0
        names = ", ".join(one_line(name, 60) for name in found[:SHOWN])
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        if not sure and not _agreed(f"All that is kept of {names}{more} is deleted for good. Go on?"):
            print("Nothing was deleted.")
            return 0
        removed = remove(store.database, found)
    for assignment, student in removed.folders:
        for class_folder in (out / assignment, out / STAFF / assignment):
            folder = class_folder / student
            if folder.is_dir() and folder.resolve().parent == class_folder.resolve():
                shutil.rmtree(folder)
    print(
        f"Deleted: {removed.uploads} uploads, {removed.submissions} submissions, {removed.reports} reports, "
        f"{removed.decisions} decisions, and the folders of their reports. {ELSEWHERE}"
    )
    print("The class's page and grades.csv still name them until graders export reports writes them again.")
    return 0


def _agreed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise UsageError("Deleting is for good: say --yes where nobody can be asked.")
    return bool(click.confirm(question))
