"""Linux calls that Python has no function for (by ctypes); copied into the sandbox, so nothing secret."""

from __future__ import annotations

import ctypes
import functools
import os
import platform
import signal
import sys
from pathlib import Path

CLONE_NEWNS, CLONE_NEWIPC = 0x00020000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 2, 4, 8, 0x4000, 0x40000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER = 1, 4, 24, 36
MADV_COLLAPSE = 25
CLONE_CALL = {"x86_64": 56, "aarch64": 220}
PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4
CAP_KILL, CAP_SETGID, CAP_SETUID = 5, 6, 7
CAPABILITY_VERSION_3, LAST_CAPABILITY = 0x20080522, 63


@functools.cache
def libc() -> ctypes.CDLL:
    """The C library of this process; each is a class of its own to ctypes, which takes longer to make than to call."""
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, name: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def prctl(option: int, argument: int = 0, argument3: int = 0) -> None:
    """prctl(2)."""
    words = [ctypes.c_ulong(n) for n in (argument, argument3, 0, 0)]
    _checked(libc().prctl(option, *words), "prctl")


def unshare(flags: int) -> None:
    """unshare(2)."""
    _checked(libc().unshare(flags), "unshare")


def fork_into(flags: int) -> int:
    """Fork into new namespaces: 0 in the child, its number in the parent.

    `os.fork` after `unshare` would leave this process unable to make a second pid namespace. The child must do little
    more than fork once more in the ordinary way, which puts right what the C library knows of its own thread.
    """
    number = CLONE_CALL[platform.machine()]
    words = [ctypes.c_long(n) for n in (number, flags | signal.SIGCHLD, 0, 0, 0, 0)]
    return _checked(ctypes.PyDLL(None, use_errno=True).syscall(*words), "clone")


def mount(source: str, target: str, kind: str, flags: int = 0, data: str = "") -> None:
    """mount(2)."""
    words = [text.encode() for text in (source, target, kind)]
    _checked(libc().mount(*words, ctypes.c_ulong(flags), data.encode() or None), f"mount {kind}")


def map_user(user: int, group: int) -> None:
    """In a new user namespace, stay the user and the group that we were."""
    own = Path("/proc/self")
    (own / "setgroups").write_text("deny")
    (own / "uid_map").write_text(f"{user} {user} 1")
    (own / "gid_map").write_text(f"{group} {group} 1")


def use_huge_pages() -> None:
    """Gather this process's memory in 2 MB pages, which makes a fork of it three times as fast (from Linux 6.1 on)."""
    size = 1 << 21
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, rights = line.split()[:2]
        start, end = (int(word, 16) for word in span.split("-"))
        start, end = -(-start // size) * size, end // size * size
        if rights == "rw-p" and start < end:
            libc().madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), MADV_COLLAPSE)


def keep_capabilities(*numbers: int) -> None:
    """Keep only these of the capabilities that this process has."""
    low = sum(1 << number for number in numbers)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    _checked(libc().capset(header, (ctypes.c_uint32 * 6)(low, low)), "capset")


def drop_capabilities() -> None:
    """Give up every capability, for this process and whatever it executes."""
    for number in range(LAST_CAPABILITY + 1):
        try:
            prctl(PR_CAPBSET_DROP, number)
        except OSError:
            break  # past the last one that this kernel knows, or not ours to drop
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    keep_capabilities()


def become(user: int) -> None:
    """Turn from root to another user for good."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    prctl(PR_SET_DUMPABLE, 1)  # else /proc/self belongs to root


def silence() -> None:
    """Let the three standard descriptors lead nowhere."""
    nowhere = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    if nowhere > 2:
        os.close(nowhere)


def close_all_but(*kept: int) -> None:
    """Close every descriptor above 2 that is not named."""
    low = 3
    for descriptor in sorted(kept):
        os.closerange(low, descriptor)
        low = descriptor + 1
    os.closerange(low, min(os.sysconf("SC_OPEN_MAX"), sys.maxsize))
