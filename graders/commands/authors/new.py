"""`graders new`: a small complete assignment to start from."""

from __future__ import annotations

from pathlib import Path

from graders.authors import new as making


def new(assignment: str, course: Path) -> int:
    """Write the files, name them, and say what to try next."""
    for path in making.new(assignment, course):
        print(path)
    print(f"Next: graders audit {assignment}, then graders grade submissions/{assignment} --assignment {assignment}.")
    return 0
