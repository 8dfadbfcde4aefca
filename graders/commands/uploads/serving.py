"""What `graders serve` adds where students hand in: their pages, and workers that are started again when they end."""

from __future__ import annotations

import importlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graders.archive.store import Store
from graders.queue.events import event
from graders.queue.rules import upload_rules
from graders.web.hand_in import HandInDesk

EXAMINER = "graders.queue.examiner"  # loads what renders reports, which marking alone does not need
FIRST, LONGEST = 1.0, 60.0  # seconds before a crew that has ended is started again, and at the most
WELL = 60.0  # seconds of work after which the first of these counts again
GRACE = 10.0  # seconds that a crew gets to end its workers, and to give back what they were at


@dataclass(frozen=True)
class Place:
    """Where a crew finds the course and the database.

    Attributes:
        jobs: how many workers are started here; 0 where others work, by `graders work`.
        port: of the server, which tells its crew from others of this machine.
    """

    assignment: str
    root: Path
    out: Path
    database: str | None
    jobs: int | None
    port: int

    @property
    def command(self) -> list[str]:
        """What starts a crew that ends with this process."""
        given = [
            "--assignment",
            self.assignment,
            "--out",
            str(self.out),
            "--crew",
            f"{socket.gethostname()}:{self.port}",
        ]
        given += ["--jobs", str(self.jobs)] if self.jobs else []
        return [sys.executable, "-m", "graders", "work", *given, "--parent", str(os.getpid())]

    @property
    def environment(self) -> dict[str, str]:
        """The same for what does not stand on a command line."""
        return os.environ | ({"GRADERS_DATABASE": self.database} if self.database else {})


@contextmanager
def handed_in(store: Store, settings: Mapping[str, Any], place: Place) -> Iterator[HandInDesk | None]:
    """The desk at which students hand in, with workers, as long as it is served; None where they hand in elsewhere."""
    rules = upload_rules(settings)
    if rules is None:
        yield None
        return
    examiner = importlib.import_module(EXAMINER).Examiner(place.assignment, place.root, rules.most_mb)
    examiner.warm_up()
    crew = CrewProcess(place.command, place.environment)
    if place.jobs != 0:
        crew.start()
    try:
        yield HandInDesk(store, place.assignment, str(settings["title"]), rules, examiner)
    finally:
        crew.close()
        examiner.close()


@dataclass
class CrewProcess:
    """A process that is started again whenever it ends, later each time that it ends at once."""

    command: Sequence[str]
    environment: Mapping[str, str]
    _over: threading.Event = field(default_factory=threading.Event)
    _process: subprocess.Popen[bytes] | None = None
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Start it, and see to it from now on."""
        self._thread = threading.Thread(target=self._watch, name="crew")
        self._thread.start()

    def close(self) -> None:
        """End it."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        pause = FIRST
        while not self._over.is_set():
            self._process = subprocess.Popen(self.command, env=self.environment, stdin=subprocess.DEVNULL)
            lived = self._lived(self._process)
            pause = FIRST if lived >= WELL else min(LONGEST, 2 * pause)
            if not self._over.wait(pause):
                event("crew ended", code=self._process.returncode, seconds=round(lived))

    def _lived(self, process: subprocess.Popen[bytes]) -> float:
        """Wait for its end, or for ours, in which it ends, too; the seconds that it has lived."""
        lived = 0.0
        while process.poll() is None:
            if self._over.wait(0.2):
                process.terminate()
                try:
                    process.wait(GRACE)
                except subprocess.TimeoutExpired:  # what it was at is claimed again
                    process.kill()
                    process.wait()
            lived += 0.2
        return lived
