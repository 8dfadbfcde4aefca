"""The fence of Landlock: tried by a process that puts it around itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from graders.sandbox.inside.kernel import landlock

pytestmark = pytest.mark.skipif(not landlock.abi(), reason="this kernel has no Landlock")

FENCED = """
import os, signal, socket, sys
from pathlib import Path
from graders.sandbox.inside.kernel import syscalls as kernel, landlock
root = Path(sys.argv[1])
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
readable, writable = str(root / "readable"), str(root / "writable")
assert landlock.fence([readable, str(root / "one.txt"), str(root / "absent")], [str(root)], [writable, "/dev/null"])
def tried(work):
    try:
        work()
    except OSError:
        return "refused"
    return "done"
print(*[tried(work) for work in (
    lambda: (root / "readable" / "file").read_text(),
    lambda: (root / "one.txt").read_text(),
    lambda: (root / "writable" / "made").write_text("x"),
    lambda: (root / "writable" / "made").rename(root / "writable" / "moved"),
    lambda: os.listdir(root / "hidden"),
    lambda: open("/dev/null", "w").write("x"),
    lambda: (root / "hidden" / "file").read_text(),
    lambda: (root / "readable" / "file").write_text("x"),
    lambda: (root / "hidden" / "made").write_text("x"),
    lambda: (root / "writable" / "link").symlink_to("../hidden/file") or (root / "writable" / "link").read_text(),
    lambda: os.link(root / "hidden" / "file", root / "writable" / "hard"),
    lambda: (root / "hidden" / "file").unlink(),
    lambda: os.truncate(root / "hidden" / "file", 0),
    lambda: os.mkdir(root / "hidden" / "folder"),
    lambda: open(f"/proc/{os.getppid()}/environ").read(),
    lambda: os.listdir("/etc"),
)])
"""
SCOPED = """
import os, signal
from graders.sandbox.inside.kernel import syscalls as kernel, landlock
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
assert landlock.scope()
try:
    os.kill(os.getppid(), 0)
    print("heard")
except PermissionError:
    print("refused")
child = os.fork()
if child == 0:
    signal.pause()
os.kill(-1, signal.SIGKILL)
from pathlib import Path
folders = [Path(os.environ["FOLDER"]) / name for name in ("one", "other")]
for folder in folders:
    folder.mkdir()
(folders[0] / "file").touch()
(folders[0] / "file").rename(folders[1] / "file")
print(os.waitpid(child, 0)[1], open("/etc/passwd").read(4) != "")
"""


def run(source: str, *arguments: str) -> list[str]:
    """The words that a script printed."""
    command = [sys.executable, "-c", source, *arguments]
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[4])}
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_fence_lets_through_what_it_should(tmp_path: Path) -> None:
    """Reading, writing and listing where each is allowed, and nothing else anywhere."""
    for name in ("readable", "writable", "hidden"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("content")
    (tmp_path / "one.txt").write_text("content")
    assert run(FENCED, str(tmp_path)) == ["done"] * 6 + ["refused"] * 10
    assert (tmp_path / "hidden" / "file").read_text() == "content"


@pytest.mark.skipif(landlock.abi() < 6, reason="this kernel's Landlock knows no scopes")
def test_a_scope_keeps_signals_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even one to everybody: it ends the scope's own processes, nobody outside hears it, and files are as always."""
    monkeypatch.setenv("FOLDER", str(tmp_path))
    assert run(SCOPED) == ["refused", "9", "True"]


def test_a_kernel_without_landlock_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is reported."""
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    assert not landlock.fence([], [], []) and not landlock.scope()
