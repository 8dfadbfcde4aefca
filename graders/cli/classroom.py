"""Commands about a class that has been graded: `status`, `extend`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from graders.cli.options import FILE, class_options


@click.command()
@class_options
@click.option("--everybody", is_flag=True, help="Name every student, not only a few.")
def status(**options: Any) -> int:
    """Say what is still open before marks are final, and with whom."""
    from graders.commands.classroom.status import show_status

    return show_status(**options)


@click.command()
@click.argument("file", type=FILE)
@class_options
def extend(file: Path, assignment: str, out: Path, database: str | None) -> int:
    """Read a CSV (student, due) of who may hand in later; it replaces the one before."""
    from graders.commands.classroom.extend import extend

    return extend(file=file, assignment=assignment, out=out, database=database)
