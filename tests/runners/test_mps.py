"""A server of MPS for the length of a run, with a stand-in of NVIDIA's control program."""

import os
import socket
from pathlib import Path

import pytest

from graders.notebooks.notebook import ExecCell
from graders.runners import mps
from graders.sandbox.host import walls
from graders.sandbox.host.faults import Fault
from graders.sandbox.host.gpu import driver
from graders.sandbox.host.sandbox import Sandbox

CONTROL = """#!/bin/sh
if [ "$1" = -d ]; then
    [ -d "$CUDA_MPS_PIPE_DIRECTORY" ] && [ -d "$CUDA_MPS_LOG_DIRECTORY" ] || exit 1
    echo "start $2" >> HEARD; exit STATUS
fi
read word; echo "$word $CUDA_MPS_PIPE_DIRECTORY" >> HEARD
"""


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the control program was asked."""
    monkeypatch.delenv(driver.PIPES, raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    install(tmp_path, 0)
    return tmp_path / "log"


def install(folder: Path, status: int) -> None:
    """A control program that ends so."""
    path = folder / mps.CONTROL
    path.write_text(CONTROL.replace("HEARD", str(folder / "log")).replace("STATUS", str(status)))
    path.chmod(0o755)


def test_a_server_lives_as_long_as_the_run(heard: Path) -> None:
    """It is started, leads to itself by one variable, and is asked to quit; its folder goes."""
    with mps.server() as found:
        pipes = found[driver.PIPES]
        assert Path(pipes).is_dir() and set(found) == {driver.PIPES}
        assert Path(pipes).stat().st_mode & 0o777 == 0o755 and not pipes.startswith("/tmp")
    several = "-multiuser-server" if os.geteuid() == 0 else ""
    assert heard.read_text().splitlines() == [f"start {several}", f"quit {pipes}"] and not Path(pipes).exists()


def test_one_that_does_not_start_is_gone_without(heard: Path, tmp_path: Path) -> None:
    """Nothing is asked to quit."""
    install(tmp_path, 1)
    with mps.server() as found:
        assert found == {}
    assert len(heard.read_text().splitlines()) == 1


def test_one_that_runs_already_is_used(heard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anyone who started it ends it."""
    monkeypatch.setenv(driver.PIPES, "/run/mps")
    with mps.server() as found:
        assert found == {driver.PIPES: "/run/mps"}
    assert not heard.exists()


def test_without_the_program_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As on every machine without a GPU."""
    monkeypatch.delenv(driver.PIPES, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with mps.server() as found:
        assert found == {}


def test_it_is_let_in_only_behind_bubblewrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Elsewhere nothing may connect; and never where an attempt is to be alone."""
    monkeypatch.setenv(driver.PIPES, "/run/mps")
    behind, bare = walls.Walls("/usr/bin/bwrap", None), walls.Walls(None, None)
    shared = behind.with_gpu(alone=False)
    words = walls.command(shared, tmp_path, None, "{}")
    assert words[words.index("--bind-try") + 1] == "/run/mps" and shared.driver and shared.driver.pipes == "/run/mps"
    assert walls.options(shared, tmp_path, None)["pipes"] == "/run/mps"
    for closed in (behind, behind.with_gpu(), bare.with_gpu(alone=False)):
        words = walls.command(closed, tmp_path, None, "{}")
        assert "--bind-try" not in words and driver.PIPES not in words
        assert walls.options(closed, tmp_path, None)["pipes"] == ""


CONNECTING = """
import socket
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as made:
    made.connect("PIPES/control")
with open("PIPES/control_lock", "r+") as lock:
    lock.write("x")
print("connected")
try:
    open("PIPES/more", "w")
except OSError:
    print("and no more")
"""


@pytest.mark.parametrize("wall", ["auto", "none"])
def test_a_server_is_reached_from_inside(wall: str, heard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its socket and its files, where nothing else can be made; and not at all by whom it is closed to."""
    with mps.server() as found, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as made:
        pipes = found[driver.PIPES]
        made.bind(f"{pipes}/control")
        made.listen()
        (Path(pipes) / "control_lock").touch()
        for path in Path(pipes).iterdir():
            path.chmod(0o666)
        monkeypatch.setenv(driver.PIPES, pipes)
        cell = ExecCell(0, None, CONNECTING.replace("PIPES", pipes))
        for alone in (False, True):
            with Sandbox(None, None, walls=wall, gpu=True, alone=alone) as sandbox:
                reached = bool(sandbox.walls.bubblewrap) and not alone
                with sandbox.attempt([cell], 0) as attempt:
                    printed = "".join(output.get("text", "") for output in attempt.cells[0].outputs)
                assert bool(sandbox.shared) is reached
                assert (printed == "connected\nand no more\n") is reached, attempt.cells[0].message


ILLEGAL = Fault("raised", "AcceleratorError", "CUDA error: an illegal memory access was encountered", ())
TRIPPED = Fault("raised", "AcceleratorError", "CUDA error: device-side assert triggered", ())


@pytest.mark.parametrize(("pipes", "fault", "doubtful"), [("/run/mps", ILLEGAL, True), ("/run/mps", TRIPPED, False)])
def test_what_may_be_another_s_is_in_doubt(
    pipes: str, fault: Fault, doubtful: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only where a server is shared, and only errors that spread."""
    monkeypatch.setattr(Sandbox, "shared", pipes)
    sandbox = Sandbox(None, None, gpu=True, alone=False)
    assert not sandbox.hear(fault) and sandbox.doubtful is doubtful
    monkeypatch.setattr(Sandbox, "shared", "")
    alone = Sandbox(None, None, gpu=True)
    assert not alone.hear(ILLEGAL) and not alone.doubtful
