"""Commands about learning platforms that launch the pages: `lti platforms`, `lti register`, `lti keys`, `lti test`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from graders.cli.options import debug_option, out_option


@click.group()
def lti() -> None:
    """Which learning platforms may launch the pages of graders serve, by LTI 1.3."""


@lti.group("platforms", invoke_without_command=True)
@out_option
@debug_option
@click.pass_context
def lti_platforms(context: click.Context, out: Path, database: str | None) -> int:
    """List the platforms, their deployments and courses."""
    from graders.commands.marking.lti import show

    return 0 if context.invoked_subcommand else show(out=out, database=database)


@lti_platforms.command("remove")
@click.argument("number", type=int)
@out_option
@debug_option
def lti_platforms_remove(number: int, out: Path, database: str | None) -> int:
    """Let a platform launch no more, and send it no marks; by its number in the list."""
    from graders.commands.marking.lti import remove

    return remove(number, out=out, database=database)


@lti.command("register")
@out_option
@debug_option
@click.option("--url", help="Where browsers reach graders serve; alone, it invites a platform to register itself.")
@click.option("--moodle", metavar="SITE", help="A Moodle site, whose addresses follow from its own.")
@click.option("--canvas", is_flag=True, help="Canvas in the cloud, whose addresses are known.")
@click.option("--client", default="", help="The client id that the platform has given us.")
@click.option("--deployment", "deployments", multiple=True, help="A deployment id; may be given several times.")
@click.option("--name", default="", help="The platform's name, for people.")
@click.option("--issuer", default="", help="Who the platform says that it is; an address.")
@click.option("--login", default="", help="Its address of authentication requests.")
@click.option("--token", default="", help="Its address of access tokens.")
@click.option("--keys", default="", help="Its public keys (JWKS).")
@click.option("--audience", default="", help="What requests for tokens are meant for, if not --token.")
def lti_register(
    out: Path,
    database: str | None,
    url: str | None,
    moodle: str | None,
    canvas: bool,
    deployments: tuple[str, ...],
    **said: Any,
) -> int:
    """Let a platform in, or add a deployment to one; or invite one to register itself."""
    from graders.commands.marking.lti import register
    from graders.lti.platforms import Platform

    given = Platform(**said, deployments=deployments)
    return register(url=url, given=given, moodle=moodle, canvas=canvas, out=out, database=database)


@lti.command("test")
@out_option
@debug_option
def lti_test(out: Path, database: str | None) -> int:
    """Try the keys, tokens and rosters of every platform; exit 1 when something does not work."""
    from graders.commands.marking.lti import test

    return test(out=out, database=database)


@lti.group("keys", invoke_without_command=True)
@out_option
@debug_option
@click.pass_context
def lti_keys(context: click.Context, out: Path, database: str | None) -> int:
    """List the keys by which platforms know us: which signs, and which they may still meet."""
    from graders.commands.marking.lti import keys

    return 0 if context.invoked_subcommand else keys(out=out, database=database)


@lti_keys.command("rotate")
@out_option
@debug_option
@click.option("--at-once", is_flag=True, help="Somebody has seen a key: no other one counts from now on.")
def lti_keys_rotate(at_once: bool, out: Path, database: str | None) -> int:
    """Make a new key: platforms see it from now on, and it signs from tomorrow on."""
    from graders.commands.marking.lti import rotate

    return rotate(at_once=at_once, out=out, database=database)
