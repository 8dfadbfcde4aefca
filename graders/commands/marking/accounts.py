"""`graders account`: who may sign in to the marking pages."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from graders.archive.accounts import Accounts
from graders.archive.store import open_store
from graders.web.people import hashed, plain_name


def add(name: str, role: str, *, out: Path, database: str | None = None) -> int:
    """Make an account; the exit status."""
    with _accounts(out, database) as accounts:
        accounts.add(plain_name(name), role, hashed(_password()))
    print(f"{name} may sign in as {role}.")
    return 0


def change(name: str, *, out: Path, database: str | None = None) -> int:
    """Give an account another password; the exit status."""
    with _accounts(out, database) as accounts:
        accounts.change(name, hashed(_password()))
    print(f"{name} has another password, and is signed out everywhere.")
    return 0


def remove(name: str, *, out: Path, database: str | None = None) -> int:
    """Remove an account; the exit status."""
    with _accounts(out, database) as accounts:
        accounts.remove(name)
    print(f"{name} may not sign in any more; what {name} has decided stays.")
    return 0


def show(*, out: Path, database: str | None = None) -> int:
    """List the accounts; the exit status."""
    with _accounts(out, database) as accounts:
        for account in accounts.all():
            print(f"{account.role:10}  {account.name}")
    return 0


@contextmanager
def _accounts(out: Path, database: str | None) -> Iterator[Accounts]:
    with open_store(out, database) as store:
        yield Accounts(store.database)


def _password() -> str:
    """From standard input where that is no terminal, so that programs can add accounts."""
    if sys.stdin.isatty():
        found: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return found
    return sys.stdin.readline().rstrip("\n")
