"""A server of NVIDIA's MPS for the length of a run: several processes then compute on a GPU at the same time.

Without it they take turns, and a training that waits for launches leaves most of the GPU idle in its turn. What MPS
does not keep apart is a fatal error: one process that writes where it may not ends the work of all, with the same words
for everybody. So the verdicts of a submission that such an error has met are thrown away, and it is graded again alone.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from graders.sandbox.host.gpu.cards import places
from graders.sandbox.host.gpu.driver import PIPES

CONTROL = "nvidia-cuda-mps-control"
LOGS = "CUDA_MPS_LOG_DIRECTORY"
PATIENCE = 30.0  # seconds for it to start or to end
ELSEWHERE = "/var/tmp"  # every attempt has a /tmp of its own


@contextlib.contextmanager
def server() -> Iterator[Mapping[str, str]]:
    """The variables that lead to a server; those that are set already, or none where it does not start."""
    control = shutil.which(CONTROL)
    if control is None or PIPES in os.environ:
        yield {name: os.environ[name] for name in (PIPES,) if name in os.environ}
        return
    with tempfile.TemporaryDirectory(prefix="graders-mps-", dir=ELSEWHERE) as name:
        own = {PIPES: f"{name}/pipes", LOGS: f"{name}/logs"}
        for path in (Path(name), *map(Path, own.values())):
            path.mkdir(exist_ok=True)
            path.chmod(0o755)
        started = _told([control, "-d", *(["-multiuser-server"] if os.geteuid() == 0 else [])], own)
        try:
            yield {PIPES: own[PIPES]} if started else {}
        finally:
            if started:
                _told([control], own, "quit\n")


@contextlib.contextmanager
def seats(jobs: int | None) -> Iterator[Sequence[Mapping[str, str]]]:
    """For each job that has room on the GPUs the variables that lead to its own, and to a server where one starts."""
    none: Mapping[str, str] = {}
    with server() if jobs != 1 else contextlib.nullcontext(none) as served:
        yield [{**place, **served} for place in places(bool(served))]


def _told(command: list[str], own: Mapping[str, str], words: str = "") -> bool:
    """Tell the control program something; whether it has done it."""
    nowhere = subprocess.DEVNULL  # a daemon would hold a pipe open
    try:
        done = subprocess.run(
            command, input=words, text=True, stdout=nowhere, stderr=nowhere, env=os.environ | own, timeout=PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
