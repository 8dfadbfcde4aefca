"""A PostgreSQL server of the tests' own, on a socket in a folder of theirs; nothing of the machine's is touched."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SETTINGS = "-c listen_addresses= -c fsync=off -c shared_buffers=16MB -c max_connections=20"


def programs() -> Path | None:
    """Where Debian keeps PostgreSQL's programs, of the newest version that is here."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


@contextmanager
def server() -> Iterator[str]:
    """Start a server; the SQLAlchemy URL of its database. It ends with the context, and nothing of it stays."""
    there = programs()
    assert there is not None, "PostgreSQL is not here: scripts/system-packages installs it (Debian: postgresql)"
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path must be short
    user = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}  # not as root
    try:
        if user:
            shutil.chown(folder, "nobody", "nogroup")
        data = folder / "data"

        def run(program: str, *arguments: object) -> None:
            command = [there / program, "-D", data, *arguments]
            subprocess.run(command, check=True, capture_output=True, cwd=folder, **user)  # type: ignore[call-overload]

        run("initdb", "-A", "trust", "-U", "graders", "-N", "-E", "UTF8")
        run("pg_ctl", "-w", "-l", folder / "log", "-o", f"{SETTINGS} -k {folder}", "start")
        try:
            yield f"postgresql+psycopg://graders@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
