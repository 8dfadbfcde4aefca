"""Every configuration of the sandbox withstands every behaviour; and what is tried would get through without walls."""

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graders.model import Outcome
from graders.plain_data import Handle
from graders.sandbox.host import procfs
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.selftest import behaviours as behaving
from graders.sandbox.selftest.attacks import BEHAVIOURS
from graders.sandbox.selftest.behaviours import Behaviour, behaviours
from graders.sandbox.selftest.conformance import OPEN, surroundings, try_all

CONFIGURATIONS = {
    "auto": ("auto", False),
    "bare": ("none", False),
    "auto, gpu": ("auto", True),
    "bare, gpu": ("none", True),
}


@pytest.fixture(scope="module", params=CONFIGURATIONS.values(), ids=list(CONFIGURATIONS))
def warm(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox of each configuration: behind bubblewrap where it is, and without it; closed to a GPU, and open."""
    walls, gpu = request.param
    os.environ[behaving.MARK] = "a value that only the grader has"
    with Sandbox(None, None, walls=walls, gpu=gpu) as sandbox:
        yield sandbox
    del os.environ[behaving.MARK]


def test_every_behaviour_is_contained(warm: Sandbox) -> None:
    """Nothing gets through, honest cells run, honest calls are answered, and the next notebook finds nothing."""
    found = try_all(warm, BEHAVIOURS)
    assert {name: fault for name, fault in found.items() if fault} == {}
    assert len(found) == len(BEHAVIOURS) >= 150


def test_without_walls_they_get_through(tmp_path: Path) -> None:
    """Each behaviour that is said to work without walls does, so that it is the walls that stop it."""
    harmless = [behaviour for behaviour in BEHAVIOURS if behaviour.harmless]
    with surroundings() as outside:
        source = outside.prelude() + "\n".join(behaviour.written(outside) for behaviour in harmless)
        env = os.environ | {behaving.MARK: "here", "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-W", "ignore", "-c", source]
        done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=tmp_path)
    words = done.stdout.splitlines()
    assert len(words) == len(harmless) >= 20, done.stderr
    assert [b.name for b, word in zip(harmless, words, strict=True) if word != OPEN] == []


REWRITES = """
get_ipython().input_transformers_post.append(lambda lines: [line.replace("0.0", "1.0") for line in lines])
"""
BROKEN = {
    "it got through": Behaviour("walks in", "print('OPEN')"),
    "its cell came out as passed": Behaviour("passes", "x = 1", (Outcome.ERROR,)),
    "an honest call gave": Behaviour("spoils honest calls", REWRITES),
    "its answer was 1": Behaviour("answers otherwise", "def attack(): return 1", (Outcome.PASSED,), 2),
    "its answer was Handle": Behaviour("answers with a handle", "def attack(): return {1}", (Outcome.PASSED,), 2),
    "its call failed": Behaviour("gives no answer", "def attack(): return 1 / 0", (Outcome.PASSED,), Handle),
}


def test_what_is_not_contained_is_told(warm: Sandbox) -> None:
    """In a batch or alone, with what went wrong."""
    found = try_all(warm, list(BROKEN.values()))
    for reason, behaviour in BROKEN.items():
        assert (found[behaviour.name] or "").startswith(reason), (behaviour.name, found[behaviour.name])


def test_where_others_take_all_memory_it_is_tried_again(warm: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell that the machine had no memory for shows nothing; only what never can be tried is reported."""
    exits = Behaviour("exits at once", "os._exit(0)", (Outcome.ERROR,))
    for times, fault in ((6, None), (1000, "its cell came out as memory")):
        killed = itertools.count()
        monkeypatch.setattr(procfs, "killed_for_memory", lambda k=killed, t=times: min(next(k), t))
        (found,) = try_all(warm, [exits]).values()
        assert found is None if fault is None else str(found).startswith(fault), found


def test_behaviours_are_read_from_text() -> None:
    """Name, expectations, and the cell."""
    text = "#: a; passed; spoils; answers [1, 'x']\nx = 1\n#: b c; answers Handle\ny\n#: d; stopped\nz\n"
    first, second, third = behaviours(text)
    assert first == Behaviour("a", "x = 1\n", (Outcome.PASSED,), [1, "x"], True)
    assert second == Behaviour("b c", "y\n", None, Handle)
    assert third.cell == behaving.STOPPED and not third.gentle and not third.attacks
    assert len({behaviour.name for behaviour in BEHAVIOURS}) == len(BEHAVIOURS)
