"""What a tree of processes has used, read from a /proc that the test makes, and once from the real one."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from graders.sandbox.host import procfs
from graders.sandbox.host.procfs import (
    Contents,
    Tree,
    children,
    descendants,
    exact_memory,
    hidden_files,
    numbers,
    read_process,
    written,
)
from graders.sandbox.inside.scratch import remove

MEGABYTE = 1 << 20


class Machine:
    """A /proc with the processes that a test wants.

    Args:
        folder: an empty folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def process(
        self, pid: int, *below: int, own: float = 0, reaped: float = 0, mb: int = 1, started: int = 7, state: str = "S"
    ) -> None:
        """Add or change a process; it holds `mb` megabytes of its own and three of files."""
        here = self.folder / str(pid)
        (here / "task" / str(pid)).mkdir(parents=True, exist_ok=True)
        ticks = [int(seconds * procfs.TICKS) for seconds in (own, 0, reaped, 0)]
        words = [state, *["0"] * 10, *ticks, "20", "0", "2", "0", started, "1000", "1000"]
        (here / "stat").write_text(f"{pid} (a ) name (1 2) {' '.join(map(str, words))}")
        status = f"VmRSS: {1024 * (mb + 3)} kB\nRssAnon: {1024 * mb} kB\nRssFile: 3072 kB\nRssShmem: 0 kB\n"
        (here / "status").write_text(f"Name: x\nNSpid: {pid} 5 2\n{status}")
        (here / "smaps_rollup").write_text(f"Pss: {1024 * (mb + 1)} kB\nPss_Anon: {512 * mb} kB\nPss_Shmem: 0 kB\n")
        (here / "task" / str(pid) / "children").write_text("".join(f"{child} " for child in below))

    def end(self, pid: int) -> None:
        """Remove a process."""
        for path in sorted((self.folder / str(pid)).rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """An empty /proc, which is the one that is read."""
    for function in (read_process, children, descendants, numbers, exact_memory):
        monkeypatch.setattr(function, "__defaults__", (tmp_path,))
    return Machine(tmp_path)


def test_a_process_is_read_whatever_it_is_called(machine: Machine) -> None:
    """Brackets and spaces in its name confuse nobody; pages of files are not its memory."""
    machine.process(10, own=1.5, reaped=2.5, mb=4)
    found = read_process(10)
    assert found is not None
    assert (found.own, found.reaped, found.memory, found.threads) == (1.5, 2.5, 4 * MEGABYTE, 2)
    assert read_process(11) is None and children(11) == [] and numbers(11) == []


def test_a_tree_has_each_process_once(machine: Machine) -> None:
    """Also where one ends while it is read, or is seen twice."""
    machine.process(10, 11, 12, 99)
    machine.process(11, 12)
    machine.process(12)
    assert sorted(process.pid for process in descendants(10)) == [10, 11, 12]
    assert numbers(12) == [12, 5, 2]


def test_time_of_a_child_that_ended_counts_once(machine: Machine) -> None:
    """Whether its parent waited for it, and so has its time, or nobody did."""
    tree = Tree(10)
    machine.process(10, 11, own=1)
    machine.process(11, own=2)
    assert tree.usage().cpu == 3
    machine.end(11)
    machine.process(10, own=1)
    assert tree.usage().cpu == 3
    machine.process(10, own=1, reaped=2)
    assert tree.usage().cpu == 3


def test_a_number_used_again_is_another_process(machine: Machine) -> None:
    """Its time is added."""
    tree = Tree(10)
    machine.process(10, 11)
    machine.process(11, own=2)
    tree.usage()
    machine.process(11, own=1, started=9)
    assert tree.usage().cpu == 3


def test_memory_is_counted_above_what_all_share(machine: Machine) -> None:
    """Never below nothing; and exactly where the kernel tells what is shared."""
    machine.process(10, 11, mb=30)
    machine.process(11, mb=8)
    assert Tree(10, base_memory=10 * MEGABYTE).usage().memory == 20 * MEGABYTE
    assert Tree(10).usage().processes == 4
    assert exact_memory(10) == 19 * MEGABYTE
    (machine.folder / "11" / "smaps_rollup").unlink()
    assert exact_memory(10) == 23 * MEGABYTE


def test_an_old_kernel_tells_less(machine: Machine) -> None:
    """Then files count as memory."""
    machine.process(10, mb=5)
    (machine.folder / "10" / "status").write_text("VmRSS: 2048 kB\n")
    (machine.folder / "10" / "smaps_rollup").write_text("Pss: 1024 kB\n")
    found = read_process(10)
    assert found is not None and found.memory == 2 * MEGABYTE
    assert exact_memory(10) == MEGABYTE
    assert numbers(10) == [10]


def test_this_process_is_what_it_is() -> None:
    """The real /proc says so."""
    found = read_process(os.getpid())
    assert found is not None and found.memory > MEGABYTE and found.own > 0
    assert os.getpid() in children(os.getppid())
    assert Tree(os.getpid()).usage().processes >= 1


def test_files_are_counted_wherever_they_lie(tmp_path: Path) -> None:
    """In folders within folders, not through links, and those that are open and have no name any more."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_bytes(bytes(MEGABYTE))
    (tmp_path / "link").symlink_to("/usr")
    found = written(tmp_path, 100, 100)
    assert MEGABYTE <= found.size < 2 * MEGABYTE and (found.count, found.depth) == (4, 3)
    assert written(tmp_path, 2, 100).count == 3 and written(tmp_path, 100, 1).depth == 2
    assert written(tmp_path / "none", 100, 100) == Contents()
    before = hidden_files(os.getpid())
    with (tmp_path / "gone").open("wb") as file:
        file.write(bytes(MEGABYTE))
        file.flush()
        assert hidden_files(os.getpid()) == before
        (tmp_path / "gone").unlink()
        assert hidden_files(os.getpid()) >= before + MEGABYTE


def test_files_are_counted_below_the_longest_path(tmp_path: Path) -> None:
    """What lies deeper than any path that the kernel takes is counted too."""
    folder, name = os.open(tmp_path, os.O_RDONLY), "d" * 200
    for _ in range(30):
        os.mkdir(name, dir_fd=folder)
        below = os.open(name, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
    file = os.open("file", os.O_WRONLY | os.O_CREAT, dir_fd=folder)
    os.write(file, bytes(MEGABYTE))
    os.close(file)
    os.close(folder)
    found = written(tmp_path, 100, 100)
    assert found.size >= MEGABYTE and (found.count, found.depth) == (31, 31)
    remove(tmp_path / name)


LIKE_A_CONTAINER = """
import os, signal, sys, time
from graders.sandbox.host import procfs
from graders.sandbox.inside.kernel import syscalls
syscalls.keep_capabilities(syscalls.CAP_SETUID, syscalls.CAP_SETGID, syscalls.CAP_KILL)
ready, say = os.pipe()
child = os.fork()
if child == 0:
    try:
        os.chdir(sys.argv[1])
        syscalls.become(61000)
        held, file = bytearray(b"x") * (64 << 20), open("gone", "wb")
        os.unlink("gone")
        file.write(bytes(1 << 20))
        file.flush()
        for _ in range(3):
            if os.fork() == 0:
                break
        os.write(say, b".")
        time.sleep(60)
    finally:
        os._exit(1)
seen = b""
while len(seen) < 4:
    seen += os.read(ready, 4)
print(procfs.exact_memory(child) >> 20, procfs.hidden_files(child) >> 20)
for process in list(procfs.descendants(child)):
    procfs.kill(process)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user's processes below it")
def test_what_is_kept_from_root_is_read_as_its_owner() -> None:
    """Where root may not look at other users' processes, shared memory counts once, and hidden files are found."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        folder.chmod(0o777)
        command = [sys.executable, "-c", LIKE_A_CONTAINER, folder]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    finally:
        remove(folder)
    memory, hidden = map(int, done.stdout.split())
    assert 64 <= memory < 128 and hidden == 1


@pytest.mark.parametrize(("states", "asleep"), [("SS", True), ("SR", False), ("DS", False), ("SZ", True), ("ST", True)])
def test_a_tree_sleeps_when_all_its_processes_do(states: str, asleep: bool, machine: Machine) -> None:
    """What waits for a processor or for a disk does not sleep."""
    machine.process(1, 2, state=states[0])
    machine.process(2, state=states[1])
    assert Tree(1).usage().asleep is asleep


def test_the_kernel_s_own_count_of_those_it_killed(tmp_path: Path) -> None:
    """Where it does not tell, it has killed nobody."""
    (tmp_path / "vmstat").write_text("nr_free_pages 7\noom_kill 12\nnuma_hit 3\n")
    assert procfs.killed_for_memory(tmp_path) == 12
    assert procfs.killed_for_memory(tmp_path / "absent") == 0
