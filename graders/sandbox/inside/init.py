"""The first process of an attempt: it starts the attempt, collects orphans, and takes everything down; no secrets."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

from graders.sandbox.inside.kernel import landlock, syscalls
from graders.sandbox.inside.scratch import remove


class EndRequested(Exception):
    """The warm process wants the attempt to end."""


def in_namespaces(
    user: int, group: int, furnish: Callable[[], None], attempt: Callable[[], None], pinned: str | None = None
) -> None:
    """Be process 1 of new namespaces; the kernel kills what is left when this process ends. Never returns.

    Args:
        pinned: a folder of the attempt's process in /proc that is to be kept, so that what Landlock knows stays true.
    """
    code = 1
    try:
        syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # to process 1 of a namespace, its own children can send nothing
        syscalls.map_user(user, group)
        furnish()
        child = _fork(attempt)
        syscalls.close_all_but(*_pin(child, pinned))
        code = _wait_for(child)
    finally:
        os._exit(code)


def among_others(user: int | None, folder: str, attempt: Callable[[], None], pinned: str | None = None) -> None:
    """Do the same without namespaces: find what is left by its user, by Landlock's scope, or as a child. Never returns.

    Args:
        user: the user that the attempt becomes, who has no other processes; None where it stays who we are.
        folder: the folder that the attempt makes for itself.
        attempt: what the attempt's own process does.
        pinned: as for `in_namespaces`.
    """
    code = 1
    try:
        signal.signal(signal.SIGTERM, _tell)  # blocked until there is something to take down
        syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGTERM)
        syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
        syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
        scoped = landlock.scope()
        child = _fork(attempt)
        syscalls.close_all_but(*_pin(child, pinned))
        with contextlib.suppress(EndRequested):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
            code = _wait_for(child)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        take_down(user, scoped)
        with _as(user):
            remove(Path(folder))
    finally:
        os._exit(code)


def _tell(*_: object) -> None:
    raise EndRequested


def _fork(work: Callable[[], None]) -> int:
    """A child that does this work and nothing else."""
    child = os.fork()
    if child:
        return child
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        work()
    finally:
        os._exit(0)


def _pin(child: int, folder: str | None) -> list[int]:
    """Hold a folder of a process in /proc: when memory is short the kernel forgets it, and Landlock's rule with it."""
    with contextlib.suppress(OSError):
        return [os.open(f"/proc/{child}/{folder}", os.O_PATH | os.O_CLOEXEC)] if folder else []
    return []


def _wait_for(child: int) -> int:
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == child:
            return exit_code(status)


def exit_code(status: int) -> int:
    """An exit status as shells give it: 128 and the signal's number where a signal ended the process."""
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def take_down(user: int | None, scoped: bool) -> None:
    """Kill whatever the attempt has left, until there is nothing to wait for."""
    while children := _children():
        for pid in children:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if user is not None or scoped:  # who has no other processes; nobody outside hears it; so one call finds all
            with _as(user), contextlib.suppress(OSError):
                os.kill(-1, signal.SIGKILL)
        for pid in children:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _children() -> list[int]:
    try:
        return [int(word) for word in Path("/proc/thread-self/children").read_text().split()]
    except OSError:
        return []


@contextlib.contextmanager
def _as(user: int | None) -> Iterator[None]:
    """Act for a while as another user, who cannot act on this process."""
    if user is None:
        yield
        return
    os.setresuid(user, user, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
