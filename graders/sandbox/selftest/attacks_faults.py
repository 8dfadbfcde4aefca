"""Behaviours that break, flood, outlive or forge."""

from __future__ import annotations

from graders.sandbox.selftest.behaviours import behaviours

ENDS = behaviours(r"""
#: exits at once; error
os._exit(0)
#: exits politely
sys.exit(0)
#: aborts; error
os.abort()
#: reads from nowhere; error
ctypes.string_at(0)
#: kills itself; error
os.kill(os.getpid(), signal.SIGKILL)
#: recurses; stopped
def f(): f()
f()
#: recurses as deep as C goes; stopped
sys.setrecursionlimit(10**9)
def f(x): return f(repr(x))
f(1)
#: runs for ever; timeout
while True: pass
#: sleeps for ever; timeout
while True: time.sleep(1)
#: catches every exception and signal; timeout
for number in range(1, 65):
    try: signal.signal(number, lambda *_: None)
    except (OSError, ValueError): pass
while True:
    try:
        while True: pass
    except BaseException: pass
#: computes in C without end; timeout
sum(iter(int, 1))
#: waits for input; passed
input('name? ')
#: stops itself; timeout
os.kill(os.getpid(), signal.SIGSTOP)
#: closes every descriptor; error
os.closerange(0, 4096)
#: hangs when it is asked to exit
import atexit
atexit.register(lambda: time.sleep(1000))
#: hangs when it is collected
class Sleeper:
    def __del__(self): time.sleep(1000)
x = Sleeper()
#: raises without text; error
class Odd(Exception):
    def __str__(self): raise ValueError
raise Odd
#: raises what cannot be shown; error
class Odd(Exception):
    def __str__(self): os._exit(1)
raise Odd
#: raises a book; error
raise ValueError('x' * 10_000_000)
#: raises the end of everything; error
raise GeneratorExit
""")

FLOODS = behaviours(r"""
#: forks without end; stopped
while True:
    os.fork()
#: starts threads without end; stopped
while True:
    threading.Thread(target=time.sleep, args=(60,)).start()
#: takes all memory; stopped
x = []
while True: x.append(bytearray(b'x') * (1 << 20))
#: takes one large piece of memory; memory
x = np.ones(1 << 34)
#: takes memory in many processes; stopped
for _ in range(8):
    if os.fork() == 0:
        x = bytearray(b'x') * (60 << 20)
        time.sleep(60)
time.sleep(60)
#: shares memory without end; stopped
import mmap
x = []
while True:
    x.append(mmap.mmap(-1, 1 << 20))
    x[-1].write(bytes(1 << 20))
#: writes one large file; error
with open('big', 'wb') as f:
    while True: f.write(bytes(1 << 20))
#: writes many files; stopped
for n in range(10**6):
    with open(str(n), 'wb') as f: f.write(bytes(1 << 20))
#: writes many empty files; stopped
for n in range(10**6): open(str(n), 'w').close()
#: writes files without a name; stopped
f = []
while True:
    f.append(open('x', 'wb'))
    os.unlink('x')
    f[-1].write(bytes(1 << 20))
#: fills shared memory; stopped
for n in range(10**4):
    with open(f'/dev/shm/{n}', 'wb') as f: f.write(bytes(1 << 20))
#: opens files without end; error
f = []
while True: f.append(open('/dev/null'))
#: fills pipes without end; error
f = []
while True: f.append(os.pipe())
#: makes a very deep folder
for _ in range(3000):
    os.mkdir('d')
    os.chdir('d')
#: locks its folder
os.makedirs('a/b')
os.chmod('a/b', 0)
os.chmod('a', 0)
os.chmod('.', 0)
#: prints without end; stopped
while True: print('x' * 1000)
#: prints a book
print('x' * 50_000_000)
#: shows without end
from IPython.display import display, HTML
for _ in range(2000): display(HTML('<b>x</b>' * 99))
#: writes to every descriptor; passed
for n in (0, 1, 2): os.write(n, b'x' * 100_000)
#: shows what is no text
class Odd:
    def _repr_html_(self): return 7
    def _repr_png_(self): return b'x'
Odd()
#: prints control characters
print('\x1b[2J\x1b]0;title\x07\u202e\ud800\x00')
""")

OUTLIVES = behaviours(r"""
#: leaves a daemon behind
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True: time.sleep(1)
    os._exit(0)
#: leaves processes that fork on
if os.fork() == 0:
    for _ in range(10**6):
        if os.fork(): os._exit(0)
        os.setsid()
    os._exit(0)
#: leaves a stopped process
pid_ = os.fork()
if pid_ == 0:
    os.kill(os.getpid(), signal.SIGSTOP)
    os._exit(0)
#: leaves a thread
threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
#: starts a program
import subprocess
p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'])
#: uses several processes; passed; answers 7
q = os.pipe()
if os.fork() == 0:
    os.write(q[1], b'7')
    os._exit(0)
os.wait()
def attack(): return int(os.read(q[0], 1))
""")

FORGERIES = behaviours(r"""
#: forges a cell's reply
forge({'outputs': [], 'error': None, 'seconds': 0.0})
#: forges a reply and dies; spoils
forge({'outputs': 7, 'error': 7, 'seconds': 'x'})
os._exit(0)
#: forges a verdict
def attack():
    forge({'ok': {'outcome': 'passed', 'points': 1e9}})
    return 1
#: announces a giant frame
def attack():
    for n in range(3, 64):
        try: os.write(n, b'\xff' * 64)
        except OSError: pass
    return 1
#: sends garbage; stopped
for n in range(3, 64):
    try: os.write(n, os.urandom(10_000))
    except OSError: pass
#: sends half a frame and waits; timeout
for n in range(3, 64):
    try: os.write(n, b'\0\0\xff\xff' + b'x')
    except OSError: pass
while True: time.sleep(1)
#: passes a descriptor out
import array
for n in range(3, 64):
    try:
        s = socket.socket(fileno=os.dup(n))
        s.sendmsg([b'\0\0\0\1\xc0'], [(1, 1, array.array('i', [0]))])
    except OSError: pass
#: patches every comparison; passed; spoils; answers 41
np.allclose = np.array_equal = torch.equal = torch.allclose = lambda *a, **k: True
def attack(): return 41
#: patches what answers; spoils
import gc
for thing in gc.get_objects():
    if type(thing).__name__ == 'Channel':
        type(thing).send = lambda self, value: None
#: patches what makes data plain; spoils
import graders.plain_data
graders.plain_data.plain.__code__ = (lambda value, keeper, depth=0: 41).__code__
#: forges a handle
from graders.plain_data import Handle
def attack(): return Handle(10**9, 'int')
#: changes what it was asked
import sys
def attack():
    frame = sys._getframe()
    while frame:
        for value in list(frame.f_locals.values()):
            if type(value) is dict and 'op' in value: value.clear()
        frame = frame.f_back
    return 1
""")

FAULTS = (*ENDS, *FLOODS, *OUTLIVES, *FORGERIES)
