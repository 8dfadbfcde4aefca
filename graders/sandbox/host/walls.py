"""The outer wall: what a warm process sees of this machine, and the command that puts it there."""

from __future__ import annotations

import os
import shutil
import site
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graders.sandbox.host.gpu import driver
from graders.sandbox.host.gpu.driver import Driver

INSIDE = "/inside"
DATA = "/data"
PACKAGE = Path(__file__).parents[2]
BESIDE = ("probes", "shims")  # packages of an assignment that run inside
CARRIED = ("plain_data.py", "sandbox/inside")  # files and whole folders of this package
HOME, WORK = "home", "work"
CURIOSITIES = ["/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu", "/etc/localtime", "/usr/share/zoneinfo"]
FIRST_USER, USERS = 61184, 4000
NUMBERS = Path("/proc/self/ns/pid")  # in which the numbers of our processes count
STUB = '''"""What a notebook may import while it is graded: its own checks run outside."""


def check(*questions: str) -> None:
    """Nothing: these checks run where a student's code cannot reach them."""
'''


@dataclass(frozen=True)
class Walls:
    """Which walls to build; Landlock, the filter of system calls and limits are put up wherever the kernel has them.

    Attributes:
        bubblewrap: the path of `bwrap`, or None to go without.
        user: another user to become, where we start as root; None to stay.
        nested: whether each attempt gets namespaces of its own, where the kernel allows it.
        driver: what is let in of NVIDIA's driver; None to let in nothing of a GPU.
    """

    bubblewrap: str | None
    user: int | None
    nested: bool = True
    driver: Driver | None = None

    def with_gpu(self, alone: bool = True) -> Walls:
        """The same walls, open to this machine's GPUs; to a server of MPS only with a network of their own."""
        return replace(self, driver=driver.find([*system_libraries(), *prefixes()], alone or not self.bubblewrap))


def candidates() -> list[Walls]:
    """The walls to try on this machine, the strongest first; what holds is found out by walking into them."""
    found = shutil.which("bwrap")
    user = _user(all(_open_to_all(Path(prefix)) for prefix in prefixes()))
    nested = not any(_within(prefix, "/tmp") for prefix in prefixes())  # an attempt's own /tmp would hide Python's
    return [*([Walls(found, user, nested)] if found else []), bare_walls()]


def bare_walls() -> Walls:
    """What is left without bubblewrap and namespaces, as in most containers."""
    needed = [Path(sys.executable), Path(tempfile.gettempdir()), *map(Path, prefixes())]
    return Walls(None, _user(all(map(_reachable, needed))), nested=False)


def _user(possible: bool) -> int | None:
    """Whom student code runs as, where we may choose: another one in each process of ours.

    The kernel counts a user's processes in all containers together, and the first process of each has the same number.
    """
    if os.geteuid() != 0 or not possible:
        return None
    try:
        container = NUMBERS.stat().st_ino
    except OSError:
        container = 0
    return FIRST_USER + (os.getpid() + container) % USERS


def _open_to_all(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o005 == 0o005)


def _reachable(path: Path) -> bool:
    """Whether every user can get there."""
    return _open_to_all(path) and all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def prefixes() -> list[str]:
    """The folders that hold Python and the libraries it imports, the system's own apart."""
    roots = {sys.prefix, sys.base_prefix, sys.exec_prefix, sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    if site.ENABLE_USER_SITE:
        roots.add(site.getusersitepackages())
    roots -= {"/usr", "/usr/local", "/"}
    found = sorted({str(Path(root)) for root in roots if Path(root).is_dir()}, key=len)
    return [root for n, root in enumerate(found) if not any(_within(root, other) for other in found[:n])]


def interpreter() -> list[str]:
    """The interpreter's file and every link on the way to it."""
    path, found = sys.executable, list[str]()
    while path not in found:
        found.append(path)
        if Path(path).is_symlink():
            path = os.path.normpath(Path(path).parent / Path(path).readlink())
    return found


def our_packages() -> list[str]:
    """Installed copies of this package, which nobody inside should read."""
    folders = {*site.getsitepackages(), site.getusersitepackages(), sysconfig.get_path("purelib")}
    folders.add(sysconfig.get_path("purelib", vars={"base": sys.base_prefix}))
    found = sorted(f"{folder}/graders" for folder in folders)
    return [path for path in found if os.path.isdir(path)]  # noqa: PTH112 - not there either where we may not look


def _within(path: str, folder: str) -> bool:
    return Path(path).is_relative_to(folder)


def prepare(folder: Path, beside: Path | None) -> None:
    """Fill a folder with what runs inside: ours, and the assignment's own packages `probes` and `shims`."""
    for name in CARRIED:
        _copy(PACKAGE / name, folder / "graders" / name)
    (folder / "graders/__init__.py").write_text(STUB, "utf-8")
    (folder / "graders/sandbox/__init__.py").write_text('"""The part of the sandbox that runs inside."""\n', "utf-8")
    for name in BESIDE:
        if beside is not None and (beside / name).is_dir():
            _copy(beside / name, folder / name)
    for name in (HOME, WORK):
        (folder / name).mkdir()
    open_to_all(folder)
    (folder / WORK).chmod(0o1777)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copyfile(source, target)


def open_to_all(folder: Path) -> None:
    """Let everybody read a folder of ours."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def environment(home: str = "/tmp", let_in: Driver | None = None) -> dict[str, str]:
    """The whole environment of the processes inside; nothing of ours is inherited but which GPU is ours."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")
    return (
        threads
        | _about_gpus(let_in)
        | {
            "PATH": "/usr/bin:/bin",
            "HOME": home,
            "TMPDIR": home,
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "USER": "student",
            "LOGNAME": "student",
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "MPLCONFIGDIR": f"{home}/matplotlib",
            "IPYTHONDIR": f"{home}/ipython",
        }
    )


def _about_gpus(let_in: Driver | None) -> dict[str, str]:
    if let_in is None:
        return {"CUDA_VISIBLE_DEVICES": ""}
    found = {"LD_LIBRARY_PATH": ":".join(let_in.search), driver.PIPES: let_in.pipes}
    return driver.choice() | {name: value for name, value in found.items() if value}


def options(walls: Walls, inside: Path, data: Path | None) -> dict[str, Any]:
    """What the warm process has to know of its walls."""
    let_in = walls.driver or Driver()
    gpu = {"gpu": walls.driver is not None, "devices": let_in.devices, "pipes": let_in.pipes}
    if walls.bubblewrap:
        return gpu | {
            "user": walls.user,
            "nested": walls.nested,
            "mount_proc": walls.user is not None,
            "work": "/tmp",
            "data": DATA,
            "readable": ["/"],
            "listable": [],
            "unix_sockets": True,
            "owner": False,
        }
    shown = [*system_libraries(), *prefixes(), *interpreter(), *CURIOSITIES]
    shown += [*let_in.libraries, *driver.CURIOSITIES] if walls.driver else []
    holes = [*our_packages(), str(PACKAGE)]
    readable = [path for folder in shown for path in around(folder, holes)]
    own = [
        inside / "graders",
        *(inside / name for name in BESIDE if (inside / name).is_dir()),
        inside / HOME,
        *([data] if data else []),
    ]
    return gpu | {
        "user": walls.user,
        "nested": False,
        "mount_proc": False,
        "work": str(inside / WORK),
        "data": str(data) if data else "",
        "readable": [*readable, *map(str, own)],
        "listable": [folder for folder in shown if Path(folder).is_dir()],
        "unix_sockets": False,
        "owner": walls.user is None,
    }


def around(folder: str, holes: Sequence[str]) -> list[str]:
    """Files and folders that together hold all of a folder but for some holes in it."""
    if folder in holes:
        return []
    if not any(_within(hole, folder) for hole in holes):
        return [folder]
    return [path for inner in sorted(Path(folder).iterdir()) for path in around(str(inner), holes)]


def command(walls: Walls, inside: Path, data: Path | None, arguments: str) -> list[str]:
    """The command line that starts a warm process behind these walls.

    Args:
        walls: which walls.
        inside: the folder that `prepare` filled.
        data: the assignment's public data folder.
        arguments: the warm process's options, as JSON.
    """
    where = INSIDE if walls.bubblewrap else str(inside)
    start = f"import gc, sys; gc.disable(); sys.path.insert(0, {where!r}); "  # nothing that is loaded is garbage
    start += "from graders.sandbox.inside.zygote import main; main(sys.argv)"
    python = [sys.executable, "-s", "-P", "-c", start, arguments]
    return [*_bubblewrap(walls, inside, data), *python] if walls.bubblewrap else python


def _bubblewrap(walls: Walls, inside: Path, data: Path | None) -> list[str]:
    words = [str(walls.bubblewrap), "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    words += ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if walls.user is None:
        words += ["--unshare-user", "--proc", "/proc"]
    else:  # what the warm process needs to become that user and to show it a whole /proc, and gives up then
        for name in ("SETUID", "SETGID", "KILL", "SYS_ADMIN"):
            words += ["--cap-add", f"CAP_{name}"]
        words += ["--dir", "/proc"]
    words += ["--hostname", "sandbox", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp"]
    let_in = walls.driver or Driver()
    shown = [*system_libraries(), *prefixes(), *let_in.libraries]
    shown += [path for path in interpreter() if not any(_within(path, folder) for folder in shown)]
    bound = [*shown, *filter(None, [let_in.pipes])]
    for folder in sorted({str(parent) for path in bound for parent in Path(path).parents} - {"/"}):
        words += ["--perms", "0755", "--dir", folder]  # else bubblewrap keeps those on the way to itself
    for path in shown:
        words += (
            ["--symlink", str(Path(path).readlink()), path] if Path(path).is_symlink() else ["--ro-bind", path, path]
        )
    for path in our_packages():
        words += ["--tmpfs", path]
    words += ["--ro-bind", str(inside), INSIDE]
    words += ["--ro-bind", str(data), DATA] if data else ["--dir", DATA]
    for path in let_in.devices:
        words += ["--dev-bind-try", path, path]
    words += ["--bind-try", let_in.pipes, let_in.pipes] if let_in.pipes else []
    for name, value in environment(let_in=walls.driver).items():
        words += ["--setenv", name, value]
    return [*words, "--chdir", "/tmp", "--remount-ro", "/", "--"]


def system_libraries() -> list[str]:
    """Where the system keeps the libraries that Python and its packages are linked with."""
    names = ["/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32", "/usr/local/lib", "/lib", "/lib32", "/lib64"]
    names += ["/libx32", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/fonts", "/usr/share/fonts"]
    return [name for name in names if os.path.lexists(name)]
