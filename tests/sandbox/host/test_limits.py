"""Whatever a cell or a call uses is limited, and costs only itself."""

import contextlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from tried_sandbox import ROOMY, TIGHT, attempt, printed, session

from graders.authoring.question import Question
from graders.errors import CallError
from graders.grading.states import NotebookState, Sessions, StateRequest
from graders.model import Check, Outcome
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.limits import Limits


def test_after_a_timeout_calls_are_hurried(sandbox: Sandbox) -> None:
    """A tenth of the time, a second at the least, never more than before; only where the caller asks for it."""
    assert Limits(call_cpu_seconds=30).hurried().call_cpu_seconds == 3
    assert Limits(call_cpu_seconds=5).hurried().call_cpu_seconds == 1
    assert Limits(call_cpu_seconds=0.5).hurried().call_cpu_seconds == 0.5
    code = "def hang():\n    while True: pass\ndef f():\n    return 1"
    question = Question("q", points=1, title="A question")
    with attempt(sandbox, code, limits=replace(ROOMY, call_cpu_seconds=1.2)) as made:
        with Sessions(made, StateRequest({}, {}, 0), NotebookState()) as sessions:
            for limit in ("1.2 seconds", "1 second"):
                solution = sessions.solution(question, Check("c", "A check", 1))
                assert solution.call("f") == 1
                with pytest.raises(CallError, match=f"`hang` did not finish in {limit} of"):
                    solution.call("hang")
        with made.session() as fresh, pytest.raises(CallError, match=r"1\.2 seconds"):
            fresh.call("hang")


@pytest.fixture(scope="module", params=["auto", "none"])
def sandbox(warm_behind: Callable[[str], Sandbox], request: pytest.FixtureRequest) -> Sandbox:
    """Behind bubblewrap, if it is here, and without."""
    return warm_behind(request.param)


DEADLY = {
    "exits": ("import os\nos._exit(3)", Outcome.ERROR, "exit status 3"),
    "is killed": ("import os\nos.kill(os.getpid(), 9)", Outcome.ERROR, "signal 9"),
    "crashes": ("import ctypes\nctypes.string_at(0)", Outcome.ERROR, "segmentation fault"),
    "aborts": ("import os\nos.abort()", Outcome.ERROR, "an abort"),
    "hangs": ("while True: pass", Outcome.TIMEOUT, "0.3 seconds of processor time"),
    "hangs and catches": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        Outcome.TIMEOUT,
        "processor time",
    ),
    "sleeps": ("import time\ntime.sleep(1000)", Outcome.TIMEOUT, "waited for something"),
    "floods": ("import os\nwhile True:\n    os.fork()", Outcome.ERROR, "more than 8 processes"),
}


@pytest.mark.parametrize("name", DEADLY)
def test_a_deadly_cell_costs_itself(name: str, sandbox: Sandbox) -> None:
    """The cells around it run, and calls are answered."""
    source, outcome, reason = DEADLY[name]
    with attempt(sandbox, "a = 1", source, "def f():\n    return a + 1", limits=TIGHT) as made:
        assert [run.outcome for run in made.cells] == [Outcome.PASSED, outcome, Outcome.PASSED]
        assert reason in str(made.cells[1].message)
        with made.session() as solution:
            assert solution.call("f") == 2


@pytest.mark.parametrize("name", DEADLY)
def test_a_deadly_call_costs_its_session(name: str, sandbox: Sandbox) -> None:
    """The call has an outcome, the session is dead, and the next session is a whole one."""
    source, outcome, _ = DEADLY[name]
    body = "\n".join("    " + line for line in source.splitlines())
    with attempt(sandbox, f"def die():\n{body}\n", "def f():\n    return 2", limits=TIGHT) as made:
        with made.session() as solution:
            with pytest.raises(CallError) as died:
                solution.call("die")
            assert died.value.outcome is outcome and not solution.alive
            assert solution.timed_out is (outcome is Outcome.TIMEOUT)
            assert died.value.summary == died.value.message  # so that hidden checks tell it too
            with pytest.raises(CallError, match="An earlier call ended"):
                solution.call("f")
        with made.session() as solution:
            assert solution.call("f") == 2


def test_a_child_s_time_counts(sandbox: Sandbox) -> None:
    """The CPU limit is the whole tree's: work cannot be hidden in processes."""
    source = "import os\nfor _ in range(3):\n    if os.fork() == 0:\n        while True: pass\nos.wait()"
    with attempt(sandbox, source, limits=replace(TIGHT, sleep_seconds=60)) as made:
        assert made.cells[0].outcome is Outcome.TIMEOUT


def test_what_only_sleeps_is_cut_long_before_the_backstop(sandbox: Sandbox) -> None:
    """With every process asleep for long enough nothing will come; what sleeps for less goes on."""
    limits = replace(TIGHT, cell_cpu_seconds=1000, wall_factor=10, sleep_seconds=1.5)
    naps = "import time\nfor _ in range(4):\n    time.sleep(0.6)\n    end = time.process_time() + 0.05\n"
    naps += "    while time.process_time() < end: pass"
    with attempt(
        sandbox, naps, "import threading\nthreading.Lock().acquire(), input_lock.acquire()", limits=limits
    ) as made:
        assert made.cells[0].outcome is Outcome.PASSED
    deadlock = "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()"
    with attempt(sandbox, deadlock, limits=limits) as made:
        assert made.cells[0].outcome is Outcome.TIMEOUT and "waited for something" in made.cells[0].message


def test_time_of_a_cell_is_not_charged_to_the_next(sandbox: Sandbox) -> None:
    """Each cell and each call has the whole limit."""
    busy = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass"
    with attempt(sandbox, busy, busy, busy, limits=replace(TIGHT, sleep_seconds=60)) as made:
        assert [run.outcome for run in made.cells] == [Outcome.PASSED] * 3


def test_what_a_short_cell_holds_is_not_charged_to_the_next(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """However seldom it is looked, a cell that has started too much is found when it ends, and costs itself."""
    monkeypatch.setattr("graders.sandbox.host.connection.LOOK_EVERY", 60.0)
    many = "import threading, time\nfor _ in range(20):\n    threading.Thread(target=time.sleep, args=(60,)).start()"
    with attempt(sandbox, many, "def honest():\n    return 7") as made:
        assert [cell.outcome for cell in made.cells] == [Outcome.ERROR, Outcome.PASSED]
        assert "8 processes and threads" in made.cells[0].message
        with made.session() as solution:
            assert solution.call("honest") == 7


HUNGRY = {
    "one array": "import numpy as np\nx = np.ones(100_000_000)",
    "a tensor": "import torch\nx = torch.ones(100_000_000)",
    "a list": "x = []\nwhile True:\n    x.append(bytearray(1 << 20))",
    "children": "import os, time\nfor _ in range(5):\n    if os.fork() == 0:\n"
    "        x = bytearray(b'x') * (70 << 20)\n        time.sleep(60)\ntime.sleep(60)",
}


@pytest.mark.parametrize("source", HUNGRY.values(), ids=list(HUNGRY))
def test_memory_is_limited(source: str, sandbox: Sandbox) -> None:
    """Of one process and of all together."""
    with attempt(sandbox, source, "print('still here')", limits=ROOMY) as made:
        assert made.cells[0].outcome is Outcome.MEMORY, made.cells[0].message
        assert made.cells[1].outcome is Outcome.PASSED


def test_output_is_limited(sandbox: Sandbox) -> None:
    """What is too much is left out, and the cell says so."""
    limits = replace(ROOMY, output_kb=2)
    with attempt(sandbox, "for i in range(10_000): print(i)", "print('short')", limits=limits) as made:
        assert len(printed(made.cells[0])) < 2300 and "Only 2 KB of output are kept" in printed(made.cells[0])
        assert printed(made.cells[1]) == "short\n"


def test_files_are_limited(sandbox: Sandbox) -> None:
    """One file, and all of them together; and none is left for the next attempt."""
    limits = replace(ROOMY, file_mb=1)
    one = "with open('big', 'wb') as f:\n    f.write(bytes(2 << 20))"
    many = "for i in range(20):\n    with open(f'part{i}', 'wb') as f:\n        f.write(bytes(1 << 19))"
    with attempt(sandbox, one, "open('small', 'w').write('x')\nopen('small').read()", many, limits=limits) as made:
        assert "File too large" in str(made.cells[0].message) and made.cells[1].outcome is Outcome.PASSED
        assert made.cells[2].outcome is Outcome.ERROR
    with attempt(sandbox, "import os\nprint(os.listdir())", limits=limits) as made:
        assert printed(made.cells[0]) == "[]\n"


def test_depth_is_limited_where_files_are_counted(warm_behind: Callable[[str], Sandbox]) -> None:
    """A notebook that makes folders without end gets an error, and costs nobody the time to walk through them."""
    deep = "import os\nfor _ in range(150):\n    os.mkdir('d')\n    os.chdir('d')"
    with attempt(warm_behind("none"), deep, "print('still here')") as made:
        assert [cell.outcome for cell in made.cells] == [Outcome.ERROR, Outcome.PASSED]
        assert "made folders more than 100 deep" in str(made.cells[0].message)


def test_descriptors_are_limited(sandbox: Sandbox) -> None:
    """A notebook that opens files for ever gets an error."""
    with attempt(sandbox, "f = []\nwhile True:\n    f.append(open('/dev/null'))") as made:
        assert "Too many open files" in str(made.cells[0].message)


def test_a_huge_result_is_refused(sandbox: Sandbox) -> None:
    """In a sentence, and the session goes on."""
    code = "import numpy as np\ndef huge():\n    return np.zeros(300_000)\ndef small():\n    return 1\n"
    code += "def deep():\n    x = []\n    for _ in range(100):\n        x = [x]\n    return x\n"
    code += "def endless():\n    x = []\n    x.append(x)\n    return x\n"
    with session(sandbox, code, limits=replace(ROOMY, frame_mb=1)) as solution:
        with pytest.raises(CallError, match="result of `huge` cannot be read"):
            solution.call("huge")
        for name in ("deep", "endless"):
            with contextlib.suppress(CallError):
                solution.call(name)
        assert solution.call("small") == 1 and solution.alive
