"""Blackboard's download: files called `<assignment>_<login>_attempt_<time>_<file>`, and a text about each attempt.

All files of an attempt carry one time, to the second and without its zone. The text, `<...>_attempt_<time>.txt`, is
Blackboard's own: among its first lines one ends in the student's name with the login in parentheses. What a student has
named stands behind the first time alone, so that no file can claim to be another student's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from graders.errors import IntakeError
from graders.intake.choosing import Work
from graders.intake.plan import NamedStudent, Plan
from graders.intake.top import Top, add_folder, add_stray
from graders.intake.uploads import File
from graders.notebooks.endings import is_work

BLACKBOARD = re.compile(r"^(?P<head>.+?)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)$", re.DOTALL)
LOGIN = re.compile(r"\((?P<login>[^()]+)\)\s*$")
FIRST_LINES, FIRST_BYTES = 5, 2_000


def named(top: Top) -> int:
    """How many files are called as Blackboard does."""
    return sum(BLACKBOARD.match(file.name) is not None for file in top.files)


def read(top: Top, plan: Plan) -> None:
    """Who handed in what, each attempt by itself; folders next to the files are students' as well."""
    found = [(match, file) for file in top.files if (match := BLACKBOARD.match(file.name))]
    start = _before_logins([(match["head"], file) for match, file in found if not match["file"]], found)
    for match, file in found:
        head = match["head"]
        person = NamedStudent(head.removeprefix(start) or head, f"blackboard {head}", sure=True)
        place = f"{head}, attempt {match['time']} (Blackboard)"
        plan.add(place, person, Work(file, (match["file"] or file.name,)), order=match["time"])
    for file in top.files:
        if is_work(file.name) and not BLACKBOARD.match(file.name):
            add_stray(file, "Blackboard", plan)
    for name, inside in top.folders.items():
        add_folder(name, NamedStudent(name, name), inside, top.assignment, plan)


def _before_logins(texts: Sequence[tuple[str, File]], found: Sequence[tuple[re.Match[str], File]]) -> str:
    """What stands before every login: as Blackboard's texts say, else what all names share up to an underscore."""
    heads = {match["head"] for match, _ in found}
    for head, file in texts:
        for login in _logins(file):
            start = head.removesuffix(login)
            if head.endswith(f"_{login}") and all(other.startswith(start) for other in heads):
                return start
    first, last = min(heads), max(heads)  # what these two share, all share
    end = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    return first[: first.rfind("_", 0, end) + 1]


def _logins(file: File) -> list[str]:
    """What stands in parentheses at the end of a text's first lines."""
    try:
        lines = file.read()[:FIRST_BYTES].decode("utf-8", "replace").splitlines()[:FIRST_LINES]
    except IntakeError:
        return []
    return [found["login"] for line in lines if (found := LOGIN.search(line))]
