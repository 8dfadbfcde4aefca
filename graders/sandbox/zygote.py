"""The warm process inside the walls: it has loaded what notebooks import, holds nothing secret, and forks attempts."""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import platform
import resource
import signal
import sys
from pathlib import Path
from typing import Any

import torch

from graders.sandbox import kernel
from graders.sandbox.cells import Shell, new_shell
from graders.sandbox.channel import Channel
from graders.sandbox.inside import Attempt, Randomness

WORK = "/tmp"
NAMESPACES = kernel.CLONE_NEWUSER | kernel.CLONE_NEWPID | kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC


def main(arguments: list[str]) -> None:
    """Warm up, say so, then fork an attempt for each request until the trusted side hangs up."""
    options = json.loads(arguments[1])
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if options["mount_proc"]:
        show_processes()
    if options["user"] is not None:
        kernel.become(options["user"])
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)  # a change of user forgets it
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the person's Ctrl-C is for the trusted side
    channel = Channel(options["descriptor"], options["frame_bytes"])
    zygote = Zygote(channel, options)
    channel.receive()
    channel.send(zygote.greeting())
    with contextlib.suppress(EOFError):
        while True:
            zygote.answer(*channel.receive())


class Zygote:
    """Holds the warm shell and starts attempts from it."""

    def __init__(self, channel: Channel, options: dict[str, Any]) -> None:
        self._channel = channel
        self._options = options
        self._shell = warm_shell()
        self._randomness = Randomness()
        self._probes = load_probes(options["probes"])
        self.walls = {"nested": options["nested"] and nest()}
        self._size = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        gc.collect()
        gc.freeze()
        kernel.use_huge_pages()

    def greeting(self) -> dict[str, Any]:
        """What this process is: versions for the report, and the walls it could put up."""
        environment = {"python": platform.python_version(), "torch": str(torch.__version__), "device": "cpu"}
        return {"pid": os.getpid(), "environment": environment, "walls": self.walls}

    def answer(self, request: dict[str, Any], descriptors: list[int]) -> None:
        """Start or end an attempt."""
        if request["op"] == "attempt":
            self._channel.send({"pid": self._start(request["limits"], descriptors[0])})
        else:
            self._channel.send({"status": _ended(request["pid"])})

    def _start(self, limits: dict[str, int], descriptor: int) -> int:
        user, group = os.geteuid(), os.getegid()
        child = kernel.fork_into(NAMESPACES) if self.walls["nested"] else os.fork()
        if child == 0:
            _run_init(self, limits, descriptor, user, group)
        os.close(descriptor)
        return child

    def become_attempt(self, limits: dict[str, int], descriptor: int) -> None:
        """Give everything up but the channel, and serve the attempt in this process."""
        os.setsid()
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        kernel.close_all_but(descriptor)
        os.chdir(WORK)
        set_limits(limits, self._size)
        kernel.drop_capabilities()
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        Attempt(Channel(descriptor, limits["frame_bytes"]), self._shell, self._probes, self._randomness).serve()


def _run_init(zygote: Zygote, limits: dict[str, int], descriptor: int, user: int, group: int) -> None:
    """Be the first process of an attempt: start it, collect its orphans, and end when it ends."""
    code = 1
    try:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # to process 1 of a namespace, its own children can send nothing
        if zygote.walls["nested"]:
            kernel.map_user(user, group)
            furnish(limits)
        else:
            kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
        child = os.fork()
        if child == 0:
            zygote.become_attempt(limits, descriptor)
            os._exit(0)
        kernel.close_all_but()
        code = _wait_for(child)
    finally:
        os._exit(code)


def _wait_for(child: int) -> int:
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _ended(process: int) -> int:
    """Kill an attempt's first process if it still runs; its exit status, 128 + signal where there was one."""
    os.kill(process, signal.SIGKILL)  # nothing happens where it has ended already
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return code if code >= 0 else 128 - code


def show_processes() -> None:
    """A /proc of this pid namespace."""
    kernel.mount("proc", "/proc", "proc", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC)


def furnish(limits: dict[str, int]) -> None:
    """Give a new mount namespace its own /proc and empty, bounded writable folders."""
    kernel.mount("none", "/", "none", kernel.MS_REC | kernel.MS_PRIVATE)
    flags = kernel.MS_NOSUID | kernel.MS_NODEV
    try:
        show_processes()
    except PermissionError:  # where parts of /proc are hidden, the kernel allows no second one
        kernel.mount("tmpfs", "/proc", "tmpfs", flags, "size=4k,mode=0555")
    size = f"size={limits['disk_bytes']},mode=0700"
    kernel.mount("tmpfs", WORK, "tmpfs", flags, size)
    kernel.mount("tmpfs", "/dev/shm", "tmpfs", flags, size)


def set_limits(limits: dict[str, int], size: int) -> None:
    """Limits of each single process; the trusted side watches the whole tree."""
    wanted = {
        resource.RLIMIT_AS: size + limits["memory_bytes"],
        resource.RLIMIT_FSIZE: limits["file_bytes"],
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_CPU: limits["total_cpu_seconds"],
        resource.RLIMIT_MEMLOCK: 1 << 20,
    }
    for which, value in wanted.items():
        hard = resource.getrlimit(which)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))


def nest() -> bool:
    """Whether this kernel lets us give each attempt namespaces of its own: tried once, in a child."""
    user, group = os.geteuid(), os.getegid()
    try:
        child = kernel.fork_into(NAMESPACES)
    except OSError:
        return False
    if child == 0:
        try:
            kernel.map_user(user, group)
            furnish({"disk_bytes": 1 << 20})
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def warm_shell() -> Shell:
    """Import what notebooks use, run it once so that what is loaded lazily is loaded, and make the shell."""
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    shell = new_shell()
    error = shell.run(0, WARMING, 1 << 20)
    if error is not None:
        raise RuntimeError("the sandbox could not warm up") from error
    shell.fresh()
    for name in ("set_num_threads", "set_num_interop_threads"):
        setattr(torch, name, _one_thread)  # a pool of threads would not survive the fork into sessions
    with contextlib.suppress(ImportError):
        importlib.import_module("tqdm").tqdm.monitor_interval = 0  # no thread of its own
    return shell


def _one_thread(threads: int) -> None:
    """Accepted and ignored: grading runs in one thread."""


def load_probes(present: bool) -> Any:
    """The assignment's package `probes`, which lies beside this package."""
    return importlib.import_module("probes") if present else None


WARMING = """
import collections, copy, dataclasses, itertools, json, math, pickle, random, re, time, typing, urllib.request
import matplotlib.pyplot as plt, numpy as np, scipy.special, scipy.stats
import torch, torch._dynamo, torch.nn as nn, torch.nn.functional as F, torch.optim as optim, torch.utils.data
for make in (nn.RNN, nn.LSTM, nn.GRU):
    layer, embed, head = make(3, 4), nn.Embedding(5, 3), nn.Linear(4, 2)
    weights = [*layer.parameters(), *embed.parameters(), *head.parameters()]
    for optimiser in (optim.SGD(weights, lr=0.1, momentum=0.9), optim.Adam(weights, lr=0.1), optim.AdamW(weights)):
        packed = nn.utils.rnn.pack_padded_sequence(embed(torch.tensor([[1, 2], [3, 0]])), [2, 2])
        output, _ = nn.utils.rnn.pad_packed_sequence(layer(packed)[0])
        loss = nn.CrossEntropyLoss()(head(output[-1]), torch.tensor([0, 1]))
        loss = loss + nn.NLLLoss()(F.log_softmax(head(output[0]), dim=1), torch.tensor([0, 1]))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
with torch.no_grad():
    torch.multinomial(F.softmax(output[0], dim=-1), 1)
torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.zeros(4, 2)), batch_size=2)
torch.allclose(torch.zeros(2), torch.zeros(2)), str(torch.rand(2, 2)), str(np.random.default_rng(0).normal(size=3))
scipy.stats.chi2.sf(1.0, 2), scipy.stats.binom.cdf(1, 2, 0.5)
fig, axes = plt.subplots(1, 2)
axes[0].plot([1, 2], label="a"); axes[0].legend(); axes[0].set_title("$x^2$"); axes[1].bar([1, 2], [3, 4])
plt.show()
"""

if __name__ == "__main__":
    main(sys.argv)
