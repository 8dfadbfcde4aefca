"""What a command costs: time on the clock, processor time of everything it starts, and the most memory they hold."""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

SECONDS_BETWEEN = 1.0  # looks at memory; each takes some milliseconds a process


@dataclass(frozen=True)
class Cost:
    """What a command costs.

    Attributes:
        wall: seconds on the clock.
        cpu: seconds of all processors, of all processes that it started: by a control group where one may be made (as
            root), else of those that were waited for, which leaves out what was killed in namespaces of its own.
        megabytes: the most that these held together at a look (proportional set size, a look a second).
    """

    wall: float
    cpu: float
    megabytes: float


def measured(command: Sequence[str | Path], cwd: Path, env: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end and say what it cost.

    Raises:
        RuntimeError: the command failed; with the end of what it printed.
    """
    return measured_together([command], cwd, env)


def measured_together(
    commands: Sequence[Sequence[str | Path]], cwd: Path, env: Mapping[str, str] | None = None
) -> Cost:
    """Run commands at the same time; what they cost together."""
    group, before, started = _group(), resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    running = [
        subprocess.Popen(
            [*_joining(group), *(str(part) for part in command)],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for command in commands
    ]
    peak = Peak(running)
    outputs = [process.communicate()[0] for process in running]
    wall, megabytes = time.perf_counter() - started, peak.end()
    for process, output in zip(running, outputs, strict=True):
        if process.returncode:
            raise RuntimeError(f"{process.args} ended with {process.returncode}: {output[-2000:]}")
    if group:
        cpu = _seconds(group)
        _give_up(group)
        return Cost(wall, cpu, megabytes)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, megabytes)


def _group() -> Path | None:
    """A new control group that counts processor time; None where none may be made."""
    for root in (Path("/sys/fs/cgroup/cpuacct"), Path("/sys/fs/cgroup")):
        group = root / f"graders-bench-{os.getpid()}"
        with suppress(OSError):
            group.mkdir()
            _seconds(group)
            return group
    return None


def _seconds(group: Path) -> float:
    if (usage := group / "cpuacct.usage").exists():
        return int(usage.read_text()) / 1e9
    return int((group / "cpu.stat").read_text().split()[1]) / 1e6


def _give_up(group: Path) -> None:
    """Remove a control group once the last of its processes has gone."""
    for _ in range(50):
        try:
            return group.rmdir()
        except OSError:
            time.sleep(0.1)
    return None


def _joining(group: Path | None) -> list[str]:
    """What a command is begun with so that it runs in a control group."""
    return ["sh", "-c", 'echo $$ > "$0"; exec "$@"', str(group / "cgroup.procs")] if group else []


class Peak:
    """The most memory that processes and all below them hold, looked at by a thread."""

    def __init__(self, running: Sequence[subprocess.Popen[str]]) -> None:
        self._roots = [psutil.Process(process.pid) for process in running]
        self._most, self._over = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> float:
        """Stop looking; megabytes."""
        self._over.set()
        self._thread.join()
        return self._most

    def _look(self) -> None:
        while not self._over.wait(SECONDS_BETWEEN):
            total = 0
            for root in self._roots:
                with suppress(psutil.Error):
                    for process in (root, *root.children(recursive=True)):
                        with suppress(psutil.Error):
                            total += process.memory_full_info().pss
            self._most = max(self._most, total / 1e6)
