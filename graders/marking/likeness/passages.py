"""The passages of code by which copies are recognised: a program of its own, as copydetect loads slowly.

Reads a JSON list of lists of cells from standard input, and writes a list of their fingerprints to standard output:
winnowing (Schleimer, Wilkerson and Aiken, 2003) by copydetect, which forgets names, blanks and comments. Each cell is
taken by itself: what stands where two cells meet would tell their order, and not whose they are.
"""

from __future__ import annotations

import functools
import importlib
import io
import json
import os
import resource
import sys
from types import ModuleType
from typing import Any

NOISE, WINDOW = 25, 4  # as copydetect has them: characters of a passage, and passages of which one is kept
LONGEST = 60_000  # characters of a submission that are compared
CPU_SECONDS, MEGABYTES = 1200, 4096
DRAWING = ("matplotlib", "matplotlib.pyplot")


@functools.cache
def _fingerprint() -> Any:
    """`copydetect.CodeFingerprint`, without the library in which copydetect would draw, and which takes longest."""
    absent = {name: ModuleType(name) for name in DRAWING if name not in sys.modules}
    sys.modules.update(absent)
    try:
        return importlib.import_module("copydetect").CodeFingerprint
    finally:
        for name in absent:
            del sys.modules[name]


def passages(text: str) -> list[int]:
    """The fingerprints of some code, each once."""
    code = text[:LONGEST].encode("utf-8", "replace").decode()
    if len(code) < NOISE:
        return []
    return sorted({int(hash) for hash in _fingerprint()("answer.py", NOISE, WINDOW, fp=io.StringIO(code)).hashes})


def main() -> None:
    """Take fingerprints of what comes on standard input."""
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_DATA, (MEGABYTES << 20, MEGABYTES << 20))
    found = [sorted({one for cell in cells for one in passages(cell)}) for cells in json.load(sys.stdin)]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
