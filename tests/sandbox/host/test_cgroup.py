"""Control groups: found where they are offered, entered by the warm process, and bounding what it starts."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from graders.model import Outcome
from graders.notebooks.notebook import ExecCell
from graders.sandbox.host import cgroup
from graders.sandbox.host.cgroup import Group, mounts, own_group, sweep
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.limits import Limits

MOUNT = "41 31 0:38 / {top} rw,relatime - {kind} name {options}\n"
GROWING = "import numpy as np\nheld = [np.ones(1 << 17) for _ in range(2000)]"
ROOT = Path(__file__).parents[3]


def machine(folder: Path, ours: str, *hierarchies: tuple[str, str, str]) -> Path:
    """A made-up /proc/self: the text of `cgroup`, and for each hierarchy its kind, place and options."""
    lines = [MOUNT.format(top=folder / place, kind=kind, options=options) for kind, place, options in hierarchies]
    lines.append("22 1 8:1 / / rw - ext4 /dev/sda1 rw,memory\n")
    (folder / "mountinfo").write_text("".join(lines))
    (folder / "cgroup").write_text(ours)
    return folder


def test_version_2_makes_it_beside_ours(tmp_path: Path) -> None:
    """As systemd delegates it: our own group holds processes and may have no groups below it."""
    scope = tmp_path / "sys/user.slice/app.slice/term.scope"
    scope.mkdir(parents=True)
    (scope.parent / "cgroup.subtree_control").write_text("cpu memory pids\n")
    (scope / "cgroup.subtree_control").write_text("\n")
    proc = machine(tmp_path, "0::/user.slice/app.slice/term.scope\n", ("cgroup2", "sys", "rw,nsdelegate"))
    (found,) = mounts(proc)
    assert (found.parent, found.controllers) == (scope.parent, ("memory", "pids"))


@pytest.mark.parametrize("control", ["cpu io\n", None])
def test_version_2_without_our_controllers(tmp_path: Path, control: str | None) -> None:
    """As in a container, or in the session of a remote login: there is no group to be had."""
    (tmp_path / "sys").mkdir()
    if control:
        (tmp_path / "sys/cgroup.subtree_control").write_text(control)
    proc = machine(tmp_path, "0::/../outside\n", ("cgroup2", "sys", "rw"))
    assert mounts(proc) == []
    with own_group(proc) as group:
        assert group is None


def test_version_1_makes_it_below_ours(tmp_path: Path) -> None:
    """Each controller has a hierarchy, and a version 2 without controllers is next to them."""
    (tmp_path / "memory/jobs/7").mkdir(parents=True)
    for place in ("pids", "unified"):
        (tmp_path / place).mkdir()
    ours = "8:pids:/\n4:memory:/jobs/7\n1:cpu:/\n0::/\n"
    hierarchies = [("cgroup", "memory", "rw,memory"), ("cgroup", "pids", "rw,pids"), ("cgroup2", "unified", "rw")]
    found = {mount.controllers: mount.parent for mount in mounts(machine(tmp_path, ours, *hierarchies))}
    assert found == {("memory",): tmp_path / "memory/jobs/7", ("pids",): tmp_path / "pids"}


def test_nothing_can_be_read(tmp_path: Path) -> None:
    """No /proc of this kind, or one that says something else: no group."""
    assert mounts(tmp_path / "absent") == []
    (tmp_path / "cgroup").write_text("nonsense")
    (tmp_path / "mountinfo").write_text("")
    assert mounts(tmp_path) == []


def test_a_group_that_cannot_be_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up at once, and removed."""
    monkeypatch.setattr(cgroup, "ENTER", "exit 1")
    (tmp_path / "sys").mkdir()
    (tmp_path / "sys/cgroup.subtree_control").write_text("memory pids")
    with own_group(machine(tmp_path, "0::/\n", ("cgroup2", "sys", "rw"))) as group:
        assert group is None
    assert [path.name for path in (tmp_path / "sys").iterdir()] == ["cgroup.subtree_control"]


def test_bounds_of_version_2(tmp_path: Path) -> None:
    """Memory beyond what the warm process has, nothing to swap, and processes; each where its controller is there."""
    for name in ("memory.max", "memory.swap.max", "pids.max"):
        (tmp_path / name).write_text("max")
    (tmp_path / "memory.current").write_text("1000\n")
    (tmp_path / "memory.events").write_text("low 0\nhigh 0\nmax 7\noom 3\noom_kill 2\noom_group_kill 0\n")
    group = Group({"memory": tmp_path}, "cgroup2")
    group.measure_base()
    group.bound(Limits(memory_mb=1, file_mb=1), 7)
    assert int((tmp_path / "memory.max").read_text()) == 1000 + 7 + (5 << 20) + cgroup.SPARE_BYTES
    assert (tmp_path / "memory.swap.max").read_text() == "0" and group.outgrown() == 3
    assert (tmp_path / "pids.max").read_text() == "max"
    replace(group, folders={"pids": tmp_path}).bound(Limits(processes=8), 0)
    assert int((tmp_path / "pids.max").read_text()) == 16 + cgroup.SPARE_PROCESSES


def test_what_killed_processes_leave_is_removed(tmp_path: Path) -> None:
    """Old empty groups of ours, and nothing else."""
    for name in ("graders-1-0", "graders-2-0", "others"):
        (tmp_path / name).mkdir()
    old = time.time() - 2 * cgroup.FRESH
    for name in ("graders-1-0", "others"):
        os.utime(tmp_path / name, (old, old))
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["graders-2-0", "others"]


@pytest.fixture
def group() -> Iterator[Group]:
    """A real group."""
    with own_group() as made:
        if made is None:
            pytest.skip("no control group may be made on this machine")
        yield made


def test_what_enters_is_bound(group: Group) -> None:
    """The kernel ends what holds too much; afterwards the group is gone."""
    if "memory" not in group.folders:
        pytest.skip("no control group bounds memory on this machine")
    (group.folders["memory"] / cgroup.FILES[group.kind][0]).write_text(str(64 << 20))
    group._write("memory", "memory.swap.max", 0)
    hungry = [sys.executable, "-c", "x = bytearray(256 << 20)"]
    assert subprocess.run(group.entering(hungry), check=False).returncode == -9 and group.outgrown() > 0
    group.close()
    assert not any(folder.exists() for folder in group.folders.values())


def test_an_attempt_that_outgrows_the_machine_between_two_looks(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the attempt ends, with a sentence about memory, and the cells after it are executed."""
    if "memory" not in group.folders:
        pytest.skip("no control group bounds memory on this machine")
    monkeypatch.setattr(cgroup, "SPARE_BYTES", -(1300 << 20))  # the group is the first to find it too much
    limits = Limits(memory_mb=1024)
    with Sandbox(None, None, limits) as sandbox:
        warm = sandbox.warm()
        cells = [ExecCell(n, None, source) for n, source in enumerate(["x = 1", GROWING, "x + 1"])]
        with sandbox.attempt(cells, 0) as attempt:
            first, second, third = attempt.cells
        assert (first.outcome, third.outcome) == (Outcome.PASSED, Outcome.PASSED)
        assert second.outcome is Outcome.MEMORY and "more memory than the 1024 MB" in str(second.message)
        assert sandbox.warm() is warm and warm.group is not None
        left = list(warm.group.folders.values())
    assert not any(folder.exists() for folder in left)


SMALL_MACHINE = """
import contextlib, json, sys
from pathlib import Path
from graders.catalog.loader import load
from graders.grading.engine import grade
from graders.intake.submissions import find_submissions
from graders.sandbox.host import zygote
from graders.sandbox.host.sandbox import Sandbox

zygote.own_group = contextlib.nullcontext  # as on most machines
course = load("practical09")
with Sandbox(course.beside, course.data, course.limits) as sandbox:
    for path in sys.argv[1:]:
        (handed_in,) = find_submissions(Path(path), course.id)
        report = grade(handed_in, course, sandbox)
        found = {q.id: sorted({v.outcome.value for v in q.verdicts}) for q in report.questions}
        print(json.dumps([found, report.cells[-1].outcome.value, report.notices]))
"""


def test_a_machine_with_too_little_memory_is_not_the_student_s_fault(group: Group, tmp_path: Path) -> None:
    """What needs little is graded; where a cell could not be executed, what did not pass is left open, and is said."""
    if "memory" not in group.folders:
        pytest.skip("no control group bounds memory on this machine")
    (group.folders["memory"] / cgroup.FILES[group.kind][0]).write_text(str(1000 << 20))
    group._write("memory", "memory.swap.max", 0)
    for name, cell in (("modest", "x = 1"), ("hungry", GROWING)):
        notebook = json.loads((ROOT / "submissions/practical09/detached_state/practical09.ipynb").read_text("utf-8"))
        notebook["cells"].append({**notebook["cells"][-1], "id": "more", "cell_type": "code", "source": cell})
        notebook["cells"][-1] |= {"metadata": {}, "outputs": [], "execution_count": None}
        (tmp_path / f"{name}.ipynb").write_text(json.dumps(notebook))
    paths = [str(tmp_path / "modest.ipynb"), str(tmp_path / "hungry.ipynb")]
    command = group.entering([sys.executable, "-c", SMALL_MACHINE, *paths])
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    (modest, *fine, notices), (hungry, *cut, told) = map(json.loads, run.stdout.splitlines())
    assert (fine, cut) == (["passed"], ["memory"]) and len(told) == len(notices) + 1 and "ran out of memory" in told[-1]
    assert "failed" in {outcome for outcomes in modest.values() for outcome in outcomes}
    for question, outcomes in modest.items():
        left_open = {"failed": "internal", "error": "internal", "skipped": "internal"}
        assert set(hungry[question]) == {left_open.get(outcome, outcome) for outcome in outcomes}
