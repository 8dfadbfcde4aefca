"""Finds and prepares the data sets that a profile asks for, for those commands that train on them."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from graders.authoring.package import Dataset, Prepared
from graders.catalog.assignment import Assignment, Data
from graders.commands.progress import Bar
from graders.errors import UsageError


def prepared_data(assignment: Assignment, profile: str, given: Path | None) -> Data | None:
    """The data sets of a profile, with the assignment's own public data; None where it asks for none.

    Args:
        given: where the instructor says that they are.

    Raises:
        UsageError: one is not there, or not as it should be.
    """
    wanted = assignment.datasets.get(profile, ())
    if not wanted:
        return None
    found = {one.name: _prepared(one, given) for one in assignment.package.datasets if one.name in wanted}
    own = [assignment.own_data] if assignment.own_data else []
    public = _united([*own, *(one.public for one in found.values())])
    return Data(public, {name: one.private for name, one in found.items()})


def without_data(assignment: Assignment, profile: str) -> Data:
    """The same where the data sets are not here: checks that need them are skipped."""
    return Data(assignment.own_data, dict.fromkeys(assignment.datasets.get(profile, ())))


def cache() -> Path:
    """Where prepared data sets are kept between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "graders"


def _prepared(dataset: Dataset, given: Path | None) -> Prepared:
    source = dataset.find(given)
    with Bar(dataset.steps, f"Preparing the data set {dataset.name}") as bar:
        return dataset.prepare(source, cache(), lambda done: bar.advance(""))


def _united(folders: list[Path]) -> Path:
    """One folder with the contents of all; files are shared with theirs where the file system can."""
    united = cache() / f"public-{_key(folders)}"
    if united.is_dir():
        return united
    united.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix="public-", dir=united.parent))
    try:
        for folder in folders:
            shutil.copytree(folder, aside, dirs_exist_ok=True, copy_function=_share)
        aside.chmod(0o755)
        aside.rename(united)
    except OSError as error:
        if not united.is_dir():  # else another process has been quicker
            raise UsageError(f"The prepared data cannot be kept in {united.parent}: {error.strerror}.") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return united


def _key(folders: Iterable[Path]) -> str:
    hasher = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            status = path.stat()
            hasher.update(f"{folder} {path.relative_to(folder)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return hasher.hexdigest()[:16]


def _share(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
