"""Finds and prepares the film reviews for those commands that need them."""

from __future__ import annotations

import shutil
from pathlib import Path

from graders.catalog.loader import Assignment
from graders.commands.progress import Bar
from graders.practical09.datasets import imdb


def prepared_reviews(data: Path | None, assignment: Assignment) -> imdb.Prepared:
    """The prepared film reviews, beside the assignment's own public data.

    Raises:
        UsageError: they are not where `data` or GRADERS_DATA says, or not as they should be.
    """
    source = imdb.find(data)
    with Bar(4 * imdb.REVIEWS, "Reading the film reviews") as bar:
        prepared = imdb.prepare(source, on_file=lambda number: bar.advance(""))
    shutil.copytree(assignment.folder / "data", prepared.public, dirs_exist_ok=True)
    return prepared
