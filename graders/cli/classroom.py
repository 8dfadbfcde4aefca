"""Commands about a class that has been graded: `status`, `extend`, `export`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from graders.cli.options import FILE, class_options


@click.group()
def export() -> None:
    """Give out the marks of a graded class in other forms."""


to_option = click.option("--to", type=FILE, help="The file; standard output by default.")


@export.command("csv")
@class_options
@to_option
def export_csv(**options: Any) -> int:
    """Each student's points as CSV."""
    from graders.commands.classroom.export import export_csv

    return export_csv(**options)


@export.command("notebook")
@click.argument("student")
@class_options
@to_option
def export_notebook(**options: Any) -> int:
    """A student's notebook as it was executed, with each question's verdict beside its answer."""
    from graders.commands.classroom.export import export_notebook

    return export_notebook(**options)


@export.command("reports")
@class_options
def export_reports(**options: Any) -> int:
    """Write each student's report, the class's page and grades.csv anew, with the marks given since."""
    from graders.commands.classroom.export import export_reports

    return export_reports(**options)


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
