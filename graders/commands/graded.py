"""The store and the rules of a class that has been graded, for commands that need nothing else of its assignment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graders.archive.store import Store, open_store
from graders.catalog.course import find_root, settings_of
from graders.errors import UsageError
from graders.marking.late import LateRules, late_rules


@contextmanager
def graded(out: Path, database: str | None, assignment: str) -> Iterator[Store]:
    """The store of a class that has been graded.

    Raises:
        UsageError: nothing of this assignment has been graded there.
    """
    if database is None and not (out / "graders.db").is_file():
        raise UsageError(f"Nothing has been graded in {out} yet; name the folder with --out, or grade first.")
    with open_store(out, database) as store:
        known = store.assignments()
        if assignment not in known:
            raise UsageError(f"No report of {assignment!r} in {out}; it has {', '.join(known) or 'none at all'}.")
        yield store


def rules_of(assignment: str) -> LateRules | None:
    """The late rules of an assignment."""
    return late_rules(settings_of(assignment, find_root()))
