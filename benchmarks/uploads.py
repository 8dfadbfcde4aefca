"""A class hands in within a minute, and all wait for first feedback: errors, losses, memory, and how long it takes.

    python benchmarks/uploads.py --students 300 --seconds 60 --jobs 2
    python benchmarks/uploads.py --students 300 --seconds 60 --jobs 2 --looping 6
    python benchmarks/uploads.py --students 40 --seconds 20 --kills 10

Starts `graders serve` on a course of its own, with sessions as an LMS's launch opens them. One student more hands in
first, until whose feedback the workers get ready. With `--looping`, so many of the students hand in a notebook with a
function that never ends; how long these wait is shown apart. With `--kills`, the server, its workers' parent or a
worker is killed so often at random moments, and the server started again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import secrets
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import httpx
import sqlalchemy as sa
from litestar.stores.file import FileStore
from served_course import ROOT, Course

from graders.archive.accounts import Accounts
from graders.archive.store import Store, open_store
from graders.archive.tables import jobs, reports, uploads
from graders.commands.marking.mark import _secret
from graders.web.identity import Role, SignedIn, launch_session
from graders.web.people import hashed
from graders.web.safety import session_config

TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')
EVENTS = re.compile(r'data-events="([^"]+)"')
RULES = '\n[uploads]\nhidden = "never"\n'
SHARES = (0.1, 0.5, 0.9, 0.99)
LOOKS = 2.0  # seconds between two looks at memory
PATIENCE = 3600.0  # seconds for everything to be graded


def prepared(folder: Path, students: int, jobs: int) -> tuple[Course, str, list[str]]:
    """A course's folder, the name of the cookie, and a session of each student."""
    shutil.copytree(ROOT / "assignments", folder / "course/assignments")
    shutil.copytree(ROOT / "reference", folder / "course/reference")
    with (folder / "course/assignments/practical09/assignment.toml").open("a") as file:
        file.write(RULES)
    with open_store(folder / "out") as store:
        Accounts(store.database).add("ada", "instructor", hashed("a long enough sentence"))
        cookie = session_config(_secret(store), secure=False).key
    kept = folder / "out/.sessions"
    kept.mkdir()
    sessions = [secrets.token_hex(32) for _ in range(students)]
    asyncio.run(_keep(FileStore(kept), sessions))
    return Course(folder, jobs, 8100 + os.getpid() % 800), cookie, sessions


async def _keep(store: FileStore, sessions: list[str]) -> None:
    for number, id in enumerate(sessions):
        person = SignedIn(f"student{number:03}", Role.STUDENT, "1")
        await store.set(id, json.dumps(launch_session(person)).encode(), expires_in=86_400)


def notebook(number: int, name: str) -> bytes:
    """What a student of the sample class hands in, with a cell of its own."""
    book = json.loads((ROOT / f"submissions/practical09/{name}/practical09.ipynb").read_text("utf-8"))
    own = {"cell_type": "markdown", "id": f"own{number}", "metadata": {}, "source": f"Handed in by number {number}."}
    book["cells"].append(own)
    return json.dumps(book).encode()


async def student(course: Course, cookie: str, session: str, number: int, after: float, kills: bool) -> None:
    """Open the page, hand in, and hear as a browser does until the public checks have said something."""
    await asyncio.sleep(after)
    address = f"http://127.0.0.1:{course.port}"
    async with httpx.AsyncClient(
        base_url=address, cookies={cookie: session}, timeout=120, follow_redirects=True
    ) as client:
        page, began = None, time.monotonic()
        while page is None or "Attempt 1</h1>" not in page.text:
            try:
                form = await client.get("/submit/practical09")
                token = TOKEN.findall(form.text)
                made = notebook(number, "loops_forever" if number in course.looping else "correct")
                files = {"file": ("practical09.ipynb", made, "application/octet-stream")}
                page = await client.post("/submit/practical09", data={"_csrf_token": token[0]}, files=files)
                if page.status_code != 200:
                    course.errors[f"{page.status_code} {page.text[:80]}"] += 1
                    return
            except httpx.TransportError as error:
                if not kills:
                    course.errors[type(error).__name__] += 1
                    return
                await asyncio.sleep(1)
        course.accepted.append(re.findall(r"<code>([0-9a-f]{64})</code>", page.text)[0])
        while "public checks pass" not in page.text:
            try:
                async with client.stream("GET", EVENTS.findall(page.text)[0]) as events:
                    async for line in events.aiter_lines():
                        if line == "event: done":
                            break
                page = await client.get("/submit/practical09/1")
            except httpx.TransportError as error:
                if not kills:
                    course.errors[type(error).__name__] += 1
                await asyncio.sleep(1)
        course.waits[number] = time.monotonic() - began


async def watch(course: Course, kills: int, seconds: float) -> None:
    """Note the most memory, and kill so often; start the server again when it has ended."""
    rng = random.Random(1)
    moments = sorted(rng.random() * seconds * 2 for _ in range(kills))
    began = time.monotonic()
    while True:
        course.most = max(course.most, await asyncio.to_thread(course.memory))
        while moments and time.monotonic() - began > moments[0]:
            moments.pop(0)
            pid, what = rng.choice([(p, n) for p, n in course.tree().items() if "graders" in n or "spawn" in n])
            print(f"  killed {'the server' if course.process and pid == course.process.pid else what[:60]}", flush=True)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if course.process and course.process.poll() is not None:
            print(f"  started again: it ended with {course.process.returncode}", flush=True)
            course.start()
        await asyncio.sleep(LOOKS)


async def run(course: Course, cookie: str, sessions: list[str], seconds: float, kills: int) -> None:
    """Everybody at once, spread evenly at random over some seconds."""
    rng = random.Random(2)
    course.start()
    async with httpx.AsyncClient() as client:
        while True:
            with suppress(httpx.TransportError):
                if (await client.get(f"http://127.0.0.1:{course.port}/health", timeout=20)).status_code == 200:
                    break
            await asyncio.sleep(0.5)
    await student(course, cookie, sessions.pop(), len(sessions) + 1, 0.0, False)
    course.waits.clear()
    before = course.spent()
    watcher = asyncio.create_task(watch(course, kills, seconds))
    work = {
        n: asyncio.create_task(student(course, cookie, one, n, seconds * rng.random(), kills > 0))
        for n, one in enumerate(sessions)
    }
    await asyncio.gather(*(task for number, task in work.items() if number not in course.looping))
    print(
        f"seconds until first feedback of {distribution(course.waits.values())}; {dict(course.errors) or 'no errors'}"
    )
    spent = {part: round(seconds - before[part], 1) for part, seconds in course.spent().items()}
    print(f"seconds of processor time until then: {spent}; load of the machine: {os.getloadavg()[0]:.1f}")
    print(f"{left(course)} jobs are still to be done; at most {course.most:,.0f} MB until now (PSS)", flush=True)
    await asyncio.gather(*work.values())
    if course.looping:
        print(f"with those that loop: {distribution(course.waits.values())}", flush=True)
    deadline = time.monotonic() + PATIENCE
    while left(course) and time.monotonic() < deadline:
        await asyncio.sleep(2)
    watcher.cancel()


def distribution(waits: Iterable[float]) -> str:
    """How many waited, and how long: some quantiles."""
    ordered = sorted(waits)
    shares = [f"{share:.0%} within {ordered[int(share * (len(ordered) - 1))]:.1f}" for share in SHARES if ordered]
    return f"{len(ordered)}: {', '.join(shares)}"


def left(course: Course) -> int:
    """Jobs that are not done."""
    with Store(course.folder / "out/graders.db") as store, store.database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).where(jobs.c.state != "done")).scalar_one())


def main() -> None:
    """Run it, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--looping", type=int, default=0)
    parser.add_argument("--kills", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        course, cookie, sessions = prepared(Path(folder), given.students + 1, given.jobs)
        course.looping = frozenset(random.Random(3).sample(range(given.students), given.looping))
        began = time.monotonic()
        try:
            asyncio.run(run(course, cookie, sessions, given.seconds, given.kills))
        finally:
            if course.process:
                course.process.terminate()
                course.process.wait()
        report(course, time.monotonic() - began)


def report(course: Course, seconds: float) -> None:
    """What came of it: errors, what is kept and graded, waits, memory."""
    with Store(course.folder / "out/graders.db") as store, store.database.read() as connection:
        kept = set(connection.execute(sa.select(uploads.c.sha256)).scalars())
        graded = Counter(connection.execute(sa.select(reports.c.submission)).scalars())
        tries = Counter(connection.execute(sa.select(jobs.c.tries)).scalars())
        points = Counter(one.points for one in store.latest("practical09"))
    print(f"errors: {dict(course.errors) or 'none'}")
    print(f"accepted {len(course.accepted)}, lost {len(set(course.accepted) - kept)}, graded {len(graded)}")
    print(f"claims of a job: {dict(sorted(tries.items()))}; marks: {dict(points)}")
    print(f"all graded after {seconds:.0f} s; at most {course.most:,.0f} MB in all processes (PSS)")


if __name__ == "__main__":
    main()
