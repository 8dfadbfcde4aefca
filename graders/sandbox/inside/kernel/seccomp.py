"""The system calls that student code may not make, as a seccomp filter; inside the sandbox, no secrets.

A list of what is refused rather than of what is allowed: NumPy, torch and the C library use hundreds of calls, which
change with their versions, and every refused one here has a reason. Calls newer than this list are refused as unknown.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from dataclasses import dataclass

from graders.sandbox.inside.kernel.syscalls import libc

PR_SET_SECCOMP, MODE_FILTER = 22, 2
LOAD, JUMP_EQUAL, JUMP_ABOVE, JUMP_BITS, RETURN, AND = 0x20, 0x15, 0x35, 0x45, 0x06, 0x54
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000, 0x80000000
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
NEWEST = 467  # calls above this number did not exist when the list was made
NAMESPACES = 0x7E020080
AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10
SOCK_STREAM, SOCK_SEQPACKET, SOCKET_KINDS = 1, 5, 0xF  # the rest of a socket's type are flags
TIOCSTI, TIOCLINUX = 0x5412, 0x541C  # type into the terminal of the person who grades

# name: (number on x86-64, number on ARM 64); None where an architecture has no such call
REFUSED: dict[str, dict[str, tuple[int | None, int | None]]] = {
    "look into or change another process": {
        "ptrace": (101, 117),
        "process_vm_readv": (310, 270),
        "process_vm_writev": (311, 271),
        "kcmp": (312, 272),
        "pidfd_getfd": (438, 438),
        "process_madvise": (440, 440),
    },
    "change what is mounted": {
        "mount": (165, 40),
        "umount2": (166, 39),
        "pivot_root": (155, 41),
        "chroot": (161, 51),
        "open_tree": (428, 428),
        "move_mount": (429, 429),
        "fsopen": (430, 430),
        "fsconfig": (431, 431),
        "fsmount": (432, 432),
        "fspick": (433, 433),
        "mount_setattr": (442, 442),
        "statmount": (457, 457),
        "listmount": (458, 458),
        "open_tree_attr": (467, 467),
    },
    "make or enter namespaces": {"unshare": (272, 97), "setns": (308, 268)},
    "reach large and often attacked parts of the kernel": {
        "bpf": (321, 280),
        "perf_event_open": (298, 241),
        "userfaultfd": (323, 282),
        "io_uring_setup": (425, 425),
        "io_uring_enter": (426, 426),
        "io_uring_register": (427, 427),
        "fanotify_init": (300, 262),
        "lookup_dcookie": (212, 18),
        "vmsplice": (278, 75),
    },
    "use the kernel's store of keys": {"add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219)},
    "load code into the kernel or restart it": {
        "init_module": (175, 105),
        "finit_module": (313, 273),
        "delete_module": (176, 106),
        "kexec_load": (246, 104),
        "kexec_file_load": (320, 294),
        "reboot": (169, 142),
    },
    "change the whole machine": {
        "swapon": (167, 224),
        "swapoff": (168, 225),
        "acct": (163, 89),
        "quotactl": (179, 60),
        "quotactl_fd": (443, 443),
        "settimeofday": (164, 170),
        "clock_settime": (227, 112),
        "clock_adjtime": (305, 266),
        "adjtimex": (159, 171),
        "sethostname": (170, 161),
        "setdomainname": (171, 162),
        "syslog": (103, 116),
        "vhangup": (153, 58),
        "iopl": (172, None),
        "ioperm": (173, None),
        "modify_ldt": (154, None),
    },
    "open files by number, around every wall of paths": {
        "name_to_handle_at": (303, 264),
        "open_by_handle_at": (304, 265),
    },
    "change how programs are executed": {"personality": (135, 92), "uselib": (134, None)},
    "hold memory that no process shows, around the limit of memory": {
        "memfd_create": (319, 279),
        "memfd_secret": (447, 447),
        "shmget": (29, 194),
        "semget": (64, 190),
        "msgget": (68, 186),
    },
    "move memory of other processes": {"move_pages": (279, 239), "migrate_pages": (256, 238)},
}


# where student code runs as the owner of other files: these seem to work and do nothing, which copying files can bear
PRETENDED: dict[str, tuple[int | None, int | None]] = {
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "setxattrat": (463, 463),
    "removexattrat": (466, 466),
}


@dataclass(frozen=True)
class Machine:
    """How an architecture numbers what the filter looks at."""

    audit: int
    column: int
    clone: int
    clone3: int
    socket: int
    socketpair: int
    connect: int
    ioctl: int
    prlimit: int


MACHINES = {
    "x86_64": Machine(0xC000003E, 0, 56, 435, 41, 53, 42, 16, 302),
    "aarch64": Machine(0xC00000B7, 1, 220, 435, 198, 199, 203, 29, 261),
}
Line = tuple[int, int, int, int]  # code, lines to jump over if true, if false, constant


def program(machine: Machine, unix_sockets: bool, owner: bool = False, gpu: bool = False) -> list[Line]:
    """The filter, as instructions of the kernel's packet filter.

    Args:
        machine: the architecture.
        unix_sockets: whether sockets to other processes on this machine may be made; others never may.
        owner: whether it is for the user who owns other files, whose rights it then only seems to change.
        gpu: whether NVIDIA's driver is used, which gives itself a name among the sockets for packets in sequence.
    """
    refuse, unknown, no_network = _refusal(errno.EPERM), _refusal(errno.ENOSYS), _refusal(errno.ENETUNREACH)
    allow: Line = (RETURN, 0, 0, ALLOW)
    lines: list[Line] = [(LOAD, 0, 0, ARCHITECTURE), (JUMP_EQUAL, 1, 0, machine.audit), (RETURN, 0, 0, KILL)]
    lines += [(LOAD, 0, 0, NUMBER)]
    listed = [(call, refuse) for calls in REFUSED.values() for call in calls.values()]
    listed += [(call, _refusal(0)) for call in PRETENDED.values() if owner]
    for call, answer in listed:
        if (number := call[machine.column]) is not None:
            lines += [(JUMP_EQUAL, 0, 1, number), answer]
    lines += [(JUMP_ABOVE, 0, 1, NEWEST + 1), unknown]
    lines += [(JUMP_EQUAL, 0, 1, machine.clone3), unknown]  # the C library then uses clone, whose flags can be seen
    lines += _on(machine.clone, [(JUMP_BITS, 0, 1, NAMESPACES), refuse, allow])
    lines += _on(machine.ioctl, [(JUMP_EQUAL, 1, 0, TIOCSTI), (JUMP_EQUAL, 0, 1, TIOCLINUX), refuse, allow], 1)
    lines += _on(machine.prlimit, [(JUMP_EQUAL, 0, 1, 0), allow, refuse])  # its own limits, nobody else's
    far = [(JUMP_EQUAL, 1, 0, AF_INET), (JUMP_EQUAL, 0, 1, AF_INET6), no_network, refuse]
    local = [(JUMP_EQUAL, 0, 1, AF_UNIX), allow]
    if unix_sockets:
        lines += _on(machine.socketpair, [*local, refuse])
        lines += _on(machine.socket, [*local, *far])
    else:  # a pair that keeps to itself; datagrams could be sent to anybody
        lines += _on(machine.socketpair, [*_unix_of(SOCK_STREAM, SOCK_SEQPACKET), refuse])
        lines += _on(machine.socket, [*(_unix_of(SOCK_SEQPACKET) if gpu else []), *far])
        lines += [(JUMP_EQUAL, 0, 1, machine.connect), _refusal(errno.ECONNREFUSED)]
    return [*lines, allow]


def _unix_of(*kinds: int) -> list[Line]:
    """Allows local sockets of these kinds; for others, the family is loaded again for what follows."""
    allowed = [line for kind in kinds for line in ((JUMP_EQUAL, 0, 1, kind), (RETURN, 0, 0, ALLOW))]
    within = [(LOAD, 0, 0, ARGUMENTS + 8), (AND, 0, 0, SOCKET_KINDS), *allowed, (LOAD, 0, 0, ARGUMENTS)]
    return [(JUMP_EQUAL, 0, len(within), AF_UNIX), *within]


def _refusal(number: int) -> Line:
    return (RETURN, 0, 0, REFUSE | number)


def _on(number: int, then: list[Line], argument: int = 0) -> list[Line]:
    """What decides about one call by the low half of one of its arguments; it must end in a decision."""
    return [(JUMP_EQUAL, 0, len(then) + 1, number), (LOAD, 0, 0, ARGUMENTS + 8 * argument), *then]


def offered() -> bool:
    """Whether there is a filter for this architecture, and this kernel takes filters."""
    known = platform.machine() in MACHINES
    return (
        known and int(libc().prctl(PR_SET_SECCOMP, MODE_FILTER, None, 0, 0)) < 0 and ctypes.get_errno() == errno.EFAULT
    )


def forbid(unix_sockets: bool, owner: bool = False, gpu: bool = False) -> bool:
    """Put the filter on this process for good; whether this kernel and this architecture could.

    `PR_SET_NO_NEW_PRIVS` must have been set.
    """
    machine = MACHINES.get(platform.machine())
    if machine is None:
        return False
    lines = b"".join(struct.pack("=HBBI", *line) for line in program(machine, unix_sockets, owner, gpu))
    code = ctypes.create_string_buffer(lines, len(lines))
    head = struct.pack("=HxxxxxxQ", len(lines) // 8, ctypes.addressof(code))
    words = [ctypes.c_ulong(MODE_FILTER), ctypes.c_char_p(head), ctypes.c_ulong(0), ctypes.c_ulong(0)]
    return bool(libc().prctl(PR_SET_SECCOMP, *words) == 0)
