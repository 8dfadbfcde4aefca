"""`graders bundle`: an archive that grades in somebody else's container, or a repository that checks itself."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

from graders.authors import release as releasing
from graders.bundles.pack import bundle, workflow
from graders.catalog import loader
from graders.catalog.course import find_root
from graders.writing import write_bytes

NAMES = {"gradescope": "autograder.zip", "prairielearn": "prairielearn.zip", "coursera": "coursera.zip"}


def pack(
    system: str,
    *,
    assignment: str,
    to: Path | None,
    profile: str | None = None,
    limit: int | None = None,
    hours: float = 24.0,
    torch_index: str = "",
) -> int:
    """Write the archive for a system; the exit status."""
    root = find_root()
    loaded = loader.load(assignment, root)
    loaded.parameters(profile or loaded.default_profile)  # refuses an unknown profile
    packed = bundle(
        system,
        root,
        assignment,
        profile=profile,
        secret=secrets.token_bytes(32),
        limit=limit,
        hours=hours,
        torch_index=torch_index,
    )
    target = write_bytes(to or Path(NAMES[system]), packed)
    print(f"{target}: {len(packed) / 1e6:.1f} MB. It holds the reference: keep it where students cannot read it.")
    return 0


def github(*, assignment: str, to: Path) -> int:
    """Write a repository for GitHub Classroom: the release, and the workflow that checks it; the exit status."""
    added = {".github/workflows/classroom.yml": workflow(f"{assignment}.ipynb").encode()}
    for path in releasing.release(loader.load(assignment, find_root()), to, added):
        print(path)
    print("Make this folder the assignment's template repository.", file=sys.stderr)
    return 0
