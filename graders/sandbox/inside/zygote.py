"""The warm process inside the walls: it has loaded what notebooks import, holds nothing secret, and forks attempts."""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import platform
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

import torch

from graders.sandbox.inside import init
from graders.sandbox.inside.attempt import CellServer
from graders.sandbox.inside.confine import AttemptFolder, furnish, settle, show_processes
from graders.sandbox.inside.connection import Channel
from graders.sandbox.inside.kernel import landlock, seccomp, syscalls
from graders.sandbox.inside.originals import Originals
from graders.sandbox.inside.randomness import Randomness
from graders.sandbox.inside.shell import Shell, new_shell
from graders.sandbox.inside.standins import compiling, everything, importing, workers

NAMESPACES = syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWPID | syscalls.CLONE_NEWNS | syscalls.CLONE_NEWIPC


def main(arguments: list[str]) -> None:
    """Warm up, say so, then fork an attempt for each request until the trusted side hangs up."""
    options = json.loads(arguments[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the person's Ctrl-C is for the trusted side
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # for the first processes of attempts
    if options["mount_proc"]:
        show_processes()
    nested = options["nested"] and nest(options["user"])
    give_up(options["user"], nested)
    channel = Channel(options["descriptor"], options["frame_bytes"])
    zygote = Zygote(channel, options, nested)
    importing.install(channel.receive()[0]["importable"])
    channel.send(zygote.greeting())
    with contextlib.suppress(EOFError):
        while True:
            zygote.answer(*channel.receive())


def give_up(user: int | None, nested: bool) -> None:
    """Give up what this process needs no more; without namespaces it must be able to make and end another user's."""
    if user is not None and nested:
        syscalls.become(user)
    elif user is not None:
        syscalls.keep_capabilities(syscalls.CAP_KILL, syscalls.CAP_SETGID, syscalls.CAP_SETUID)
    else:
        syscalls.keep_capabilities()
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
    if not nested:
        syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)


class Zygote:
    """Holds the warm shell and starts attempts from it."""

    def __init__(self, channel: Channel, options: dict[str, Any], nested: bool) -> None:
        self._channel, self._nested, self._running = channel, nested, set[int]()
        self._place = AttemptFolder(
            None if nested else options["work"],
            None if nested else options["user"],
            tuple(options["readable"]),
            tuple(options["listable"]),
            options["unix_sockets"],
            options["owner"],
            tuple(options["devices"]),
            options["gpu"],
            options["pipes"],
        )
        self._shell = warm_shell(shims_beside(options["shims"]), options["data"], options["gpu"])
        self._randomness = Randomness()
        self._probes = load_probes(options["probes"])
        self._originals = Originals()
        self._size = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        gc.collect()
        gc.freeze()
        gc.enable()
        syscalls.use_huge_pages()

    def greeting(self) -> dict[str, Any]:
        """What this process is: versions for the report, and the walls it can put up."""
        environment = {"python": platform.python_version(), "torch": str(torch.__version__), "device": "cpu"}
        walls = {"nested": self._nested, "landlock": landlock.abi(), "seccomp": seccomp.offered()}
        return {"pid": os.getpid(), "environment": environment, "walls": walls}

    def answer(self, request: dict[str, Any], descriptors: list[int]) -> None:
        """Start or end an attempt."""
        if request["op"] == "attempt":
            pid = self._start(request["limits"], descriptors[0])
            self._channel.send({"pid": pid, "folder": self._folder(pid)})
        else:
            self._channel.send({"status": self._end(request["pid"])})

    def _folder(self, pid: int) -> str | None:
        return f"{self._place.work}/{pid}" if self._place.work else None

    def _start(self, limits: dict[str, int], descriptor: int) -> int:
        user, group, pinned = os.geteuid(), os.getegid(), "task" if self._place.gpu else None
        child = syscalls.fork_into(NAMESPACES) if self._nested else os.fork()
        if child == 0 and self._nested:
            attempt = partial(self._attempt, limits, descriptor, None)
            init.in_namespaces(user, group, partial(furnish, limits["disk_bytes"]), attempt, pinned)
        elif child == 0:
            folder = str(self._folder(os.getpid()))
            init.among_others(self._place.user, folder, partial(self._attempt, limits, descriptor, folder), pinned)
        os.close(descriptor)
        self._running.add(child)
        return child

    def _attempt(self, limits: dict[str, int], descriptor: int, folder: str | None) -> None:
        """Give everything up but the channel, and serve the attempt in this process."""
        if self._place.gpu:
            bound_gpu_memory(limits["gpu_memory_bytes"])
        settle(self._place, folder, limits, self._size, descriptor)
        channel = Channel(descriptor, limits["frame_bytes"])
        CellServer(channel, self._shell, self._probes, self._randomness, self._originals).serve()

    def _end(self, pid: int) -> int:
        """End an attempt's first process if it still runs; its exit status, 128 + signal where there was one."""
        os.kill(pid, signal.SIGKILL if self._nested else signal.SIGTERM)  # nothing happens where it has ended already
        status = os.waitpid(pid, 0)[1]
        self._running.discard(pid)
        if not self._nested and not self._running:
            init.take_down(self._place.user, scoped=False)  # what a first process that was killed has left
        return init.exit_code(status)


def nest(user: int | None) -> bool:
    """Whether this kernel lets us give each attempt namespaces of its own: tried once, in a child."""
    tried = os.fork()
    if tried:
        return os.waitpid(tried, 0)[1] == 0
    try:
        if user is not None:
            syscalls.become(user)
        ids = os.geteuid(), os.getegid()
        child = syscalls.fork_into(NAMESPACES)
        if child:
            os._exit(0 if os.waitpid(child, 0)[1] == 0 else 1)
        syscalls.map_user(*ids)
        furnish(1 << 20)
        os._exit(0)
    finally:
        os._exit(1)


def warm_shell(shims: Any, data: str, gpu: bool = False) -> Shell:
    """Import what notebooks use, run it once so that what is loaded lazily is loaded, and make the shell.

    With a GPU no gradient is computed here: autograd starts a thread for each device when it is first used, and these
    would not survive the fork into attempts.
    """
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    compiling.install()  # first, so that warming up does not load the compiler
    shims.install(data)
    shell = new_shell()
    error = shell.run(0, IMPORTING + DRAWING, 1 << 20)
    if not gpu:
        shims.warm_up()
    if error is not None:
        raise RuntimeError("the sandbox could not warm up") from error
    shell.fresh()
    for name in ("set_num_threads", "set_num_interop_threads"):
        setattr(torch, name, _one_thread)  # a pool of threads would not survive the fork into sessions
    everything.install()
    workers.install()
    return shell


def bound_gpu_memory(size: int) -> None:
    """Let PyTorch take so many bytes of each GPU, from the moment it first uses one."""

    def bound() -> None:
        for number in range(torch.cuda.device_count()):
            whole = torch.cuda.get_device_properties(number).total_memory
            torch.cuda.set_per_process_memory_fraction(min(1.0, size / whole), number)

    later: Any = torch.cuda._lazy_call
    later(bound)


def _one_thread(threads: int) -> None:
    """Accepted and ignored: grading runs in one thread."""


def shims_beside(present: bool) -> Any:
    """The assignment's package `shims`, which lies next to this package; `NoShims` where it has none."""
    return importlib.import_module("shims") if present else NoShims


class NoShims:
    """An assignment that puts nothing in alongside student code."""

    @staticmethod
    def install(data: str) -> None:
        """Nothing is put in."""

    @staticmethod
    def warm_up() -> None:
        """Nothing is warmed up."""


def load_probes(present: bool) -> Any:
    """The assignment's package `probes`, which lies next to this package, with all its modules."""
    if not present:
        return None
    package = importlib.import_module("probes")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"probes.{module.name}")
    return package


IMPORTING = """
import collections, copy, dataclasses, itertools, json, math, pickle, random, re, time, typing, urllib.request
import matplotlib.pyplot as plt, numpy as np, scipy.special, scipy.stats
import torch, torch.nn as nn, torch.nn.functional as F, torch.optim as optim, torch.utils.data
"""
DRAWING = """
torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.zeros(4, 2)), batch_size=2)
torch.allclose(torch.zeros(2), torch.zeros(2)), str(torch.rand(2, 2)), str(np.random.default_rng(0).normal(size=3))
scipy.stats.chi2.sf(1.0, 2), scipy.stats.binom.cdf(1, 2, 0.5)
fig, axes = plt.subplots(1, 2)
axes[0].plot([1, 2], label="a"); axes[0].legend(); axes[0].set_title("$x^2$"); axes[1].bar([1, 2], [3, 4])
plt.show()
"""

if __name__ == "__main__":
    main(sys.argv)
