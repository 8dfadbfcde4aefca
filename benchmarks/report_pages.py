"""What a student's page costs: seconds and bytes, without and with the executed notebook, of the reports in a folder.

python benchmarks/report_pages.py reports practical09
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import replace
from pathlib import Path

from graders.archive.store import open_store
from graders.report.html import notebook_pages, render_report

ROUNDS = 5


def main() -> None:
    """Render each student's page several times, and print the middle and the worst of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("assignment")
    given = parser.parse_args()
    with open_store(given.out) as store:
        reports = [replace(report, cells=store.cells(report)) for report in store.latest(given.assignment)]
    started = time.perf_counter()
    notebook_pages()
    print(f"nbconvert loaded, once a process: {time.perf_counter() - started:.2f} s")
    for notebook in (False, True):
        seconds, sizes = [], []
        for report in reports:
            rounds = []
            for _ in range(ROUNDS):
                started = time.perf_counter()
                page = render_report(report, notebook=notebook)
                rounds.append(time.perf_counter() - started)
            seconds.append(min(rounds))
            sizes.append(len(page.encode("utf-8", "replace")))
        print(
            f"{'with' if notebook else 'without'} notebook, {len(reports)} reports: "
            f"{1000 * statistics.median(seconds):.0f} ms (at most {1000 * max(seconds):.0f}), "
            f"{statistics.median(sizes) / 1000:.0f} kB (at most {max(sizes) / 1000:.0f})"
        )


if __name__ == "__main__":
    main()
