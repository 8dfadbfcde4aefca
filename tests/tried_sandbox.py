"""A warm sandbox that needs no assignment, and how cells and calls are tried in it."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from graders.notebooks.notebook import ExecCell
from graders.sandbox.host.attempt import Attempt
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.host.session import Session
from graders.sandbox.limits import Limits

TIGHT = Limits(
    cell_cpu_seconds=0.3, call_cpu_seconds=0.3, wall_factor=20, sleep_seconds=0.7, memory_mb=200, processes=8
)


ROOMY = replace(TIGHT, cell_cpu_seconds=20, call_cpu_seconds=20, sleep_seconds=60)


PROBE = """
def build(ns, x):
    return ns["Model"](x)


def broken(ns):
    return {}["a key of ours"]
"""


@contextlib.contextmanager
def attempt(sandbox: Sandbox, *sources: str, limits: Limits = ROOMY, seed: int = 0) -> Iterator[Attempt]:
    """The sources executed as cells."""
    with sandbox.attempt([ExecCell(n, None, source) for n, source in enumerate(sources)], seed, limits) as made:
        yield made


@contextlib.contextmanager
def session(sandbox: Sandbox, *sources: str, limits: Limits = ROOMY) -> Iterator[Session]:
    """A session on the sources executed as cells."""
    with attempt(sandbox, *sources, limits=limits) as made, made.session() as opened:
        yield opened


def printed(run: Any) -> str:
    """All text that a cell printed or showed."""
    return "".join(str(o.get("text") or o.get("data", {}).get("text/plain", "")) for o in run.outputs)


@contextlib.contextmanager
def warm(folder: Path, walls: str) -> Iterator[Sandbox]:
    """A warm sandbox that needs no assignment, with a probe and data."""
    for name, content in (("probes/__init__.py", PROBE), ("data/names.txt", "Ada\nGrace\n")):
        (folder / name).parent.mkdir()
        (folder / name).write_text(content, "utf-8")
    with Sandbox(folder, folder / "data", walls=walls) as made:
        yield made
