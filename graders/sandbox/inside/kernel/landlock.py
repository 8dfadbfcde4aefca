"""Landlock: which files a process and its children may open, and whom they may signal; inside the sandbox, no secrets.

Landlock is the kernel's way for an ordinary process to fence itself in (landlock(7)). What a kernel does not know yet
is left out, so the fence is as high as the kernel allows.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

from graders.sandbox.inside.kernel.syscalls import libc

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15  # REFER: move from one folder to another
RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}  # ABI -> how many rights over files it knows
READING = EXECUTE | READ_FILE | READ_DIR
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
TCP_ALL = 0b11  # bind and connect, from ABI 4
SCOPES_ALL = 0b11  # abstract sockets and signals, from ABI 6


def abi() -> int:
    """The version of Landlock that this kernel speaks; 0 for none."""
    return max(0, int(libc().syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(1))))


def fence(
    readable: Iterable[str], listable: Iterable[str], writable: Iterable[str], amendable: Iterable[str] = ()
) -> bool:
    """Fence this process in for good; whether this kernel could.

    Args:
        readable: files and folders (with all they hold) that stay readable and executable.
        listable: folders whose names, and those of all folders in them, may be listed.
        writable: files and folders that stay readable and writable.
        amendable: folders whose files stay readable and writable, but in which none may be made or removed.

    `PR_SET_NO_NEW_PRIVS` must have been set.
    """
    version = abi()
    if not version:
        return False
    every = (1 << max(bits for known, bits in RIGHTS.items() if known <= version)) - 1
    ruleset = _ruleset(every, TCP_ALL if version >= 4 else 0, SCOPES_ALL if version >= 6 else 0)
    amending = READ_FILE | WRITE_FILE | TRUNCATE
    for paths, rights in ((readable, READING), (listable, READ_DIR), (writable, every), (amendable, amending)):
        for path in paths:
            _allow(ruleset, path, rights & every)
    _restrict(ruleset)
    return True


def scope() -> bool:
    """Let this process, and those that it starts, signal nobody but each other; whether this kernel could."""
    if abi() < 6:
        return False
    ruleset = _ruleset(REFER, 0, SCOPES_ALL)
    _allow(ruleset, "/", REFER)  # a right that is refused wherever it is not given
    _restrict(ruleset)
    return True


def _ruleset(files: int, network: int, scopes: int) -> int:
    words = [files, network, scopes]
    while not words[-1]:
        words.pop()  # an older kernel has no word for it
    attributes = struct.pack(f"={len(words)}Q", *words)
    ruleset = libc().syscall(CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0))
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    return int(ruleset)


def _restrict(ruleset: int) -> None:
    if libc().syscall(RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0)) < 0:
        raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no rule
    if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
        rights &= ON_FILES
    rule = struct.pack("=Qi", rights, descriptor)
    result = libc().syscall(ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(1), rule, ctypes.c_uint(0))
    os.close(descriptor)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"landlock_add_rule {path}")
