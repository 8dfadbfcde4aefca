"""`graders status`: what is still open before marks are final, and with whom."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from graders.archive.marks import Marks
from graders.archive.settled import class_of
from graders.commands.graded import graded, rules_of
from graders.marking.status import Open, Status, status
from graders.report.clean import one_line

FEW = 8  # students who are named in one line


def show_status(*, assignment: str, out: Path, database: str | None = None, everybody: bool = False) -> int:
    """Print who and what is still open; the exit status.

    Args:
        everybody: whether to name every student, in place of a few.
    """
    late = rules_of(assignment)
    with graded(out, database, assignment) as store:
        settled = class_of(store, assignment).settled(Marks(store.database).ledger(assignment, late))
    for line in lines_of(status(settled, late=late), everybody):
        print(line)
    return 0


def lines_of(found: Status, everybody: bool = False) -> list[str]:
    """What `graders status` prints."""
    lines = [f"{found.final} of {found.students} students have a final mark."]
    if found.open:
        lines[0] += f" {len(found.open)} decisions on {found.points:g} points are open:"
    for (question, part), open in found.by_part().items():
        written = "answers to mark" if open[0].written else "checks that no machine could decide"
        points = round(sum(one.points for one in open), 6)
        lines.append(f"  {question}, {part}: {len(open)} {written}, {points:g} points: {_names(open, everybody)}")
    if found.undated:
        names = ", ".join(one_line(name, 60) for name in found.undated[: None if everybody else FEW])
        lines.append(f"No platform tells when these came in, so lateness takes nothing of them: {names}.")
        lines.append("Where the dates of their files can be relied on, say file_dates = true in [late].")
    return lines


def _names(open: Sequence[Open], everybody: bool) -> str:
    names = [one_line(one.student, 60) for one in open]
    shown = names if everybody else names[:FEW]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
