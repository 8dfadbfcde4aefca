"""A hundred kills in the middle of marking lose no saved mark; four markers at once lose none and see no error."""

import os
import random
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from real_answers import real_answers
from web_clients import PASSWORD, Visitor, field, fields, team
from written_answers import class_of_answers

from graders.archive.marks import Marks
from graders.marking.answer import answers_of
from graders.marking.groups import nearly_equal
from graders.web.serving import Address, listening

KILLS = 100


@contextmanager
def servers(out: Path) -> Iterator[tuple[str, Any]]:
    """The address of a server, and a function that kills it and starts the next: it takes what to do meanwhile."""
    paths = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, str(Path(__file__).parents[1] / "web_killed.py"), str(out)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": paths}, **pipes) as process:  # type: ignore[call-overload]
        address = f"http://127.0.0.1:{process.stdout.readline().strip()}"

        def tell(line: str) -> str:
            process.stdin.write(line + "\n")
            return str(process.stdout.readline()).strip()

        yield address, tell
        process.stdin.close()


def test_a_hundred_kills_lose_no_saved_mark(tmp_path: Path) -> None:
    """Whatever was answered "saved" before the server was killed, at any moment, is in the database afterwards."""
    texts = [f"Answer {number}: {'abc'[number % 3] * 40}" for number in range(40)]
    rng, saved = random.Random(7), 0
    newest: dict[str, str] = {}
    with class_of_answers(tmp_path, texts) as store, servers(tmp_path) as (address, tell):
        marks = Marks(store.database)
        slots = {one.slot.id: one.slot for r in store.latest("course") for one in answers_of(r)}
        seen = dict.fromkeys(slots, 0)
        for number in range(KILLS):
            assert tell("start").isdecimal()
            with httpx.Client(base_url=address, timeout=20) as client:
                client.get(f"/open?token=token{number}")
                token = field(client.get("/rubric/essay/argument").text, "_csrf_token")
                killer = threading.Timer(rng.random() * 0.12, tell, ["kill"])
                killer.start()
                for id in rng.sample(sorted(slots), 4):
                    words = f"round {number}, {rng.random()}"
                    form = {"_csrf_token": token, "seen": f"{id}:{seen[id]}", "item": "why", "comment": words}
                    try:
                        answer = client.post(f"/answer/{id}", data=form)
                    except httpx.TransportError:  # it may be kept or not: nobody was notified
                        break
                    assert answer.status_code == 303 and "did=" in answer.headers["location"]
                    seen[id], newest[id], saved = seen[id] + 1, words, saved + 1
                killer.join()
            if (found := marks.history(slots[id])) and found[-1].comment == words:
                seen[id], newest[id] = found[-1].number, words
        made = marks.all("course")
        with store.database.read() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    kept = {one.slot.id: one for one in made}
    assert saved > KILLS / 4 and len(made) >= saved
    assert {id: (kept[id].comment, kept[id].number) for id in newest} == {id: (newest[id], seen[id]) for id in newest}
    assert all(one.given == {"why"} for one in made)


@contextmanager
def running(app: Any) -> Iterator[str]:
    """Serve an application in a thread; its address."""
    with listening(Address()) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def test_four_markers_at_once_lose_nothing(tmp_path: Path) -> None:
    """On three hundred different answers, each taking the next that is open: no error, no conflict, none twice."""
    with team(tmp_path, students=300, kinds=300) as app:
        with running(app) as address, ThreadPoolExecutor(4) as pool:
            results = list(pool.map(mark_all, [address] * 4, ("ada", "bob", "cyd", "dan")))
        decisions = app.state.desk.marks.all("course")
        assert sum(len(one) for one in results) == len(decisions) == len({d.slot for d in decisions}) == 300
        assert {one for result in results for one in result} == {(d.slot.id, d.comment) for d in decisions}
        assert min(len(one) for one in results) > 20


def test_three_hundred_students_are_marked_by_forty_judgements(tmp_path: Path) -> None:
    """Where answers repeat as in real classes; and everybody has what their own answer deserves."""
    written = real_answers()
    assert len({one.text for one in written}) > 150
    with team(tmp_path, texts=[one.text for one in written], grouping=nearly_equal, share=0.0) as app:
        desk, judgements = app.state.desk, 0
        deserved = {one.text: one.items for one in written}
        desk.groups(("essay", "argument"), wait=True)
        bob = Visitor(app)
        bob.sign_in("bob")
        page = bob.get("/mark/essay/argument")
        while found := re.search(r"/answer/(\w+)$", page.url.path):
            filled: dict[str, Any] = {name: fields(page.text, name) for name in ("seen", "member")}
            items = sorted(deserved[desk.shelf().answers[found[1]].text])
            page, judgements = bob.post(page.url.path, item=items, **filled), judgements + 1
            assert page.status_code == 200 and judgements <= 40, page.text[:2000]
        ledger, answers = desk.ledger(), desk.shelf().answers.values()
        given = {one.slot.id: decision.given for one in answers if (decision := ledger.decision(one.slot))}
        assert len(given) == 300 and given == {one.slot.id: deserved[one.text] for one in answers}


def mark_all(address: str, name: str) -> list[tuple[str, str]]:
    """Sign in, and mark the next open answer until none is left; what was answered "saved"."""
    saved = []
    with httpx.Client(base_url=address, follow_redirects=True, timeout=60) as client:
        token = field(client.get("/login").text, "_csrf_token")
        client.post("/login", data={"_csrf_token": token, "name": name, "password": PASSWORD})
        page = client.get("/mark/essay/argument")
        while found := re.search(r"/answer/(\w+)$", page.url.path):
            words = f"{name}: {random.random()}"
            form = {"_csrf_token": field(page.text, "_csrf_token"), "item": "why", "comment": words}
            page = client.post(page.url.path, data=form | {"seen": fields(page.text, "seen")})
            assert page.status_code == 200, page.text[:2000]
            saved.append((found[1], words))
    return saved
