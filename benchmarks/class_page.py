"""What the class's page costs from the database, by the number of students, whose reports are copies of real ones.

python benchmarks/class_page.py reports practical09 --students 500
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from graders.archive.classroom.facts import class_facts
from graders.archive.store import Store, open_store
from graders.report.classroom.page import render_class


def main() -> None:
    """Fill a database with copies, and time the page: when no facts are kept yet, and after that."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("assignment")
    parser.add_argument("--students", type=int, default=500)
    given = parser.parse_args()
    with open_store(given.out) as store:
        reports = store.latest(given.assignment)
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "many.db") as store:
        for number in range(given.students):
            report = reports[number % len(reports)]
            name = f"{report.submission.student} {number:04}"
            digest = sha256(name.encode()).hexdigest()
            store.keep(replace(report, submission=replace(report.submission, student=name, sha256=digest)))
        for what in ("no facts kept yet", "facts kept", "facts kept, again"):
            started = time.perf_counter()
            facts = class_facts(store, given.assignment, None)
            read = time.perf_counter()
            page = render_class(facts, title="The class")
            done = time.perf_counter()
            print(
                f"{given.students} students, {what}: {1000 * (done - started):.0f} ms "
                f"({1000 * (read - started):.0f} of them to read), {len(page) / 1000:.0f} kB"
            )


if __name__ == "__main__":
    main()
