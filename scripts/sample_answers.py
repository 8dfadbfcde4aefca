"""What the students of the sample class answer: two honest styles, and one fault a student on top of the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from sample_right import CORRECT, NUMPY, TRAINING
from sample_styles import MAGICS, OTHER_STYLE


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
