"""What a marking step costs: saving a judgement, and the page of the next answer, in a class of different answers.

python benchmarks/marking_step.py --students 300
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from web_clients import Visitor, fields, team  # noqa: E402 - the tests' own helpers

STEPS = 40


def main() -> None:
    """Mark some answers one after the other, and print how long each step took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=300)
    given = parser.parse_args()
    seconds, processor = [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        team(Path(folder), students=given.students, kinds=given.students) as app,
    ):
        bob = Visitor(app)
        bob.sign_in("bob")
        page = bob.get("/mark/essay/argument")
        for _ in range(STEPS):
            path = page.url.path
            started, worked = time.perf_counter(), time.process_time()
            page = bob.post(path, seen=fields(page.text, "seen"), item=["why"], comment="Say why.")
            seconds.append(time.perf_counter() - started)
            processor.append(time.process_time() - worked)
            assert page.status_code == 200 and page.url.path != path
    print(
        f"{given.students} students, {STEPS} steps: {1000 * statistics.median(seconds):.0f} ms (at most "
        f"{1000 * max(seconds):.0f}), of which this process worked {1000 * statistics.median(processor):.0f} ms"
    )


if __name__ == "__main__":
    main()
