"""Nothing is left of an attempt: not for the next one, and not after the grader was killed."""

import os
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tried_sandbox import attempt, printed

from graders.model import Outcome
from graders.sandbox.host.sandbox import Sandbox


@pytest.fixture(scope="module", params=["auto", "none"])
def sandbox(warm_behind: Callable[[str], Sandbox], request: pytest.FixtureRequest) -> Sandbox:
    """Behind bubblewrap, if it is here, and without."""
    return warm_behind(request.param)


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
    with sandbox.attempt([ExecCell(0, None, cell)], 0) as attempt, attempt.session() as session:
        session.defines("os")
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
