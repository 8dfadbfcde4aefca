"""Python as on another system: what only Linux has is taken away from a process before anything of ours is imported."""

import os
from collections.abc import Mapping
from pathlib import Path

WITHOUT = '''
"""Loaded by Python itself at its start."""
import builtins, functools, importlib.machinery, io, os, signal, socket, sys

GONE = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "readline", "syslog", "spwd", "crypt"}


def find_spec(original, name, *args):
    return None if name in GONE else original(name, *args)


for finder in (importlib.machinery.PathFinder, importlib.machinery.BuiltinImporter):
    finder.find_spec = functools.partial(find_spec, finder.find_spec)
for name in GONE:
    sys.modules.pop(name, None)

OF_OS = """fork forkpty setsid setuid setgid setpgid getpgid killpg sysconf getloadavg
    sched_getaffinity sched_setaffinity wait3 wait4 mkfifo chroot openpty getgroups setgroups statvfs""".split()
for module, names in (
    (os, OF_OS),
    (signal, "SIGALRM SIGHUP SIGUSR1 SIGUSR2 SIGXCPU setitimer getitimer alarm pause".split()),
    (signal, "pthread_kill pthread_sigmask sigwait siginterrupt set_wakeup_fd".split()),
    (socket, ["AF_UNIX", "socketpair"]),
):
    for name in names:
        vars(module).pop(name, None)


def guarded(original):
    def opened(file, *args, **kwargs):
        text = os.fspath(file) if isinstance(file, (str, os.PathLike)) else ""
        if isinstance(text, str) and text.startswith("/proc"):
            raise FileNotFoundError(2, "No such file or directory", text)
        return original(file, *args, **kwargs)

    return opened


builtins.open = io.open = guarded(io.open)
os.readlink, os.listdir, os.scandir, os.stat = map(guarded, (os.readlink, os.listdir, os.scandir, os.stat))
'''


def elsewhere(folder: Path) -> Mapping[str, str]:
    """The environment of such a process, and of those that it starts.

    Users' numbers and `SIGKILL` stay, for libraries that look at `sys.platform` use them.

    Args:
        folder: where to keep what Python loads at its start.
    """
    (folder / "sitecustomize.py").write_text(WITHOUT, "utf-8")
    return os.environ | {"PYTHONPATH": str(folder), "PYTHONIOENCODING": "utf-8"}
