"""Where a course's folder is, and what an assignment's own file says: what needs nothing else of the assignment."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from graders.errors import CatalogError, UsageError

PACKAGE = Path(__file__).parents[1]
SETTINGS = {"title", "default_profile", "packages", "questions", "limits", "profiles", "late", "uploads"}

TYPES = {"title": str, "default_profile": str, "packages": list, "questions": dict, "profiles": dict, "limits": dict}
KINDS = {str: "text", list: "a list", dict: "a table", int | float: "a number"}


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
        CatalogError: the file cannot be read.
    """
    path = root / "assignments" / id / "assignment.toml"
    if not id.isidentifier() or not path.is_file():
        raise UsageError(f"There is no assignment {id!r}; this folder has {', '.join(ids(root)) or 'none'}.")
    return _settings(path)


def only_assignment(root: Path | None = None) -> str:
    """The id of the course's assignment where it has a single one.

    Raises:
        UsageError: it has none, or several, so that one must be named.
    """
    found = ids(root or find_root())
    if len(found) != 1:
        what = f"has {', '.join(found)}; say which with --assignment" if found else "has no assignment"
        raise UsageError(f"This course {what}.")
    return found[0]


def ids(root: Path) -> list[str]:
    """The ids of a course's assignments."""
    return sorted(path.parent.name for path in (root / "assignments").glob("*/assignment.toml"))


def _typed(settings: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Name, value and kind of all that must be of a kind in an assignment's file; tables before what is in them."""
    for key, kind in TYPES.items():
        if key in settings:
            yield key, settings[key], kind
    for name, points in settings["questions"].items():
        yield f"questions.{name}", points, int | float
    for name, profile in settings["profiles"].items():
        yield f"profiles.{name}", profile, dict
        yield f"profiles.{name}.parameters", profile.get("parameters", {}), dict
        yield f"profiles.{name}.datasets", profile.get("datasets", []), list
    limits = dict(settings.get("limits", {}))
    calls = limits.pop("calls", {})
    yield "limits.calls", calls, dict
    for name, limit in [*limits.items(), *calls.items()]:
        yield f"limits.{name}", limit, int | float


def _settings(path: Path) -> dict[str, Any]:
    try:
        settings = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CatalogError(f"{path.name} of {path.parent.name} cannot be read: {error}.") from error
    for key in ("title", "questions", "profiles"):
        if key not in settings:
            raise CatalogError(f"assignment.toml of {path.parent.name} has no {key!r}.")
    for what, value, kind in _typed(settings):
        if not isinstance(value, kind) or isinstance(value, bool):
            raise CatalogError(
                f"assignment.toml of {path.parent.name}: {what} must be {KINDS[kind]}, and is {str(value)!r:.60}."
            )
    if unknown := sorted(settings.keys() - SETTINGS - settings["questions"].keys()):
        raise CatalogError(
            f"assignment.toml of {path.parent.name}: {', '.join(unknown)} is neither setting nor question."
        )
    return settings
