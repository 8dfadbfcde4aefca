"""What is let in of NVIDIA's driver: each opening is needed, and is there only where a GPU is used; without a GPU."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from msgpack import _cmsgpack

from graders.model import CellRun, Outcome
from graders.notebooks.notebook import ExecCell
from graders.sandbox.host import walls
from graders.sandbox.host.gpu import driver
from graders.sandbox.host.gpu.driver import Driver
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.inside.kernel import landlock
from graders.sandbox.limits import Limits

BEHIND = walls.Walls("/usr/bin/bwrap", None)
NAMING = """
import os, threading
said = []
def name_oneself():
    with open(f"/proc/self/task/{threading.get_native_id()}/comm", "wb") as comm:
        comm.write(b"cuda-EvtHandlr")
    said.append(open(f"/proc/self/task/{threading.get_native_id()}/comm").read())
thread = threading.Thread(target=name_oneself)
thread.start()
thread.join()
print(*said)
"""
PACKETS = """
import socket
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as made:
    made.bind(chr(0) + "cuda-uvmfd-4026531840-7")
    made.listen()
print("bound")
"""
FILES = """
for name in FILES:
    open(name).close()
print("read")
"""
LIBRARY = """
import ctypes
print(hasattr(ctypes.CDLL("libcuda.so.1"), "PyInit__cmsgpack"))
"""


def printed(run: CellRun) -> str:
    """What a cell printed, or why it stopped."""
    return "".join(str(output.get("text", "")) for output in run.outputs) if run.message is None else run.message


def tried(source: str, wall: walls.Walls | str, gpu: bool) -> CellRun:
    """A cell run in a sandbox of its own."""
    with (
        Sandbox(None, None, Limits(), wall, gpu=gpu) as sandbox,
        sandbox.attempt([ExecCell(0, None, source)], 0) as ran,
    ):
        return ran.cells[0]


@pytest.fixture(scope="module", params=["auto", "none"])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[Sandbox, Sandbox]]:
    """Sandboxes open to a GPU and closed to it, behind all walls and without bubblewrap."""
    with (
        Sandbox(None, None, Limits(), request.param, gpu=True) as opened,
        Sandbox(None, None, Limits(), request.param) as closed,
    ):
        yield opened, closed


@pytest.mark.skipif(not landlock.abi(), reason="this kernel has no Landlock")
def test_threads_may_be_named(pair: tuple[Sandbox, Sandbox]) -> None:
    """CUDA names its threads in /proc and gives up where it cannot; Landlock lets nobody else."""
    opened, closed = pair
    with opened.attempt([ExecCell(0, None, NAMING)], 0) as attempt:
        assert printed(attempt.cells[0]) == "cuda-EvtHandlr\n\n"
    with closed.attempt([ExecCell(0, None, NAMING)], 0) as attempt:
        assert "Permission denied" in printed(attempt.cells[0])


@pytest.mark.skipif(not landlock.abi(), reason="this kernel has no Landlock")
def test_the_right_to_name_threads_is_not_forgotten(pair: tuple[Sandbox, Sandbox]) -> None:
    """The kernel drops folders of /proc that nobody holds, and Landlock's rules with them; so it is held outside."""
    opened, _ = pair
    running = opened.start(opened.limits)
    try:
        assert any(held_by(running.root) for _ in range(10_000))
    finally:
        running.end()


def held_by(pid: int) -> bool:
    """Whether a process holds another's folder of threads by now."""
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it has just closed this one
            if os.readlink(path).endswith("/task"):
                return True
    return False


def test_a_socket_for_packets_may_be_bound(pair: tuple[Sandbox, Sandbox]) -> None:
    """Where processes share no namespace it is the only kind, and none that connects."""
    opened, closed = pair
    with opened.attempt([ExecCell(0, None, PACKETS)], 0) as attempt:
        assert printed(attempt.cells[0]) == "bound\n"
    with closed.attempt([ExecCell(0, None, PACKETS)], 0) as attempt:
        assert (attempt.cells[0].outcome is Outcome.PASSED) == bool(closed.walls.bubblewrap)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of its own that holds what passes for the driver's library, and a file that is nobody's business."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copyfile(_cmsgpack.__file__, folder / "libcuda.so.580.1")  # any library
        (folder / "libcuda.so.1").symlink_to("libcuda.so.580.1")
        (folder / "marks.csv").write_text("ada,20\n")
        for path in folder.glob("*"):
            path.chmod(0o755)
        monkeypatch.setenv("LD_LIBRARY_PATH", f"/nowhere:{folder}")
        yield folder


@pytest.mark.parametrize("wall", ["auto", "none"])
def test_libraries_are_let_in_from_where_they_load(wall: str, elsewhere: Path) -> None:
    """From any folder, and of that nothing but the driver's own files."""
    assert printed(tried(LIBRARY, wall, gpu=True)) == "True\n"
    assert printed(tried(LIBRARY, wall, gpu=False)) != "True\n"
    assert tried(f"open('{elsewhere}/marks.csv')", wall, gpu=True).outcome is Outcome.ERROR


def test_the_driver_is_found_by_loading_it(elsewhere: Path) -> None:
    """Links and what they lead to; nothing where the folder is shown anyway; and where the loader must look."""
    found = driver.find([])
    assert {str(elsewhere / name) for name in ("libcuda.so.1", "libcuda.so.580.1")} <= set(found.libraries)
    assert found.search == (str(elsewhere),) and str(elsewhere / "marks.csv") not in found.libraries
    assert not any(Path(path).parent == elsewhere for path in driver.find([str(elsewhere)]).libraries)
    assert not driver.find(["/"]).libraries


def test_only_what_a_gpu_needs_is_let_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The nodes and files of the driver; and which GPU is ours is the one thing that is inherited."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    some = Driver(("/dev/nvidia0", "/dev/nvidiactl"), ("/opt/nvidia/libcuda.so.1",), ("/opt/nvidia",))
    words = walls.command(replace(BEHIND, driver=some), tmp_path, None, "{}")
    nodes = [words[n + 1] for n, word in enumerate(words) if word == "--dev-bind-try"]
    assert nodes == list(some.devices) and words[words.index("/opt/nvidia/libcuda.so.1") - 1] == "--ro-bind"
    told = {words[n + 1]: words[n + 2] for n, word in enumerate(words) if word == "--setenv"}
    assert (told["CUDA_VISIBLE_DEVICES"], told["CUDA_DEVICE_ORDER"]) == ("3", "PCI_BUS_ID")
    assert told["LD_LIBRARY_PATH"] == "/opt/nvidia"
    bare = walls.options(replace(walls.bare_walls(), driver=some), tmp_path, None)
    assert bare["devices"] == some.devices and {*some.libraries, *driver.CURIOSITIES} <= set(bare["readable"])


def test_nothing_of_it_is_let_in_otherwise(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No node, no library, no file; and no GPU is visible."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    plain = walls.command(BEHIND, tmp_path, None, "{}")
    told = {plain[n + 1]: plain[n + 2] for n, word in enumerate(plain) if word == "--setenv"}
    assert "--dev-bind-try" not in plain and "LD_LIBRARY_PATH" not in told and told["CUDA_VISIBLE_DEVICES"] == ""
    options = walls.options(walls.bare_walls(), tmp_path, None)
    assert not options["devices"] and not options["gpu"] and not {*driver.CURIOSITIES} & set(options["readable"])


def test_nodes_that_are_not_needed_stay_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A GPU, what lists them, and its memory; neither a screen nor what looks at other processes."""
    every = "nvidia0 nvidia12 nvidiactl nvidia-uvm nvidia-uvm-tools nvidia-modeset nvidia-nvswitch0 nvidia-caps"
    for name in every.split():
        (tmp_path / name).touch()
    monkeypatch.setattr(driver, "DEV", tmp_path)
    assert [Path(path).name for path in driver.find([]).devices] == ["nvidia-uvm", "nvidia0", "nvidia12", "nvidiactl"]
