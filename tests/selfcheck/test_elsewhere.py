"""A student's own check works where there is no Linux: on Windows, on macOS, in Colab."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PureWindowsPath

import pytest
from elsewhere import elsewhere

from graders import cli
from graders.authors.release import release
from graders.catalog.assignment import Assignment
from graders.notebooks.notebook import executable
from graders.notebooks.notebook_file import read_notebook

ROOT = Path(__file__).parents[2]
TAKEN = """
import importlib, os, signal, socket
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    assert importlib.util.find_spec(name) is None, name
assert not hasattr(os, "fork") and not hasattr(os, "setsid") and not hasattr(socket, "AF_UNIX")
assert not hasattr(signal, "SIGALRM") and not hasattr(signal, "setitimer") and not hasattr(signal, "pthread_kill")
assert not os.path.exists("/proc/self") and not os.path.exists("/proc")
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Of processes that have nothing of what only Linux has."""
    return elsewhere(tmp_path_factory.mktemp("elsewhere"))


@pytest.fixture(scope="module")
def desk(practical09: Assignment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release, in a folder whose name has a space and letters of other languages, with three students' notebooks."""
    folder = tmp_path_factory.mktemp("Übung neun") / "Abgabe 1"
    limits = replace(practical09.limits, cell_cpu_seconds=8, call_cpu_seconds=3)
    release(replace(practical09, limits=limits), folder)
    for student in ("correct", "transposed_weights", "leaves_the_process"):
        shutil.copy(ROOT / "submissions/practical09" / student / "practical09.ipynb", folder / f"{student}.ipynb")
    return folder


def run(folder: Path, environment: Mapping[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python there."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def test_everything_that_only_linux_has_is_taken_away(desk: Path, environment: Mapping[str, str]) -> None:
    """The other tests of this file mean something."""
    done = run(desk, environment, "-c", TAKEN)
    assert done.returncode == 0, done.stderr


def test_the_command_works(desk: Path, environment: Mapping[str, str]) -> None:
    """A right notebook passes, a wrong one fails with expected and got, and one that leaves its process is reported."""
    done = run(desk, environment, "-m", "graders", "check", "correct.ipynb")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert done.stdout.count("✓") == 24 and "✗" not in done.stdout
    done = run(desk, environment, "-m", "graders", "check", "transposed_weights.ipynb", "numpy_forward")
    assert done.returncode == 1 and "expected" in done.stdout and "got" in done.stdout, done.stderr
    done = run(desk, environment, "-m", "graders", "check", "leaves_the_process.ipynb", "numpy_forward", "rnn_cell")
    assert done.returncode == 1 and "its cell ended the process it ran in" in done.stdout, done.stderr
    assert done.stdout.rstrip().splitlines()[-1].startswith("  ✓ `RNN.forward`")


def test_the_plugin_works(desk: Path, environment: Mapping[str, str]) -> None:
    """Each public check is a test."""
    command = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--submission", "transposed_weights.ipynb")
    done = run(desk, environment, *command)
    assert done.returncode == 1 and "1 failed, 23 passed" in done.stdout, done.stdout + done.stderr


def test_a_call_without_end_is_interrupted_in_a_notebook(desk: Path, environment: Mapping[str, str]) -> None:
    """`check()` goes on by a timer of its own, and the notebook's process is as it was."""
    code = """
import signal
from graders import check
def rnn_forward(*given):
    while True:
        pass
def cross_entropy(*given):
    import time
    time.sleep(0.2)
before = signal.getsignal(signal.SIGINT)
check("numpy_forward")
assert signal.getsignal(signal.SIGINT) is before
"""
    done = run(desk, environment, "-c", code)
    assert done.returncode == 0, done.stderr
    assert "`rnn_forward` did not finish in 3 seconds of processor time." in done.stdout
    assert done.stdout.count("✗") == 2


def test_a_console_of_few_letters_breaks_nothing(desk: Path, environment: Mapping[str, str]) -> None:
    """Output that is piped on Windows is written in the system's own code page, which has no check mark."""
    narrow = {**environment, "PYTHONIOENCODING": "cp1252"}
    done = subprocess.run(
        [sys.executable, "-m", "graders", "check", "correct.ipynb", "by_hand"],
        cwd=desk, env=narrow, capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("cp1252").splitlines()[1].startswith("  + `by_hand` has the five parts")


def test_a_folder_of_windows_reaches_the_notebook_whole() -> None:
    """Backslashes in the path of the data are no escapes in the parameters' cell."""
    data = str(PureWindowsPath("C:/Users/new/table/data"))
    content = (ROOT / "assignments/practical09/practical09.ipynb").read_bytes()
    cells = executable(read_notebook(content, ".ipynb"), {"DATA": data})
    names: dict[str, object] = {}
    exec(next(cell.source for cell in cells if "DATA = 'C:" in cell.source or 'DATA = "C:' in cell.source), names)
    assert names["DATA"] == data


@pytest.mark.parametrize("command", [["grade", "x"], ["audit", "practical09"], ["doctor"]])
@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_what_needs_walls_says_so(
    command: list[str], system: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence: it needs Linux, and how to come by one; its help is shown all the same."""
    monkeypatch.setattr(sys, "platform", system)
    assert cli.main(command) == 2
    text = capsys.readouterr().err
    assert text.count("\n") == 1 and "needs Linux" in text and "WSL" in text and "Containerfile" in text
    assert cli.main([command[0], "--help"]) == 0


def test_the_folder_proc_is_looked_at_nowhere_on_the_way(desk: Path, environment: Mapping[str, str]) -> None:
    """Nor is anything imported that grading alone needs: database, pages, walls, sockets, learning by others."""
    code = """
import sys
from pathlib import Path
from graders.selfcheck import check, child, process
from graders.selfcheck.watch import Watch
found = child.reports(Path("correct.ipynb"), ["by_hand"], lambda limits: Watch(limits.sleep_seconds))
assert found[0]["verdicts"][0]["outcome"] == "passed"
needless = "sqlalchemy jinja2 msgpack rich nh3 yaml PIL.ImageQt sklearn litestar fcntl resource ray".split()
needless += ["graders.sandbox.host." + name for name in "sandbox walls attempt_process zygote monitor procfs".split()]
print([name for name in needless if name in sys.modules])
"""
    done = run(desk, environment, "-c", code)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
