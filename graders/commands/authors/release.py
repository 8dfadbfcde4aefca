"""`graders release`: what students get."""

from __future__ import annotations

from pathlib import Path

from graders.authors import release as releasing
from graders.catalog import loader
from graders.catalog.course import find_root


def release(assignment: str, out: Path) -> int:
    """Build a release and name its files."""
    for path in releasing.release(loader.load(assignment, find_root()), out):
        print(path)
    return 0
