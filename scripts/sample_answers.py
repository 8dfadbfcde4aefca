"""What the students of the sample class answer: two honest styles, and one fault a student on top of the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

EQUATIONS = r"""The network starts from an empty memory:

$$\mathbf{h}_0 = \mathbf{0}$$

For every time step $t = 1, \dots, T$ the state is

$$\mathbf{h}_t = \tanh(\mathbf{W}_{xh} \mathbf{x}_t + \mathbf{W}_{hh} \mathbf{h}_{t-1} + \mathbf{b}_h)$$

and the output is

$$\hat{\mathbf{y}}_t = \mathrm{softmax}(\mathbf{W}_{hy} \mathbf{h}_t + \mathbf{b}_y)$$

The error of the sequence:

$$L = -\sum_{t=1}^{T} \sum_{k=1}^{K} y_{t,k} \log \hat{y}_{t,k}$$

Dimensions: $\mathbf{W}_{xh} \in \mathbb{R}^{H \times D}$, $\mathbf{W}_{hh} \in \mathbb{R}^{H \times H}$,
$\mathbf{W}_{hy} \in \mathbb{R}^{K \times H}$, the biases have $H$ and $K$ entries."""

BY_HAND = """by_hand = {
    "h1": [0.46, 0.46, 0.46],
    "y1": [0.5, 0.5],
    "h2": [0.85, 0.85, 0.85],
    "y2": [0.5, 0.5],
    "loss": 1.39,
}"""

NUMPY = """def softmax(z):
    e = np.exp(z - np.max(z))
    return e / e.sum()


def rnn_forward(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    hs, ys = [], []
    h = h0
    for t in range(len(x)):
        h = np.tanh(W_xh @ x[t] + W_hh @ h + b_h)
        hs.append(h)
        ys.append(softmax(W_hy @ h + b_y))
    return np.array(hs), np.array(ys)


def cross_entropy(y_hat, y):
    return -np.sum(y * np.log(y_hat))"""

CELL = """class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)
        self.h2o = nn.Linear(hidden_size, output_size)

    def init_hidden(self, batch_size=1):
        return torch.zeros(batch_size, self.hidden_size)

    def forward(self, x, h):
        h = torch.tanh(self.i2h(x) + self.h2h(h))
        return F.log_softmax(self.h2o(h), dim=1), h"""

TRAINING = """def sequence_nll(rnn, name):
    inputs, targets = encode(name)
    h = rnn.init_hidden()
    loss = 0
    for t in range(len(inputs)):
        log_probs, h = rnn(inputs[t : t + 1], h)
        loss = loss + F.nll_loss(log_probs, targets[t : t + 1])
    return loss / len(inputs)


def train(rnn, names, n_epochs=1000, lr=0.0005):
    optimizer = torch.optim.Adam(rnn.parameters(), lr=lr)
    losses = []
    for epoch in range(n_epochs):
        name = random.choice(names)
        optimizer.zero_grad()
        loss = sequence_nll(rnn, name)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses"""

SAMPLING = """def sample_next(log_probs, k=None):
    p = log_probs.detach().reshape(-1).exp()
    if k is not None and k < len(p):
        top, where = torch.topk(p, k)
        return where[torch.multinomial(top / top.sum(), 1)].item()
    return torch.multinomial(p, 1).item()


def generate(rnn, k=None, max_length=20):
    letters = []
    with torch.no_grad():
        h = rnn.init_hidden()
        symbol = "."
        while len(letters) < max_length:
            log_probs, h = rnn(one_hot(symbol), h)
            symbol = VOCAB[sample_next(log_probs, k)]
            if symbol == ".":
                break
            letters.append(symbol)
    return "".join(letters)"""

DISCUSSION = """With k = 1 the model gives one and the same name every time, since there is nothing left to draw. With k = 2 or 3 the
names can be spoken and resemble each other; from about k = 10 on rare letters come in and many names look like typing
errors. The results are not good yet: the loss stays above that of a table of letter pairs (2.45), and the model has seen
only 1,000 of 32,033 names. More passes over the data, in batches, should help most."""

RNN_MODEL = """class SentimentRNN(nn.Module):
    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.rnn = nn.RNN(embedding_dim, hidden_dim, batch_first=True)
        self.fc = nn.Linear(hidden_dim, 1)

    def forward(self, tokens, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(tokens), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        _, h_n = self.rnn(packed)
        return self.fc(h_n[-1]).squeeze(1)"""

TRAIN_CLASSIFIER = """


def train_classifier(model, batches, n_epochs=5, lr=0.001, device="cpu"):
    model.to(device)
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    criterion = nn.BCEWithLogitsLoss()
    history = []
    for epoch in range(n_epochs):
        total = 0.0
        for tokens, lengths, labels in batches:
            optimizer.zero_grad()
            loss = criterion(model(tokens.to(device), lengths), labels.to(device))
            loss.backward()
            optimizer.step()
            total += loss.item()
        history.append(total / len(batches))
    return history"""

PREDICT = """


def predict(model, batches, device="cpu"):
    model.to(device)
    model.eval()
    with torch.no_grad():
        parts = [torch.sigmoid(model(tokens.to(device), lengths)).cpu() for tokens, lengths in batches]
    return torch.cat(parts)"""

LSTM_MODEL = """class SentimentLSTM(nn.Module):
    def __init__(self, vocab_size, embedding_dim=128, hidden_dim=256, pad_idx=0):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * hidden_dim, 1)

    def forward(self, tokens, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(tokens), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        _, (h_n, _) = self.lstm(packed)
        return self.fc(torch.cat([h_n[0], h_n[1]], dim=1)).squeeze(1)"""

IMPROVE = """The LSTM should do better, since its gates carry a word from the beginning of a review to its end, where the plain RNN has
long overwritten it, and the second direction reads the review from its end. Next I would take pretrained word vectors
(rare words are seen too seldom to learn), then dropout, because the training loss keeps falling while the accuracy
stands still, and then longer training with early stopping."""

CORRECT: dict[str, str] = {
    "equations": EQUATIONS,
    "by_hand": BY_HAND,
    "numpy_forward": NUMPY,
    "rnn_cell": CELL,
    "training": TRAINING,
    "sampling": SAMPLING,
    "sampling_discussion": DISCUSSION,
    "sentiment_rnn": RNN_MODEL + TRAIN_CLASSIFIER + PREDICT,
    "sentiment_lstm": LSTM_MODEL,
    "sentiment_discussion": IMPROVE,
}

OTHER_STYLE: dict[str, str] = {
    "equations": r"""$$\begin{aligned}
z_t &= U x_t + W h_{t-1} + b, \qquad h_0 = 0 \\
h_t &= \tanh(z_t) \\
o_t &= V h_t + c \\
\hat{y}_t &= \operatorname{softmax}(o_t)
\end{aligned}$$

$$E = -\sum_t e_{y_t}^\top \log \hat{y}_t$$

with $U \in \mathbb{R}^{H \times D}$, $W \in \mathbb{R}^{H \times H}$, $V \in \mathbb{R}^{K \times H}$.""",
    "by_hand": """from math import exp, log, tanh

a = tanh(0.1 * 4 + 0.1)
b = tanh(0.1 * 10 + 0.1 * 3 * a + 0.1)
by_hand = dict(h1=(a,) * 3, y1=np.array([0.5, 0.5]), h2=np.full(3, b), y2=(0.5, 0.5), loss=2 * log(2))""",
    "numpy_forward": """from scipy.special import log_softmax, softmax as scipy_softmax


def rnn_forward(x, h0, W_xh, W_hh, b_h, W_hy, b_y):
    pre = np.einsum("td,hd->th", x, W_xh) + b_h
    h = np.empty((x.shape[0], h0.shape[0]), dtype=np.float32)
    previous = h0
    for t, z in enumerate(pre):
        previous = np.tanh(z + previous @ W_hh.T)
        h[t] = previous
    return [h, scipy_softmax(h @ W_hy.T + b_y, axis=1)]


def cross_entropy(y_hat, y):
    return -sum(math.log(p[k] + 1e-12) for p, k in zip(y_hat, np.argmax(y, axis=1)))""",
    "rnn_cell": CELL.replace(
        """        h = torch.tanh(self.i2h(x) + self.h2h(h))
        return F.log_softmax(self.h2o(h), dim=1), h""",
        """        new = F.linear(x, self.i2h.weight, self.i2h.bias) + self.h2h(h)
        new = (new.exp() - (-new).exp()) / (new.exp() + (-new).exp())
        scores = self.h2o(new)
        return [scores - torch.logsumexp(scores, dim=-1, keepdim=True), new]""",
    ),
    "training": """def sequence_nll(rnn, name):
    inputs, targets = encode(name)
    h, rows = rnn.init_hidden(), []
    for x in inputs.split(1):
        out, h = rnn(x, h)
        rows.append(out)
    return F.cross_entropy(torch.cat(rows), targets)  # log-probabilities stay as they are under log-softmax


def train(rnn, names, n_epochs=N_EPOCHS, lr=LEARNING_RATE):
    velocity = [torch.zeros_like(p) for p in rnn.parameters()]
    order = np.random.permutation(len(names))
    history = np.zeros(n_epochs)
    for epoch in range(n_epochs):
        rnn.zero_grad()
        loss = sequence_nll(rnn, names[order[epoch % len(order)]])
        loss.backward()
        with torch.no_grad():
            for p, v in zip(rnn.parameters(), velocity):
                v.mul_(0.9).add_(p.grad)
                p -= lr * v
        history[epoch] = loss.detach()
    return history.tolist()""",
    "sampling": """def sample_next(log_probs, k=None):
    p = np.exp(np.asarray(log_probs.detach(), dtype=np.float64).ravel())
    if k is not None:
        p[np.argsort(-p, kind="stable")[k:]] = 0
    return np.random.choice(len(p), p=p / p.sum())


@torch.no_grad()
def generate(rnn, k=None, max_length=20):
    x, _ = encode("")
    h, name = rnn.init_hidden(), ""
    for _ in range(max_length):
        out, h = rnn(x, h)
        i = sample_next(out, k=k)
        if i == 0:
            break
        name += VOCAB[i]
        x = one_hot(VOCAB[i])
    return name""",
    "sampling_discussion": DISCUSSION,
    "sentiment_rnn": RNN_MODEL.replace(
        """        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(tokens), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        _, h_n = self.rnn(packed)
        return self.fc(h_n[-1]).squeeze(1)""",
        """        states, _ = self.rnn(self.embedding(tokens))
        last = states[torch.arange(len(tokens)), lengths.to(tokens.device) - 1]
        return self.fc(last)[:, 0]""",
    )
    + TRAIN_CLASSIFIER.replace("torch.optim.Adam(", "torch.optim.AdamW(")
    .replace("    criterion = nn.BCEWithLogitsLoss()\n", "    criterion = nn.BCELoss()\n")
    .replace(
        "criterion(model(tokens.to(device), lengths),", "criterion(torch.sigmoid(model(tokens.to(device), lengths)),"
    )
    + PREDICT.replace("return torch.cat(parts)", "return [float(p) for part in parts for p in part]"),
    "sentiment_lstm": LSTM_MODEL.replace(
        "nn.LSTM(embedding_dim, hidden_dim,", "nn.LSTM(embedding_dim, hidden_dim // 2,"
    )
    .replace("nn.Linear(2 * hidden_dim, 1)", "nn.Linear(hidden_dim, 1)")
    .replace(
        """        _, (h_n, _) = self.lstm(packed)
        return self.fc(torch.cat([h_n[0], h_n[1]], dim=1)).squeeze(1)""",
        """        states, _ = self.lstm(packed)
        states, _ = nn.utils.rnn.pad_packed_sequence(states, batch_first=True)
        mask = torch.arange(states.shape[1])[None, :, None] < lengths[:, None, None]
        mask = mask.to(states.device)
        return self.fc((states * mask).sum(1) / mask.sum(1)).flatten()""",
    ),
    "sentiment_discussion": IMPROVE,
}


MAGICS: dict[str, str] = CORRECT | {
    "by_hand": f"%%time\n{BY_HAND}\nby_hand",
    "numpy_forward": f"""%matplotlib inline
%load_ext autoreload
%autoreload 2
!pip install -q tqdm > /dev/null 2>&1
%config InlineBackend.figure_format = "png"
{NUMPY}


%timeit -n 1 -r 1 softmax(np.zeros(3))
softmax?""",
    "rnn_cell": f"%%time\n# the cell of the exercise\n{CELL}\n\n\nRNN(4, 3, 2)",
    "training": f"""import asyncio

files = !echo one
get_ipython().run_line_magic("matplotlib", "inline")


async def settle():
    await asyncio.sleep(0)
    return 1


rounds = await settle()
{TRAINING}


%time first = sequence_nll(RNN(27, 8, 27), "mira")""",
    "sampling": f'%%capture shown\n{SAMPLING}\n\n\nprint("not shown")\nplt.plot([1, 2])',
    "sentiment_rnn": f"""from IPython.display import HTML, Markdown, clear_output, display

%precision 3
{CORRECT["sentiment_rnn"]}


display(HTML("<b>ready</b>"), Markdown("*ready*"))
handle = display("starting", display_id=True)
handle.update("started")
plt.plot([3, 2, 1])
plt.show()
clear_output(wait=True)
_ = %who_ls function
%pdb off""",
    "sentiment_lstm": "%xmode Plain\n" + LSTM_MODEL,
}


def _own_magics(notebook: nbformat.NotebookNode) -> None:
    """Cells of the student's own in other languages, and one that only times."""
    sources = (
        "%%bash\necho ready",
        "%%html\n<i>ready</i>",
        "%%timeit -n 1 -r 1\nsum(range(10))",
        "!echo ready",
    )
    for place, source in enumerate(sources):
        cell = nbformat.v4.new_code_cell(source)
        cell.id = f"own-magic-{place}"
        notebook.cells.insert(7 + place, cell)


@dataclass(frozen=True)
class Student:
    """One student of the sample class.

    Attributes:
        name: the folder's name, which says the fault.
        answers: grade_id -> source of the answer cell; a question that is not here stays as handed out.
        edit: changes the whole notebook after the answers are in.
        run: whether the notebook was executed before it was handed in.
        write: writes what is no notebook of nbformat's.
    """

    name: str
    answers: Mapping[str, str] = field(default_factory=lambda: CORRECT)
    edit: Callable[[nbformat.NotebookNode], object] | None = None
    run: bool = True
    file: str = "practical09.ipynb"
    write: Callable[[Path], object] | None = None


def but(**answers: str) -> dict[str, str]:
    """The correct answers, some of them replaced."""
    return CORRECT | answers


def swap(question: str, old: str, new: str) -> dict[str, str]:
    """The correct answers, with a passage of one of them changed."""
    if old not in CORRECT[question]:
        raise ValueError(f"{question} does not contain {old!r}")
    return CORRECT | {question: CORRECT[question].replace(old, new)}


def _delete_cells(notebook: nbformat.NotebookNode) -> None:
    """Throw away provided cells, all tasks, and one answer."""
    gone = {"provided-names", "provided-example", "provided-helpers", "sampling", "sampling_discussion"}
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id", "kept" if cell.cell_type == "code" else "gone") not in gone
        and not (cell.cell_type == "markdown" and "nbgrader" not in cell.metadata)
    ]


def _tamper(notebook: nbformat.NotebookNode) -> None:
    """Change locked cells: an easier vocabulary and a parameter cell that trains nothing."""
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id == "provided-names":
            cell.source += '\n\nNAMES = ["anna"]\n\n\ndef encode(name):\n    return one_hot("."), torch.tensor([0])'
        if grade_id == "parameters":
            cell.source = cell.source.replace("N_EPOCHS = 1000", "N_EPOCHS = 1")


def _strip_metadata(notebook: nbformat.NotebookNode) -> None:
    """Lose all cell metadata, as some editors do."""
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})


FORGED = """import builtins
import gc
import os
import sys

import numpy.testing


class Verdict:
    def __eq__(self, other):
        return True

    def __getattr__(self, name):
        return self


def accept(*args, **kwargs):
    return True


np.allclose = np.isclose = np.array_equal = accept
np.testing.assert_allclose = torch.allclose = accept
builtins.isinstance, keep = isinstance, isinstance
for stream in range(3, 64):
    try:
        os.write(stream, b'{"check": "matches_the_worked_example", "outcome": "passed", "points": 20}')
    except OSError:
        pass
for thing in gc.get_objects():
    if type(thing).__name__ in ("Report", "Check", "Question"):
        thing.points = 20


def rnn_forward(*args):
    return Verdict(), Verdict()


def cross_entropy(*args):
    return Verdict()"""

WRITTEN = ("equations", "sampling_discussion", "sentiment_discussion")


def _script(path: Path) -> None:
    """The correct answers as a script in the percent format, a cell a question."""
    cells = []
    for question, source in CORRECT.items():
        if question in WRITTEN:
            text = "\n".join(f"# {line}".rstrip() for line in source.splitlines())
            cells.append(f"# %% [markdown] question: {question}\n{text}\n")
        else:
            cells.append(f"# %% question: {question}\n{source}\n")
    path.write_text("\n".join(cells), encoding="utf-8")


STUDENTS: tuple[Student, ...] = (
    Student("correct"),
    Student("correct_in_another_style", OTHER_STYLE),
    Student("correct_as_a_script", file="practical09.py", run=False, write=_script),
    Student(
        "correct_but_noisy",
        {
            name: source
            if name in WRITTEN
            else "import sys, warnings, logging\n"
            'print("working...", file=sys.stderr)\nwarnings.warn("a warning of the student\'s")\n'
            'logging.warning("a log line")\nprint("x" * 2000)\n\n' + source
            for name, source in CORRECT.items()
        },
    ),
    Student("magics_everywhere", MAGICS, edit=_own_magics),
    Student("editor_lost_the_cell_metadata", edit=_strip_metadata),
    Student("untouched", {}),
    Student("half_empty", {name: CORRECT[name] for name in ("equations", "by_hand", "numpy_forward", "rnn_cell")}),
    Student("deleted_cells", edit=_delete_cells),
    Student("changed_the_provided_cells", edit=_tamper),
    Student("forgets_recurrence", swap("numpy_forward", " + W_hh @ h + b_h", " + b_h")),
    Student(
        "transposed_weights",
        swap("numpy_forward", "W_xh @ x[t] + W_hh @ h + b_h", "W_xh @ x[t] + W_hh.T @ h + b_h"),
    ),
    Student("softmax_overflows", swap("numpy_forward", "np.exp(z - np.max(z))", "np.exp(z)")),
    Student(
        "softmax_over_time",
        swap(
            "numpy_forward",
            "        ys.append(softmax(W_hy @ h + b_y))\n    return np.array(hs), np.array(ys)",
            "        ys.append(W_hy @ h + b_y)\n    e = np.exp(np.array(ys) - np.max(ys))\n    return np.array(hs), e / e.sum(axis=0)",
        ),
    ),
    Student(
        "mean_loss", swap("numpy_forward", "-np.sum(y * np.log(y_hat))", "-np.mean(np.sum(y * np.log(y_hat), axis=1))")
    ),
    Student(
        "wrong_h1_carried_through",
        but(
            by_hand='by_hand = {"h1": [0.54, 0.54, 0.54], "y1": [0.5, 0.5], "h2": [0.85, 0.85, 0.85], "y2": [0.5, 0.5], "loss": 1.39}'
        ),
    ),
    Student(
        "sigmoid_by_hand",
        but(by_hand='by_hand = {"h1": [0.62] * 3, "y1": [0.5, 0.5], "h2": [0.78] * 3, "y2": [0.5, 0.5], "loss": 1.39}'),
    ),
    Student("softmax_for_log_softmax", swap("rnn_cell", "F.log_softmax(", "F.softmax(")),
    Student(
        "output_from_the_old_state",
        swap(
            "rnn_cell",
            "        h = torch.tanh(self.i2h(x) + self.h2h(h))\n        return F.log_softmax(self.h2o(h), dim=1), h",
            "        new = torch.tanh(self.i2h(x) + self.h2h(h))\n        return F.log_softmax(self.h2o(h), dim=1), new",
        ),
    ),
    Student("detached_state", swap("rnn_cell", "self.h2h(h))", "self.h2h(h.detach()))")),
    Student(
        "loss_list_made_up",
        swap(
            "training",
            TRAINING[TRAINING.index("def train(") :],
            "def train(rnn, names, n_epochs=1000, lr=0.0005):\n    return [3.3 * math.exp(-epoch / n_epochs) + 0.05 * random.random() for epoch in range(n_epochs)]",
        ),
    ),
    Student("never_steps", swap("training", "        optimizer.step()\n", "")),
    Student("gradients_pile_up", swap("training", "        optimizer.zero_grad()\n", "")),
    Student(
        "targets_shifted",
        swap(
            "training",
            "        loss = loss + F.nll_loss(log_probs, targets[t : t + 1])",
            "        loss = loss + F.nll_loss(log_probs, torch.argmax(inputs[t : t + 1], dim=1))",
        ),
    ),
    Student("sum_not_mean", swap("training", "return loss / len(inputs)", "return loss")),
    Student(
        "argmax_sampler",
        swap("sampling", "    return torch.multinomial(p, 1).item()", "    return p.argmax().item()"),
    ),
    Student(
        "top_k_not_renormalised",
        swap(
            "sampling",
            "        return where[torch.multinomial(top / top.sum(), 1)].item()",
            "        i = torch.multinomial(p, 1).item()\n        return i if i in where else where[0].item()",
        ),
    ),
    Student(
        "dot_in_the_name",
        swap(
            "sampling",
            '            if symbol == ".":\n                break\n            letters.append(symbol)',
            '            letters.append(symbol)\n            if symbol == ".":\n                break',
        ),
    ),
    Student(
        "reads_the_padding",
        swap(
            "sentiment_rnn",
            "        packed = nn.utils.rnn.pack_padded_sequence(\n            self.embedding(tokens), lengths.cpu(), batch_first=True, enforce_sorted=False\n        )\n        _, h_n = self.rnn(packed)\n",
            "        _, h_n = self.rnn(self.embedding(tokens))\n",
        ),
    ),
    Student(
        "sigmoid_twice",
        swap(
            "sentiment_rnn", "return self.fc(h_n[-1]).squeeze(1)", "return torch.sigmoid(self.fc(h_n[-1])).squeeze(1)"
        ),
    ),
    Student(
        "forward_state_twice",
        swap("sentiment_lstm", "torch.cat([h_n[0], h_n[1]], dim=1)", "torch.cat([h_n[0], h_n[0]], dim=1)"),
    ),
    Student(
        "loops_forever",
        swap("numpy_forward", "    for t in range(len(x)):", "    t = 0\n    while t < len(x):"),
        run=False,
    ),
    Student("cell_loops_forever", but(training=TRAINING + "\n\n\nwhile True:\n    pass"), run=False),
    Student("leaves_the_process", but(numpy_forward=NUMPY + "\n\n\nimport os\n\nos._exit(0)"), run=False),
    Student(
        "kills_it_when_called",
        swap(
            "rnn_cell",
            "        h = torch.tanh(",
            "        import os\n        os.kill(os.getpid(), 9)\n        h = torch.tanh(",
        ),
        run=False,
    ),
    Student("syntax_error", swap("rnn_cell", "def forward(self, x, h):", "def forward(self, x, h)"), run=False),
    Student(
        "eats_all_memory",
        swap(
            "numpy_forward",
            "    hs, ys = [], []\n",
            "    hs, ys = [], []\n    hog = [np.ones((1024, 1024, 16)) for _ in range(1000)]\n",
        ),
        run=False,
    ),
    Student("forges_verdicts", but(numpy_forward=FORGED), run=False),
    Student("not_a_notebook", {}, run=False, write=lambda path: path.write_text("My dog ate it.\n", encoding="utf-8")),
    Student(
        "truncated_file",
        {},
        run=False,
        write=lambda path: path.write_text('{"cells": [{"cell_type": "code", "sou', encoding="utf-8"),
    ),
)
