"""`graders extend`: who may hand in later."""

from __future__ import annotations

from pathlib import Path

from graders.archive.marks import Marks
from graders.catalog.course import find_root, settings_of
from graders.commands.graded import graded
from graders.errors import UsageError
from graders.marking.late import late_rules, read_extensions
from graders.report.clean import one_line, storable


def extend(*, file: Path, assignment: str, out: Path, database: str | None = None) -> int:
    """Keep the extensions of a CSV in place of those before; the exit status.

    Raises:
        UsageError: the file cannot be read, or the assignment has no due date.
    """
    rules = late_rules(settings_of(assignment, find_root()))
    if rules is None:
        raise UsageError(f"assignment.toml of {assignment} has no [late] with a due date that could be extended.")
    try:
        found = read_extensions(file.read_text("utf-8"), rules)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The extensions in {file} cannot be read: {error}.") from error
    with graded(out, database, assignment) as store:
        known = {storable(report.submission.student) for report in store.latest(assignment)}
        Marks(store.database).extend(assignment, found)
    print(f"{len(found)} extensions are kept for {assignment}.")
    if strangers := sorted(set(found) - known):
        names = ", ".join(one_line(name, 60) for name in strangers)
        print(f"Of these, nothing was handed in so far by: {names}. Names are those of the class's table.")
    return 0
