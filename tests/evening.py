"""A class for the marking pages that looks like a real one, and a server that marks it; for tests and screenshots."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from argon2 import PasswordHasher
from sample_reports import png
from written_answers import course, graded

from graders.archive.accounts import Accounts
from graders.archive.store import open_store
from graders.model import CellRun, ItemMark, Outcome, QuestionReport, Report, Verdict

EQUATIONS = (
    ItemMark("recurrence", "The hidden state is the tanh of three terms: input, previous state and a bias.", 0.6),
    ItemMark("output", "The softmax turns scores of the new state into probabilities, at every step.", 0.5),
    ItemMark("loss", "The error is the cross-entropy with its minus, over classes and steps.", 0.5),
    ItemMark("initial_state", "It says what the state is before the first step.", 0.4),
)
DISCUSSION = (
    ItemMark("effect", "It describes the trade-off rather than one end of it, with two values of k besides 1.", 0.4),
    ItemMark("why", "It says why: the tail is cut off, or a single unlikely letter leads the state astray.", 0.3),
    ItemMark("evidence", "It shows names or figures of its own, and what it says agrees with them.", 0.3),
)
AGREES = "As the machine reads it, this agrees with the model."
NAMES = ("Ana", "Bento", "Carla", "Duarte", "Eva", "Filipe")
FAMILIES = ("Silva", "Costa", "Reis")
RIGHT = r"""The hidden state reads the input and remembers what came before:

$$h_t = \tanh(W_{xh} x_t + W_{hh} h_{t-1} + b_h), \qquad h_0 = 0$$

\begin{align}
o_t &= W_{ho} h_t + b_o \\
\hat y_t &= \mathrm{softmax}(o_t)
\end{align}

and the error adds up over the sequence: $L = -\sum_{t=1}^{T} \sum_{k} y_{tk} \log \hat y_{tk}$."""
UNSURE = r"""State: $s_t = f(U x_t + V s_{t-1})$ where f is the **hyperbolic tangent** of everything, *then*

$$p_t = \frac{\exp(W s_t)}{\sum_j \exp((W s_t)_j)}$$

The loss is the sum of the negative logs of the right letters' probabilities."""
ANSWERS = (
    "With k = 1 the model always writes the same name, *marina*, because at each step it takes the likeliest letter. "
    "With k = 3 there are common patterns such as **-ina** and **-ado**; with k = 27 I got names that nobody could "
    "pronounce (*xqzu*).\n\nThe cut removes the tail of the distribution: one unlikely letter leads the state to where "
    "training never was.",
    "A small k makes boring names and a large k makes strange names.\n\n| k | distinct of 100 |\n|---|---|\n| 1 | 1 |\n"
    "| 3 | 41 |\n| 27 | 99 |\n\nThe results are not good after 200 updates, but longer training would help.",
    "Top-k does not change anything as far as I can see; the loss stays at 2.6.",
    "When k is larger the names vary more. That is all I could see in my results, I would try a temperature next.",
)

NO_GPU = Verdict("on_gpu", "It trains on a GPU.", Outcome.SKIPPED, 0.0, 0.5, message="No GPU here.")
TITLES = {
    "model_equations": "The equations describe the network completely and consistently",
    "argument": "What k changes in the names, argued from your own results",
}


def written(id: str, part: str, items: tuple[ItemMark, ...], possible: float) -> QuestionReport:
    """A question that a person marks."""
    given = round(sum(item.points or 0.0 for item in items), 6)
    outcome = Outcome.PENDING if any(item.points is None for item in items) else Outcome.PASSED
    title = TITLES[part]
    verdict = Verdict(part, title, outcome, given, possible, items=items)
    return QuestionReport(id, title, (verdict,), possible, "d")


def student(number: int) -> Report:
    """The report of one student of a class of a few kinds."""
    read = tuple(replace(item, points=item.possible, by_machine=True, reading=AGREES) for item in EQUATIONS)
    unread = tuple(replace(item, reading="The machine could not read this.") for item in EQUATIONS)
    some = (*read[:2], *unread[2:])
    equations = (read, some, unread)[number % 3]
    text = ANSWERS[number % len(ANSWERS)]
    text = text if number % 5 else text.replace("names", "words")
    name = f"{NAMES[number % 6]} {FAMILIES[number % 3]} {number:02}"
    training = QuestionReport(
        "training",
        "Training on names",
        (
            Verdict("model_is_better", "The model is better than guessing.", Outcome.PASSED, 2.0, 2.0),
            Verdict(
                "losses", "The losses go down.", Outcome.FAILED, 0.5, 1.0, message="They go up again after epoch 30."
            ),
            Verdict(
                "on_gpu",
                "It trains on a GPU.",
                Outcome.SKIPPED,
                0.0,
                0.5,
                message="No GPU here.",
                undecided=number % 7 == 0,
            ),
        ),
        3.5,
        "d",
    )
    output = {"output_type": "stream", "name": "stdout", "text": "marina\nmarta\nmarilia\n"}
    drawn = {"output_type": "display_data", "data": {"image/png": png()}}
    return graded(
        name,
        text,
        questions=(
            written("equations", "model_equations", equations, 2.0),
            training,
            written("discussion", "argument", DISCUSSION, 1.0),
        ),
        answers={"equations": (RIGHT, RIGHT.replace("h_", "s_"), UNSURE)[number % 3], "discussion": text},
        cells=(CellRun(3, "discussion", "show(sample(model, k=3))", (output, drawn)),),
        received=f"2026-11-2{3 + number % 2}T1{number % 10}:00:00+00:00",
    )


LATE = """
[late]
due = 2026-11-24T12:00:00+00:00
percent_a_day = 10
"""


def real_class(folder: Path, students: int = 24) -> Path:
    """Make a course and its graded class in a folder; where its reports are."""
    course(folder / "course", LATE)
    with open_store(folder / "out") as store:
        for number in range(students):
            store.keep(student(number))
    return folder / "out"


@contextmanager
def team_server(folder: Path, name: str, password: str) -> Iterator[str]:
    """`graders serve` on loopback for one instructor with an account; its address."""
    with open_store(folder / "out") as store:
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        Accounts(store.database).add(name, "instructor", quick.hash(password))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "graders", "serve", "--assignment", "course", "--port", str(port)]
    environment = os.environ | {"GRADERS_ROOT": str(folder / "course"), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, "--out", str(folder / "out")], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline().startswith("Serving on ")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)


@contextmanager
def marking_server(folder: Path, *arguments: str) -> Iterator[str]:
    """`graders mark` on a class that was made here; its one-time link."""
    command = [
        sys.executable,
        "-m",
        "graders",
        "mark",
        "--assignment",
        "course",
        "--no-browser",
        "--as",
        "eve",
        *arguments,
    ]
    environment = os.environ | {"GRADERS_ROOT": str(folder / "course"), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, "--out", str(folder / "out"), *arguments], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        try:
            lines = iter(process.stdout.readline, "")
            yield next(found[0] for line in lines if (found := re.search(r"http://\S+", line)))
        finally:
            process.terminate()
            process.wait(timeout=20)
