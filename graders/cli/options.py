"""Options that several commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from graders.errors import UsageError

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE, ANY = click.Path(dir_okay=False, path_type=Path), click.Path(path_type=Path)


Command = Callable[..., Any]


def out_option(command: Command) -> Command:
    """Add --out and --database."""
    command = click.option(
        "--database", metavar="URL", envvar="GRADERS_DATABASE", help="An SQLAlchemy URL instead of graders.db in --out."
    )(command)
    return click.option("--out", type=FOLDER, default="reports", show_default=True, help="Where reports go.")(command)


def debug_option(command: Command) -> Command:
    """Add --debug, which `main` looks for itself."""
    return click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")(command)


def assignment_option(command: Command) -> Command:
    """Add --assignment."""
    text = "The assignment; the course's only one where it has one."
    return click.option("--assignment", metavar="ID", help=text, callback=_the_only_one)(command)


def assignment_argument(command: Command) -> Command:
    """Add ASSIGNMENT; the course's only one where it has one."""
    return click.argument("assignment", required=False, callback=_the_only_one)(command)


def _the_only_one(context: click.Context, parameter: click.Parameter, given: str | None) -> str:
    from graders.catalog.course import only_assignment

    return given or only_assignment()


def class_options(command: Command) -> Command:
    """Add what every command about a graded class takes."""
    return assignment_option(out_option(debug_option(command)))


def jobs_option(command: Command) -> Command:
    """Add --jobs."""
    return click.option("--jobs", type=click.IntRange(min=1), help="Worker processes; one a CPU by default.")(command)


def runner_options(command: Command) -> Command:
    """Add --runner, --address and --gpus, of which a command gets `cluster`: None where it works on this machine."""

    @functools.wraps(command)
    def called(*args: Any, runner: str, address: str | None, gpus: float, **given: Any) -> Any:
        from graders.runners.cluster import Elsewhere

        if runner == "local" and (address or gpus):
            raise UsageError("--address and --gpus are for --runner ray.")
        return command(*args, cluster=Elsewhere(address, gpus) if runner == "ray" else None, **given)

    for option in (
        click.option(
            "--gpus", type=click.FloatRange(min=0), default=0.0, help="The share of a GPU that a Ray job needs."
        ),
        click.option(
            "--address", metavar="HOST:PORT", help="The Ray cluster's; without it Ray is started on this machine."
        ),
        click.option(
            "--runner", type=click.Choice(["local", "ray"]), default="local", show_default=True, help="Where to grade."
        ),
    ):
        called = option(called)
    return called
