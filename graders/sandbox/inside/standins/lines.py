"""What a notebook says to a keyboard, a terminal, a debugger or a hosted service, where there is none of these."""

from __future__ import annotations

import builtins
import getpass
import os
import pdb
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import IPython.core.debugger

from graders.sandbox.inside.standins.absent import STATE, NotHere
from graders.sandbox.inside.standins.putting import put

NO_COMMANDS = "Shell commands and package installers do not run while a notebook is graded."
HOSTED = ("/content", "/kaggle", "/gdrive", "/drive", "/workspace")
INSTALLERS = ("pip", "pip3", "conda", "mamba", "uv", "apt", "apt-get", "wget", "curl", "git", "unzip", "nvidia-smi")
MOST_QUESTIONS = 1000


class Nobody(NotHere, EOFError):
    """There is nobody to ask."""

    thing = "an answer to input()"


class EmptyInput(str):
    """What `input()` gives: nothing, which is no number."""

    def _no_number(self) -> Any:
        raise Nobody("input() has nobody to ask here; give the value a name instead")

    __int__ = __float__ = __index__ = _no_number


class NoInput:
    """`input` where nobody answers: in a cell it gives nothing, in a call it raises."""

    def __init__(self) -> None:
        self._asked = 0

    def __call__(self, prompt: object = "", /) -> str:
        """Nothing, at once."""
        self._asked += 1
        if STATE.strict or self._asked > MOST_QUESTIONS:
            raise Nobody("input() has nobody to ask here; give the value a name instead")
        print(prompt)
        return EmptyInput("")


def install() -> None:
    """Put them in place."""
    put(builtins, input=NoInput())
    put(getpass, getpass=NoInput())
    put(sys, breakpointhook=_nothing)
    put(pdb, set_trace=_nothing)
    put(IPython.core.debugger, set_trace=_nothing)
    put(os, system=_system, chdir=_chdir(os.chdir))
    put(subprocess, Popen=_Popen)


def leave_out(command: str) -> None:
    """Note a command that is not run, and say so."""
    STATE.undone.append(command)
    print(NO_COMMANDS)


def _nothing(*_: Any, **__: Any) -> None:
    """Nothing."""


def _system(command: Any) -> int:
    """`os.system`: a sentence, and success."""
    leave_out(f"`{command}`")
    return 0


def _chdir(original: Callable[[Any], None]) -> Callable[[Any], None]:
    def chdir(path: Any) -> None:
        """As `os.chdir`; a hosted service's folder, which is not here, is left out."""
        if isinstance(path, (str, os.PathLike)) and os.fspath(path).startswith(HOSTED) and not Path(path).is_dir():
            return
        original(path)

    return chdir


class _Popen(subprocess.Popen):  # type: ignore[type-arg]
    """A process; an installer or a downloader is left out and seems to succeed."""

    def __init__(self, args: Any, *more: Any, **options: Any) -> None:
        words = args.split() if isinstance(args, str) else [os.fspath(word) for word in args]
        program = Path(words[0]).name if words else ""
        if program in INSTALLERS or words[1:3] == ["-m", "pip"] or options.get("shell"):
            leave_out(f"`{' '.join(map(str, words))}`")
            args, options = [sys.executable, "-S", "-c", ""], options | {"shell": False, "executable": None}
        super().__init__(args, *more, **options)
