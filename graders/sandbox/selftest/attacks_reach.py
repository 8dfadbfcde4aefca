"""Behaviours that reach for what is outside: files, the network, other processes, the kernel."""

from __future__ import annotations

from collections.abc import Callable

from graders.model import Outcome
from graders.sandbox.selftest.behaviours import MARK, Behaviour, Outside

PASSED = (Outcome.PASSED,)


def _through(statement: str) -> Callable[[Outside], str]:
    """A cell that tries one expression, in which what is outside can be named as `{outside.port}` and so on."""
    return lambda outside: f"tried(lambda: {statement.format(outside=outside)})"


def _open(name: str, statement: str) -> Behaviour:
    """Something that works where there are no walls."""
    return Behaviour(name, _through(statement), PASSED, harmless=True)


def _shut(name: str, statement: str) -> Behaviour:
    """Something that nobody can or should do, walls or none."""
    return Behaviour(name, _through(statement), PASSED)


FILES = (
    _open("reads a file that everybody may read", "open('{outside.folder}/readable').read()"),
    _open("reads the source of the grader", "open('{outside.source}').read()"),
    _open("lists a folder", "os.listdir('{outside.folder}')"),
    _open("reads the machine's users", "open('/etc/passwd').read()"),
    _open("reads what other programs were started with", "open(f'/proc/{{grader()}}/cmdline').read()"),
    _open(
        "reads by a symbolic link",
        "(os.symlink('{outside.folder}', f'l{{os.getpid()}}'), "
        "open(f'l{{os.getpid()}}/readable').read(), os.unlink(f'l{{os.getpid()}}'))",
    ),
    _open("reads through another process's root", "open(f'/proc/{{grader()}}/root{outside.folder}/readable').read()"),
    _open("reads through its own root", "open('/proc/self/root{outside.folder}/readable').read()"),
    _shut("imports the grader", "__import__('importlib').import_module('graders.grading.engine')"),
    _shut("reads the first process's root", "open('/proc/1/root{outside.folder}/readable').read()"),
    _shut(
        "opens files by number",
        "call(303, 264, -100, b'/', ctypes.create_string_buffer(128), ctypes.byref(ctypes.c_int()), 0)",
    ),
    _open("writes into a folder of everybody's", "open('{outside.folder}/written', 'w').write('x')"),
    _open(
        "changes a file's rights",
        "os.chmod('{outside.folder}/readable', 0o640) or os.stat('{outside.folder}/readable').st_mode & 0o777 == 0o640",
    ),
    _open("makes a link outside", "os.symlink('x', '{outside.folder}/link')"),
    _shut("changes a library", "open(np.__file__, 'r+').close()"),
    _shut("changes what runs inside", "open(sys.modules['graders.sandbox.inside.wire'].__file__, 'r+').close()"),
    _shut("adds a library", "open(os.path.join(os.path.dirname(np.__file__), 'left.py'), 'w').close()"),
    _shut("writes into the system", "open('/usr/lib/left', 'w').close()"),
    _shut("makes a device", "os.mknod('device', 0o60600, os.makedev(254, 0)) or open('device', 'rb').read(1)"),
    _shut("opens a disk", "open('/dev/vda', 'rb').read(1)"),
    _shut("switches kernel settings", "open('/proc/sys/kernel/core_pattern', 'w').write('x')"),
    _shut("mounts a file system", "call(165, 40, b'none', b'/tmp', b'tmpfs', 0, None)"),
    _shut("changes its root", "os.chroot('/')"),
)

NETWORK = (
    _open("connects to this machine", "socket.create_connection(('127.0.0.1', {outside.port}), 1).close()"),
    _open(
        "sends a datagram",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {outside.port}))",
    ),
    _open("connects by a socket file", "socket.socket(socket.AF_UNIX).connect('{outside.folder}/socket')"),
    _open("connects by an abstract socket", "socket.socket(socket.AF_UNIX).connect('\\0{outside.abstract}')"),
    _open("waits for connections", "socket.create_server(('127.0.0.1', 0)).close()"),
    _shut("connects to the internet", "socket.create_connection(('192.0.2.1', 80), 0.2).close()"),
    _shut("connects by IPv6", "socket.create_connection(('::1', {outside.port}), 0.2).close()"),
    _shut("asks for a name", "socket.getaddrinfo('example.org', 80)"),
    _shut(
        "downloads a page", "__import__('urllib.request').request.urlopen('http://127.0.0.1:{outside.port}', timeout=1)"
    ),
    _shut("opens a raw socket", "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close()"),
    _shut("talks to the kernel's network", "socket.socket(16, socket.SOCK_RAW, 0).close()"),
    _shut("makes a socket by another convention", "call(0x40000000 + 41, 198, 2, 1, 0)"),
    _shut("makes a ring of requests", "call(425, 425, 8, ctypes.create_string_buffer(120))"),
)

PROCESSES = (
    _open("sends a signal to the grader", "os.kill(grader(), 0)"),
    _shut("sends a signal to every number", "any(map(reaches, range(1, 70_000)))"),
    _open("finds our environment in its own", f"'{MARK}' in os.environ and True"),
    _open("reads the grader's environment", "open(f'/proc/{{grader()}}/environ', 'rb').read()"),
    _open("reads the grader's memory", "open(f'/proc/{{grader()}}/mem', 'rb').close()"),
    _shut(
        "writes another process's memory",
        "[open(f'/proc/{{pid}}/mem', 'r+b').close() for pid in processes() or [1 / 0]]",
    ),
    _shut("reads its parent's memory", "open(f'/proc/{{os.getppid()}}/mem', 'rb').close()"),
    _shut("copies its parent's memory", "call(310, 270, os.getppid(), None, 0, None, 0, 0)"),
    _shut("traces its parent", "call(101, 117, 16, os.getppid(), 0, 0)"),
    _shut("stops its parent", "os.kill(os.getppid(), signal.SIGSTOP) if os.getppid() > 1 else 1 / 0"),
    _shut("takes a descriptor of its parent", "call(438, 438, os.pidfd_open(os.getppid()), 1, 0)"),
    _shut("limits its parent", "__import__('resource').prlimit(os.getppid(), 7, (1, 1))"),
    Behaviour(
        "looks for descriptors that were left open",
        """
def left():
    found = []
    for number in range(1024):
        try:
            kind = os.fstat(number).st_mode & 0o170000
        except OSError:
            continue
        found.append((number, kind))
    files = [number for number, kind in found if kind in (0o100000, 0o040000)]
    sockets = [number for number, kind in found if kind == 0o140000]
    return bool(files or len(sockets) > 1)
tried(left)
""",
        PASSED,
    ),
    Behaviour(
        "looks where its standard streams lead",
        """
def leads():
    return any(os.fstat(number).st_rdev != os.makedev(1, 3) for number in (0, 1, 2))
tried(leads)
""",
        PASSED,
    ),
)

KERNEL = (
    _shut("makes a user namespace", "call(272, 97, 0x10000000)"),
    _shut("forks into namespaces", "call(56, 220, 0x10000011 | 0x20000, 0, 0, 0, 0)"),
    _shut("enters a namespace", "call(308, 268, os.open('/proc/self/ns/net', os.O_RDONLY), 0)"),
    _shut("becomes root", "os.setresuid(0, 0, 0) if os.getuid() else 1 / 0"),
    _shut("becomes anybody", "os.setresuid(12345, 12345, 12345)"),
    _shut(
        "changes a file's owner",
        "open('own', 'w').close() or os.chown('own', 12345, -1) or os.stat('own').st_uid == 12345",
    ),
    _shut(
        "gains capabilities",
        "call(126, 91, (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(1, 1, 0, 0, 0, 0))",
    ),
    _shut("raises its own limits", "__import__('resource').setrlimit(7, (100_000, 100_000))"),
    _shut("asks for keys", "call(250, 219, 0, -3, 0)"),
    _shut("loads a program into the kernel", "call(321, 280, 0, ctypes.create_string_buffer(128), 128)"),
    _shut("counts the processor's events", "call(298, 241, ctypes.create_string_buffer(128), 0, -1, -1, 0)"),
    _shut("handles page faults", "call(323, 282, 1)"),
    _shut("changes its personality", "call(135, 92, 0x0040000)"),
    _shut("sets the clock", "time.clock_settime(time.CLOCK_REALTIME, time.time())"),
    _shut("holds memory out of sight", "os.memfd_create('left') and None"),
    _shut("shares memory by number", "call(29, 194, 0, 1 << 20, 0o1600)"),
    _shut("runs a program with its owner's rights", "ctypes.CDLL(None).prctl(39, 0, 0, 0, 0) == 0 or 1 / 0"),
)

REACHING = (*FILES, *NETWORK, *PROCESSES, *KERNEL)
