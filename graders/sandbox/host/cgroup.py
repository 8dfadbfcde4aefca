"""A control group: the kernel's own bound on all that one warm process starts, on machines where we may make one.

The trusted side measures attempts twenty times a second and judges them; what a group adds is that nothing can outgrow
the machine between two looks. So its bounds are wider than an attempt's limits, and no verdict depends on them unless
something did just that. Version 2 as systemd delegates it, and version 1 (`man 7 cgroups`); without either, what is
measured is all there is.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from graders.sandbox.limits import MEGABYTE, Limits

PREFIX = "graders-"
FRESH = 60.0  # seconds in which a group may be there and hold no process yet
CONTROLLERS = ("memory", "pids")
SPARE_BYTES, SPARE_PROCESSES = 256 * MEGABYTE, 128
FILES = {  # of a memory controller: what bounds it, what it holds, and where it counts how often that was too much
    "cgroup": ("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.failcnt"),
    "cgroup2": ("memory.max", "memory.current", "memory.events"),
}
ENTER = 'while [ "$1" != -- ]; do echo 0 > "$1" || exit 1; shift; done; shift; exec "$@"'
_serial = itertools.count()


@dataclass(frozen=True)
class Mount:
    """Where a hierarchy of groups is mounted.

    Attributes:
        kind: `cgroup` or `cgroup2`, as file systems are named.
        folder: the group of this process in it, or the top where that is out of sight.
        top: the mount point.
        controllers: which of `CONTROLLERS` it offers to new groups next to ours.
    """

    kind: str
    folder: Path
    top: Path
    controllers: tuple[str, ...]

    @property
    def parent(self) -> Path:
        """Where to make a group: version 2 wants processes in leaves only, so next to ours and not in it."""
        return self.folder.parent if self.kind == "cgroup2" and self.folder != self.top else self.folder


@dataclass
class Group:
    """A group of processes, with one folder for each controller.

    Attributes:
        folders: controller -> its folder.
        kind: `cgroup` or `cgroup2`.
        base: bytes that it held when its warm process was ready.
    """

    folders: Mapping[str, Path]
    kind: str
    base: int = 0

    def entering(self, command: Sequence[str]) -> list[str]:
        """The command that enters the group before it becomes another one."""
        places = sorted({str(folder / "cgroup.procs") for folder in self.folders.values()})
        return ["/bin/sh", "-c", ENTER, "sh", *places, "--", *command]

    def measure_base(self) -> None:
        """Note what the warm process holds."""
        if "memory" in self.folders:
            self.base = int((self.folders["memory"] / FILES[self.kind][1]).read_text())

    def bound(self, limits: Limits, shared: int) -> None:
        """Set the bounds for an attempt.

        Args:
            limits: what the attempt may use.
            shared: bytes of the warm process, all of which an attempt may come to hold once more by writing to them.
        """
        inside = limits.inside()
        memory = self.base + shared + inside["memory_bytes"] + inside["disk_bytes"] + SPARE_BYTES
        self._write("memory", FILES[self.kind][0], memory)
        self._write("memory", "memory.swap.max", 0)
        self._write("pids", "pids.max", 2 * limits.processes + SPARE_PROCESSES)

    def _write(self, controller: str, name: str, value: int) -> None:
        path = self.folders.get(controller, Path()) / name
        if controller in self.folders and path.exists():
            with contextlib.suppress(OSError):
                path.write_text(str(value))

    def outgrown(self) -> int:
        """How often it wanted more than its own bound; not how often a larger group, or the machine, had no more."""
        if "memory" not in self.folders:
            return 0
        try:
            text = (self.folders["memory"] / FILES[self.kind][2]).read_text()
        except OSError:
            return 0
        return int(re.findall(r"^(?:oom )?(\d+)$", text, re.MULTILINE)[0])

    def close(self) -> None:
        """Remove it; what was in it has been killed, and may take a moment to go."""
        for folder in set(self.folders.values()):
            for _ in range(100):
                try:
                    folder.rmdir()
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.01)
                else:
                    break


@contextlib.contextmanager
def own_group(proc: Path = Path("/proc/self")) -> Iterator[Group | None]:
    """A new group, removed afterwards; None where we may not make one that does anything."""
    group = _made(mounts(proc))
    try:
        yield group
    finally:
        if group is not None:
            group.close()


def _made(found: Sequence[Mount]) -> Group | None:
    kind = found[0].kind if found else ""
    folders: dict[str, Path] = {}
    for mount in found:
        folder = mount.parent / f"{PREFIX}{os.getpid()}-{next(_serial)}"
        try:
            sweep(mount.parent)
            folder.mkdir(0o755)
        except OSError:
            continue
        folders |= dict.fromkeys(mount.controllers, folder)
    if not folders:
        return None
    group = Group(folders, kind)
    if subprocess.run(group.entering(["/bin/true"]), check=False, capture_output=True).returncode:
        group.close()
        return None
    return group


def sweep(parent: Path) -> None:
    """Remove the groups that killed processes of ours have left; the kernel keeps those with processes in them."""
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.lstat().st_mtime > FRESH:
                folder.rmdir()


def mounts(proc: Path = Path("/proc/self")) -> list[Mount]:
    """The hierarchies that offer `CONTROLLERS`, all of one version; none where there are none."""
    try:
        ours = _own_groups((proc / "cgroup").read_text())
        lines = [line.split() for line in (proc / "mountinfo").read_text().splitlines()]
    except (OSError, ValueError):
        return []
    found = [_mount(words[words.index("-") + 1], Path(words[4]), words[-1].split(","), ours) for words in lines]
    useful = [mount for mount in found if mount.controllers]
    newest = max((mount.kind for mount in useful), default="")
    return [mount for mount in useful if mount.kind == newest]


def _mount(kind: str, top: Path, options: list[str], ours: Mapping[str, str]) -> Mount:
    """What is mounted there; it offers nothing where it is no hierarchy of groups."""
    if kind not in FILES:
        return Mount(kind, top, top, ())
    names = options if kind == "cgroup" else [""]
    folder = top / next((path for name, path in ours.items() if name in names), "/").lstrip("/")
    mount = Mount(kind, folder if folder.is_dir() and ".." not in folder.parts else top, top, ())
    offered = options if kind == "cgroup" else _words(mount.parent / "cgroup.subtree_control")
    return replace(mount, controllers=tuple(name for name in CONTROLLERS if name in offered))


def _own_groups(text: str) -> dict[str, str]:
    """Controller -> path of our group; the empty name is that of version 2."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        _, names, path = line.split(":", 2)
        found |= dict.fromkeys(names.split(","), path)
    return found


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []
