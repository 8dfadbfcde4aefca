"""Behaviours that answer with hostile objects, and behaviours that spoil what comes after them."""

from __future__ import annotations

from graders.sandbox.selftest.behaviours import behaviours

OBJECTS = behaviours(r"""
#: is an array that raises; passed
class Odd:
    def __array__(self, *a, **k): raise MemoryError
def attack(): return Odd()
#: is an array that hangs; passed
class Odd:
    def __array__(self, *a, **k):
        while True: pass
def attack(): return Odd()
#: equals everything; passed; answers Handle
class Odd:
    def __eq__(self, other): return True
    __hash__ = None
def attack(): return Odd()
#: has a negative length; passed; answers Handle
class Odd:
    def __len__(self): return -1
def attack(): return Odd()
#: has a giant length; passed; answers Handle
class Odd:
    def __len__(self): return 1 << 62
def attack(): return Odd()
#: has no end; passed; answers Handle
class Odd:
    def __iter__(self): return self
    def __next__(self): return 1
def attack(): return Odd()
#: cannot be shown; passed; answers Handle
class Odd:
    def __repr__(self): raise ValueError
    __str__ = __repr__
def attack(): return Odd()
#: exits when it is shown; passed
class Odd:
    def __repr__(self): os._exit(1)
    __str__ = __repr__
def attack(): return Odd()
#: runs code when it is unpickled; passed; answers Handle
class Odd:
    def __reduce__(self): return (os.system, ('touch left',))
def attack(): return Odd()
#: claims another class; passed
class Odd:
    __class__ = property(lambda self: np.ndarray)
def attack(): return Odd()
#: claims to be a tensor; passed
class Odd:
    def detach(self): return self
    def cpu(self): return self
    dtype = 'x'
    def numpy(self): return 'no array'
def attack(): return Odd()
#: claims to be a tensor and hangs; passed
class Odd:
    def numpy(self): return 1
    def detach(self):
        while True: pass
def attack(): return Odd()
#: answers every name; passed
class Odd:
    def __getattr__(self, name): return lambda *a, **k: self
def attack(): return Odd()
#: raises at every name; passed
class Odd:
    def __getattribute__(self, name): raise MemoryError
def attack(): return Odd()
#: exits at every name; passed
class Odd:
    def __getattribute__(self, name): os._exit(1)
def attack(): return Odd()
#: has a name that is none; passed; answers Handle
Odd = type('<script>' + 'x' * 10**6, (), {})
def attack(): return Odd()
#: is a list without end; passed
class Odd(list):
    def __iter__(self):
        while True: yield 1
def attack(): return Odd([1])
#: is a text that lies; passed
class Odd(str):
    def __str__(self): return self
    def encode(self, *a): os._exit(1)
def attack(): return Odd('x')
#: is a number that lies; passed
class Odd(float):
    def __float__(self): return 1.0
    __eq__ = lambda s, o: True
def attack(): return Odd(2.0)
#: is an array that lies; passed; answers [0.0, 0.0, 0.0]
class Odd(np.ndarray):
    def __eq__(self, o): return True
    def tobytes(self, *a): return b''
def attack(): return np.zeros(3).view(Odd)
#: is a tensor that lies; passed
class Odd(torch.Tensor):
    def numpy(self): raise ValueError
def attack(): return torch.zeros(2).as_subclass(Odd)
#: raises where its type is asked for; passed
class Meta(type):
    def __instancecheck__(c, o): raise ValueError
    def __getattribute__(c, n): raise ValueError
class Odd(metaclass=Meta): pass
def attack(): return Odd()
#: answers with 8 GB of zeros; passed
def attack(): return np.zeros(1 << 30)
#: answers with one number shown 8 billion times; passed
def attack(): return np.broadcast_to(np.float64(1), (1 << 33,))
#: answers with a very large number; passed
def attack(): return 1 << 10**7
#: answers with a very deep list; passed
def attack(): return __import__('functools').reduce(lambda x, _: [x], range(100_000), 1)
#: answers with a list that holds itself; passed
def attack(): return (lambda x: x.append(x) or x)([])
#: answers with a list that holds itself twice; passed
def attack(): return (lambda x: x.extend([x, x]) or x)([])
#: answers with a million things; passed
def attack(): return [object() for _ in range(10**6)]
#: answers with half a character; passed; answers '?'
def attack(): return '\ud800'
#: answers with objects in an array; passed
def attack(): return np.array([object(), None, 1], dtype=object)
#: answers with records; passed
def attack(): return np.zeros(3, dtype=[('a', 'i4'), ('b', 'O')])
#: answers with a tensor without data; passed
def attack(): return torch.empty(3, device='meta')
#: answers with a sparse tensor; passed
def attack(): return torch.eye(3).to_sparse()
#: answers with a generator; passed; answers Handle
def attack(): return (n for n in iter(int, 1))
#: answers with odd keys; passed; answers {'nan': 1, '(1, 2)': 2, 'None': 3, "b'x'": 4}
def attack(): return {float('nan'): 1, (1, 2): 2, None: 3, b'x': 4}
#: answers with itself; passed; answers Handle
def attack(): return attack
#: answers with numbers that are none; passed
def attack(): return [float('nan'), float('inf'), -0.0, np.float16('nan'), complex(1, 2)]
""")

POLLUTIONS = behaviours(r"""
#: spoils seeds; spoils
import random
random.seed(1); np.random.seed(1); torch.manual_seed(1)
#: spoils the default type; spoils
torch.set_default_dtype(torch.float64)
#: spoils threads; spoils
torch.set_num_threads(3); os.environ['OMP_NUM_THREADS'] = '8'
#: spoils the folder; spoils
os.makedirs('a'); os.chdir('a')
#: spoils files; spoils
open('left', 'w').write('x')
try: open('/tmp/left', 'w').write('x')
except OSError: pass
#: spoils the language; spoils
import locale
locale.setlocale(locale.LC_ALL, 'C')
#: spoils the path of modules; spoils
sys.path.insert(0, '/tmp'); sys.path.append(os.getcwd())
#: spoils modules; spoils
import types
sys.modules['left'] = sys.modules['json'] = types.ModuleType('left')
#: spoils the environment; spoils
os.environ.clear(); os.environ['LEFT'] = '1'
#: spoils rights of new files; spoils
os.umask(0o777)
#: spoils gradients; spoils
torch.set_grad_enabled(False)
#: spoils torch; spoils
torch.softmax = lambda *a, **k: None
torch.nn.Linear.__init__ = None
#: spoils NumPy; spoils
np.seterr(all='raise'); np.set_printoptions(precision=1); np.allclose = lambda *a: True
#: spoils Python; spoils
import builtins
builtins.left = 1; sys.setrecursionlimit(100_000)
#: spoils signals; spoils
signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.alarm(1)
#: spoils what the next question finds; passed; answers [1, 2]
state = [1]
def attack():
    state.append(2)
    np.tanh = torch.ones = None
    globals()['honest'] = lambda x: 0
    return state
""")

ANSWERS = (*OBJECTS, *POLLUTIONS)
