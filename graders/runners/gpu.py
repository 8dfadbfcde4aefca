"""How many submissions fit on this machine's GPU at a time, as NVIDIA's own tool tells."""

from __future__ import annotations

import shutil
import subprocess

QUERY = ["--format=csv,noheader,nounits", "--query-gpu"]


def free_memory() -> int:
    """Megabytes that are free on the first GPU; 0 where there is none."""
    return _number("memory.free")


def utilization() -> int:
    """How busy the first GPU is, in percent."""
    return _number("utilization.gpu")


def room(megabytes: int) -> int:
    """How many submissions of so many megabytes fit at a time, but one at the least."""
    return max(1, free_memory() // max(1, megabytes))


def _number(what: str) -> int:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return 0
    *options, query = QUERY
    found = subprocess.run([tool, *options, f"{query}={what}"], capture_output=True, text=True, check=False)
    line = found.stdout.strip().partition("\n")[0]
    return int(line) if line.isdigit() else 0
