"""A small course as a school serves it: `graders serve` in a process of its own, which students hand in to."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from web_clients import PASSWORD

from graders.archive.accounts import Accounts
from graders.archive.store import open_store
from graders.authors.new import new
from graders.lti.platforms import Platform, Platforms

UPLOADS = '\n[uploads]\nhidden = "at_once"\n'


@dataclass
class Served:
    """A server that runs.

    Attributes:
        lines: what it and its workers have said of what happened.
    """

    process: subprocess.Popen[str]
    port: int
    lines: list[dict[str, Any]] = field(default_factory=list)
    _reader: threading.Thread | None = None

    def tree(self) -> set[int]:
        """It and all processes below it."""
        parents = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found

    def listen(self) -> None:
        """Note what is said, until the end."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(json.loads(line) if line.startswith("{") else {"event": line})

    def ended(self) -> int:
        """Wait for the end; the exit status."""
        code = self.process.wait(60)
        if self._reader is not None:
            self._reader.join(60)
        return code


def made(folder: Path, *platforms: Platform) -> Path:
    """The folder of a course with one small assignment, an instructor and platforms that may launch it."""
    root = folder / "course"
    new("demo", root)
    with (root / "assignments/demo/assignment.toml").open("a") as file:
        file.write(UPLOADS)
    with open_store(folder / "out") as store:
        password = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        Accounts(store.database).add("ada", "instructor", password)
        for platform in platforms:
            Platforms(store.database).register(platform)
    return root


def free_port() -> int:
    """A port at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def serving(folder: Path, port: int, *options: str, **environment: str) -> Iterator[Served]:
    """Serve the course in a folder that `made` has made."""
    command = [sys.executable, "-m", "graders", "serve", "--assignment", "demo", "--out", str(folder / "out")]
    env = os.environ | {"GRADERS_ROOT": str(folder / "course"), "PYTHONUNBUFFERED": "1"} | environment
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([*command, "--port", str(port), *options], env=env, **pipes) as process:
        served = Served(process, port)
        served._reader = threading.Thread(target=served.listen, daemon=True)
        served._reader.start()
        try:
            assert process.stdout is not None
            assert "Serving on" in process.stdout.readline(), served.lines
            yield served
        finally:
            process.terminate()
            process.wait(60)
            served._reader.join(60)
