"""Servers, crews and senders are killed at random: what was accepted is graded once, and its score arrives once."""

import json
import os
import random
import signal
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa
from killed import LEASE, Town, points, started

from graders.archive.store import Store
from graders.archive.tables import jobs, reports, uploads
from graders.lti.scores import outbox
from graders.queue.jobs import DONE

KILLS = 100


def test_kills_at_random_lose_nothing_and_do_nothing_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred kills among one that receives, one that grades and one that sends, all at work at the same time."""
    monkeypatch.setattr(outbox, "LEASE", LEASE)
    town, rng = Town.made(tmp_path), random.Random(5)
    roles = {"server": town.receive, "crew": town.grade, "sender": town.send}
    alive = {name: started(work, life) for life, (name, work) in enumerate(roles.items())}
    killed = Counter[str]()
    for life in range(KILLS):
        time.sleep(0.08 * rng.random())  # the moment of the kill, not a wait for anything
        name = rng.choice([*roles])
        os.kill(alive[name], signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(alive[name], 0)[1]) == -signal.SIGKILL, name
        killed[name] += 1
        alive[name] = started(roles[name], len(roles) + life)
    for child in alive.values():
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    before = town.lms.arrived()
    time.sleep(LEASE)  # until what the killed were at is anybody's
    town.grade(-1, once=True)
    town.send(-1, once=True)
    newest = all_graded_once(town)
    all_arrived_once(town, newest, killed["sender"] + 1)
    assert min(killed.values()) > KILLS / 6 and before, "the killed had done something"


def all_graded_once(town: Town) -> dict[str, int]:
    """Every upload that was accepted is kept, and graded once; the newest attempt of each student, which counts."""
    promised = (town.folder / "accepted").read_text().split()
    with Store(town.path) as store, store.database.read() as connection:
        kept = list(connection.execute(sa.select(uploads.c.sha256)).scalars())
        assert len(promised) > KILLS / 4 and set(promised) <= set(kept)
        assert Counter(connection.execute(sa.select(jobs.c.state)).scalars()) == {DONE: 2 * len(kept)}
        made = list(connection.execute(sa.select(reports.c.submission)).scalars())
        assert len(made) == len(set(made)) == len(kept)
        last = sa.select(uploads.c.student, sa.func.max(uploads.c.number)).group_by(uploads.c.student)
        newest = {student: int(number) for student, number in connection.execute(last)}
        assert {r.submission.student: r.submission.attempt for r in store.latest("course")} == newest
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        feedback = connection.execute(sa.select(jobs.c.feedback).where(jobs.c.stage == "public")).scalars()
        assert all(json.loads(text) == {"notices": [], "questions": []} for text in feedback)
    return newest


def all_arrived_once(town: Town, newest: dict[str, int], deaths: int) -> None:
    """Each gradebook ends with what counts, no older score after a newer one; and what came twice, a kill has cut off
    between its arrival and our note of it.
    """
    arrived = town.lms.arrived()
    with Store(town.path) as store:
        standing = outbox.standing(store.database)
    assert not any(one.waiting or one.failed for one in standing)
    assert {town.students[name]: scores[-1] for name, scores in arrived.items()} == {
        student: points(number) for student, number in newest.items()
    }
    assert all(scores == sorted(scores) for scores in arrived.values())
    twice = sum(one == other for scores in arrived.values() for one, other in pairwise(scores))
    assert twice <= deaths
