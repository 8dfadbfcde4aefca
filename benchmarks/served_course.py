"""A course that `graders serve` serves: its processes, and what they cost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """A process of the served course.

    Attributes:
        seconds: of processor time, with that of its children that have ended.
        part: of the whole, as whose it counts.
    """

    parent: int
    command: str
    seconds: float
    part: str = ""


def _part(parent: str, command: str) -> str:
    """What a process is, by what it was started by."""
    if parent == "server":
        return "crew" if "graders work" in command else "readers"
    return {"crew": "workers", "workers": "sandboxes"}.get(parent, parent)


@dataclass
class Course:
    """A served course.

    Attributes:
        errors: what went wrong for anybody, but for what a kill breaks off.
        looping: the numbers of students whose notebook loops.
        waits: seconds until each student's first feedback.
        accepted: the hash of each upload that was answered with a receipt.
    """

    folder: Path
    jobs: int
    port: int
    process: subprocess.Popen[bytes] | None = None
    errors: Counter[str] = field(default_factory=Counter)
    looping: frozenset[int] = frozenset()
    waits: dict[int, float] = field(default_factory=dict)
    accepted: list[str] = field(default_factory=list)
    most: float = 0.0

    def start(self) -> None:
        """Start the server."""
        command = [
            sys.executable,
            "-m",
            "graders",
            "serve",
            "--out",
            str(self.folder / "out"),
            "--port",
            str(self.port),
        ]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--jobs", str(self.jobs)],
                env=os.environ | {"GRADERS_ROOT": str(self.folder / "course")},
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )

    def tree(self) -> dict[int, Process]:
        """The processes below the server, itself included."""
        every: dict[int, Process] = {}
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError, ValueError):
                numbers = (path / "stat").read_text().rpartition(")")[2].split()
                command = (path / "cmdline").read_text().replace("\0", " ")
                every[int(path.name)] = Process(int(numbers[1]), command, sum(map(int, numbers[11:15])) / TICKS)
        found = {self.process.pid: "server"} if self.process else {}
        while more := {pid: one for pid, one in every.items() if one.parent in found and pid not in found}:
            found |= {pid: _part(found[one.parent], one.command) for pid, one in more.items()}
        return {pid: replace(every[pid], part=part) for pid, part in found.items() if pid in every}

    def spent(self) -> Counter[str]:
        """Seconds of processor time of each part until now."""
        spent = Counter({"this script": sum(os.times()[:2])})
        for one in self.tree().values():
            spent[one.part] += one.seconds
        return spent

    def memory(self) -> float:
        """Megabytes that they hold, what is shared divided among those who share it."""
        total = 0
        for pid in self.tree():
            with suppress(OSError):
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1])
        return total / 1024
