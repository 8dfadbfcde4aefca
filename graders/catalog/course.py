"""Where a course's folder is, which assignments it has, and what an assignment's own file says, without loading it."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from graders.catalog.settings import check
from graders.errors import CatalogError, UsageError

PACKAGE = Path(__file__).parents[1]


def find_root(start: Path | None = None) -> Path:
    """The folder that holds `assignments/` and `reference/`: from GRADERS_ROOT, here or above, or the package's own."""
    if "GRADERS_ROOT" in os.environ:
        return Path(os.environ["GRADERS_ROOT"])
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, PACKAGE.parent):
        if (folder / "assignments").is_dir() and (folder / "reference").is_dir():
            return folder
    raise UsageError(
        "No folder with assignments/ and reference/ here or above; run graders in one, or set GRADERS_ROOT."
    )


def settings_of(id: str, root: Path) -> dict[str, Any]:
    """What an assignment's own file says; without its notebook, reference and graders, which take time to load.

    Raises:
        UsageError: there is no such assignment.
        CatalogError: the file cannot be read, or says what it may not.
    """
    path = root / "assignments" / id / "assignment.toml"
    if not id.isidentifier() or not path.is_file():
        raise UsageError(f"There is no assignment {id!r}; this folder has {', '.join(ids(root)) or 'none'}.")
    return _read(path)


def only_assignment(root: Path | None = None) -> str:
    """The id of the course's assignment where it has a single one.

    Raises:
        UsageError: it has none, or several, so that one must be named.
    """
    found = ids(root or find_root())
    if len(found) != 1:
        what = (
            f"has {', '.join(found)}; name the one that you mean"
            if found
            else "has no assignment: `graders new` makes one"
        )
        raise UsageError(f"This course {what}.")
    return found[0]


def ids(root: Path) -> list[str]:
    """The ids of a course's assignments."""
    return sorted(path.parent.name for path in (root / "assignments").glob("*/assignment.toml"))


def _read(path: Path) -> dict[str, Any]:
    try:
        settings = tomllib.loads(path.read_text("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CatalogError(f"{path.name} of {path.parent.name} is not UTF-8 text: save it as UTF-8.") from error
    except (OSError, ValueError) as error:
        raise CatalogError(f"{path.name} of {path.parent.name} cannot be read: {error}.") from error
    check(settings, f"{path.name} of {path.parent.name}")
    return settings
