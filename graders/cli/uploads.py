"""Commands about what students upload: `work`, `forget`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from graders.cli.options import ANY, class_options, debug_option, jobs_option, out_option, runner_options


@click.command()
@class_options
@jobs_option
@runner_options
@click.option("--later", is_flag=True, help="Do what [uploads] leaves for a machine of its own, and nothing else.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), help="Where models are trained; cpu by default.")
@click.option("--data", type=ANY, envvar="GRADERS_DATA", help="Where the data sets are that the profile asks for.")
@click.option("--once", is_flag=True, help="End as soon as nothing waits.")
@click.option("--again", is_flag=True, help="First do again what failed for a fault of ours.")
@click.option("--crew", metavar="NAME", hidden=True, help="Of these workers; the next of that name takes over.")
@click.option("--parent", type=int, hidden=True, help="The process with which this one ends.")
def work(assignment: str, out: Path, database: str | None, **options: Any) -> int:
    """Grade what students upload; graders serve starts this itself, other machines may help."""
    from graders.commands.uploads.work import work

    return work(assignment=assignment, out=out, database=database, **options)


@click.command()
@click.argument("students", metavar="[STUDENT]...", nargs=-1)
@out_option
@click.option("--before", type=click.DateTime(["%Y-%m-%d"]), help="Everybody whose last work came before this day.")
@click.option("--yes", "sure", is_flag=True, help="Do not ask.")
@debug_option
def forget(students: tuple[str, ...], out: Path, database: str | None, before: datetime | None, sure: bool) -> int:
    """Delete all that is kept of students: uploads, submissions, reports, marks."""
    from graders.commands.uploads.forget import forget

    return forget(students, out=out, database=database, before=before, sure=sure)
