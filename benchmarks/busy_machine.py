"""Whether a busy machine changes a verdict: the sample class alone, then with six jobs alongside four busy loops.

    python benchmarks/busy_machine.py --jobs 6 --loops 4

Prints every verdict that differs, and how long both took; exit status 1 when one does.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOOP = "while True: pass"


def main() -> None:
    """Grade twice and compare."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=6)
    parser.add_argument("--loops", type=int, default=4)
    parser.add_argument("--path", type=Path, default=ROOT / "submissions" / "practical09")
    options = parser.parse_args()
    alone, quiet = graded(options.path, 1, 0)
    busy, loud = graded(options.path, options.jobs, options.loops)
    names = sorted(alone.keys() | busy.keys())
    differing = [name for name in names if alone.get(name) != busy.get(name)]
    for name in differing:
        print(f"{'.'.join(name)}: alone {alone.get(name)}, busy {busy.get(name)}")
    print(f"{len(names)} verdicts, {len(differing)} of them differ.")
    print(f"Alone, one job: {quiet:.0f} s. {options.jobs} jobs next to {options.loops} busy loops: {loud:.0f} s.")
    sys.exit(bool(differing))


def graded(path: Path, jobs: int, loops: int) -> tuple[dict[tuple[str, str], Any], float]:
    """Student and check -> all that the report says of it, but for the seconds; and the seconds of the whole run."""
    with ExitStack() as stack:
        out = stack.enter_context(tempfile.TemporaryDirectory())
        for _ in range(loops):
            loop = stack.enter_context(subprocess.Popen([sys.executable, "-c", LOOP]))
            stack.callback(loop.kill)
        command = [sys.executable, "-m", "graders", "grade", str(path), "--out", out, "--jobs", str(jobs)]
        started = time.monotonic()
        subprocess.run(
            [*command, "--format", "json"], env={**os.environ, "GRADERS_SECRET": "busy"}, check=True, **QUIET
        )
        seconds = time.monotonic() - started
        reports = [json.loads(file.read_bytes()) for file in Path(out).glob("*/*/report.json")]
    verdicts: dict[tuple[str, str], Any] = {}
    for report in reports:
        for question, verdict in ((q, v) for q in report["questions"] for v in q["verdicts"]):
            verdict.pop("seconds")
            verdicts[report["student"], f"{question['id']}.{verdict['check']}"] = verdict
    return verdicts, seconds


QUIET: dict[str, Any] = {"cwd": ROOT, "stdout": subprocess.DEVNULL}

if __name__ == "__main__":
    main()
