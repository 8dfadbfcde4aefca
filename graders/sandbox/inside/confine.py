"""How an attempt settles before it meets student code: what it gives up, and where it works; inside, no secrets."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graders.sandbox.inside.kernel import landlock, seccomp, syscalls

WORK = "/tmp"
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
SHARED_MEMORY = "/dev/shm"
THREADS = "/proc/self/task"  # where CUDA names the threads that it starts
SPARE_PROCESSES = 64
MOST_FILES = 10_000
MOST_DESCRIPTORS, SPARE_DESCRIPTORS = 256, 16


@dataclass(frozen=True)
class AttemptFolder:
    """Where attempts run.

    Attributes:
        work: the folder in which each attempt makes a folder of its own; None where each has a /tmp to itself.
        user: the user that each attempt becomes; None to stay.
        readable: files and folders that student code may read; its own folder apart.
        listable: folders whose names it may list.
        unix_sockets: whether it may connect to other processes of the namespace.
        owner: whether it runs as the owner of files that do not concern it.
        devices: device nodes that it may use besides the usual ones.
        gpu: whether a GPU is used: its driver reserves more addresses than any machine has memory, so that those of a
            process cannot be limited; the trusted side still watches how much memory the whole tree holds.
        pipes: the folder in which a server of MPS listens, if there is one.
    """

    work: str | None
    user: int | None
    readable: tuple[str, ...]
    listable: tuple[str, ...]
    unix_sockets: bool
    owner: bool
    devices: tuple[str, ...] = ()
    gpu: bool = False
    pipes: str = ""

    @property
    def amendable(self) -> tuple[str, ...]:
        """Folders whose files may be changed."""
        return (THREADS, *([self.pipes] if self.pipes else [])) if self.gpu else ()


def settle(place: AttemptFolder, folder: str | None, limits: dict[str, Any], size: int, descriptor: int) -> None:
    """Give everything up but one descriptor, for good.

    Args:
        place: where attempts run.
        folder: the folder to make and to work in; None for /tmp.
        limits: as `Limits.inside` gives them.
        size: bytes of address space that the warm process had.
        descriptor: the one to keep.
    """
    os.setsid()
    syscalls.close_all_but(descriptor)
    syscalls.silence()
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # where memory runs out, this goes before anything of ours
    if place.user is not None:
        syscalls.become(place.user)
    syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)  # a change of user forgets it
    _move_into(folder)
    _limit(limits, None if place.gpu else size, place.user is not None or place.work is None)
    syscalls.drop_capabilities()
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    writable = (folder,) if folder else (WORK, SHARED_MEMORY)
    landlock.fence(place.readable, place.listable, (*writable, *DEVICES, *place.devices), place.amendable)
    seccomp.forbid(place.unix_sockets, place.owner, place.gpu)


def _move_into(folder: str | None) -> None:
    if folder is None:
        os.chdir(WORK)
        return
    Path(folder).mkdir(0o700)
    os.chdir(folder)
    os.environ |= {"HOME": folder, "TMPDIR": folder, "MPLCONFIGDIR": f"{folder}/matplotlib"}
    tempfile.tempdir = None


def _limit(limits: dict[str, Any], size: int | None, own_user: bool) -> None:
    """Limits of each single process; the trusted side watches the whole tree."""
    wanted = {
        resource.RLIMIT_FSIZE: limits["file_bytes"],
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: MOST_DESCRIPTORS + SPARE_DESCRIPTORS,
        resource.RLIMIT_CPU: limits["total_cpu_seconds"],
        resource.RLIMIT_MEMLOCK: 1 << 20,
        resource.RLIMIT_MSGQUEUE: 1 << 16,
    }
    if size is not None:
        wanted[resource.RLIMIT_AS] = size + limits["memory_bytes"] + limits["spare_bytes"]
    if own_user:  # else the person's other processes would count
        wanted[resource.RLIMIT_NPROC] = limits["processes"] + SPARE_PROCESSES
    for which, value in wanted.items():
        hard = resource.getrlimit(which)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))
    resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_DESCRIPTORS, MOST_DESCRIPTORS + SPARE_DESCRIPTORS))
    if size is not None:
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (max(0, hard - limits["spare_bytes"]), hard))


def furnish(disk_bytes: int) -> None:
    """Give a new mount namespace its own /proc and empty, bounded writable folders."""
    syscalls.mount("none", "/", "none", syscalls.MS_REC | syscalls.MS_PRIVATE)
    flags = syscalls.MS_NOSUID | syscalls.MS_NODEV
    try:
        show_processes()
    except PermissionError:  # where parts of /proc are hidden, the kernel allows no second one
        syscalls.mount("tmpfs", "/proc", "tmpfs", flags, "size=4k,mode=0555")
    for folder in (WORK, SHARED_MEMORY):
        syscalls.mount("tmpfs", folder, "tmpfs", flags, f"size={disk_bytes},nr_inodes={MOST_FILES},mode=0700")


def show_processes() -> None:
    """A /proc of this pid namespace."""
    syscalls.mount("proc", "/proc", "proc", syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC)
