"""How long after the command `graders mark` prints its link, and answers the first page.

python benchmarks/first_page.py --students 24
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from evening import marking_server, real_class  # noqa: E402 - the tests' own helpers

ROUNDS = 5


def main() -> None:
    """Start it several times, each time a new process, and print the fastest and the slowest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=24)
    given = parser.parse_args()
    links, pages = [], []
    with tempfile.TemporaryDirectory() as folder:
        real_class(Path(folder), students=given.students)
        for _ in range(ROUNDS):
            started = time.perf_counter()
            with marking_server(Path(folder)) as link:
                links.append(time.perf_counter() - started)
                browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
                with browser.open(link) as page:
                    assert b"Marking" in page.read()
                pages.append(time.perf_counter() - started)
    for what, seconds in (("link", links), ("first page", pages)):
        print(f"{what}: {min(seconds):.2f} to {max(seconds):.2f} s after the command, {given.students} students")


if __name__ == "__main__":
    main()
