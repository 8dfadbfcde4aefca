"""What a command needs of its machine, parts of the package or Linux, in a sentence where that is lacking."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from graders.errors import UsageError

PARTS = {
    "mark": "web",
    "serve": "web",
    "account": "web",
    "lti": "web",
    "work": "web",
    "forget": "web",
}  # of commands that need more packages
WALLED = frozenset({"grade", "audit", "doctor", "work"})  # commands that run students' code
LINUX_ALONE = frozenset({"fcntl", "resource", "pwd", "grp", "termios"})  # modules of Python's own
ELSEWHERE = (
    "graders {command} needs Linux, for student code runs behind walls that no other system has: use WSL on Windows or "
    "a container that the Containerfile describes (README.md says how); graders check works everywhere."
)


@contextmanager
def needed(arguments: Sequence[str]) -> Iterator[None]:
    """While a command runs, what it lacks becomes a sentence.

    Args:
        arguments: the command and its own arguments.

    Raises:
        UsageError: this is no Linux, or a package is not installed.
    """
    command = next((word for word in arguments if not word.startswith("-")), "")
    if command in WALLED and not sys.platform.startswith("linux") and not {"-h", "--help"} & set(arguments):
        raise UsageError(ELSEWHERE.format(command=command))
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "graders").partition(".")[0]
        if package == "graders":
            raise
        if package in LINUX_ALONE:
            raise UsageError(ELSEWHERE.format(command=command)) from error
        raise UsageError(f"graders {command} needs {package}, which is not installed: {_remedy(command)}") from error


def _remedy(command: str) -> str:
    whole = "graders" if command == "check" else f"graders[{PARTS.get(command, 'grade')}]"
    return f'pip install "{whole}"'
