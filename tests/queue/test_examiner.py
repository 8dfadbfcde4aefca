"""Files are read and reports rendered in processes of their own, which are replaced when they end, and end with us."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from small_notebook import RELEASE, saved, written
from written_answers import course, graded

from graders.errors import GradersError, IntakeError
from graders.queue.examiner import Examiner

DIES = """
import os, signal, sys
from pathlib import Path
from graders.queue.examiner import Examiner
if __name__ == "__main__":
    examiner = Examiner("course", Path(sys.argv[1]), 1)
    examiner.warm_up()
    print(*examiner._running()._processes, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A course with the small notebook."""
    made = course(tmp_path / "course")
    (made / "assignments/course/course.ipynb").write_bytes(saved(list(RELEASE.cells)))
    return made


def test_what_it_says_is_what_examine_says_when_one_is_killed(root: Path) -> None:
    """A process that ends in the middle of the work is replaced."""
    examiner = Examiner("course", root, 1)
    try:
        assert examiner.examine("course.ipynb", saved(written())).notices == ()
        for pid in examiner._running()._processes:
            os.kill(pid, signal.SIGKILL)
        assert examiner.examine("course.ipynb", saved(written())).notices == ()
        with pytest.raises(IntakeError, match="still as it was handed out"):
            examiner.examine("course.ipynb", saved(list(RELEASE.cells)))
        assert "Discussion of sizes" in examiner.page(graded("ana"), "A course")
    finally:
        examiner.close()


def test_its_processes_end_with_a_server_that_is_killed(root: Path, tmp_path: Path) -> None:
    """However that ended."""
    (tmp_path / "dies.py").write_text(DIES)
    done = subprocess.run([sys.executable, tmp_path / "dies.py", root], stdout=subprocess.PIPE, text=True)
    assert done.returncode == -signal.SIGKILL and done.stdout.split()
    assert not [pid for pid in done.stdout.split() if alive(int(pid))]


def alive(pid: int) -> bool:
    """Whether a process is there, and no mere name of one that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_its_end_does_not_wait_for_a_file_that_takes_long(tmp_path: Path) -> None:
    """Who asked hears that nothing was taken; and so does everybody who asks afterwards."""
    examiner, slow = Examiner("course", tmp_path, 1), tmp_path / "slow"
    os.mkfifo(slow)
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(examiner._asked, Path.read_text, slow)
        with slow.open("w"):  # there is a reader now, who waits for the end
            examiner.close()
            with pytest.raises(GradersError, match="being stopped; nothing of this was taken"):
                asked.result(60)
    with pytest.raises(GradersError, match="being stopped"):
        examiner.examine("a.ipynb", b"{}")
