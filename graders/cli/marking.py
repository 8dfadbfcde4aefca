"""Commands for the marking pages: `mark`, `serve`, `account`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from graders.cli.options import FILE, class_options, debug_option, out_option


@click.command()
@class_options
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="On loopback; any free one by default.")
@click.option("--as", "name", envvar="GRADERS_MARKER", help="Who decides, in the record of decisions; you by default.")
@click.option("--browser/--no-browser", default=True, help="Open the pages in a browser.")
def mark(assignment: str, out: Path, database: str | None, port: int, name: str | None, browser: bool) -> int:
    """Mark written answers in a browser on this machine; the link that is printed works once."""
    from graders.commands.marking.mark import mark

    return mark(assignment=assignment, out=out, database=database, port=port, name=name, browser=browser)


@click.command()
@class_options
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8009, show_default=True, help="The port to listen on.")
@click.option("--certificate", type=FILE, help="A PEM file, for TLS without proxy.")
@click.option("--key", type=FILE, help="Its private key.")
@click.option("--proxy", metavar="ADDRESS", help="The TLS proxy that hands on what browsers ask; 127.0.0.1, say.")
@click.option("--url", metavar="URL", help="Where browsers reach the pages, for learning platforms to launch them.")
@click.option("--name", "names", multiple=True, help="A name by which browsers ask; any by default.")
@click.option("--jobs", type=click.IntRange(min=0), help="Workers that grade uploads; one a CPU; 0 where others do.")
@click.option("--check", is_flag=True, help="Say what is missing, and serve nothing.")
def serve(assignment: str, out: Path, database: str | None, **options: Any) -> int:
    """Serve the marking pages to a team with accounts, and to students those where they hand in, behind TLS."""
    from graders.commands.marking.mark import serve

    return serve(assignment=assignment, out=out, database=database, **options)


@click.group()
def account() -> None:
    """Who may sign in to the pages of graders serve."""


@account.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(["instructor", "marker"]), default="marker", show_default=True)
@out_option
@debug_option
def account_add(name: str, role: str, out: Path, database: str | None) -> int:
    """Add an account; the password is asked for, or read from standard input."""
    from graders.commands.marking.accounts import add

    return add(name, role, out=out, database=database)


@account.command("password")
@click.argument("name")
@out_option
@debug_option
def account_password(name: str, out: Path, database: str | None) -> int:
    """Give an account another password, which signs it out everywhere."""
    from graders.commands.marking.accounts import change

    return change(name, out=out, database=database)


@account.command("remove")
@click.argument("name")
@out_option
@debug_option
def account_remove(name: str, out: Path, database: str | None) -> int:
    """Remove an account; what it has decided stays."""
    from graders.commands.marking.accounts import remove

    return remove(name, out=out, database=database)


@account.command("list")
@out_option
@debug_option
def account_list(out: Path, database: str | None) -> int:
    """List the accounts and their roles."""
    from graders.commands.marking.accounts import show

    return show(out=out, database=database)
