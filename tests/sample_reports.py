"""Reports made by hand, for the tests of whatever keeps, shows or exports them."""

import base64
import io
from dataclasses import replace

import numpy as np
from PIL import Image

from graders.model import CellRun, ItemMark, Outcome, QuestionReport, Report, Submission, Verdict

EVIL = '"><script>alert(1)</script>\x1b[31m\u202egnp.exe=cmd|'


def submission(student: str = "ada", content: bytes = b"{}", **changes: object) -> Submission:
    """A submission whose hash is made from its content's length and its student's name."""
    digest = f"{len(content):02x}{student.encode('utf-8', 'backslashreplace').hex()}"[:64].ljust(64, "0")
    made = Submission(student, "practical09", content, ".ipynb", digest, 1, "2026-11-23T10:00:00Z")
    return replace(made, **changes)  # type: ignore[arg-type]


def png() -> str:
    """A small picture in base 64, in lines as a notebook holds it."""
    file = io.BytesIO()
    gradient = np.linspace(0, 255, 120 * 60).reshape(60, 120).astype(np.uint8)
    Image.fromarray(gradient).save(file, "PNG")
    return base64.encodebytes(file.getvalue()).decode()


def losses(count: int = 200) -> list[float]:
    """A loss curve as training really looks."""
    rng = np.random.default_rng(1)
    return [float(2.6 + 0.7 * np.exp(-i / 50) + rng.normal(0, 0.25)) for i in range(count)]


def verdict(name: str, outcome: Outcome, points: float | None, possible: float, **more: object) -> Verdict:
    """A verdict whose title is a sentence made from its name."""
    title = f"{name.replace('_', ' ').capitalize()}."
    return Verdict(name, title, outcome, points, possible, **more)  # type: ignore[arg-type]


def cells() -> tuple[CellRun, ...]:
    """Cells that printed, drew, warned and raised."""
    bar = "\r".join(f"{i:3d}%|{'#' * (i // 10)}" for i in range(0, 101, 10))
    training = (
        {"output_type": "stream", "name": "stderr", "text": bar},
        {"output_type": "stream", "name": "stdout", "text": "\x1b[1mepoch 200\x1b[0m loss 2.61\n"},
        {"output_type": "display_data", "data": {"image/png": png(), "text/plain": "<Figure>"}},
    )
    table = "<table><tr><th>k</th><th>name</th></tr><tr><td>3</td><td onclick='x()'>marina</td></tr></table>"
    trace = ["\x1b[31mZeroDivisionError\x1b[0m: division by zero"]
    return (
        CellRun(3, "training", "losses = train(rnn, names)  # about a minute\nplt.plot(losses)\n", training),
        CellRun(4, "sampling", "show(names)", ({"output_type": "execute_result", "data": {"text/html": table}},)),
        CellRun(
            5,
            "rnn_cell",
            "def forward(self, x, h):\n    return x / 0, 'tanh'\n",
            ({"output_type": "error", "ename": "ZeroDivisionError", "evalue": "division by zero", "traceback": trace},),
            Outcome.ERROR,
            "This cell raised ZeroDivisionError: division by zero",
        ),
        CellRun(9, None, "print('scratch')", ({"output_type": "stream", "name": "stdout", "text": "scratch\n"},)),
    )


def questions() -> tuple[QuestionReport, ...]:
    """A question for every outcome and every kind of evidence."""
    symbols = ".abcdefghijklmnopqrstuvwxyz"
    due = np.random.default_rng(3).dirichlet(np.ones(27) * 2)
    drawn = (np.random.default_rng(4).multinomial(4000, due) / 4000).tolist()
    curve = {
        "losses": losses(),
        "baselines": {"uniform": 3.296, "unigram": 2.823, "bigram": 2.454},
        "band": [2.55, 2.7],
        "held-out before": 3.31,
        "held-out after": 2.65,
        "epochs": 200,
    }
    accuracies = np.random.default_rng(5).normal(0.61, 0.04, 58).tolist()
    marks = {"yours": 0.55, "guessing": 0.5, "full marks": 0.53}
    population = {"population": accuracies, "population_of": "accuracies of correct models", "marks": marks}
    given = ItemMark("state", "The state is there.", 1.25, 1.25, by_machine=True, reading="The state agrees.")
    asked = ItemMark("loss", "The loss is there.", 0.75, reading="The loss differs.")
    written = verdict("rubric", Outcome.PENDING, 1.25, 2.0, message="A person marks the rest.", items=(given, asked))
    advice = verdict("loss_is_right", Outcome.PENDING, 0.0, 0.0, message="The machine could not read the loss.")
    worked = verdict(
        "matches_the_worked_example",
        Outcome.FAILED,
        0.0,
        0.5,
        public=True,
        message="3 of 6 values differ; largest difference 0.12 at [1, 0]\n  expected 0.849\n  got      0.729",
        hint="Your hidden state leaves out what came before: add W_hh times the previous state.",
        misconception="recurrence_forgotten",
        evidence={"values": 6, "wrong": 3},
    )
    return (
        QuestionReport("equations", "The model's equations", (written, advice), 2.0, "d1"),
        QuestionReport(
            "numpy_forward",
            "Forward pass in NumPy",
            (
                verdict("returns_documented_shapes", Outcome.PASSED, 0.5, 0.5, public=True),
                worked,
                verdict(
                    "agrees_on_random_weights",
                    Outcome.SKIPPED,
                    0.0,
                    1.5,
                    message="Not tried, because it builds on: “it”.",
                ),
                verdict(
                    "loss",
                    Outcome.FAILED,
                    0.25,
                    0.5,
                    message="This does not hold.",
                    detail="SECRET expected 0.1234",
                    hint="Sum over time.",
                ),
            ),
            3.0,
            "d2",
        ),
        QuestionReport(
            "rnn_cell",
            "RNN cell in PyTorch",
            (
                verdict("runs", Outcome.ERROR, 0.0, 1.0, message="Your code raised an error here."),
                verdict(
                    "stays_small", Outcome.MEMORY, 0.0, 0.5, message="Your code used more memory than its limit here."
                ),
                verdict("ends", Outcome.TIMEOUT, 0.0, 0.5, message="Your code ran longer than its time limit here."),
            ),
            2.0,
            "d3",
        ),
        QuestionReport(
            "training",
            "Training on names",
            (
                verdict("model_is_better", Outcome.PASSED, 2.5, 2.5, evidence=curve),
                verdict("advice", Outcome.PASSED, 0.0, 0.0, message="Shuffle the names.", evidence=population),
                verdict(
                    "parameters_move",
                    Outcome.INTERNAL,
                    None,
                    0.5,
                    message="The grader itself failed.",
                    detail="KeyError: 'x'",
                ),
            ),
            3.0,
            "d4",
        ),
        QuestionReport(
            "sampling",
            "Sampling names",
            (
                verdict(
                    "frequencies_fit",
                    Outcome.PASSED,
                    1.5,
                    1.5,
                    evidence={"frequencies": drawn, "probabilities": due, "symbols": symbols},
                ),
                verdict(
                    "top_k",
                    Outcome.FAILED,
                    0.0,
                    0.5,
                    public=True,
                    message="k = 1 is not argmax.",
                    evidence={"expected": [3, 1], "got": [1, float("nan")]},
                ),
            ),
            2.0,
            "d5",
        ),
        QuestionReport(
            "sentiment_rnn",
            "Sentiment with an RNN",
            tuple(
                verdict(f"part_{i}", Outcome.MISSING, 0.0, 1.0, message="This answer is still as it was handed out.")
                for i in (1, 2)
            ),
            2.0,
            "d6",
        ),
    )


def report(student: str = "ada", **changes: object) -> Report:
    """A report with something of everything."""
    written = "The state is\n\n$$h_t = \\tanh(W_{xh} x_t + W_{hh} h_{t-1} + b_h)$$\n\nand so *on*, see [here](https://example.org)."
    made = Report(
        "practical09",
        submission(student),
        questions(),
        {"version": "0.1.0", "digest": "ab" * 32, "profile": "quick", "seed": "5eed" * 8},
        {"python": "3.11.7", "torch": "2.13.0", "device": "cpu"},
        4.2,
        ("A locked cell had been changed; the original was used.",),
        cells(),
        {"equations": written},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def graded(student: str = "ada", content: bytes = b"{}", **grader: str) -> Report:
    """A report of a submission with given content, by a given grader."""
    made = report(student, submission=submission(student, content))
    return replace(made, grader={**made.grader, **grader})
