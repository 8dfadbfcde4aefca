"""The sandbox: cells and calls give what they should, and whatever goes wrong costs only itself."""

import contextlib
import math
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graders.authoring.question import Question
from graders.errors import CallError
from graders.grading.states import NotebookState, Sessions, StateRequest
from graders.model import Check, Outcome
from graders.notebooks.notebook import ExecCell
from graders.plain_data import Handle
from graders.sandbox.host.attempt import Attempt
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.host.session import Session
from graders.sandbox.limits import Limits

pytestmark = pytest.mark.xdist_group("sandbox")

TIGHT = Limits(cell_cpu_seconds=0.3, call_cpu_seconds=0.3, wall_factor=1, sleep_seconds=0.7, memory_mb=200, processes=8)
ROOMY = replace(TIGHT, cell_cpu_seconds=20, call_cpu_seconds=20, sleep_seconds=60)


PROBE = """
def build(ns, x):
    return ns["Model"](x)


def broken(ns):
    return {}["a key of ours"]
"""


@pytest.fixture(scope="module", params=["auto", "none"])
def sandbox(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A warm sandbox that needs no assignment, with a probe and data; behind bubblewrap, if it is here, and without."""
    folder = tmp_path_factory.mktemp("sandbox")
    for name, content in (("probes/__init__.py", PROBE), ("data/names.txt", "Ada\nGrace\n")):
        (folder / name).parent.mkdir()
        (folder / name).write_text(content, "utf-8")
    with Sandbox(folder, folder / "data", walls=request.param) as warm:
        yield warm


@contextlib.contextmanager
def attempt(sandbox: Sandbox, *sources: str, limits: Limits = ROOMY, seed: int = 0) -> Iterator[Attempt]:
    """The sources executed as cells."""
    with sandbox.attempt([ExecCell(n, None, source) for n, source in enumerate(sources)], seed, limits) as made:
        yield made


@contextlib.contextmanager
def session(sandbox: Sandbox, *sources: str, limits: Limits = ROOMY) -> Iterator[Session]:
    """A session on the sources executed as cells."""
    with attempt(sandbox, *sources, limits=limits) as made, made.session() as opened:
        yield opened


def printed(run: Any) -> str:
    """All text that a cell printed or showed."""
    return "".join(str(o.get("text") or o.get("data", {}).get("text/plain", "")) for o in run.outputs)


def test_cells_share_names_and_keep_their_outputs(sandbox: Sandbox) -> None:
    """Printed text, errors on stderr, the last value and rich output, each with its cell."""
    with attempt(
        sandbox,
        "x = 40\nprint('hello')",
        "import sys\nprint('careful', file=sys.stderr)\nx + 2",
        "from IPython.display import HTML, display\ndisplay(HTML('<b>bold</b>'))",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    ) as made:
        text, value, rich, figure = made.cells
    assert [run.outcome for run in made.cells] == [Outcome.PASSED] * 4
    assert text.outputs == ({"output_type": "stream", "name": "stdout", "text": "hello\n"},)
    assert [o["output_type"] for o in value.outputs] == ["stream", "execute_result"] and "42" in printed(value)
    assert value.outputs[0]["name"] == "stderr"
    assert rich.outputs[0]["data"]["text/html"] == "<b>bold</b>"
    assert len(figure.outputs[0]["data"]["image/png"]) > 1000
    assert all(0 <= run.seconds < 60 for run in made.cells)
    assert {"python", "torch", "device"} <= set(made.environment)


def test_an_error_says_what_and_where_and_costs_its_cell_only(sandbox: Sandbox) -> None:
    """The line of the student's own is quoted, the traceback names no file of ours, and later cells run."""
    with attempt(sandbox, "def f(x):\n    return 1 / x", "a = 1\nf(0)", "print(a)", "if True print(1)") as made:
        _, error, after, unreadable = made.cells
    assert (error.outcome, after.outcome) == (Outcome.ERROR, Outcome.PASSED)
    assert error.message == "This cell raised ZeroDivisionError: division by zero (line 2: `return 1 / x`)"
    lines = error.outputs[-1]["traceback"]
    assert lines[1:3] == ["  line 2 of cell 2", "    f(0)"] and not any("/" in line for line in lines[:3])
    assert printed(after) == "1\n"
    assert unreadable.message is not None and unreadable.message.startswith("This cell cannot be read as Python")


def test_lines_are_counted_as_the_student_sees_them(sandbox: Sandbox) -> None:
    """Empty lines at the top count; magics still work below them."""
    with attempt(sandbox, "\n  \n\nx = 1\n1 / 0", "\n\n%%capture out\nprint(1)", "", "\n\n", "\nif x\n") as made:
        assert str(made.cells[0].message).endswith("(line 5: `1 / 0`)")
        assert str(made.cells[4].message).endswith("(line 2: `if x`)")
        assert [run.outcome for run in made.cells[1:4]] == [Outcome.PASSED] * 3 and made.cells[1].outputs == ()


def test_calls_methods_values_and_handles(sandbox: Sandbox) -> None:
    """Functions by name, objects by handle, variables, and whether a name is there."""
    with session(
        sandbox,
        "import numpy as np, torch\nlr = 0.5\n"
        "class Model(torch.nn.Module):\n"
        "    def __init__(self, size=3):\n        super().__init__()\n        self.size = size\n"
        "    def forward(self, x, scale=1.0):\n        return x * scale + self.size\n"
        "def total(a, *, times=1):\n    return {'sum': a.sum() * times, 'kind': type(a).__name__}\n"
        "def size_of(model):\n    return model.size\n",
    ) as solution:
        assert solution.value("lr") == 0.5 and solution.defines("lr") and not solution.defines("rate")
        assert solution.call("total", np.ones(3), times=2) == {"sum": 6.0, "kind": "ndarray"}
        model = solution.call("Model", size=4)
        assert isinstance(model, Handle) and model.type == "Model"
        assert solution.call("size_of", model) == 4
        assert solution.method(model, "forward", 1.0, scale=2.0) == 6.0
        assert solution.call(model, 1.0) == 5.0
        assert solution.alive


def test_results_become_plain_data(sandbox: Sandbox) -> None:
    """NumPy and torch numbers of any width, 0-d arrays, tensors with gradients, tuples, sets and NaN."""
    with session(
        sandbox,
        "import numpy as np, torch\n"
        "results = [np.int64(3), np.float32(0.5), np.array(2.0), torch.tensor(7),\n"
        "           torch.ones(2, requires_grad=True) * 2, (1, 2), float('nan'), True,\n"
        "           None, 'é', b'x', 10**30, {'a': torch.tensor([True])}, {1, 2}]\n",
    ) as solution:
        found = solution.value("results")
    assert found[:2] == [3, 0.5] and type(found[0]) is int and type(found[1]) is float
    assert isinstance(found[2], np.ndarray) and found[2].shape == () and found[3] == 7
    assert found[4].tolist() == [2.0, 2.0] and found[4].dtype == np.float32
    assert found[5] == [1, 2] and math.isnan(found[6]) and found[7:12] == [True, None, "é", b"x", 10**30]
    assert found[12]["a"].dtype == bool and isinstance(found[13], Handle)


def test_probes_run_beside_the_solution(sandbox: Sandbox) -> None:
    """With its names, and arrays both ways; what the notebook lacks is told as its lack, what we lack is not."""
    with session(sandbox, "def Model(x):\n    return x * 2\n") as solution:
        assert solution.probe("build", np.ones(2)).tolist() == [2.0, 2.0]
        with pytest.raises(CallError) as broken:
            solution.probe("broken")
        assert broken.value.outcome is Outcome.ERROR
    with session(sandbox, "pass") as solution, pytest.raises(CallError, match="`Model` is not defined") as missing:
        solution.probe("build", 1)
    assert missing.value.outcome is Outcome.MISSING


def test_data_can_be_read_and_not_changed(sandbox: Sandbox) -> None:
    """The assignment's public data lie at `data_path`."""
    path = f"{sandbox.data_path}/names.txt"
    with attempt(sandbox, f"print(open({path!r}).read())", f"open({path!r}, 'w')") as made:
        assert printed(made.cells[0]) == "Ada\nGrace\n\n"
        assert made.cells[1].outcome is Outcome.ERROR


def test_seeding_repeats_every_generator(sandbox: Sandbox) -> None:
    """Python's, NumPy's old and new (also an unseeded `default_rng`) and torch's."""
    draw = "import random, numpy as np, torch\ndef draw():\n    return [random.random(), np.random.rand(), "
    draw += "np.random.default_rng().random(), torch.rand(()).item()]"
    with session(sandbox, draw) as solution:
        solution.seed(5)
        first, second = solution.call("draw"), solution.call("draw")
        solution.seed(5)
        assert solution.call("draw") == first != second


def test_cells_draw_the_same_for_the_same_seed(sandbox: Sandbox) -> None:
    """A regrade repeats what a notebook drew; another seed does not."""
    found = []
    for seed in (1, 1, 2):
        with attempt(sandbox, "import torch\nprint(torch.rand(2).tolist())", seed=seed) as made:
            found.append(printed(made.cells[0]))
    assert found[0] == found[1] != found[2]


def test_sessions_do_not_see_each_other(sandbox: Sandbox) -> None:
    """Each begins with what the cells left."""
    with attempt(sandbox, "n = [0]\ndef add():\n    n[0] += 1\n    return n[0]") as made:
        for _ in range(2):
            with made.session() as solution:
                assert [solution.call("add"), solution.call("add")] == [1, 2]


def test_missing_names_are_told_with_their_cause(sandbox: Sandbox) -> None:
    """What a cell would have defined is missing because of what stopped the cell, however it is asked for."""
    cells = (
        "def f():\n    return 1\nraise ValueError('early')\ng = 2",
        "def Model(x)\n    return x",
        "import os; os._exit(1)\nk = 1",
    )
    with session(sandbox, *cells) as solution:
        with pytest.raises(CallError, match=r"`h` is not defined\.$"):
            solution.call("h")
        with pytest.raises(CallError, match=r"`g` is not defined, because its cell raised ValueError: early"):
            solution.value("g")
        with pytest.raises(CallError, match=r"`k` is not defined, because its cell ended the process it ran in"):
            solution.value("k")
        assert solution.call("f") == 1
        for ask in (lambda: solution.probe("build", 1), lambda: solution.call("Model", 1)):
            with pytest.raises(CallError, match=r"its cell cannot be read as Python: expected ':' \(line 1") as missing:
                ask()
            assert missing.value.summary == "`Model` is not defined, because its cell stopped."


def test_a_garbled_reply_is_the_cell_s_own(sandbox: Sandbox) -> None:
    """Whoever breaks what sends the outputs loses that cell, and what depends on it says so."""
    with session(sandbox, "import builtins\nbuiltins.len = lambda x: 0\ndef f(): return 1", "a = 1") as solution:
        assert solution.value("a") == 1
        with pytest.raises(CallError, match="because its cell showed something that cannot be read"):
            solution.call("f")


def test_after_a_timeout_calls_are_hurried(sandbox: Sandbox) -> None:
    """A tenth of the time, a second at the least, never more than before; only where the caller asks for it."""
    assert Limits(call_cpu_seconds=30).hurried().call_cpu_seconds == 3
    assert Limits(call_cpu_seconds=5).hurried().call_cpu_seconds == 1
    assert Limits(call_cpu_seconds=0.5).hurried().call_cpu_seconds == 0.5
    code = "def hang():\n    while True: pass\ndef f():\n    return 1"
    question = Question("q", points=1, title="A question")
    with attempt(sandbox, code, limits=replace(ROOMY, call_cpu_seconds=1.2)) as made:
        with Sessions(made, question, StateRequest({}, {}, 0), NotebookState()) as sessions:
            for limit in ("1.2 seconds", "1 second"):
                solution = sessions.solution(Check("c", "A check", 1))
                assert solution.call("f") == 1
                with pytest.raises(CallError, match=f"`hang` did not finish in {limit} of"):
                    solution.call("hang")
        with made.session() as fresh, pytest.raises(CallError, match=r"1\.2 seconds"):
            fresh.call("hang")


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


def test_noise_is_no_failure(sandbox: Sandbox) -> None:
    """Warnings, prints to every stream and descriptor, during cells and calls, change no result."""
    noisy = "import os, sys, warnings\ndef f():\n    warnings.warn('mind')\n    print('x' * 5000)\n"
    noisy += "    sys.stderr.write('y')\n"
    noisy += "    for n in (1, 2):\n        os.write(n, b'raw' * 1000)\n    os.system('exit 1')\n    return 3\n"
    with session(sandbox, noisy + "f()") as solution:
        assert [solution.call("f"), solution.call("f")] == [3, 3]


def test_threads_do_not_stop_sessions(sandbox: Sandbox) -> None:
    """A notebook that has grown threads cannot be forked: its cells are executed afresh for each session."""
    code = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\nn = [1]\n"
    with attempt(sandbox, code + "def add():\n    n[0] += 1\n    return n[0]") as made:
        for _ in range(2):
            with made.session() as solution:
                assert solution.call("add") == 2


POLLUTION = """
import builtins, locale, os, random, sys
import numpy as np, torch
for path in ('/tmp/left', '/dev/shm/left', 'left'):
    try:
        open(path, 'w').write('x')
    except OSError:
        pass
os.makedirs('here'); os.chdir('here')
sys.path.insert(0, '/tmp/evil'); sys.modules['json'] = None; os.environ['LEFT'] = '1'; os.umask(0)
torch.set_default_dtype(torch.float64); torch.set_num_threads(4); torch.manual_seed(1); random.seed(1)
np.random.seed(1); np.seterr(all='raise'); torch.set_grad_enabled(False); np.set_printoptions(precision=1)
torch.softmax = torch.nn.functional.softmax = None; np.tanh = None; builtins.round = lambda x: 0
sys.setrecursionlimit(50_000)
"""
STATE = """
import builtins, locale, os, random, sys, tempfile, json
import numpy as np, torch
print([os.getcwd() == tempfile.gettempdir(), os.listdir('.'), os.path.exists('/tmp/left'), sys.path,
       os.environ.get('LEFT'), os.umask(0o22),
       str(torch.get_default_dtype()), torch.get_num_threads(), np.geterr(), torch.is_grad_enabled(), round(3.7),
       torch.softmax.__name__, torch.nn.functional.softmax.__name__, np.tanh(0.0), sys.getrecursionlimit(),
       locale.getlocale(), str(np.array([0.123456789])), torch.rand(1).item(), random.random(), np.random.rand()])
"""


def test_nothing_is_left_for_the_next_attempt(sandbox: Sandbox) -> None:
    """Folder, files, paths, modules, environment, dtype, threads, seeds, error modes and patches are as before."""
    states = []
    for cells in ((STATE,), (POLLUTION,), (STATE,)):
        with attempt(sandbox, *cells) as made:
            assert made.cells[0].outcome is Outcome.PASSED, made.cells[0].message
            states.append(printed(made.cells[0]))
    assert states[0] == states[2]


def test_one_thread_whatever_is_asked_for(sandbox: Sandbox) -> None:
    """A pool of threads would not survive the fork into a session, which would hang in its first product."""
    code = "import torch\ntorch.set_num_threads(8)\nx = torch.rand(400, 400)\ny = x @ x\n"
    code += "def product():\n    w = torch.rand(300, 300, requires_grad=True)\n    (w @ w).sum().backward()\n"
    with session(sandbox, code + "    return torch.get_num_threads()") as solution:
        assert solution.call("product") == 1


def test_too_many_deadly_cells_end_the_patience(sandbox: Sandbox) -> None:
    """The rest is not executed, and told so; nothing runs for ever."""
    with attempt(sandbox, *["import os; os._exit(1)"] * 14, "a = 1") as made:
        assert "not executed" in str(made.cells[-1].message) and len(made.cells) == 15


def test_a_dead_warm_process_is_replaced(sandbox: Sandbox) -> None:
    """Whoever killed it, the next attempt finds another one."""
    before = sandbox.warm().pid
    os.kill(before, signal.SIGKILL)
    with attempt(sandbox, "print(1)") as made:
        assert printed(made.cells[0]) == "1\n"
    assert sandbox.warm().pid != before


KILLED = """
import sys
from graders.notebooks.notebook import ExecCell
from graders.sandbox.host import procfs
from graders.sandbox.host.sandbox import Sandbox
cell = '''
import os, signal, time
if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True: time.sleep(1)
'''
with Sandbox(None, None, walls=sys.argv[1]) as sandbox:
    with sandbox.attempt([ExecCell(0, None, cell)], 0) as attempt, attempt.session():
        print(*[process.pid for process in procfs.descendants(sandbox.warm().pid)], flush=True)
        sys.stdin.read()
"""


@pytest.mark.parametrize("walls", ["auto", "none"])
def test_nothing_outlives_a_killed_grader(walls: str) -> None:
    """When the trusted side is killed outright, everything below it ends too."""
    command = [sys.executable, "-c", KILLED, walls]
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    grader = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
    assert grader.stdin and grader.stdout
    handles = [os.pidfd_open(int(word)) for word in grader.stdout.readline().split()]
    assert len(handles) >= 5
    grader.kill()
    grader.communicate()
    for handle in handles:
        ended = select.poll()
        ended.register(handle, select.POLLIN)
        assert ended.poll(30_000), "one is still there"
        os.close(handle)


ORDINARY = """
import concurrent.futures, os, pathlib, pickle, shutil, sqlite3, subprocess, sys, tempfile
import matplotlib.pyplot as plt, numpy as np, torch
torch.save({'a': torch.ones(2)}, 'model.pt'); assert torch.load('model.pt')['a'].sum() == 2
np.savez('arrays.npz', a=np.ones(3)); assert np.load('arrays.npz')['a'].sum() == 3
shutil.copy2('model.pt', 'copy.pt'); shutil.copytree('.', 'all'); os.rename('copy.pt', 'all/moved.pt')
shutil.rmtree('all')
with tempfile.TemporaryDirectory() as folder: pathlib.Path(folder, 'x').write_text('x')
with tempfile.NamedTemporaryFile() as file: file.write(b'x')
plt.plot([1, 2]); plt.savefig('figure.png'); plt.savefig('figure.pdf'); plt.close()
assert subprocess.run([sys.executable, '-c', 'print(7)'], capture_output=True, text=True).stdout == '7\\n'
with concurrent.futures.ThreadPoolExecutor(2) as pool: assert list(pool.map(abs, [-1])) == [1]
with sqlite3.connect('data.db') as database: database.execute('create table t (x)')
assert torch.compile is not None and torch.linalg.svd(torch.rand(20, 20))[0].shape == (20, 20)
"""
PARALLEL = """
import multiprocessing as mp, torch
with mp.get_context('fork').Pool(2) as pool: assert pool.map(abs, [-1, -2]) == [1, 2]
data = torch.utils.data.TensorDataset(torch.arange(8.0))
loader = torch.utils.data.DataLoader(data, batch_size=2, num_workers=2)
assert sum(batch.sum().item() for batch, in loader) == 28
"""


def test_ordinary_work_runs(sandbox: Sandbox) -> None:
    """Files, figures, programs, threads, and processes that share memory."""
    cells = (ORDINARY, PARALLEL, "import urllib.request\nurllib.request.urlopen('http://example.org')")
    with attempt(sandbox, *cells, limits=replace(ROOMY, memory_mb=1000, processes=64)) as made:
        ordinary, parallel, network = made.cells
    assert ordinary.outcome is Outcome.PASSED, ordinary.message
    assert parallel.outcome is Outcome.PASSED, parallel.message
    assert "needs the network" in str(network.message)
