"""Sessions that ask from inside: the same answers as in this process, and whatever is forged costs only its call."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from graders.authoring import asking
from graders.errors import CallError, Failed
from graders.grading.recording import Recording
from graders.model import Outcome
from graders.notebooks.notebook import ExecCell
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.host.session import Session
from graders.sandbox.limits import Limits

LIMITS = Limits(cell_cpu_seconds=20, call_cpu_seconds=20, memory_mb=500, processes=16, frame_mb=4)

PROBE = """
def add_up(ns, numbers, outside):
    return ns["add_up"](numbers, outside)
"""

STUDENT = """
import gc, os, threading
import numpy as np

def add_up(numbers, outside):
    return [outside(number)[0] for number in numbers]

def channel():
    from graders.sandbox.inside.connection import Channel
    return next(o for o in gc.get_objects() if isinstance(o, Channel) and o._owner == os.getpid())
"""

FORGERIES = {
    "asks without waiting": "for _ in range(50_000): channel().send({'ask': [1]})",
    "asks nonsense": "channel().send({'ask': 7})",
    "asks with too many arguments": "channel().send({'ask': [1] * 9})",
    "asks with a dict": "channel().send({'ask': {'number': 1}})",
    "sends no frame": "channel()._socket.sendall(bytes([0, 0, 0, 4, 193, 193, 193, 193]))",
    "announces too much": "channel()._socket.sendall(bytes([255] * 4))",
    "asks for ever": "while True: outside(0)",
    "asks with a flood": "while True: outside(np.zeros(100_000))",
    "asks with crowds": "while True: outside([0] * 100_000)",
    "asks with too much": "outside(np.zeros(10_000_000))",
    "hangs up": "channel()._socket.close(); outside(1)",
    "ends": "outside(1); os._exit(0)",
    "never ends": "outside(1)\n    while True: pass",
    "sleeps": "outside(1)\n    import time\n    while True:\n        outside(0); time.sleep(0.01)",
    "asks with depth": "x = []\n    for _ in range(60): x = [x]\n    channel().send({'ask': [x]})",
}


class Counting:
    """Answers with running totals, and remembers what it was asked."""

    def __init__(self) -> None:
        self.total, self.seen = 0.0, list[Any]()

    def answer(self, number: Any) -> Any:
        """The total so far, as an array."""
        self.seen.append(number)
        if isinstance(number, str):
            raise Failed("Nobody asks that.") if number == "wrong" else KeyError("a fault of ours")
        self.total += float(np.sum(number)) if isinstance(number, (int, float, list, np.ndarray)) else 0.0
        return [np.full(2, self.total)]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A warm sandbox with one probe that lets the student's code ask."""
    folder = tmp_path_factory.mktemp("asking") / "probes"
    folder.mkdir()
    (folder / "__init__.py").write_text(PROBE, "utf-8")
    with Sandbox(folder.parent, None, limits=LIMITS) as warm:
        yield warm


@contextlib.contextmanager
def session(sandbox: Sandbox, source: str = "", limits: Limits = LIMITS) -> Iterator[Session]:
    """A session on the student's code."""
    cells = [ExecCell(0, None, STUDENT), ExecCell(1, None, source)]
    with sandbox.attempt(cells, 0, limits) as made, made.session() as opened:
        yield opened


def test_a_question_is_answered_in_the_middle_of_a_call(sandbox: Sandbox) -> None:
    """The inside gets plain data back, each answer after its question, and the recording notes all of it."""
    outside = Counting()
    with session(sandbox) as opened:
        recording = Recording(opened)
        found = recording.probe("add_up", [1, np.ones(3), (2, 3)], outside=outside.answer)
        assert np.asarray(found).tolist() == [[1, 1], [4, 4], [9, 9]]
        assert opened.probe("add_up", [5], outside=Counting().answer)[0].tolist() == [5, 5]
    assert [np.asarray(number).tolist() for number in outside.seen] == [1, [1, 1, 1], [2, 3]]
    assert len(recording.calls[0].asked) == 3


def test_many_questions_are_cheap_and_can_be_asked_from_threads(sandbox: Sandbox) -> None:
    """Each answer goes to the thread that asked for it."""
    source = (
        "def add_up(numbers, outside):\n"
        "    found = []\n"
        "    threads = [threading.Thread(target=lambda: [found.append(outside(1)[0][0]) for _ in range(500)]) "
        "for _ in range(4)]\n"
        "    [t.start() for t in threads]; [t.join() for t in threads]\n"
        "    return sorted(found)\n"
    )
    with session(sandbox, source) as opened:
        assert opened.probe("add_up", [], outside=Counting().answer) == list(range(1, 2001))


@pytest.mark.parametrize(("asked", "error"), [("wrong", Failed), ("broken", KeyError)])
def test_what_outside_raises_ends_the_session(asked: str, error: type[Exception], sandbox: Sandbox) -> None:
    """It is raised here, whatever the code inside would do about it."""
    with session(sandbox) as opened:
        with pytest.raises(error):
            opened.probe("add_up", [1, asked], outside=Counting().answer)
        assert not opened.alive


@pytest.mark.parametrize("name", FORGERIES)
def test_forged_questions_are_the_student_s_error(name: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """No flood, garbage, silence or endless asking is more than one call's finding."""
    monkeypatch.setattr(asking, "MOST_ASKS", 2_000)
    body = FORGERIES[name]
    idle = replace(LIMITS, call_cpu_seconds=1, wall_factor=1, sleep_seconds=0.5)
    limits = idle if name in ("sleeps", "never ends") else LIMITS
    with session(sandbox, f"def add_up(numbers, outside):\n    {body}\n", limits) as opened:
        outside = Counting()
        with pytest.raises(CallError) as caught:
            opened.probe("add_up", [1], outside=outside.answer)
        assert caught.value.outcome in (Outcome.ERROR, Outcome.TIMEOUT)
        assert caught.value.message.endswith(".")
        assert len(outside.seen) <= asking.MOST_ASKS


def test_a_question_that_nobody_waits_for_is_an_error(sandbox: Sandbox) -> None:
    """A call without anything to ask cannot be answered by a question."""
    for source in ("channel().send({'ask': [1]})", "return outside"):
        with (
            session(sandbox, f"def f(outside=1):\n    {source}\n") as opened,
            contextlib.suppress(CallError),
        ):
            assert opened.call("f") == 1


def test_questions_outside_their_time_do_not_leak_into_the_next_call(sandbox: Sandbox) -> None:
    """A frame sent between calls is taken for the reply of the next one, which only its sender pays for."""
    source = "def f():\n    threading.Timer(0.05, lambda: channel().send({'ask': [1]})).start()\n    return 1\n"
    with session(sandbox, source + "def g():\n    import time; time.sleep(0.2)\n    return 2\n") as opened:
        assert opened.call("f") == 1
        with pytest.raises(CallError, match="not its turn"):
            opened.call("g")
        assert not opened.alive


def test_the_trusted_side_s_time_is_not_the_student_s(sandbox: Sandbox) -> None:
    """However long an answer takes, nobody has waited."""
    limits = replace(LIMITS, call_cpu_seconds=0.5, wall_factor=1, sleep_seconds=0.1)
    with session(sandbox, limits=limits) as opened:
        budgets: list[float] = []

        def slow(number: float) -> Any:
            budgets.append(sum(range(3_000_000)))
            return [np.ones(2)]

        assert len(opened.probe("add_up", [1] * 12, outside=slow)) == 12
