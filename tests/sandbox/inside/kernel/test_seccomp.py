"""The filter of system calls: run by a small machine that knows the kernel's packet filter, and by the kernel."""

import errno
import os
import platform
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graders.sandbox.inside.kernel import seccomp
from graders.sandbox.inside.kernel.seccomp import ALLOW, KILL, MACHINES, NEWEST, REFUSE, REFUSED, program

X86 = MACHINES["x86_64"]
NO = REFUSE | errno.EPERM


def decide(
    machine: seccomp.Machine,
    number: int,
    *arguments: int,
    unix: bool = True,
    audit: int | None = None,
    owner: bool = False,
    gpu: bool = False,
) -> int:
    """What the filter answers to a call."""
    words = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("=IIQ6Q", number, machine.audit if audit is None else audit, 0, *words)
    lines, at, value = program(machine, unix, owner, gpu), 0, 0
    while True:
        code, true, false, constant = lines[at]
        if code == seccomp.RETURN:
            return constant
        if code == seccomp.LOAD:
            (value,) = struct.unpack_from("=I", data, constant)
            at += 1
            continue
        if code == seccomp.AND:
            value, at = value & constant, at + 1
            continue
        jump = {
            seccomp.JUMP_EQUAL: value == constant,
            seccomp.JUMP_ABOVE: value >= constant,
            seccomp.JUMP_BITS: bool(value & constant),
        }
        at += 1 + (true if jump[code] else false)


@pytest.mark.parametrize("machine", MACHINES.values(), ids=list(MACHINES))
def test_each_listed_call_is_refused(machine: seccomp.Machine) -> None:
    """On every architecture; and none is listed twice."""
    numbers = [call[machine.column] for calls in REFUSED.values() for call in calls.values()]
    listed = [number for number in numbers if number is not None]
    assert len(listed) == len(set(listed)) > 50
    assert {decide(machine, number) for number in listed} == {NO}


@pytest.mark.parametrize("machine", MACHINES.values(), ids=list(MACHINES))
def test_what_is_newer_or_foreign_is_refused(machine: seccomp.Machine) -> None:
    """Unknown calls do not exist, also those of other conventions; another architecture's code is ended."""
    for number in (NEWEST + 1, 0x40000000, 0x40000000 + 59, 0xFFFFFFFF):
        assert decide(machine, number) == REFUSE | errno.ENOSYS
    assert decide(machine, machine.clone3) == REFUSE | errno.ENOSYS
    assert decide(machine, 1, audit=0x40000003) == KILL


@pytest.mark.parametrize("machine", MACHINES.values(), ids=list(MACHINES))
def test_sockets_by_family(machine: seccomp.Machine) -> None:
    """None that leads away from this machine, of no type; those to its other processes where they are isolated."""
    for family in range(1, 46):
        for kind in (1, 2, 3, 3 | 0o2000000):
            answers = decide(machine, machine.socket, family, kind), decide(machine, machine.socketpair, family, kind)
            assert answers == {1: (ALLOW, ALLOW)}.get(family, (answers[0], NO)) and (family == 1 or answers[0] != ALLOW)
            bare = decide(machine, machine.socket, family, kind, unix=False)
            assert bare == (REFUSE | errno.ENETUNREACH if family in (2, 10) else NO)


@pytest.mark.parametrize("machine", MACHINES.values(), ids=list(MACHINES))
def test_bare_sockets_reach_nobody(machine: seccomp.Machine) -> None:
    """Pairs that keep to themselves; with a GPU a name for packets in sequence besides; and nothing connects."""
    for flags in (0, 0o4000, 0o2000000, 0o2004000):
        for kind in range(16):
            pair = decide(machine, machine.socketpair, 1, kind | flags, unix=False)
            assert pair == (ALLOW if kind in (1, 5) else NO)
            assert decide(machine, machine.socket, 1, kind | flags, unix=False) == NO
            driver = decide(machine, machine.socket, 1, kind | flags, unix=False, gpu=True)
            assert driver == (ALLOW if kind == 5 else NO)
            assert decide(machine, machine.socket, 2, kind | flags, unix=False, gpu=True) == REFUSE | errno.ENETUNREACH
            assert decide(machine, machine.socket, 16, kind | flags, unix=False, gpu=True) == NO
    for gpu in (False, True):
        assert decide(machine, machine.connect, 3, unix=False, gpu=gpu) == REFUSE | errno.ECONNREFUSED
        assert decide(machine, machine.connect, 3, gpu=gpu) == ALLOW


@given(st.integers(0, (1 << 32) - 1))
@settings(max_examples=200, deadline=None)
def test_processes_and_threads_but_no_namespaces(flags: int) -> None:
    """A call of clone is allowed exactly where it makes no namespace."""
    for machine in MACHINES.values():
        assert decide(machine, machine.clone, flags) == (NO if flags & seccomp.NAMESPACES else ALLOW)


@pytest.mark.parametrize("machine", MACHINES.values(), ids=list(MACHINES))
def test_rights_of_files_seem_to_change(machine: seccomp.Machine) -> None:
    """Where student code runs as the owner of other files; elsewhere these calls are as always."""
    numbers = [call[machine.column] for call in seccomp.PRETENDED.values() if call[machine.column] is not None]
    for number in numbers:
        assert number is not None and decide(machine, number) == ALLOW
        assert decide(machine, number, owner=True) == REFUSE


def test_ordinary_calls_are_allowed() -> None:
    """Reading, mapping, forking, executing, waiting, and limits and terminals of one's own."""
    for number in (0, 1, 2, 9, 11, 12, 56, 57, 59, 61, 202, 231, 257, 281, 318, 334, 439, 441, 449):
        assert decide(X86, number) == ALLOW
    assert decide(X86, X86.ioctl, 1, 0x5401) == ALLOW
    assert [decide(X86, X86.ioctl, 0, request) for request in (seccomp.TIOCSTI, seccomp.TIOCLINUX)] == [NO, NO]
    assert [decide(X86, X86.prlimit, pid, 7) for pid in (0, 1, 4242)] == [ALLOW, NO, NO]


TRYING = """
import ctypes, errno, os, socket, sys
from graders.sandbox.inside.kernel import seccomp
from graders.sandbox.inside.kernel import syscalls as kernel
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
assert seccomp.forbid(sys.argv[1] == "unix")
call = ctypes.CDLL(None, use_errno=True).syscall
def number(*words):
    return errno.errorcode.get(ctypes.get_errno()) if call(*words) < 0 else None
column = seccomp.MACHINES[os.uname().machine].column
for calls in seccomp.REFUSED.values():
    for name, numbers in calls.items():
        if numbers[column] is not None:
            found = number(numbers[column], -1, -1, -1, -1, -1, -1)
            assert found == "EPERM", (name, found)
for family, expected in ((socket.AF_INET, errno.ENETUNREACH), (socket.AF_NETLINK, errno.EPERM), (17, errno.EPERM)):
    try:
        socket.socket(family, socket.SOCK_RAW)
    except OSError as error:
        assert error.errno == expected, (family, error)
    else:
        raise AssertionError(family)
left, right = socket.socketpair()
left.send(b"x")
assert right.recv(1) == b"x"
try:
    socket.socket(socket.AF_UNIX)
    print("unix")
except PermissionError:
    print("none")
assert os.waitpid(os.fork() or os._exit(3), 0)[1] >> 8 == 3
import threading
thread = threading.Thread(target=print, args=("thread",))
thread.start(); thread.join()
"""


@pytest.mark.skipif(platform.machine() not in MACHINES, reason="the filter knows no such architecture")
@pytest.mark.parametrize("sockets", ["unix", "none"])
def test_the_kernel_agrees(sockets: str) -> None:
    """Each refused call fails with its error, and processes, threads and pairs of sockets work."""
    command = [sys.executable, "-c", TRYING, sockets]
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[4])}
    )
    assert (done.returncode, done.stdout.split()) == (0, [sockets, "thread"]), done.stderr
    assert socket.AF_UNIX == seccomp.AF_UNIX


def test_an_unknown_architecture_has_no_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so."""
    monkeypatch.setattr(seccomp.platform, "machine", lambda: "pdp11")
    assert not seccomp.forbid(True)
