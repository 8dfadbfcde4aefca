"""Finds and prepares the data sets that a profile asks for, for those commands that train on them."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from graders.authoring.package import Dataset, Prepared
from graders.catalog.assignment import Assignment, Data
from graders.commands.progress import ProgressBar
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
    sources = {one: one.find(given) for one in assignment.package.datasets if one.name in wanted}
    keys = {one.name: _key(source) for one, source in sources.items()}
    found = {one.name: _prepared(one, source, keys[one.name]) for one, source in sources.items()}
    own = [assignment.own_data] if assignment.own_data else []
    public = _united([*own, *(one.public for one in found.values())])
    return Data(public, {name: one.private for name, one in found.items()}, keys)


def without_data(assignment: Assignment, profile: str) -> Data:
    """The same where the data sets are not here: checks that need them are skipped."""
    return Data(assignment.own_data, dict.fromkeys(assignment.datasets.get(profile, ())))


def cache() -> Path:
    """Where prepared data sets are kept between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "graders"


def _prepared(dataset: Dataset, source: Path, key: str) -> Prepared:
    with ProgressBar(dataset.steps, f"Preparing the data set {dataset.name}") as bar:
        return dataset.prepare(source, cache() / f"{dataset.name}-{key}", lambda done: bar.advance(""))


def _united(folders: list[Path]) -> Path:
    """One folder with the contents of all; files are shared with theirs where the file system can."""
    united = cache() / f"public-{_key(*folders)}"
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


def _key(*sources: Path) -> str:
    """Depends on what is in files, and on names, sizes and times in folders."""
    hasher = hashlib.sha256()
    try:
        for source in sources:
            if source.is_file():
                with source.open("rb") as file:
                    hasher.update(hashlib.file_digest(file, "sha256").digest())
                continue
            for path in sorted(source.rglob("*")):
                status = path.stat()
                hasher.update(f"{path.relative_to(source)} {status.st_size} {status.st_mtime_ns}\n".encode())
    except OSError as error:
        raise UsageError(f"{error.filename} cannot be read: {error.strerror}.") from error
    return hasher.hexdigest()[:16]


def _share(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
