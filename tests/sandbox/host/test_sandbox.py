"""The sandbox: cells and calls give what they should, and whatever goes wrong costs only itself."""

import math
import os
import signal
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tried_sandbox import ROOMY, attempt, printed, session

from graders.errors import CallError
from graders.model import Outcome
from graders.plain_data import Handle
from graders.sandbox.host.sandbox import Sandbox


@pytest.fixture(scope="module", params=["auto", "none"])
def sandbox(warm_behind: Callable[[str], Sandbox], request: pytest.FixtureRequest) -> Sandbox:
    """Behind bubblewrap, if it is here, and without."""
    return warm_behind(request.param)


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
    """With its names, and arrays both ways; what the notebook lacks is reported as its lack, what we lack is not."""
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
    """Anyone who breaks what sends the outputs loses that cell, and what depends on it says so."""
    with session(sandbox, "import builtins\nbuiltins.len = lambda x: 0\ndef f(): return 1", "a = 1") as solution:
        assert solution.value("a") == 1
        with pytest.raises(CallError, match="because its cell showed something that cannot be read"):
            solution.call("f")


def test_noise_is_no_failure(sandbox: Sandbox) -> None:
    """Warnings, prints to every stream and descriptor, during cells and calls, change no result."""
    noisy = "import os, sys, warnings\ndef f():\n    warnings.warn('mind')\n    print('x' * 5000)\n"
    noisy += "    sys.stderr.write('y')\n"
    noisy += "    for n in (1, 2):\n        os.write(n, b'raw' * 1000)\n    os.system('exit 1')\n    return 3\n"
    with session(sandbox, noisy + "f()") as solution:
        assert [solution.call("f"), solution.call("f")] == [3, 3]


def test_threads_do_not_stop_sessions(sandbox: Sandbox) -> None:
    """A notebook that has grown threads cannot be forked: its cells are executed again for each session."""
    code = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\nn = [1]\n"
    with attempt(sandbox, code + "def add():\n    n[0] += 1\n    return n[0]") as made:
        for _ in range(2):
            with made.session() as solution:
                assert solution.call("add") == 2


def test_one_thread_whatever_is_asked_for(sandbox: Sandbox) -> None:
    """A pool of threads would not survive the fork into a session, which would hang in its first product."""
    code = "import torch\ntorch.set_num_threads(8)\nx = torch.rand(400, 400)\ny = x @ x\n"
    code += "def product():\n    w = torch.rand(300, 300, requires_grad=True)\n    (w @ w).sum().backward()\n"
    with session(sandbox, code + "    return torch.get_num_threads()") as solution:
        assert solution.call("product") == 1


def test_too_many_deadly_cells_end_the_patience(sandbox: Sandbox) -> None:
    """The rest is not executed, and that is said; nothing runs for ever."""
    with attempt(sandbox, *["import os; os._exit(1)"] * 14, "a = 1") as made:
        assert "not executed" in str(made.cells[-1].message) and len(made.cells) == 15


def test_a_dead_warm_process_is_replaced(sandbox: Sandbox) -> None:
    """No matter what killed it, the next attempt finds another one."""
    before = sandbox.warm().pid
    os.kill(before, signal.SIGKILL)
    with attempt(sandbox, "print(1)") as made:
        assert printed(made.cells[0]) == "1\n"
    assert sandbox.warm().pid != before


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
