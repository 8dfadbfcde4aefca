"""What a tree of processes has used, read from /proc on the trusted side."""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import signal
import stat
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")
TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")
PART = 1 << 16  # bytes
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
AWAKE = (b"R", b"D")  # running or ready to run; waiting for a disk


@dataclass(frozen=True)
class Process:
    """One process at one moment.

    Attributes:
        pid: its number as this process sees it.
        started: when it started, in clock ticks since boot: with `pid` it names one process for ever.
        own: CPU seconds of its own.
        reaped: CPU seconds of its children that have ended and were waited for.
        memory: bytes that it holds in memory, those that it shares with other processes included, but no pages of
            files, which the system can take back.
        threads: how many threads it has.
        asleep: whether it waits for something, rather than for a processor or a disk; of its main thread.
    """

    pid: int
    started: int
    own: float
    reaped: float
    memory: int
    threads: int
    asleep: bool = False


@dataclass(frozen=True)
class Usage:
    """What a whole tree has used so far, and holds now."""

    cpu: float
    memory: int
    processes: int  # and threads
    asleep: bool = False  # whether every process is
    waiting: int = 0  # bytes that snapshots hold, not counted in `memory`


def read_process(pid: int, proc: Path = PROC) -> Process | None:
    """The process with this number, or None when there is none (any more)."""
    try:
        text, status = _read(f"{proc}/{pid}/stat"), _read(f"{proc}/{pid}/status")
        fields = text[text.rindex(b")") + 2 :].split()
        utime, stime, cutime, cstime = (int(n) / TICKS for n in fields[11:15])
        threads, started, asleep = int(fields[17]), int(fields[19]), fields[0] not in AWAKE
        return Process(pid, started, utime + stime, cutime + cstime, _resident(status), threads, asleep)
    except (OSError, ValueError, IndexError):
        return None


def _read(path: str) -> bytes:
    """A file of /proc, without what a file object costs: this is done many times a second."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        text = part = os.read(descriptor, PART)
        while len(part) == PART:
            text += (part := os.read(descriptor, PART))
        return text
    finally:
        os.close(descriptor)


def _resident(status: bytes) -> int:
    """Bytes that a status file tells of: those of no file, or all where the kernel does not tell them apart."""
    return _kilobytes(status, b"RssAnon:", b"RssShmem:") or _kilobytes(status, b"VmRSS:")


def _kilobytes(text: bytes, *names: bytes) -> int:
    total, text = 0, b"\n" + text
    for name in names:
        if (at := text.find(b"\n" + name)) >= 0:
            total += 1024 * int(text[at + 1 + len(name) :].split(None, 1)[0])
    return total


def children(pid: int, proc: Path = PROC) -> list[int]:
    """The numbers of the children of a process, of all its threads."""
    found: list[int] = []
    try:
        for task in os.listdir(f"{proc}/{pid}/task"):  # noqa: PTH208 - paths cost more than the reading
            found += map(int, _read(f"{proc}/{pid}/task/{task}/children").split())
    except OSError:
        return found  # it ended while we looked
    return found


def descendants(root: int, proc: Path = PROC) -> Iterator[Process]:
    """The process and everything below it, parents first."""
    waiting, seen = [root], set[int]()
    while waiting:
        pid = waiting.pop()
        process = None if pid in seen else read_process(pid, proc)
        seen.add(pid)
        if process is not None:
            yield process
            waiting += children(pid, proc)


def numbers(pid: int, proc: Path = PROC) -> list[int]:
    """The numbers of a process in each pid namespace in which it is visible, outermost first."""
    try:
        for line in (proc / str(pid) / "status").read_text("ascii", "replace").splitlines():
            if line.startswith("NSpid:"):
                return [int(word) for word in line.split()[1:]]
    except OSError:
        return []
    return [pid]  # a kernel without namespaces


def exact_memory(root: int, proc: Path = PROC) -> int:
    """Bytes that a tree holds, what processes share counted once (where the kernel tells; else what they map)."""
    total = 0
    for process in descendants(root, proc):
        try:
            text = _as_owner(process.pid, proc, partial(_read, f"{proc}/{process.pid}/smaps_rollup"))
            total += _kilobytes(text, b"Pss_Anon:", b"Pss_Shmem:") or _kilobytes(text, b"Pss:")
        except (OSError, ValueError, IndexError):
            total += process.memory
    return total


def killed_for_memory(proc: Path = PROC) -> int:
    """How many processes the kernel has killed since it started because memory had run out, here or in a container."""
    try:
        lines = (proc / "vmstat").read_text("ascii", "replace").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))


@dataclass
class Tree:
    """Everything that runs below one process.

    CPU seconds are the larger of two counts, neither of which can be too large: the kernel's (each living process and
    the children that it waited for), and the sum of what each process was ever seen to have used, which also knows
    children that nobody waited for.

    Attributes:
        snapshots: number and start of those processes in it that only keep a state; not the student's.
        charged: how many CPU seconds of it have been charged to the submission's account.
        cpu: CPU seconds up to the last measurement.
        measured: when that was, as `time.monotonic` says it; long ago where there has been none.
    """

    root: int
    base_memory: int = 0
    snapshots: set[tuple[int, int]] = field(default_factory=set)
    charged: float = 0.0
    cpu: float = 0.0
    measured: float = -math.inf
    _seen: dict[tuple[int, int], float] = field(default_factory=dict)

    def usage(self) -> Usage:
        """Measure now. Memory is counted above `base_memory` a process, which is what all of them share."""
        self.measured = time.monotonic()
        cpu, memory, waiting = 0.0, 0, 0
        count, asleep = 0, True
        for process in descendants(self.root):
            key, held = (process.pid, process.started), max(0, process.memory - self.base_memory)
            cpu += process.own + process.reaped
            self._seen[key] = max(process.own, self._seen.get(key, 0.0))
            asleep = asleep and process.asleep
            if key in self.snapshots:
                waiting += held
            else:
                memory, count = memory + held, count + process.threads
        self.cpu = max(cpu, sum(self._seen.values()))
        return Usage(self.cpu, memory, count, asleep, waiting)


@dataclass
class Contents:
    """What lies in a folder.

    Attributes:
        size: bytes that its files take.
        count: how many files and folders there are.
        depth: how far down the deepest of them lies.
    """

    size: int = 0
    count: int = 0
    depth: int = 0


def written(folder: Path, most: int, deepest: int) -> Contents:
    """What has been written into a folder; it stops looking after `most` files, or below `deepest` folders.

    It goes down by descriptors: a path would be too long for the kernel, and slow, before a folder is very deep.
    """
    found = Contents()
    _add_written(str(folder), None, 1, found, most, deepest)
    return found


def _add_written(name: str, above: int | None, depth: int, found: Contents, most: int, deepest: int) -> None:
    try:
        here = os.open(name, FOLDER, dir_fd=above)
    except OSError:
        return  # it went while we looked, or is not to be looked into
    try:
        with os.scandir(here) as entries:
            for entry in entries:
                if found.count > most or found.depth > deepest:
                    return
                found.count, found.depth = found.count + 1, max(found.depth, depth)
                with contextlib.suppress(OSError):
                    found.size += 512 * entry.stat(follow_symlinks=False).st_blocks
                if entry.is_dir(follow_symlinks=False):
                    _add_written(entry.name, here, depth + 1, found, most, deepest)
    except OSError:
        return
    finally:
        os.close(here)


def hidden_files(root: int, proc: Path = PROC) -> int:
    """How many bytes files take that a tree holds open, but that are in no folder any more."""
    found: dict[tuple[int, int], int] = {}
    for process in descendants(root, proc):
        with contextlib.suppress(OSError):
            _as_owner(process.pid, proc, partial(_add_hidden, proc / str(process.pid) / "fd", found))
    return sum(found.values())


def _add_hidden(descriptors: Path, found: dict[tuple[int, int], int]) -> None:
    for descriptor in descriptors.iterdir():
        with contextlib.suppress(FileNotFoundError):  # it was closed while we looked
            status = descriptor.stat()
            if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                found[status.st_dev, status.st_ino] = 512 * status.st_blocks


def _as_owner(pid: int, proc: Path, read: Callable[[], Found]) -> Found:
    """What is read of a process, as its owner where it is kept from us: in a container root may not look at others'.

    That is done in a thread of its own: each may have another user for files, and one that changes it loses the signal
    by which it would end with its parent.
    """
    try:
        return read()
    except PermissionError:
        owner = os.stat(f"{proc}/{pid}")  # noqa: PTH116 - paths cost more than the reading
        if os.geteuid() != 0 or owner.st_uid == 0:
            raise
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_read_as, owner.st_uid, owner.st_gid, read).result()


def _read_as(user: int, group: int, read: Callable[[], Found]) -> Found:
    libc = ctypes.CDLL(None)
    libc.setfsgid(group)
    libc.setfsuid(user)
    return read()


def kill(process: Process) -> None:
    """Kill exactly this process, not one that has taken its number since."""
    try:
        handle = os.pidfd_open(process.pid)
    except OSError:
        return
    try:
        now = read_process(process.pid)
        if now is not None and now.started == process.started:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except OSError:
        return
    finally:
        os.close(handle)
