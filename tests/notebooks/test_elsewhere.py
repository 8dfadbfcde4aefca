"""Notebooks made for other machines, graded whole: right work keeps its marks, and what cannot be done is left open."""

import json
from pathlib import Path

from graders.catalog.assignment import Assignment
from graders.grading.engine import grade
from graders.model import Outcome, Report, Submission
from graders.sandbox.host.sandbox import Sandbox

RIGHT = Path(__file__).parents[2] / "submissions/practical09/correct/practical09.ipynb"
ABOVE = {
    "numpy_forward": "import numpy as np\nhalf = np.float(0.5)\nnp.product([half, 2]), np.Inf, np.in1d([1], [1])\n",
    "rnn_cell": "from multiprocessing import Pool\n\nwith Pool(2) as pool:\n    print(pool.map(abs, [-1, 2]))\n",
    "training": "from google.colab import drive\ndrive.mount('/content/drive')\n%cd /content/drive/MyDrive\n"
    "import pandas as pd\nimport seaborn as sns\nsns.set_theme()\nfrom torch.utils.tensorboard import SummaryWriter\n"
    "%load_ext nb_black\n%matplotlib widget\n%matplotlib notebook\nimport matplotlib\nmatplotlib.use('TkAgg')\n"
    "writer = SummaryWriter()\nname = input('Who are you? ')\n!pip install torchinfo\n",
    "sampling": "import importlib, sys\nwith open('scale.py', 'w') as file:\n    file.write('one = 1.0')\n"
    "sys.path.append('.')\nimport scale\nimportlib.reload(scale)\nfrom tqdm.notebook import tqdm\n",
    "sentiment_rnn": "%load_ext autoreload\n%autoreload 2\nfrom torchinfo import summary\nimport wandb\nwandb.init()\n",
}
FASTER = """

_plain_training, _faster = train_classifier, torch.compile


def train_classifier(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    loader = torch.utils.data.DataLoader(batches, batch_size=None, num_workers=2)
    return _plain_training(_faster(model), loader, n_epochs, lr, device)
"""
PANDAS = """

_plain = cross_entropy


def cross_entropy(y_hat, y):
    return float(pd.Series([_plain(y_hat, y)]).mean())
"""


def graded(practical09: Assignment, sandbox: Sandbox, above: dict[str, str], below: dict[str, str]) -> Report:
    """The report on the right notebook with more lines in its answers."""
    content = json.loads(RIGHT.read_text("utf-8"))
    for cell in content["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        if marks.get("solution") and cell["cell_type"] == "code":
            id = marks["grade_id"]
            cell["source"] = above.get(id, "") + "".join(cell["source"]) + below.get(id, "")
    data = json.dumps(content).encode()
    return grade(Submission("ada", "practical09", data, ".ipynb", "0" * 64), practical09, sandbox, secret=b"x")


def test_lines_for_elsewhere_cost_no_mark(practical09: Assignment, sandbox: Sandbox) -> None:
    """Colab, editors, plots, older libraries, a pool, DataLoader workers, `torch.compile`, a module of its own."""
    report = graded(practical09, sandbox, ABOVE, {"sentiment_rnn": FASTER})
    lost = {
        v.check: v.message for q in report.questions for v in q.verdicts if (v.points or 0) + v.pending < v.possible
    }
    assert lost == {} and (report.points, report.pending) == (18, 2)


def test_what_needs_a_missing_package_is_left_open(practical09: Assignment, sandbox: Sandbox) -> None:
    """One function of one answer: its checks are open, with the package and the line, and nothing else is."""
    report = graded(practical09, sandbox, {"numpy_forward": "import pandas as pd\n"}, {"numpy_forward": PANDAS})
    verdicts = next(q.verdicts for q in report.questions if q.id == "numpy_forward")
    left = [verdict for verdict in verdicts if verdict.undecided]
    assert left and all(verdict.outcome is Outcome.SKIPPED for verdict in left)
    assert any("the package `pandas`" in verdict.message and "(line " in verdict.message for verdict in left)
    assert all(verdict.outcome is Outcome.PASSED for verdict in verdicts if not verdict.undecided)
    assert report.points + report.pending == report.possible == 20 and report.pending > 2
