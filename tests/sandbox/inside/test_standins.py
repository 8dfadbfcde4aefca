"""What stands in for what a student's machine had and this one has not: harmless lines, missing packages, old names."""

import ast
from collections.abc import Callable
from typing import Any

import pytest

from graders.errors import CallError
from graders.model import Outcome
from graders.notebooks.notebook import ExecCell
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.inside.standins.importing import guarded

# Lines that cost nothing, each a cell: the last names what must hold afterwards.
HARMLESS = {
    "a drive is mounted": "from google.colab import drive\ndrive.mount('/content/drive')\n%cd /content/drive/MyDrive",
    "a drive's folder": "import os, sys\nos.chdir('/content/drive/MyDrive')\nsys.path.append('/content/drive')",
    "an upload": "from google.colab import files\nassert files.upload() == {}\nfiles.download('x')",
    "hosted secrets": "from google.colab import userdata, auth, output\nauth.authenticate_user()\nuserdata.get('K')",
    "kaggle": "from kaggle_secrets import UserSecretsClient\nk = UserSecretsClient().get_secret('wandb')",
    "pandas, seaborn": "import pandas as pd, seaborn as sns\nsns.set_theme()\npd.DataFrame({'a': [1]}).plot()",
    "a palette": "import seaborn as sns, matplotlib.pyplot as plt\nplt.plot([1], color=sns.color_palette()[0])",
    "other packages": "import nltk, spacy, cv2, torchvision, sklearn.metrics\nfrom torchvision import transforms as T\n"
    "nltk.download('punkt')\nt = T.Compose([T.ToTensor()])",
    "a summary writer": "from torch.utils.tensorboard import SummaryWriter\nw = SummaryWriter('x')\n"
    "w.add_scalar('a', 1, 2)\nw.close()\nif not w: raise ValueError",
    "a logger": "import wandb\nwandb.init(project='x')\nwandb.log({'a': 1})\nwandb.finish()",
    "a summary": "from torchinfo import summary\nimport torch\nsummary(torch.nn.Linear(2, 2), input_size=(1, 2))",
    "plots of others": "import plotly.express as px, plotly.graph_objects as go\npx.line([1]).show()\n"
    "f = go.Figure(data=[go.Scatter(x=[1])])\nf.update_layout(title='x')",
    "a widget": "from ipywidgets import interact\n@interact(x=(0, 9))\ndef f(x=1): return x\nassert f(2) == 2",
    "bars": "from tqdm.notebook import tqdm, trange\nfrom tqdm.auto import tqdm as t\nfrom tqdm import tqdm_notebook\n"
    "from tqdm.rich import trange as r\n"
    "assert [*tqdm([1]), *trange(1), *t([2]), *tqdm_notebook([3]), *r(1)] == [1, 0, 2, 3, 0]",
    "other bars": "from rich.progress import track\nfrom fastprogress import progress_bar\n"
    "assert sum(track(range(4), description='x')) == 6 == sum(progress_bar(range(4)))",
    "a compiler": "from numba import njit, jit\n@njit\ndef f(x): return x\n@jit(nopython=True)\ndef g(x): return f(x)\n"
    "assert g(3) == 3",
    "checked types": "from jaxtyping import Float\nfrom torch import Tensor\nfrom beartype import beartype\n@beartype\n"
    "def f(x: Float[Tensor, 'b t']) -> int | Float: return 1\nassert f(1) == 1",
    "extensions": "%load_ext nb_black\n%load_ext autoreload\n"
    "%autoreload 2\n%load_ext tensorboard\n%tensorboard --logdir x",
    "windows": "%matplotlib widget\n%matplotlib notebook\n%matplotlib qt\n%pylab inline\nimport matplotlib\n"
    "matplotlib.use('TkAgg')\nimport matplotlib.pyplot as plt\nplt.switch_backend('Qt5Agg')\nplt.plot([1])\n"
    "plt.show(block=True)\nplt.gcf().show()\nplt.pause(0.01)",
    "installers": "!pip install x\n%pip install x\n%conda install y\n!!ls\n"
    "files = !ls\nassert files == [] and files.s == ''\n"
    "import os, subprocess, sys\nassert os.system('pip install x') == 0\n"
    "subprocess.check_call([sys.executable, '-m', 'pip', 'install', 'x'])\n"
    "subprocess.run('ls', shell=True, check=True)",
    "unknown magics": "%watermark -v\n%memit x = 1\n%tensorflow_version 2.x\n%no_such_magic\n%cd nowhere\n%store x",
    "a timed cell": "%%time\ntimed = 1\ntimed + 1",
    "a measured cell": "%%memit -r 1\nmeasured = 1",
    "a captured cell": "%%capture out\nimport torchvision\ncaptured = 1",
    "scripts of pages": "%%javascript\nalert(1)",
    "another language": "%%bash\nls",
    "a question": "name = input('Your name? ')\nimport getpass\ngetpass.getpass()",
    "a debugger": "breakpoint()\nimport pdb; pdb.set_trace()\nfrom IPython.core.debugger import set_trace; set_trace",
    "NumPy 1": "import numpy as np\nx = np.float(1), np.int(1), np.bool(1), np.product([1]), np.in1d([1], [1])\n"
    "assert np.trapz([1, 3]) == 2 and np.row_stack([[1], [2]]).shape == (2, 1) and np.float_ is np.float64 and np.Inf",
    "IPython 8": "from IPython.core.display import display, HTML, clear_output, display_html\n"
    "display(HTML('<b>x</b>'))\n"
    "from IPython.display import set_matplotlib_formats\nset_matplotlib_formats('svg')",
    "Matplotlib 3.7": "import matplotlib.pyplot as plt\nplt.style.use('seaborn-whitegrid')\n"
    "plt.style.use('no-such-style')\n"
    "c = plt.cm.get_cmap('viridis')\nplt.rcParams['text.latex.unicode'] = True\nplt.rc('savefig', frameon=False)\n"
    "plt.rcParams.update({'figure.dpi': 80})\nassert plt.rcParams['figure.dpi'] == 80",
    "older torch": "import torch\nfrom torch.optim.lr_scheduler import StepLR, ReduceLROnPlateau\n"
    "o = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1)\nStepLR(o, 1, verbose=True)\n"
    "ReduceLROnPlateau(o, 'min', verbose=True)\nfrom torch._six import string_classes\n"
    "torch.save(torch.nn.Linear(1, 1), 'm.pt')\ntorch.load('m.pt')\ntorch.symeig(torch.eye(2), eigenvectors=True)",
    "older SciPy and Python": "from scipy.integrate import simps, trapz\nfrom scipy.misc import derivative\n"
    "import scipy\n"
    "scipy.array([1])\nfrom collections import Iterable, Mapping\nimport time; time.clock()",
    "older torchtext": "from torchtext.legacy import data\nfrom torchtext.data import Field, BucketIterator",
    "torch.compile": "import torch\n@torch.compile\ndef f(x): return x + 1\n@torch.compile(mode='reduce-overhead')\n"
    "def g(x): return f(x)\nm = torch.compile(torch.nn.Linear(2, 2), backend='inductor')\nm.compile(fullgraph=True)\n"
    "assert g(1) == 2 and m(torch.ones(1, 2)).shape == (1, 2) and m._orig_mod is m",
    "torch.jit": "import torch\n@torch.jit.script\ndef f(x: torch.Tensor) -> torch.Tensor:\n    return x + 1\n"
    "class M(torch.nn.Module):\n    def forward(self, x):\n        return x * 2\nm = torch.jit.script(M())\n"
    "assert isinstance(m, torch.jit.ScriptModule) and m(f(torch.ones(1))) == 4",
    "waiting": "import asyncio, nest_asyncio\nnest_asyncio.apply()\nawait asyncio.sleep(0)",
}
# Cells that truly need what is not here, and what they need.
OPEN = {
    "import pandas as pd\nif len(pd.read_csv('x')): print(1)": "the package `pandas`",
    "import pytorch_lightning as pl\nclass Model(pl.LightningModule): pass": "the package `pytorch_lightning`",
    "from fastai.text.all import *\nlearn = text_learner(1)": "the package `fastai`",
    "import torch, sklearn.datasets\ntorch.tensor(sklearn.datasets.make_moons(9))": "the package `sklearn`",
    "x = int(input('How many? '))": "an answer to input()",
    "import urllib.request\nurllib.request.urlopen('https://example.org')": "the network",
    "open('/content/drive/MyDrive/names.txt')": "a file of another machine",
    "!wget https://example.org/names.txt\nopen('names.txt')": "a file of another machine",
    "import numpy as np\nnp.ones(3).ptp()": "an older NumPy",
    "import multiprocessing\nmultiprocessing.Manager()": "a manager of shared objects",
    "import subprocess\nsubprocess.run(['no-such-program'])": "a program of another machine",
}
# Faults of a student's own, which stay that.
OWN = (
    "nowhere",
    "import torch.nn.functionals",
    "open('nowhere')",
    "import numpy as np\nnp.nowhere",
    "from torch import nowhere",
)
FALLS_BACK = (
    "try:\n    import google.colab\n    colab = True\nexcept ImportError:\n    colab = False\nassert not colab",
    "try:\n    import pandas as pd\nexcept:\n    pd = None\nassert pd is None",
    "from contextlib import suppress\nwith suppress(ImportError):\n    import seaborn\n    1 / 0",
    "def has():\n    import wandb\n    return True\ntry:\n    has()\n    1 / 0\nexcept ModuleNotFoundError: pass",
    "import importlib.util\nfind = importlib.util.find_spec\n"
    "assert find('pandas') is None is find('google.colab') and find('torch')",
    "assert 'google.colab' not in str(get_ipython())\nimport sys\nassert 'google.colab' not in sys.modules",
)


@pytest.fixture(scope="module")
def warm(warm_behind: Callable[[str], Sandbox]) -> Sandbox:
    """A sandbox that needs no assignment."""
    return warm_behind("auto")


def outcomes(sandbox: Sandbox, sources: Any) -> list[tuple[Outcome, str]]:
    """How each of the cells goes in an attempt of its own."""
    found = []
    for source in sources:
        with sandbox.attempt([ExecCell(0, None, source)], 0) as attempt:
            found.append((attempt.cells[0].outcome, str(attempt.cells[0].message)))
    return found


def test_lines_for_elsewhere_do_nothing(warm: Sandbox) -> None:
    """Nothing that serves an editor, a plot, a hosted service or an older version stops its cell."""
    found = dict(zip(HARMLESS, outcomes(warm, HARMLESS.values()), strict=True))
    assert {name: message for name, (outcome, message) in found.items() if outcome is not Outcome.PASSED} == {}


def test_what_is_truly_needed_is_named_with_its_line(warm: Sandbox) -> None:
    """The cell is left out for want of it, not as the student's error."""
    for (source, thing), (outcome, message) in zip(OPEN.items(), outcomes(warm, OPEN), strict=True):
        assert outcome is Outcome.SKIPPED, (source, message)
        assert (
            f"This cell needs {thing}, which is not available" in message and f"`{source.splitlines()[-1]}" in message
        )


def test_a_student_s_own_faults_stay_so(warm: Sandbox) -> None:
    """A name, a file or a module that was never there is nobody else's."""
    assert [outcome for outcome, _ in outcomes(warm, OWN)] == [Outcome.ERROR] * len(OWN)


def test_imports_that_have_something_to_fall_back_on_fall_back(warm: Sandbox) -> None:
    """As on any machine that lacks the package."""
    for source, found in zip(FALLS_BACK, outcomes(warm, FALLS_BACK), strict=True):
        assert found == (Outcome.PASSED, "None"), source


def test_cells_below_a_magic_define_and_tell_lines(warm: Sandbox) -> None:
    """What they define stays, their last value is shown, and an error names the line."""
    cells = ["%%time\n\ndef f():\n    return 1\nf() + 1", "%%unheard\n\n1 / 0", "%%timeit\ng = f()"]
    with warm.attempt([ExecCell(n, None, source) for n, source in enumerate(cells)], 0) as attempt:
        assert attempt.cells[0].outputs[-1]["data"]["text/plain"] == "2"
        assert str(attempt.cells[1].message).endswith("division by zero (line 3: `1 / 0`)")
        with attempt.session() as solution:
            assert solution.value("g") == 1


def test_modules_that_a_notebook_writes(warm: Sandbox) -> None:
    """Written by a magic or by hand, imported, reloaded and run; their functions answer later calls."""
    cells = [
        "%%writefile helper.py\nimport torch\nscale = 2\ndef double(x):\n    return scale * x",
        "from helper import double\nimport helper, importlib, sys\nsys.path.append('.')\nimportlib.reload(helper)",
        "%%file other.py\nanswer = 41",
        "%run other.py\nwith open('third.py', 'w') as file:\n"
        "    file.write('def third(): return 3')\nfrom third import *",
        "with open('helper.py', 'a') as f: f.write('\\nscale = 5')\n"
        "helper = importlib.reload(helper)\nnew = helper.double",
    ]
    with warm.attempt([ExecCell(n, None, source) for n, source in enumerate(cells)], 0) as attempt:
        assert [cell.message for cell in attempt.cells] == [None] * 5
        with attempt.session() as solution:
            assert solution.call("double", 2) == 10 == solution.call("new", 2)
            assert solution.value("answer") == 41 and solution.call("third") == 3


def test_a_call_that_needs_what_is_missing_is_left_open(warm: Sandbox) -> None:
    """In a call nothing is put off: training that a missing package was to do must not seem to have happened."""
    cells = [
        "import pandas as pd, accelerate, wandb, seaborn as sns\ntable = pd.Series\n",
        "def smooth(x):\n    return pd.Series(x).rolling(2).mean().tolist()",
        "def returns():\n    return table",
        "def train():\n    accelerate.Accelerator().backward(1)\n    return 1",
        "def logs():\n    wandb.log({'a': 1})\n    sns.lineplot([1])\n    return 1",
        "def asks():\n    return input('a? ')",
        "n = len(pd.Series([1]))\ndef late(): return 1",
        "def uses(): return n",
    ]
    with warm.attempt([ExecCell(n, None, source) for n, source in enumerate(cells)], 0) as attempt:
        for name, thing in (
            ("smooth", "`smooth` needs the package `pandas`"),
            ("returns", "needs the package `pandas`"),
            ("train", "needs the package `accelerate`"),
            ("asks", "needs an answer to input()"),
            ("late", "`late` is not defined, because its cell needs the package `pandas`"),
            ("uses", "`n` is not defined, because its cell needs the package `pandas`"),
        ):
            with attempt.session() as solution, pytest.raises(CallError, match="left open for staff") as error:
                solution.call(name, *([[1, 2]] if name == "smooth" else []))
            assert error.value.outcome is Outcome.SKIPPED and thing in error.value.message
            assert error.value.summary == error.value.message
        with attempt.session() as solution:
            assert solution.call("logs") == 1


def test_a_forged_lack_carries_nothing_out(warm: Sandbox) -> None:
    """Anyone who raises it gets no marks by it, and its text is not shown where it could hold a hidden input."""
    cells = [
        "from graders.sandbox.inside.standins.absent import NotHere",
        "def f(x):\n    e = NotHere()\n    e.thing = str(x)\n    raise e",
    ]
    executed = warm.attempt([ExecCell(n, None, source) for n, source in enumerate(cells)], 0)
    with executed as attempt, attempt.session() as solution, pytest.raises(CallError) as error:
        solution.call("f", 12345)
    assert error.value.message.startswith("`f` needs something, which")
    assert error.value.outcome is Outcome.SKIPPED and "12345" not in error.value.message


@pytest.mark.parametrize(
    ("source", "line", "expected"),
    [
        ("try:\n    import a\nexcept ImportError:\n    import b", 2, True),
        ("try:\n    import a\nexcept ImportError:\n    import b", 4, False),
        ("try:\n    import a\nexcept (ValueError, ModuleNotFoundError):\n    pass", 2, True),
        ("try:\n    import a\nexcept ValueError:\n    pass", 2, False),
        ("try:\n    import a\nfinally:\n    pass", 2, False),
        ("import a", 1, False),
        ("not python", 1, False),
    ],
)
def test_guarded_lines(source: str, line: int, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the `try` whose handlers take a failed import, and no others."""
    monkeypatch.setattr("linecache.getlines", lambda file, names: source.splitlines(keepends=True))
    assert guarded("<cell 1>", line, {}) is expected
    if expected:
        assert ast.parse(source)
