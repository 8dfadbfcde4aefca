"""The outer wall: what is shown inside, what is not, and which walls are chosen."""

import os
import sys
from pathlib import Path

import pytest

from graders.errors import SandboxError
from graders.notebooks.notebook import ExecCell
from graders.sandbox.host import walls
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.host.walls import Walls, around, bare_walls, candidates, command, environment, options, prepare
from graders.sandbox.inside import scratch
from graders.sandbox.inside.scratch import own_folder, remove

BEHIND = Walls("/usr/bin/bwrap", None)


def shown(words: list[str]) -> list[str]:
    """The folders that a command of bubblewrap shows."""
    return [words[n + 1] for n, word in enumerate(words) if word in ("--ro-bind", "--bind", "--dev-bind")]


def test_nothing_is_shown_but_libraries_and_ours(tmp_path: Path) -> None:
    """Python, the system's libraries, the files that run inside and the data: all read-only, none of the graders."""
    words = command(BEHIND, tmp_path / "inside", tmp_path / "data", "{}")
    libraries = [*walls.system_libraries(), *walls.prefixes(), *walls.interpreter()]
    assert set(shown(words)) <= {*libraries, str(tmp_path / "inside"), str(tmp_path / "data")}
    assert not any(Path(folder) in (Path("/"), Path.home(), Path.cwd(), walls.PACKAGE) for folder in shown(words))
    assert not {"--bind", "--dev-bind", "--share-net"} & set(words)
    needed = "--unshare-pid --unshare-net --unshare-ipc --unshare-uts --die-with-parent --clearenv --remount-ro"
    assert set(needed.split()) <= set(words)
    assert words[words.index("--tmpfs") - 2 : words.index("--tmpfs") + 2] == ["--perms", "1777", "--tmpfs", "/tmp"]


def test_installed_graders_are_covered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed copy lies within what is shown, so it is hidden, behind bubblewrap and without."""
    library = tmp_path / "lib"
    for name in ("graders", "numpy"):
        (library / name).mkdir(parents=True)
    monkeypatch.setattr(walls, "prefixes", lambda: [str(library)])
    monkeypatch.setattr(walls, "our_packages", lambda: [str(library / "graders")])
    words = command(BEHIND, tmp_path / "inside", None, "{}")
    assert words[words.index(str(library / "graders")) - 1] == "--tmpfs"
    readable = options(Walls(None, None), tmp_path / "inside", None)["readable"]
    assert str(library / "numpy") in readable
    assert not {str(library), str(library / "graders")} & set(readable)


def test_a_library_that_we_may_not_look_into_is_none_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """As root's own one is where a container's user is another."""
    monkeypatch.setattr(walls.site, "getusersitepackages", lambda: "/" + 5000 * "x")
    assert not any("xxx" in path for path in walls.our_packages())


def test_around_holes(tmp_path: Path) -> None:
    """Everything but the holes, with as few paths as can be."""
    for name in ("a/b/c", "a/d", "e"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "a" / "file").touch()
    root = str(tmp_path)
    assert around(root, []) == [root] == around(root, ["/elsewhere"])
    assert around(root, [root]) == []
    assert around(root, [f"{root}/a/b"]) == [f"{root}/a/d", f"{root}/a/file", f"{root}/e"]


def test_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment inside does not depend on ours, and has one thread."""
    before = environment()
    monkeypatch.setenv("GRADERS_SECRET", "secret")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    assert environment() == before
    assert before["OMP_NUM_THREADS"] == "1" and before["CUDA_VISIBLE_DEVICES"] == ""
    assert environment("/elsewhere")["HOME"] == "/elsewhere"


def test_what_runs_inside_knows_nothing(tmp_path: Path) -> None:
    """Only the carried files, readable by everybody, and they import nothing else of ours."""
    (tmp_path / "probes").mkdir()
    (tmp_path / "probes" / "__init__.py").write_text("x = 1\n")
    inside = tmp_path / "inside"
    inside.mkdir(mode=0o700)
    prepare(inside, tmp_path)
    carried = {
        str(path.relative_to(inside / "graders").with_suffix("")).replace("/", ".")
        for path in (inside / "graders").rglob("*.py")
    }
    carried |= {name.removesuffix(".__init__") for name in carried}
    for path in inside.rglob("*.py"):
        assert path.stat().st_mode & 0o777 == 0o644
        lines = [line.split() for line in path.read_text("utf-8").splitlines()]
        for words in (line for line in lines if line[:1] == ["from"] and line[1].startswith("graders.")):
            module = words[1].removeprefix("graders.")
            names = [f"{module}.{name.strip(',')}" for name in words[3:]]
            assert module in carried or set(names) <= carried, (path.name, words)
    assert inside.stat().st_mode & 0o777 == 0o755 and (inside / "work").stat().st_mode & 0o7777 == 0o1777


def test_the_strongest_walls_come_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Bubblewrap where there is one; then without it; another user only where we start as root."""
    monkeypatch.setattr(walls.shutil, "which", lambda name: "/usr/bin/bwrap")
    monkeypatch.setattr(walls.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(walls, "prefixes", lambda: ["/usr/lib"])
    assert candidates() == [Walls("/usr/bin/bwrap", None), Walls(None, None, nested=False)]
    monkeypatch.setattr(walls, "prefixes", lambda: ["/tmp"])
    assert candidates()[0] == Walls("/usr/bin/bwrap", None, nested=False)
    monkeypatch.setattr(walls.shutil, "which", lambda name: None)
    assert candidates() == [bare_walls()]
    monkeypatch.setattr(walls.os, "geteuid", lambda: 0)
    monkeypatch.setattr(walls, "_reachable", lambda path: True)
    user = bare_walls().user
    assert user is not None and walls.FIRST_USER <= user < walls.FIRST_USER + walls.USERS
    monkeypatch.setattr(walls, "NUMBERS", tmp_path)
    assert bare_walls().user not in (user, None)  # in a container next to this one
    monkeypatch.setattr(walls, "_reachable", lambda path: False)
    assert bare_walls().user is None


def test_a_folder_is_reachable_only_through_open_folders(tmp_path: Path) -> None:
    """One that is closed on the way closes all below it."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    open_way = walls._reachable(Path("/usr"))
    (tmp_path / "a").chmod(0o700)
    assert open_way and not walls._reachable(tmp_path / "a" / "b")


def test_walls_are_named_or_built() -> None:
    """A name that is none is a mistake of ours."""
    with pytest.raises(ValueError, match="'thick'"):
        Sandbox(None, None, walls="thick")


def test_without_a_working_bubblewrap_the_rest_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bubblewrap that cannot start, as in a container without namespaces, is gone without."""
    (tmp_path / "bwrap").write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    (tmp_path / "names.txt").write_text("Ada")
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        with Sandbox(None, tmp_path) as sandbox:
            assert sandbox.walls.bubblewrap is None
            cell = ExecCell(0, None, f"print(open('{sandbox.data_path}/names.txt').read())")
            with sandbox.attempt([cell], 0) as attempt:
                assert attempt.cells[0].outputs[0]["text"] == "Ada\n"
            copied = Path(sandbox.data_path)
        assert not copied.exists()
        with pytest.raises(SandboxError, match="No permissions to create new namespace"):
            Sandbox(None, None, walls=Walls(str(tmp_path / "bwrap"), None)).warm()


def test_folders_of_the_dead_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that nobody holds; not one that is held, is just being made, or is not ours."""
    monkeypatch.setattr(scratch.tempfile, "tempdir", str(tmp_path))
    for name in ("graders-dead", "graders-new", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / scratch.LOCK).touch()
    with own_folder() as held:
        for name in ("graders-dead", "other", held.name):
            os.utime(tmp_path / name, (0, 0))
        with own_folder():
            assert held.exists() and not (tmp_path / "graders-dead").exists()
            assert (tmp_path / "graders-new").exists() and (tmp_path / "other").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["graders-new", "other"]


def test_litter_is_removed(tmp_path: Path) -> None:
    """Deep, locked, linked or oddly named: all goes, and what links lead to stays."""
    folder, kept = tmp_path / "folder", tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    (folder / "a").mkdir(parents=True)
    (folder / "link").symlink_to(kept)
    (folder / "a" / "link").symlink_to("/")
    (folder / os.fsdecode(b"\xff")).touch()
    os.mkfifo(folder / "a" / "pipe")
    here = os.open(folder / "a", os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d", dir_fd=here)
        deeper = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.fchmod(here, 0)
    os.close(here)
    (folder / "a").chmod(0)
    remove(folder)
    assert not folder.exists() and (kept / "file").exists()
    remove(folder)
    assert sys.getrecursionlimit() < 3000
